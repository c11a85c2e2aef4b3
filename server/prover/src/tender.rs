//! The thread that tends one worker: starts it, hands it jobs, watches the clock, and starts another when it is
//! gone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, after, never, select};
use pgpe_proof::obligation::Outcome;

use crate::pool::{Job, Shared};
use crate::process::{End, Worker};
use crate::solve::timeout_reason;
use crate::wire::{Reply, Task};
use crate::worker::REST;

/// A worker that has not answered this long after its own limit is killed.
const GRACE: Duration = Duration::from_millis(300);

/// To stop a proof is to end its worker and to start another. Most proofs are done before that is worth it.
const WORTH_WAITING_FOR: Duration = Duration::from_millis(25);

/// How often a job is tried again that crashed its worker: it most likely does so each time.
const CRASHES: u32 = 2;

/// How often a job is tried again whose worker was killed by somebody else, as long as that does not take
/// longer than this many times its limit.
const KILLS: u32 = 200;
const PATIENCE: u32 = 5;

/// Tends one worker.
pub(crate) struct Tender {
    shared: Arc<Shared>,
    /// There may soon be something to do.
    wakes: Receiver<()>,
    worker: Option<Worker>,
    /// When the worker last had something to do, or to get ready for.
    used: Instant,
    /// The worker has ended because there was nothing to do.
    is_asleep: bool,
}

/// What came of giving a job to a worker.
enum Attempt {
    Answered(Outcome),
    /// The answer is no longer wanted.
    Stopped,
    /// The worker is gone.
    Ended(End),
}

impl Tender {
    /// Without a worker as yet.
    pub(crate) fn new(shared: Arc<Shared>, wakes: Receiver<()>) -> Tender {
        Tender { shared, wakes, worker: None, used: Instant::now(), is_asleep: false }
    }

    /// Does jobs until there are no more.
    pub(crate) fn run(mut self, queue: &Receiver<Job>) {
        while let Some(job) = self.next(queue) {
            if self.shared.stopping.is_cancelled() {
                break;
            }
            if job.cancel.is_cancelled() {
                continue;
            }
            let outcome = self.shared.recall(&job.obligation).or_else(|| {
                let outcome = self.solve(&job)?;
                self.shared.learn(&job.obligation, &outcome);
                Some(outcome)
            });
            if let Some(outcome) = outcome {
                let _ = job.answer.send((job.obligation.hash, outcome));
            }
        }
    }

    /// Waits for the next job. A worker that ends meanwhile is buried at once.
    fn next(&mut self, queue: &Receiver<Job>) -> Option<Job> {
        loop {
            let (replies, idle) = match &self.worker {
                Some(worker) => (worker.replies().clone(), after(self.shared.options.idle)),
                None => (never(), never()),
            };
            select! {
                recv(queue) -> job => {
                    self.is_asleep = false;
                    return job.ok();
                }
                recv(replies) -> _ => self.worker = None,
                recv(idle) -> _ => {
                    self.worker = None;
                    self.is_asleep = true;
                }
                recv(self.wakes) -> _ => self.get_ready(),
            }
        }
    }

    fn get_ready(&mut self) {
        match &self.worker {
            // It has begun to rest by now, or is about to.
            Some(worker) if self.used.elapsed() > REST / 2 => worker.get_ready(),
            Some(_) => return,
            // What fails now fails again when there is a job, which is told of it.
            None if self.is_asleep => self.worker = self.start().ok(),
            None => {}
        }
        self.used = Instant::now();
        self.is_asleep = false;
    }

    fn start(&self) -> std::io::Result<Worker> {
        Worker::start(&self.shared.options.worker, self.shared.options.in_background)
    }

    /// `None` if the answer is no longer wanted.
    fn solve(&mut self, job: &Job) -> Option<Outcome> {
        let begun = Instant::now();
        let (mut kills, mut crashes) = (0, 0);
        loop {
            if job.cancel.is_cancelled() && kills + crashes > 0 {
                return None;
            }
            let reason = match self.attempt(job) {
                Attempt::Answered(outcome) => return Some(outcome),
                Attempt::Stopped => return None,
                Attempt::Ended(End::OutOfMemory) => self.memory_reason(),
                Attempt::Ended(End::Crashed(how)) => {
                    crashes += 1;
                    if crashes <= CRASHES {
                        continue;
                    }
                    format!("the solver process crashed: {how}")
                }
                Attempt::Ended(End::Killed) => {
                    kills += 1;
                    if kills <= KILLS && begun.elapsed() < job.timeout.saturating_mul(PATIENCE) {
                        continue;
                    }
                    format!("the solver process was killed {kills} times")
                }
            };
            return Some(Outcome::Unknown(reason));
        }
    }

    fn attempt(&mut self, job: &Job) -> Attempt {
        let options = &self.shared.options;
        let worker = match self.worker.take().map_or_else(|| self.start(), Ok) {
            Ok(worker) => worker,
            Err(error) => {
                let program = options.worker.program.display();
                let reason = format!("the solver process {program} can't be started: {error}");
                return Attempt::Answered(Outcome::Unknown(reason));
            }
        };
        self.shared.calls.fetch_add(1, Ordering::Relaxed);
        worker.ask(Task::new(&job.obligation, job.timeout, options.memory_mb).to_line());
        let (asked, limit) = (Instant::now(), job.timeout.saturating_add(GRACE));
        // Whoever leaves this loop without putting the worker back kills it.
        loop {
            match worker.replies().recv_timeout(Duration::from_millis(5)) {
                Ok(line) => {
                    return match Reply::from_line(&line, &job.obligation) {
                        Some(Reply::Solved(outcome)) => {
                            self.worker = Some(worker);
                            self.used = Instant::now();
                            Attempt::Answered(outcome)
                        }
                        Some(Reply::OutOfMemory) => Attempt::Ended(End::OutOfMemory),
                        None => Attempt::Ended(End::Crashed("it answered nonsense".to_owned())),
                    };
                }
                Err(RecvTimeoutError::Disconnected) => return Attempt::Ended(worker.end()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let is_unwanted = job.cancel.is_cancelled() && asked.elapsed() >= WORTH_WAITING_FOR;
            if is_unwanted || self.shared.stopping.is_cancelled() {
                return Attempt::Stopped;
            }
            if asked.elapsed() > limit {
                return Attempt::Answered(Outcome::Unknown(timeout_reason(job.timeout)));
            }
        }
    }

    fn memory_reason(&self) -> String {
        format!("not decided within {} MB of memory", self.shared.options.memory_mb)
    }
}
