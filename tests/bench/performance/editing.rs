//! How long it takes from an edit to what the server says of it.

use std::time::Duration;

use anyhow::ensure;

use crate::context::Context;
use crate::project::{SCHEMA, SHIFTING, Site, few_tables, many_tables, new_condition};
use crate::report::{Group, Limit, Measure, Target};
use crate::session::{Sent, Session};
use crate::statistics::{Figure, Statistic, Times};

const UNDER_5: &[Target] = &[
    Target { tables: 1_000, statistic: Statistic::P95, limit: Limit::Below(5.0) },
    Target { tables: 10_000, statistic: Statistic::P95, limit: Limit::TimesThat { of: 1_000, factor: 2.0 } },
];

/// To the first diagnostics.
pub const DIAGNOSTICS: &[Measure] = &[
    Measure {
        id: "edit",
        name: "any edit",
        meaning: "from sending an edit to the first diagnostics for the new version; all edits below together.",
        targets: UNDER_5,
    },
    Measure {
        id: "comment",
        name: "a comment",
        meaning: "a word is added to a comment, or taken away: nothing means anything else than before.",
        targets: UNDER_5,
    },
    Measure {
        id: "clause",
        name: "a clause",
        meaning: "a condition is added to a policy's clause, or taken away.",
        targets: UNDER_5,
    },
    Measure {
        id: "typing",
        name: "typing",
        meaning: "a condition is typed, an edit for each character, most of which leave something that can't be \
                  parsed; then all of it is deleted.",
        targets: UNDER_5,
    },
    Measure {
        id: "paced edit",
        name: "any edit, as fast as people type",
        meaning: "the same edits, each 30 ms after the answer to the one before.",
        targets: UNDER_5,
    },
    Measure {
        id: "paced comment",
        name: "a comment, likewise",
        meaning: "with that pause.",
        targets: UNDER_5,
    },
    Measure { id: "paced clause", name: "a clause, likewise", meaning: "with that pause.", targets: UNDER_5 },
    Measure { id: "paced typing", name: "typing, likewise", meaning: "with that pause.", targets: UNDER_5 },
];

/// Between two edits of somebody who types fast.
const PAUSE: Duration = Duration::from_millis(30);

/// Measures from edits to the first diagnostics.
pub fn diagnostics(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let (mut session, sites) = context.session(tables)?;
    for (prefix, pause) in [("", Duration::ZERO), ("paced ", PAUSE)] {
        session.pause = pause;
        edits(context, (&mut session, &sites), prefix, tables, group)?;
    }
    Ok(())
}

fn edits(
    context: &Context,
    (session, sites): (&mut Session, &[Site]),
    prefix: &str,
    tables: usize,
    group: &mut Group,
) -> anyhow::Result<()> {
    let [mut comment, mut clause, mut typing] = [const { Vec::new() }; 3];
    for round in context.budget(100, 60).rounds() {
        let site = sites[round % sites.len()];
        let at = site.in_comment(&session.documents[site.document])?;
        insert_and_delete(session, site.document, at, " really", &mut comment)?;
        let at = site.own(&session.documents[site.document])?.end;
        insert_and_delete(session, site.document, at, " AND col('amount') > lit(7)", &mut clause)?;
        // A whole condition has many characters.
        if round % 5 == 0 {
            type_condition(session, sites[(round / 5) % sites.len()], &mut typing)?;
        }
    }
    let mut all = Times::default();
    for (id, times) in [("comment", comment), ("clause", clause), ("typing", typing)] {
        all.extend(times.iter().copied());
        let mut some = Times::default();
        some.extend(times);
        group.put(&format!("{prefix}{id}"), tables, Figure::Times(some));
    }
    group.put(&format!("{prefix}edit"), tables, Figure::Times(all));
    Ok(())
}

fn insert_and_delete(
    session: &mut Session,
    document: usize,
    at: usize,
    text: &str,
    times: &mut Vec<Duration>,
) -> anyhow::Result<()> {
    let sent = session.edit(document, at..at, text)?;
    times.push(session.published(sent)? - sent.at);
    let sent = session.edit(document, at..at + text.len(), "")?;
    times.push(session.published(sent)? - sent.at);
    Ok(())
}

