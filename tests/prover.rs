//! The pool of solver processes: limits, interruption, crashes, and that tables of one shape are proved once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/processes.rs"]
#[allow(dead_code)]
mod processes;
#[path = "support/project.rs"]
#[allow(dead_code)]
mod project;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pgpe_proof::Sort;
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_prover::{Cancel, Prover, ProverOptions, WorkerCommand};
use processes::{exists, peak_memory, running_children, signal};
use rustix::process::Signal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_pgpe");

/// Longer than any test takes.
const MINUTE: Duration = Duration::from_secs(60);

/// A prover whose workers can be told from those of the tests beside this one.
struct Pool {
    prover: Prover,
    timeout: Duration,
    /// Stands on the workers' command line.
    name: String,
}

impl Pool {
    /// With one worker.
    fn new(timeout: Duration) -> Pool {
        Pool::within_memory(1024, timeout)
    }

    fn within_memory(memory_mb: u32, timeout: Duration) -> Pool {
        let (worker, name) = worker();
        Pool::with(ProverOptions { workers: 1, memory_mb, ..ProverOptions::new(worker) }, timeout, name)
    }

    fn of_workers(workers: usize, timeout: Duration) -> Pool {
        let (worker, name) = worker();
        Pool::with(ProverOptions { workers, ..ProverOptions::new(worker) }, timeout, name)
    }

    /// The worker is what a shell makes of a script, in which `$0` is the program and `$1` the name.
    fn of_script(script: &str, timeout: Duration) -> Pool {
        let name = unique_name();
        let arguments = ["-c", script, PROGRAM, &name].map(str::to_owned).to_vec();
        let worker = WorkerCommand { program: PathBuf::from("/bin/sh"), arguments };
        Pool::with(ProverOptions { workers: 1, ..ProverOptions::new(worker) }, timeout, name)
    }

    fn with(options: ProverOptions, timeout: Duration, name: String) -> Pool {
        Pool { prover: Prover::new(options), timeout, name }
    }

    fn answer(&self, obligation: Obligation) -> Outcome {
        self.answer_and_memory(obligation).0
    }

    /// And the most memory that a worker held meanwhile.
    fn answer_and_memory(&self, obligation: Obligation) -> (Outcome, u64) {
        let answers = self.prover.prove([obligation], self.timeout, &Cancel::default());
        let (started, mut peak) = (Instant::now(), 0);
        while started.elapsed() < MINUTE {
            if let Ok((_, outcome)) = answers.recv_timeout(Duration::from_millis(10)) {
                return (outcome, peak);
            }
            peak = self.workers().into_iter().filter_map(peak_memory).fold(peak, u64::max);
        }
        panic!("no answer")
    }

    /// The reason why it could not be decided.
    fn refusal(&self, obligation: Obligation) -> String {
        match self.answer(obligation) {
            Outcome::Unknown(reason) => reason,
            decided => panic!("{decided:?}"),
        }
    }

    /// Questions that it was not asked before get their answers.
    #[track_caller]
    fn answers_rightly(&self) {
        let calls = self.prover.solver_calls();
        let number = 1000 + i64::try_from(calls).unwrap();
        assert!(matches!(self.answer(easy(number)), Outcome::Satisfiable(_)));
        assert_eq!(self.answer(impossible(number)), Outcome::Unsatisfiable(Vec::new()));
        assert!(self.prover.solver_calls() >= calls + 2);
    }

    /// The processes that work for it.
    fn workers(&self) -> Vec<u32> {
        let mut found = running_children(std::process::id());
        found.retain(|id| {
            let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).split('\0').any(|word| word == self.name)
        });
        found
    }

    #[track_caller]
    fn worker(&self) -> u32 {
        let workers = self.workers();
        assert_eq!(workers.len(), 1, "{workers:?}");
        workers[0]
    }
}

fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("pool-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A worker takes the option of a configuration, which it does not read; here it is the name.
fn worker() -> (WorkerCommand, String) {
    let name = unique_name();
    let arguments = ["--config", &name, "prove-worker"].map(str::to_owned).to_vec();
    (WorkerCommand { program: PathBuf::from(PROGRAM), arguments }, name)
}

fn obligation(script: &str, symbols: &[Sort]) -> Obligation {
    Obligation {
        script: script.into(),
        symbols: symbols.into(),
        facts: 0,
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

/// The solver does not look at its clock while it multiplies numbers of millions of digits.
fn hanging() -> Obligation {
    let first = format!("(define-fun a0 () Int {})\n", "9".repeat(1000));
    let squares = (1..26).map(|i| format!("(define-fun a{i} () Int (* a{0} a{0}))\n", i - 1));
    let squares: String = squares.collect();
    obligation(&format!("(declare-const s0 Int)\n{first}{squares}(assert (= s0 a25))\n"), &[Sort::Int])
}

/// Fills memory while it is being solved: a multiplier of so many bits is large.
fn solved_in_much_memory() -> Obligation {
    let script = "(declare-const s0 Bool)\n(declare-const a (_ BitVec 3000))\n(declare-const b (_ BitVec 3000))\n\
                  (assert (and (= (bvmul a b) (_ bv123456789 3000)) (not (= a (_ bv1 3000)))))\n";
    obligation(script, &[Sort::Bool])
}

/// Fills memory while it is being read: a text that doubles forty times.
fn read_in_much_memory() -> Obligation {
    let first = format!("(define-fun a0 () String \"{}\")\n", "x".repeat(1000));
    let doubled = (1..40).map(|i| format!("(define-fun a{i} () String (str.++ a{0} a{0}))\n", i - 1));
    let doubled: String = doubled.collect();
    obligation(&format!("(declare-const s0 String)\n{first}{doubled}(assert (= s0 a39))\n"), &[Sort::String])
}

/// Satisfiable by one value.
fn easy(value: i64) -> Obligation {
    obligation(&format!("(declare-const s0 Int)\n(assert (= s0 {value}))\n"), &[Sort::Int])
}

/// Not satisfiable.
fn impossible(value: i64) -> Obligation {
    let script = format!("(declare-const s0 Int)\n(assert (and (< s0 {value}) (> s0 {value})))\n");
    obligation(&script, &[Sort::Int])
}

/// Waits until something is so.
#[track_caller]
fn eventually<T>(what: &str, ready: impl Fn() -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < MINUTE {
        if let Some(value) = ready() {
            return value;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("waited too long for {what}")
}

#[test]
fn a_hard_problem_ends_at_its_limit_and_the_next_is_right() {
    let pool = Pool::new(Duration::from_millis(500));
    let started = Instant::now();
    let reason = pool.refusal(hard());
    assert!(reason.contains("500 ms"), "{reason}");
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    pool.answers_rightly();
    assert_eq!(pool.prover.known(&hard().hash), None, "what is not decided is not remembered");
    pool.answer(easy(7));
    assert!(pool.prover.known(&easy(7).hash).is_some());
}

#[test]
fn a_solver_that_hangs_is_killed_and_the_next_is_right() {
    let pool = Pool::new(Duration::from_millis(500));
    pool.answers_rightly();
    let worker = pool.worker();
    let started = Instant::now();
    let (outcome, peak) = pool.answer_and_memory(hanging());
    assert!(matches!(&outcome, Outcome::Unknown(reason) if reason.contains("500 ms")), "{outcome:?}");
    assert!(started.elapsed() >= Duration::from_millis(800), "it did not hang");
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    assert!(peak < 1024, "{peak} MB");
    assert!(!exists(worker));
    assert_eq!(pool.prover.known(&hanging().hash), None);
    pool.answers_rightly();
}

#[test]
fn a_solver_that_fills_memory_is_stopped_and_the_next_is_right() {
    for hog in [solved_in_much_memory(), read_in_much_memory()] {
        let pool = Pool::within_memory(256, MINUTE);
        let (outcome, peak) = pool.answer_and_memory(hog.clone());
        assert!(matches!(&outcome, Outcome::Unknown(reason) if reason.contains("256 MB")), "{outcome:?}");
        assert!((100..400).contains(&peak), "{peak} MB");
        assert_eq!(pool.prover.known(&hog.hash), None);
        pool.answers_rightly();
    }
}

/// What the solver does not count itself is held by the process's limit.
#[test]
fn memory_that_the_process_can_not_have_is_told() {
    let pool = Pool::of_script("ulimit -v 300000; exec \"$0\" --config \"$1\" prove-worker", MINUTE);
    for hog in [solved_in_much_memory(), read_in_much_memory()] {
        let reason = pool.refusal(hog);
        assert!(reason.contains("memory"), "{reason}");
        pool.answers_rightly();
    }
}

#[test]
fn workers_limit_themselves() {
    let pool = Pool::within_memory(256, MINUTE);
    pool.answers_rightly();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", pool.worker())).unwrap();
    let soft = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(soft("Max address space"), (768_u64 << 20).to_string());
    assert_eq!(soft("Max core file size"), "0");
}

#[test]
fn a_cancelled_problem_gives_way() {
    let pool = Pool::new(MINUTE);
    let cancel = Cancel::default();
    let answers = pool.prover.prove([hanging()], MINUTE, &cancel);
    let worker = eventually("a worker", || pool.workers().first().copied());
    std::thread::sleep(Duration::from_millis(100));
    cancel.cancel();
    pool.answers_rightly();
    assert!(answers.try_recv().is_err(), "a cancelled problem has no answer");
    assert!(!exists(worker));
}

#[test]
fn what_was_nearly_done_when_it_was_cancelled_is_known() {
    let pool = Pool::new(MINUTE);
    // It has to be begun before it is cancelled, and soon done: on a machine that is busy that may take some attempts.
    let is_known = (100..200).any(|number| {
        pool.answer(easy(1000 + number));
        let worker = pool.worker();
        let (calls, cancel) = (pool.prover.solver_calls(), Cancel::default());
        let answers = pool.prover.prove([easy(number)], MINUTE, &cancel);
        eventually("its beginning", || (pool.prover.solver_calls() > calls).then_some(()));
        cancel.cancel();
        let is_known =
            answers.recv_timeout(MINUTE).is_ok() && pool.prover.known(&easy(number).hash).is_some();
        is_known && pool.workers() == [worker]
    });
    assert!(is_known);
}

#[test]
fn idle_workers_end_and_are_there_again_when_woken() {
    let (worker, name) = worker();
    let options = ProverOptions { idle: Duration::from_millis(50), ..ProverOptions::new(worker) };
    let pool = Pool::with(ProverOptions { workers: 1, in_background: true, ..options }, MINUTE, name);
    pool.answers_rightly();
    eventually("the end of the worker", || pool.workers().is_empty().then_some(()));
    let calls = pool.prover.solver_calls();
    // It may end again before it is seen.
    let worker = eventually("a worker", || {
        pool.prover.wake();
        pool.workers().first().copied()
    });
    eventually("its end", || (!exists(worker)).then_some(()));
    assert_eq!(pool.prover.solver_calls(), calls);
    pool.answers_rightly();
}

/// What a process has of its own, in KiB.
fn own_memory(process: u32) -> u64 {
    let said = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap();
    let line = said.lines().find_map(|line| line.strip_prefix("Private_Dirty:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn workers_that_rest_give_memory_back_and_get_ready_when_told() {
    let (worker, name) = worker();
    let pool = Pool::with(ProverOptions { workers: 1, ..ProverOptions::new(worker) }, MINUTE, name);
    pool.answers_rightly();
    let worker = pool.worker();
    // A context has tables of 16 MiB.
    let context = 12 << 10;
    let at_work = own_memory(worker);
    let rest =
        || eventually("its rest", || Some(own_memory(worker)).filter(|at_rest| at_rest + context < at_work));
    for _ in 0..2 {
        let at_rest = rest();
        pool.prover.wake();
        eventually("its getting ready", || (own_memory(worker) > at_rest + context).then_some(()));
        pool.answers_rightly();
    }
    rest();
    pool.answers_rightly();
    assert_eq!(pool.worker(), worker);
}

#[test]
fn workers_in_the_background_give_precedence_to_others() {
    let niceness = |in_background: bool| {
        let (worker, name) = worker();
        let options = ProverOptions { workers: 1, in_background, ..ProverOptions::new(worker) };
        let pool = Pool::with(options, MINUTE, name);
        pool.answers_rightly();
        rustix::process::getpriority_process(rustix::process::Pid::from_raw(pool.worker() as i32)).unwrap()
    };
    let own = rustix::process::getpriority_process(None).unwrap();
    assert_eq!(niceness(false), own);
    assert_eq!(niceness(true), (own + 5).min(19));
}

#[test]
fn what_a_killed_worker_worked_on_is_given_to_the_next() {
    // Slow to start, so that it is killed with a task to do.
    let pool = Pool::of_script("sleep 0.2; exec \"$0\" --config \"$1\" prove-worker", MINUTE);
    let answers = pool.prover.prove([easy(2)], MINUTE, &Cancel::default());
    let mut killed = BTreeSet::new();
    for by in [Signal::KILL, Signal::KILL, Signal::TERM, Signal::KILL] {
        let worker =
            eventually("a fresh worker", || pool.workers().into_iter().find(|it| !killed.contains(it)));
        assert!(signal(worker, by));
        killed.insert(worker);
    }
    let (_, outcome) = answers.recv_timeout(MINUTE).unwrap();
    assert!(matches!(&outcome, Outcome::Satisfiable(_)), "{outcome:?}");
    assert_eq!(pool.prover.solver_calls(), 5);
    for worker in killed {
        assert!(!exists(worker), "a zombie is left");
    }
}

#[test]
fn an_idle_worker_that_is_killed_leaves_no_zombie() {
    let pool = Pool::new(MINUTE);
    for value in 0..3 {
        assert!(matches!(pool.answer(easy(value)), Outcome::Satisfiable(_)));
        let worker = pool.worker();
        assert!(signal(worker, Signal::KILL));
        eventually("the end of the worker", || (!exists(worker)).then_some(()));
    }
    pool.answers_rightly();
}

#[test]
fn a_stopped_worker_is_overdue() {
    let pool = Pool::new(Duration::from_millis(500));
    pool.answers_rightly();
    let worker = pool.worker();
    assert!(signal(worker, Signal::STOP));
    // More than fits into the pipe to it.
    let long = obligation(&format!("; {}\n{}", "x".repeat(1 << 20), easy(5).script), &[Sort::Int]);
    let started = Instant::now();
    let reason = pool.refusal(long.clone());
    assert!(reason.contains("500 ms"), "{reason}");
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    assert!(!exists(worker));
    pool.answers_rightly();
    assert!(matches!(pool.answer(long), Outcome::Satisfiable(_)));
}

#[test]
fn workers_that_never_answer_are_given_up() {
    for (script, said, calls) in [
        ("kill -KILL $$", "killed 201 times", 201),
        ("kill -SEGV $$", "crashed", 3),
        ("kill -ABRT $$", "crashed", 3),
        ("exit 3", "crashed", 3),
        ("echo nonsense; exec sleep 60", "nonsense", 3),
        // A model of two values for one symbol.
        ("echo '{\"Solved\":{\"Satisfiable\":[{\"n\":\"1\"},{\"n\":\"2\"}]}}'; exec sleep 60", "nonsense", 3),
        ("exec sleep 60", "2000 ms", 1),
        ("exec /nowhere", "crashed", 3),
    ] {
        let pool = Pool::of_script(script, Duration::from_secs(2));
        let reason = pool.refusal(easy(1));
        assert!(reason.contains(said), "{script}: {reason}");
        assert_eq!(pool.prover.solver_calls(), calls, "{script}");
        assert_eq!(pool.prover.known(&easy(1).hash), None, "{script}");
        assert!(pool.workers().is_empty(), "{script}");
    }
    let worker = WorkerCommand { program: PathBuf::from("/nowhere"), arguments: Vec::new() };
    let pool = Pool::with(ProverOptions::new(worker), MINUTE, "nowhere".to_owned());
    let reason = pool.refusal(easy(1));
    assert!(reason.contains("can't be started"), "{reason}");
}

#[test]
fn a_crash_that_does_not_happen_again_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let flag = folder.path().join("crashed").display().to_string();
    let script = format!(
        "[ -e {flag} ] || {{ touch {flag}; kill -SEGV $$; }}; exec \"$0\" --config \"$1\" prove-worker"
    );
    let pool = Pool::of_script(&script, MINUTE);
    pool.answers_rightly();
    assert_eq!(pool.prover.solver_calls(), 3, "one more than without");
}

#[test]
fn a_prover_takes_its_workers_along() {
    for busy in [false, true] {
        let pool = Pool::new(MINUTE);
        pool.answers_rightly();
        let worker = pool.worker();
        if busy {
            pool.prover.prove([hanging()], MINUTE, &Cancel::default());
            std::thread::sleep(Duration::from_millis(100));
        }
        let started = Instant::now();
        drop(pool);
        assert!(!exists(worker));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }
}

#[test]
fn there_are_never_more_workers_than_processors() {
    let processors = std::thread::available_parallelism().unwrap().get();
    let pool = Pool::of_workers(1000, Duration::from_millis(100));
    let scripts = (0..4 * processors).map(|number| format!("; {number}\n{}", hard().script));
    let obligations: Vec<Obligation> = scripts.map(|script| obligation(&script, &hard().symbols)).collect();
    let answers = pool.prover.prove(obligations.clone(), pool.timeout, &Cancel::default());
    let (mut answered, mut most) = (0, 0);
    while answered < obligations.len() {
        answered += usize::from(answers.recv_timeout(Duration::from_millis(5)).is_ok());
        most = most.max(pool.workers().len());
    }
    assert!((1..=processors).contains(&most), "{most}");
}

#[test]
fn a_script_that_cannot_be_read_proves_nothing() {
    let pool = Pool::new(Duration::from_secs(5));
    let broken = "(declare-const s0 Int)\n(assert (= s0 1))\n(assert (= s0 undeclared))\n";
    pool.refusal(obligation(broken, &[Sort::Int]));
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
