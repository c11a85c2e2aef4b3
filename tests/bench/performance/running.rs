//! The server as a process: how long it takes to be ready, and what memory it takes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::context::Context;
use crate::process::{Memory, memory};
use crate::project::Project;
use crate::report::{Group, Limit, Measure, Target};
use crate::session::{Session, Settled};
use crate::statistics::{Figure, Statistic, Times};

/// Starts.
pub const STARTS: &[Measure] = &[
    Measure {
        id: "cold",
        name: "start, nothing proved before",
        meaning: "from before the process is started, with one file opened at once, to the moment when the last \
                  thing was shown before nothing was pending. The folder of verdicts is empty.",
        targets: &[],
    },
    Measure {
        id: "cold first",
        name: "the same, first diagnostics",
        meaning: "to the first diagnostics of the opened file.",
        targets: &[],
    },
    Measure {
        id: "warm",
        name: "start, all proved before",
        meaning: "the same where the folder has all verdicts.",
        targets: &[],
    },
];

/// Measures from the start of a server to all diagnostics.
pub fn starts(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let project = context.project(tables)?;
    let [mut cold, mut first, mut warm] = [(); 3].map(|()| Times::default());
    for _ in context.budget(10, 60).rounds() {
        let empty = context.new_folder();
        let (started, settled) = start(&project, &empty)?;
        let verdicts = settled.verdicts;
        ensure!(verdicts[0] > 0, "nothing is proved: {verdicts:?}");
        cold.add(settled.at - started);
        first.add(settled.first - started);
        let (started, settled) = start(&project, &empty)?;
        ensure!(settled.verdicts == verdicts, "{verdicts:?} have become {:?}", settled.verdicts);
        warm.add(settled.at - started);
        std::fs::remove_dir_all(&empty)?;
    }
    group.put("cold", tables, Figure::Runs(cold));
    group.put("cold first", tables, Figure::Runs(first));
    group.put("warm", tables, Figure::Runs(warm));
    Ok(())
}

/// Starts a server and gives the moment before it, and what it ended in.
fn start(project: &Project, cache: &Path) -> anyhow::Result<(Instant, Settled)> {
    let open = project.open_files();
    let documents: Vec<&str> = open.iter().take(1).map(|(path, _)| path.as_str()).collect();
    let mut session = Session::start(project, cache, &documents)?;
    let settled = session.settle(session.opened())?;
    Ok((session.client.started, settled))
}

/// Memory.
pub const MEMORY: &[Measure] = &[
    Measure {
        id: "resident",
        name: "server and workers",
        meaning: "what is in memory once everything is proved, from nothing; what processes share, such as the \
                  solver's library, counts for each.",
        targets: &[Target { tables: 1_000, statistic: Statistic::Median, limit: Limit::Below(150.0) }],
    },
    Measure {
        id: "proportional",
        name: "the same, shared parts once",
        meaning: "what is shared counts for each process in part.",
        targets: &[Target { tables: 1_000, statistic: Statistic::Median, limit: Limit::Below(150.0) }],
    },
    Measure {
        id: "resting",
        name: "a second later",
        meaning: "server and workers when these have rested for a while, shared parts counted for each.",
        targets: &[Target { tables: 1_000, statistic: Statistic::Median, limit: Limit::Below(150.0) }],
    },
    Measure { id: "server", name: "the server alone", meaning: "without its workers.", targets: &[] },
    Measure {
        id: "at rest",
        name: "at rest",
        meaning: "all processes that are left some seconds later, when the workers have ended.",
        targets: &[Target { tables: 1_000, statistic: Statistic::Median, limit: Limit::Below(150.0) }],
    },
    Measure {
        id: "after some",
        name: "the server after some edits",
        meaning: "after a tenth of the edits of the next row.",
        targets: &[],
    },
    Measure {
        id: "after all",
        name: "the server after all edits",
        meaning: "edits are sent as fast as they are answered: of comments, of clauses with conditions that were \
                  there before and, one of 50, with new ones, and such that leave something that can't be parsed.",
        targets: &[],
    },
    Measure { id: "edits", name: "edits", meaning: "how many there was time for.", targets: &[] },
    Measure {
        id: "growth",
        name: "growth",
        meaning: "after all of them, compared with after some.",
        targets: &[Target { tables: 1_000, statistic: Statistic::Median, limit: Limit::AtMost(1.05) }],
    },
];

/// The memory of a server that has nothing to do, once its workers have ended.
fn at_rest(id: u32) -> anyhow::Result<Memory> {
    let started = Instant::now();
    loop {
        let now = memory(id)?;
        // Of the processes that belong to it, only it is left.
        if now.resident <= now.of_first {
            return Ok(now);
        }
        ensure!(started.elapsed() < Duration::from_secs(60), "its workers do not end");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Measures memory, at first and after many edits.
pub fn memory_of_server(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let project = context.project(tables)?;
    let open = project.open_files();
    let documents: Vec<&str> = open.iter().map(|(path, _)| path.as_str()).collect();
    let mut session = Session::ready(&project, &context.new_folder(), &documents)?;
    let sites = crate::project::Site::all(&open);
    let id = session.client.pid();
    let at_first = memory(id)?;
    group.put("resident", tables, Figure::Mebibytes(at_first.resident));
    group.put("proportional", tables, Figure::Mebibytes(at_first.proportional));
    group.put("server", tables, Figure::Mebibytes(at_first.of_first));
    std::thread::sleep(Duration::from_secs(1));
    group.put("resting", tables, Figure::Mebibytes(memory(id)?.resident));
    group.put("at rest", tables, Figure::Mebibytes(at_rest(id)?.resident));

    let wanted = if context.is_short() { 40 } else { 10_000 };
    let (mut edits, mut some) = (0, None);
    let mut last = session.opened();
    // An insertion and the deletion of it.
    for round in context.budget_of(wanted / 2, 180).rounds() {
        let site = sites[round % sites.len()];
        let document = &session.documents[site.document];
        let own = site.own(document)?.end;
        let (at, text) = match round % 5 {
            0 | 1 => (site.in_comment(document)?, " really".to_owned()),
            2 => (own, " AND col('amo".to_owned()),
            _ if round % 25 == 3 => (own, format!(" AND col('amount') > lit({})", context.next_number())),
            _ => (own, " AND col('amount') > lit(7)".to_owned()),
        };
        for (range, by) in [(at..at, text.as_str()), (at..at + text.len(), "")] {
            last = session.edit(site.document, range, by)?;
            session.published(last)?;
            edits += 1;
        }
        if edits >= wanted / 10 && some.is_none() {
            session.rest(last)?;
            some = Some(memory(id)?.of_first);
        }
    }
    session.rest(last)?;
    let all = memory(id)?.of_first;
    let some = some.unwrap_or(at_first.of_first);
    group.put("after some", tables, Figure::Mebibytes(some));
    group.put("after all", tables, Figure::Mebibytes(all));
    group.put("edits", tables, Figure::Count(edits as u64));
    group.put("growth", tables, Figure::Ratio(all / some));
    Ok(())
}