fn type_condition(session: &mut Session, site: Site, times: &mut Vec<Duration>) -> anyhow::Result<()> {
    let text = " AND col('state') = lit('open')";
    let start = site.own(&session.documents[site.document])?.end;
    for (index, character) in text.char_indices() {
        let sent = session.edit(site.document, start + index..start + index, &character.to_string())?;
        times.push(session.published(sent)? - sent.at);
    }
    let sent = session.edit(site.document, start..start + text.len(), "")?;
    times.push(session.published(sent)? - sent.at);
    Ok(())
}

/// To the verdict.
pub const VERDICTS: &[Measure] = &[
    Measure {
        id: "new",
        name: "a clause, never seen",
        meaning: "a policy's clause gets conditions that none has had: from sending the edit to the moment when \
                  the last thing was shown before nothing was pending.",
        targets: &[Target { tables: 1_000, statistic: Statistic::P95, limit: Limit::Below(50.0) }],
    },
    Measure {
        id: "known",
        name: "a clause, seen before",
        meaning: "the same with conditions that were proved before, and taking them away.",
        targets: &[Target { tables: 1_000, statistic: Statistic::P95, limit: Limit::Below(10.0) }],
    },
    Measure {
        id: "leak",
        name: "a leak",
        meaning: "a policy's condition on the tenant gives way to one that none has had: to the finding that rows \
                  of other tenants pass, with its counterexample.",
        targets: &[],
    },
    Measure {
        id: "selector",
        name: "a selector of many tables",
        meaning: "a policy's selector changes from one table to 500, or half of them where there are fewer than \
                  1,000, or back.",
        targets: &[],
    },
    Measure {
        id: "column",
        name: "a column dropped",
        meaning: "a column that a policy uses vanishes from the schema's text, or comes back.",
        targets: &[],
    },
];

/// Measures from edits to their verdicts.
pub fn verdicts(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let (mut session, sites) = context.session(tables)?;
    let mut times = Times::default();
    let (mut solved, mut undecided) = (0, 0);
    for round in context.budget(60, 60).rounds() {
        let site = sites[round % sites.len()];
        let at = site.own(&session.documents[site.document])?.end;
        let condition = new_condition(context.next_number());
        let sent = session.edit(site.document, at..at, &condition)?;
        let settled = session.settle(sent)?;
        times.add(settled.at - sent.at);
        solved += usize::from(settled.has_proved);
        undecided += usize::from(settled.verdicts[2] > 0);
        let sent = session.edit(site.document, at..at + condition.len(), "")?;
        session.settle(sent)?;
    }
    ensure!(solved > 0, "no solver was seen at work on new questions");
    let note = format!(
        "At {tables} tables solvers were seen at work after {solved} of {} edits; {undecided} left something UNKNOWN.",
        times.count()
    );
    group.note("new", note);
    group.put("new", tables, Figure::Times(times));

    let mut times = Times::default();
    let few: Vec<Site> = sites.iter().copied().take(5).collect();
    let condition = " AND col('amount') > lit(11)";
    for round in 0..context.budget(60, 30).most.max(few.len()) + few.len() {
        let site = few[round % few.len()];
        let at = site.own(&session.documents[site.document])?.end;
        for (range, by) in [(at..at, condition), (at..at + condition.len(), "")] {
            let sent = session.edit(site.document, range, by)?;
            let time = session.settle(sent)?.at - sent.at;
            if round >= few.len() {
                times.add(time);
            }
        }
    }
    group.put("known", tables, Figure::Times(times));
    group.put("leak", tables, Figure::Times(leaks(context, &mut session, &sites)?));
    group.put("selector", tables, Figure::Times(selectors(context, &mut session, tables)?));
    group.put("column", tables, Figure::Times(columns(context, &mut session)?));
    Ok(())
}

fn leaks(context: &Context, session: &mut Session, sites: &[Site]) -> anyhow::Result<Times> {
    let mut times = Times::default();
    for round in context.budget(40, 30).rounds() {
        let site = sites[round % sites.len()];
        let own = site.own(&session.documents[site.document])?;
        let before = session.documents[site.document].text[own.clone()].to_owned();
        let condition = format!("col('amount') >= lit({})", 5000 + context.next_number());
        let sent = session.edit(site.document, own.clone(), &condition)?;
        let settled = session.settle(sent)?;
        times.add(settled.at - sent.at);
        let leaking = own.start..own.start + condition.len();
        // Policies that others join in by exists() and tables whose policies are several have other findings too.
        ensure!(
            settled.shows("tenant-isolation", &session.documents[site.document], &leaking),
            "the leak of {site:?} is not shown: {:?}",
            settled.diagnostics
        );
        let sent = session.edit(site.document, leaking, &before)?;
        session.settle(sent)?;
    }
    Ok(times)
}

