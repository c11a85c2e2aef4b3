//! A pool of worker processes, and the memory of what they decided.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};

use crate::solve::timeout_reason;
use crate::wire::{Reply, Task};

/// How a worker process is started.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// The program; it must call [`crate::run_worker`].
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// How a prover works.
#[derive(Debug, Clone)]
pub struct ProverOptions {
    /// How its workers are started.
    pub worker: WorkerCommand,
    /// How many run at a time.
    pub workers: usize,
    /// Limit of one proof.
    pub timeout: Duration,
}

/// A worker that has not answered this long after its own limit is killed.
const GRACE: Duration = Duration::from_millis(500);

/// Tells running proofs that their result is no longer wanted.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops what it was given to.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type Answer = (ObligationHash, Outcome);

struct Job {
    obligation: Obligation,
    cancel: Cancel,
    answer: Sender<Answer>,
}

/// Proves obligations in worker processes.
///
/// Decided outcomes are kept; UNKNOWN never is. The workers end with the prover.
pub struct Prover {
    jobs: Option<Sender<Job>>,
    threads: Vec<std::thread::JoinHandle<()>>,
    stopping: Cancel,
    decided: Arc<Mutex<HashMap<ObligationHash, Outcome>>>,
    calls: Arc<std::sync::atomic::AtomicU64>,
}

impl Prover {
    /// Starts the threads that tend the workers; the workers themselves start with the first proof.
    pub fn new(options: ProverOptions) -> Prover {
        let (jobs, queue) = crossbeam_channel::unbounded::<Job>();
        let stopping = Cancel::default();
        let decided = Arc::new(Mutex::new(HashMap::new()));
        let calls = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let threads = (0..options.workers.max(1))
            .map(|_| {
                let tender = Tender {
                    options: options.clone(),
                    stopping: stopping.clone(),
                    decided: Arc::clone(&decided),
                    calls: Arc::clone(&calls),
                    worker: None,
                };
                let queue = queue.clone();
                std::thread::spawn(move || tender.run(&queue))
            })
            .collect();
        Prover { jobs: Some(jobs), threads, stopping, decided, calls }
    }

    /// What was decided of an obligation before.
    pub fn known(&self, hash: &ObligationHash) -> Option<Outcome> {
        lock(&self.decided).get(hash).cloned()
    }

    /// How many times a solver was called.
    pub fn solver_calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Begins to prove the obligations, each different one once. The answers arrive in any order; the
    /// channel closes when there are no more, or after `cancel`.
    pub fn prove(
        &self,
        obligations: impl IntoIterator<Item = Obligation>,
        cancel: &Cancel,
    ) -> Receiver<Answer> {
        let (answer, answers) = crossbeam_channel::unbounded();
        let mut asked = std::collections::HashSet::new();
        for obligation in obligations {
            if !asked.insert(obligation.hash) {
                continue;
            }
            if let Some(outcome) = self.known(&obligation.hash) {
                let _ = answer.send((obligation.hash, outcome));
                continue;
            }
            let job = Job { obligation, cancel: cancel.clone(), answer: answer.clone() };
            if let Some(jobs) = &self.jobs {
                let _ = jobs.send(job);
            }
        }
        answers
    }
}

impl Drop for Prover {
    fn drop(&mut self) {
        self.stopping.cancel();
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking thread left behind is whole: entries are inserted in one step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread that tends one worker.
struct Tender {
    options: ProverOptions,
    stopping: Cancel,
    decided: Arc<Mutex<HashMap<ObligationHash, Outcome>>>,
    calls: Arc<std::sync::atomic::AtomicU64>,
    worker: Option<Worker>,
}

impl Tender {
    fn run(mut self, queue: &Receiver<Job>) {
        for job in queue {
            if self.stopping.is_cancelled() {
                break;
            }
            if job.cancel.is_cancelled() {
                continue;
            }
            let known = lock(&self.decided).get(&job.obligation.hash).cloned();
            let outcome = known.or_else(|| self.solve(&job));
            let Some(outcome) = outcome else { continue };
            if !matches!(outcome, Outcome::Unknown(_)) {
                lock(&self.decided).insert(job.obligation.hash, outcome.clone());
            }
            let _ = job.answer.send((job.obligation.hash, outcome));
        }
    }

    /// `None` if the job was cancelled.
    fn solve(&mut self, job: &Job) -> Option<Outcome> {
        let mut worker = match self.worker.take() {
            Some(worker) => worker,
            None => match Worker::start(&self.options.worker) {
                Ok(worker) => worker,
                Err(error) => {
                    let program = self.options.worker.program.display();
                    return Some(Outcome::Unknown(format!(
                        "the solver process {program} can't be started: {error}"
                    )));
                }
            },
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        let timeout = self.options.timeout;
        let limit = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        if worker.send(&Task::new(&job.obligation, limit)).is_err() {
            return Some(Outcome::Unknown("the solver process ended unexpectedly".to_owned()));
        }
        let deadline = Instant::now() + timeout + GRACE;
        loop {
            match worker.replies.recv_timeout(Duration::from_millis(5)) {
                Ok(line) => {
                    return Some(match serde_json::from_str::<Reply>(&line) {
                        Ok(reply) => {
                            self.worker = Some(worker);
                            reply.into()
                        }
                        Err(_) => Outcome::Unknown("the solver process answered nonsense".to_owned()),
                    });
                }
                // Dropping a worker kills it.
                Err(RecvTimeoutError::Disconnected) => {
                    return Some(Outcome::Unknown("the solver process ended unexpectedly".to_owned()));
                }
                Err(RecvTimeoutError::Timeout)
                    if job.cancel.is_cancelled() || self.stopping.is_cancelled() =>
                {
                    return None;
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() > deadline => {
                    return Some(Outcome::Unknown(timeout_reason(timeout)));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// A running worker process; killed when dropped.
struct Worker {
    child: Child,
    input: ChildStdin,
    replies: Receiver<String>,
}

impl Worker {
    fn start(command: &WorkerCommand) -> std::io::Result<Worker> {
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            let _ = child.kill();
            return Err(std::io::Error::other("no pipes"));
        };
        let (send, replies) = crossbeam_channel::unbounded();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Worker { child, input, replies })
    }

    fn send(&mut self, task: &Task) -> std::io::Result<()> {
        let text = serde_json::to_string(task)?;
        writeln!(self.input, "{text}")?;
        self.input.flush()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
