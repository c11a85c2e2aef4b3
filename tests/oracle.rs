//! Three voices on random policies: what a real server lets through, what the evaluator says, and what the
//! proofs claim. One disagreement fails the run and prints a minimal case.
//!
//! `PGPE_ORACLE_SEED`, `PGPE_ORACLE_CASES` and `PGPE_ORACLE_FIRST` (the index of the first case) choose another run,
//! which ends early at `PGPE_ORACLE_STOP` disagreements; with `PGPE_ORACLE_MINIMISE=0` the first is shown as it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/postgres.rs"]
mod postgres_server;

#[path = "oracle/analysis.rs"]
mod analysis;
#[path = "oracle/case.rs"]
mod case;
#[path = "oracle/claims.rs"]
mod claims;
#[path = "oracle/compare.rs"]
mod compare;
#[path = "oracle/counterexamples.rs"]
mod counterexamples;
#[path = "oracle/generate.rs"]
mod generate;
#[path = "oracle/minimise.rs"]
mod minimise;
#[path = "oracle/observe.rs"]
mod observe;
#[path = "oracle/ownership.rs"]
mod ownership;
#[path = "oracle/probes.rs"]
mod probes;
#[path = "oracle/regressions.rs"]
mod regressions;
#[path = "oracle/server.rs"]
mod server;
#[path = "oracle/statistics.rs"]
mod statistics;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use analysis::{Analysis, Judged, Solver, table_name};
use case::Case;
use claims::Claims;
use compare::Disagreement;
use ownership::Equality;
use server::{Server, Stage};
use statistics::Statistics;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// What all cases share.
#[derive(Default)]
struct Shared {
    solver: Solver,
    equality: Equality,
    statistics: Statistics,
}

/// How much of a case is looked at.
#[derive(Clone, Copy)]
enum Extent {
    /// All governed tables, and all counterexamples.
    Whole,
    /// One table, and some of its counterexamples: what is left out is much like that, and another case says more in the
    /// same time.
    Sample,
}

impl Extent {
    fn tables(self, case: &Case, analysis: &Analysis) -> Vec<usize> {
        let is_governed = |at: &usize| analysis.governed.contains_key(&table_name(&case.tables[*at].name));
        let governed: Vec<usize> = (0..case.tables.len()).filter(is_governed).collect();
        match self {
            Extent::Sample if !governed.is_empty() => {
                vec![governed[case.index as usize % governed.len()]]
            }
            _ => governed,
        }
    }

    fn most_shown(self) -> usize {
        match self {
            Extent::Whole => usize::MAX,
            Extent::Sample => 4,
        }
    }
}

impl Shared {
    /// Everything about a case that two voices disagree on.
    fn disagreements(&self, client: &mut postgres::Client, case: &Case, extent: Extent) -> Vec<Disagreement> {
        let statistics = &self.statistics;
        let Some(analysis) = Analysis::of(case) else {
            statistics.count("skipped: the policies have an error");
            return Vec::new();
        };
        statistics.count("cases");
        let (mut stage, kept) = Stage::set_up(client, case, &analysis);
        let tables = extent.tables(case, &analysis);
        let observed = observe::observe(&mut stage, &tables, &kept);
        let mut found = compare::compare(&analysis, case, &kept, &observed, statistics);
        for at in tables {
            let judged = analysis.judge(&table_name(&case.tables[at].name), &self.solver);
            found.append(&mut wrong_in_part(&judged, statistics));
            let mut claims = Claims {
                analysis: &analysis,
                case,
                stage: &mut stage,
                kept: &kept,
                observed: &observed,
                equality: &self.equality,
                statistics,
                found: Vec::new(),
            };
            claims.check(at, &judged);
            found.append(&mut claims.found);
            let most = extent.most_shown();
            found.append(&mut counterexamples::check(&mut stage, &analysis, &judged, most, statistics));
        }
        stage.tear_down();
        found
    }

    /// The smallest case that shows a disagreement of the same kind.
    fn minimised(&self, case: Case, kind: &str) -> (Case, Option<Disagreement>) {
        let server = Server::start();
        let shared = Shared::default();
        let show = |case: &Case| {
            let attempt = || shared.disagreements(&mut server.connect(), case, Extent::Whole);
            let found = catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_default();
            found.into_iter().find(|found| found.kind == kind)
        };
        let hook = std::panic::take_hook();
        // A case that has become impossible is none.
        std::panic::set_hook(Box::new(|_| {}));
        let smallest = minimise::minimise(case, |case| show(case).is_some());
        let shown = show(&smallest);
        std::panic::set_hook(hook);
        (smallest, shown)
    }
}