fn selectors(context: &Context, session: &mut Session, tables: usize) -> anyhow::Result<Times> {
    let document = session.document(SHIFTING)?;
    let (few, (many, _)) = (few_tables(), many_tables(tables));
    let mut times = Times::default();
    for _ in context.budget(20, 60).rounds() {
        for (from, to) in [(&few, &many), (&many, &few)] {
            let at = session.documents[document].find(from, 0)?;
            let sent = session.edit(document, at..at + from.len(), to)?;
            times.add(session.settle(sent)?.at - sent.at);
        }
    }
    Ok(times)
}

fn columns(context: &Context, session: &mut Session) -> anyhow::Result<Times> {
    let document = session.document(SCHEMA)?;
    // The policy of this table compares the two columns.
    let (table, line) = ("CREATE TABLE area0.t00005 (", "  ceiling integer,\n");
    let mut times = Times::default();
    for _ in context.budget(20, 60).rounds() {
        let start = session.documents[document].find(table, 0)?;
        let at = session.documents[document].find(line, start)?;
        let verdicts = [(at..at + line.len(), ""), (at..at, line)].map(|(range, by)| {
            let sent = session.edit(document, range, by)?;
            let settled = session.settle(sent)?;
            times.add(settled.at - sent.at);
            Ok::<_, anyhow::Error>(settled.verdicts)
        });
        let [without, with] = verdicts;
        ensure!(without? != with?, "the column makes no difference");
    }
    Ok(times)
}

/// Bursts.
pub const BURSTS: &[Measure] = &[
    Measure {
        id: "burst",
        name: "20 edits at once",
        meaning: "a condition is typed by 20 edits that are sent without waiting: from sending the last one to the \
                  moment when the last thing was shown before nothing was pending.",
        targets: &[Target { tables: 1_000, statistic: Statistic::P95, limit: Limit::Below(100.0) }],
    },
    Measure {
        id: "burst first",
        name: "the same, first diagnostics",
        meaning: "to the first diagnostics for the last version.",
        targets: &[],
    },
    Measure {
        id: "burst typed",
        name: "20 edits, one each 10 ms",
        meaning: "the same with a pause between the edits.",
        targets: &[Target { tables: 1_000, statistic: Statistic::P95, limit: Limit::Below(100.0) }],
    },
];

/// Measures from the last of many edits to the last diagnostics.
pub fn bursts(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let (mut session, sites) = context.session(tables)?;
    let [mut at_once, mut first, mut typed] = [(); 3].map(|()| Times::default());
    for round in context.budget(30, 60).rounds() {
        let site = sites[round % sites.len()];
        for pause in [Duration::ZERO, Duration::from_millis(10)] {
            let (sent, text) = burst(context, &mut session, site, pause)?;
            let settled = session.settle(sent)?;
            if pause.is_zero() {
                at_once.add(settled.at - sent.at);
                first.add(settled.first - sent.at);
            } else {
                typed.add(settled.at - sent.at);
            }
            let sent = session.edit(site.document, text, "")?;
            session.settle(sent)?;
        }
    }
    group.put("burst", tables, Figure::Times(at_once));
    group.put("burst first", tables, Figure::Times(first));
    group.put("burst typed", tables, Figure::Times(typed));
    Ok(())
}

/// Sends 20 edits; gives the last one and where the condition is.
fn burst(
    context: &Context,
    session: &mut Session,
    site: Site,
    pause: Duration,
) -> anyhow::Result<(Sent, std::ops::Range<usize>)> {
    let start = site.own(&session.documents[site.document])?.end;
    let text = format!(" AND col('amount') > lit({})", 9000 + context.next_number());
    let single = text.len() - 19;
    let mut sent = session.edit(site.document, start..start, &text[..single])?;
    for index in single..text.len() {
        std::thread::sleep(pause);
        sent = session.edit(site.document, start + index..start + index, &text[index..=index])?;
    }
    Ok((sent, start..start + text.len()))
}
