//! The floor: what the solver alone takes on the questions of a project.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_prover::{solve, solve_quickly};

use crate::context::Context;
use crate::report::{Group, Limit, Measure, Target};
use crate::statistics::{Figure, Statistic, Times};

/// The limit of a proof, as the configuration has it by itself.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The floor.
pub const MEASURES: &[Measure] = &[
    Measure {
        id: "questions",
        name: "distinct questions",
        meaning: "what the project asks the solver, each different question once.",
        targets: &[Target {
            tables: 10_000,
            statistic: Statistic::Median,
            limit: Limit::SameAs { of: 1_000 },
        }],
    },
    Measure {
        id: "reading",
        name: "reading the files",
        meaning: "finding and reading all files of the project.",
        targets: &[],
    },
    Measure {
        id: "solving",
        name: "solving",
        meaning: "the questions, given to as many processes as there are processors, with all that the verdicts \
                  need: the facts that a proof rests on, and models that tell much. Starting the processes is not \
                  counted.",
        targets: &[],
    },
    Measure {
        id: "deciding",
        name: "deciding alone",
        meaning: "the same without the search for the facts that a proof rests on, in one context of the solver.",
        targets: &[],
    },
    Measure {
        id: "check",
        name: "`check --no-cache`",
        meaning: "for comparison, measured in turns with solving.",
        targets: &[],
    },
    Measure {
        id: "ratio",
        name: "`check` to the floor",
        meaning: "how many times as long it takes as reading and solving.",
        targets: &[Target { tables: 1_000, statistic: Statistic::Median, limit: Limit::AtMost(5.0) }],
    },
];

/// Measures the floor, and `check` beside it.
pub fn measure(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let project = context.project(tables)?;
    let questions = questions(&project.folder)?;
    group.put("questions", tables, Figure::Count(questions.len() as u64));
    let [mut reading, mut solving, mut deciding, mut check] = [(); 4].map(|()| Times::default());
    for _ in context.budget(5, 90).rounds() {
        let started = Instant::now();
        let loaded = pgpe_project::Project::discover(&project.folder, None, None)?;
        reading.add(started.elapsed());
        ensure!(loaded.unreadable.is_empty(), "some files can't be read");
        solving.add(solve_in_processes(&project.folder, "wholly")?);
        deciding.add(solve_in_processes(&project.folder, "quickly")?);
        let run = crate::process::run(&mut crate::process::pgpe(&project.folder, &["check", "--no-cache"]))?;
        check.add(run.time);
    }
    let median = |times: &Times| times.quantile(0.5).context("nothing was measured");
    let ratio = median(&check)? / (median(&reading)? + median(&solving)?);
    for (id, times) in [("reading", reading), ("solving", solving), ("deciding", deciding), ("check", check)]
    {
        group.put(id, tables, Figure::Runs(times));
    }
    group.put("ratio", tables, Figure::Ratio(ratio));
    Ok(())
}

/// The distinct questions of a project, in the order in which it asks them: those in full only where those in part have
/// settled nothing.
fn questions(folder: &Path) -> anyhow::Result<Vec<Obligation>> {
    let host = pgpe_project::Project::discover(folder, None, None)?.host();
    let (mut asked, mut known) = (Vec::new(), HashMap::new());
    loop {
        let open = host.analysis().check(&|obligation| known.get(&obligation.hash).cloned())?.open;
        if open.is_empty() {
            return Ok(asked);
        }
        for obligation in open {
            known.entry(obligation.hash).or_insert_with(|| solve_quickly(&obligation, TIMEOUT));
            asked.push(obligation);
        }
    }
}

/// Solves all questions in processes of this program; gives the time from the moment when all of them had their
/// questions to that when all had answered.
fn solve_in_processes(folder: &Path, how: &str) -> anyhow::Result<Duration> {
    let count = std::thread::available_parallelism()?.get();
    let mut solvers = Vec::new();
    for index in 0..count {
        let mut child = Command::new(std::env::current_exe()?)
            // What a question has used stays for the next one. Giving it back to the system and getting it again
            // takes longer than solving, where reading the project has left the heap in pieces.
            .env("MALLOC_TRIM_THRESHOLD_", "268435456")
            .env("MALLOC_MMAP_THRESHOLD_", "67108864")
            .arg("solve-share")
            .arg(folder)
            .args([index.to_string(), count.to_string(), how.to_owned()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        solvers.push((child, output));
    }
    let mut line = String::new();
    for (_, output) in &mut solvers {
        output.read_line(&mut line)?;
    }
    let started = Instant::now();
    for (child, _) in &mut solvers {
        child.stdin.take().context("no input")?.write_all(b"go\n")?;
    }
    for (_, output) in &mut solvers {
        output.read_line(&mut line)?;
    }
    let time = started.elapsed();
    for (mut child, _) in solvers {
        ensure!(child.wait()?.success(), "a solver failed");
    }
    Ok(time)
}

/// The process for a share of the questions: says when it is ready, waits for a line, solves, and says so.
pub fn solve_share(folder: &Path, index: usize, count: usize, how: &str) -> anyhow::Result<()> {
    pgpe_prover::check_solver_version()?;
    let questions = questions(folder)?;
    // Whatever the library does only once is done.
    if let Some(first) = questions.first() {
        solve(first, TIMEOUT);
    }
    println!("ready");
    std::io::stdin().read_line(&mut String::new())?;
    for question in questions.iter().skip(index).step_by(count) {
        let outcome = match how {
            "quickly" => solve_quickly(question, TIMEOUT),
            _ => solve(question, TIMEOUT),
        };
        ensure!(!matches!(outcome, Outcome::Unknown(_)), "not decided: {outcome:?}");
    }
    println!("solved");
    Ok(())
}