/// Questions that are answered otherwise with conditions left open than in full.
fn wrong_in_part(judged: &Judged, statistics: &Statistics) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for (settled, wrong) in &judged.in_parts {
        let what = if *settled { "settled" } else { "to be asked in full" };
        statistics.count(format!("questions with conditions left open: {what}"));
        if let Some(question) = wrong {
            let goal = format!("{:?}", question.subject.goal);
            let goal = goal.split([' ', '{']).next().unwrap_or_default();
            found.push(Disagreement {
                kind: format!("{goal} with conditions left open"),
                details: format!("{:#?}\n{}", question.subject, question.obligation.script),
            });
        }
    }
    found
}

/// What is rolled back leaves dead rows in a database's catalog, which slow it down.
const CASES_PER_DATABASE: u32 = 2_000;

/// Runs cases on two connections, until there are some disagreements.
fn run(shared: &Shared, seed: u64, indices: Range<u64>) -> Vec<(u64, Disagreement)> {
    let most = number("PGPE_ORACLE_STOP", 20) as usize;
    let next = AtomicU64::new(indices.start);
    let failed: Mutex<Vec<(u64, Disagreement)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut server = Server::start();
                let mut served = 0;
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= indices.end || failed.lock().unwrap().len() >= most {
                        break;
                    }
                    if index.is_multiple_of(1_000) && index > indices.start {
                        let done = shared.statistics.get("cases");
                        println!("begins case {index}; {done} cases came to something");
                    }
                    let case = generate::generate(seed, index);
                    served += 1;
                    if served == CASES_PER_DATABASE {
                        (server, served) = (Server::start(), 0);
                    }
                    let found = shared.disagreements(server.client(index), &case, Extent::Sample);
                    failed.lock().unwrap().extend(found.into_iter().take(1).map(|found| (index, found)));
                }
            });
        }
    });
    failed.into_inner().unwrap()
}

#[test]
fn server_evaluator_and_proofs_agree() {
    let (seed, cases, first) =
        (number("PGPE_ORACLE_SEED", 1), number("PGPE_ORACLE_CASES", 2_000), number("PGPE_ORACLE_FIRST", 0));
    println!("oracle: seed {seed}, {cases} cases from {first}");
    let started = Instant::now();
    server::create_roles_once();
    let shared = Shared::default();
    let mut failed = run(&shared, seed, first..first + cases);
    println!("{}in {:?}", shared.statistics, started.elapsed());
    // A short run to see one case again may well lack something.
    let lacking = if cases >= 200 && failed.is_empty() { shared.statistics.lacking() } else { Vec::new() };
    assert!(lacking.is_empty(), "hardly any {}", lacking.join(", "));
    failed.sort_by_key(|(index, _)| *index);
    for (index, found) in &failed {
        println!("case {index}: {}", found.kind);
    }
    if let Some((index, found)) = failed.first() {
        println!("the smallest case like case {index}, {}:", found.kind);
        let case = generate::generate(seed, *index);
        let (smallest, shown) = match number("PGPE_ORACLE_MINIMISE", 1) {
            0 => (case, None),
            _ => shared.minimised(case, &found.kind),
        };
        let details = shown.map_or_else(|| found.details.clone(), |shown| shown.details);
        panic!(
            "{}\n{}\n{details}\nto see it again: PGPE_ORACLE_SEED={seed} PGPE_ORACLE_FIRST={index} PGPE_ORACLE_CASES=1",
            found.kind,
            smallest.show()
        );
    }
}

#[test]
fn what_disagreed_once_agrees() {
    server::create_roles_once();
    let server = Server::start();
    let shared = Shared::default();
    let mut wrong = Vec::new();
    for (about, case) in regressions::regressions() {
        for found in shared.disagreements(&mut server.connect(), &case, Extent::Whole) {
            wrong.push(format!("{about}: {}\n{}", found.kind, found.details));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(shared.statistics.get("cases"), regressions::regressions().len() as u64);
}
