//! The pool of solver processes: limits, interruption, crashes, and that tables of one shape are proved once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/project.rs"]
#[allow(dead_code)]
mod project;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pgpe_proof::Sort;
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_prover::{Cancel, Prover, ProverOptions, WorkerCommand};

fn prover(workers: usize, timeout: Duration) -> Prover {
    let worker = WorkerCommand {
        program: PathBuf::from(env!("CARGO_BIN_EXE_pgpe")),
        arguments: vec!["prove-worker".to_owned()],
    };
    Prover::new(ProverOptions { worker, workers, timeout })
}

fn obligation(script: &str, symbols: &[Sort]) -> Obligation {
    Obligation {
        script: script.into(),
        symbols: symbols.into(),
        preferences: 0,
        hash: ObligationHash::of(script),
    }
}

/// Nobody knows how to decide this quickly.
fn hard() -> Obligation {
    let mut script = String::new();
    for symbol in ["s0", "s1", "s2"] {
        script.push_str(&format!("(declare-const {symbol} Int)\n"));
    }
    script.push_str("(assert (= (+ (* s0 s0 s0) (* s1 s1 s1) (* s2 s2 s2)) 114))\n");
    obligation(&script, &[Sort::Int, Sort::Int, Sort::Int])
}

/// Satisfiable by one value.
fn easy(value: i64) -> Obligation {
    obligation(&format!("(declare-const s0 Int)\n(assert (= s0 {value}))\n"), &[Sort::Int])
}

fn answer(prover: &Prover, obligation: Obligation) -> Outcome {
    prover.prove([obligation], &Cancel::default()).recv_timeout(Duration::from_secs(30)).expect("an answer").1
}

fn children() -> BTreeSet<u32> {
    let own = std::process::id();
    let mut children = BTreeSet::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // `pid (name) state parent …`
        let parent =
            stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        if parent == Some(own) {
            children.insert(pid);
        }
    }
    children
}

#[test]
fn a_hard_problem_ends_at_its_limit_and_the_next_is_right() {
    let prover = prover(1, Duration::from_millis(500));
    let started = Instant::now();
    let outcome = answer(&prover, hard());
    assert!(matches!(&outcome, Outcome::Unknown(reason) if reason.contains("500 ms")), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(matches!(answer(&prover, easy(7)), Outcome::Satisfiable(_)));
    assert_eq!(prover.known(&hard().hash), None, "what is not decided is not remembered");
    assert!(prover.known(&easy(7).hash).is_some());
}

#[test]
fn a_cancelled_problem_gives_way() {
    let prover = prover(1, Duration::from_secs(60));
    let cancel = Cancel::default();
    let answers = prover.prove([hard()], &cancel);
    std::thread::sleep(Duration::from_millis(300));
    cancel.cancel();
    assert!(matches!(answer(&prover, easy(1)), Outcome::Satisfiable(_)));
    assert!(answers.try_recv().is_err(), "a cancelled problem has no answer");
}

#[test]
fn a_killed_worker_is_replaced_and_none_is_left() {
    let before = children();
    let prover = prover(1, Duration::from_secs(60));
    let answers = prover.prove([hard()], &Cancel::default());
    let worker = loop {
        if let Some(worker) = children().difference(&before).next() {
            break *worker;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    std::process::Command::new("kill").args(["-9", &worker.to_string()]).status().unwrap();
    let (_, outcome) = answers.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(matches!(&outcome, Outcome::Unknown(reason) if reason.contains("unexpectedly")), "{outcome:?}");
    assert!(matches!(answer(&prover, easy(2)), Outcome::Satisfiable(_)));
    drop(prover);
    // Other tests of this binary have workers of their own; this one's are gone.
    assert!(!children().contains(&worker));
}

#[test]
fn a_script_that_cannot_be_read_proves_nothing() {
    let prover = prover(1, Duration::from_secs(5));
    let broken =
        obligation("(declare-const s0 Int)\n(assert (= s0 1))\n(assert (= s0 undeclared))\n", &[Sort::Int]);
    assert!(matches!(answer(&prover, broken), Outcome::Unknown(_)));
}

/// Tables of three shapes, `copies` of each.
fn project_of(copies: usize) -> (String, String) {
    let mut schema = String::from("CREATE TABLE tenants (id uuid PRIMARY KEY);\n");
    let mut policies = String::new();
    for copy in 0..copies {
        schema.push_str(&format!(
            "CREATE TABLE a{copy} (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants (id), state text);
             CREATE TABLE b{copy} (key bigint PRIMARY KEY, a_id uuid NOT NULL REFERENCES a{copy} (id));
             CREATE TABLE c{copy} (id uuid PRIMARY KEY, tenant_id uuid REFERENCES tenants (id));\n"
        ));
        policies.push_str(&format!(
            "POLICY a{copy} PERMISSIVE FOR ALL SELECTOR named('a{copy}') CLAUSE col('tenant_id') = session('app.tenant_id') AND col('state') = lit('s{copy}')
             POLICY b{copy} PERMISSIVE FOR SELECT SELECTOR named('b{copy}') CLAUSE exists(rel(_, a_id, a{copy}, id), {{col('tenant_id') = session('app.tenant_id')}})
             POLICY c{copy} PERMISSIVE FOR ALL SELECTOR named('c{copy}') CLAUSE col('tenant_id') = session('app.tenant_id')\n"
        ));
    }
    (schema, policies)
}

#[test]
fn tables_of_one_shape_are_proved_once() {
    let obligations = |copies: usize| {
        let (schema, policies) = project_of(copies);
        let host = project::host(&schema, &policies, "");
        let open = host.analysis().check(&|_| None).unwrap().open;
        open.into_iter().map(|obligation| obligation.hash).collect::<BTreeSet<_>>()
    };
    let one = obligations(1);
    assert!(one.len() > 5);
    assert_eq!(obligations(40), one);
}
