//! A pool of worker processes, and the memory of what they decided.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};

use crate::cache::VerdictCache;
use crate::process::WorkerCommand;
use crate::tender::Tender;

/// What a worker may use unless said otherwise, in MiB. Proofs of real policies need a tenth of it.
const MEMORY_MB: u32 = 1024;

/// How a prover works.
#[derive(Debug, Clone)]
pub struct ProverOptions {
    /// How its workers are started.
    pub worker: WorkerCommand,
    /// How many run at a time; there are never more than processors.
    pub workers: usize,
    /// How much memory each may use, in MiB.
    pub memory_mb: u32,
    /// The folder in which decided outcomes are kept for other processes; without one, they are forgotten
    /// with the prover.
    pub cache: Option<PathBuf>,
    /// Whether the workers leave the processors to whoever else wants them, such as somebody who types meanwhile.
    pub in_background: bool,
    /// A worker that had nothing to do for so long ends, and gives its memory back.
    pub idle: Duration,
}

impl ProverOptions {
    /// A worker for each processor, and no cache.
    pub fn new(worker: WorkerCommand) -> ProverOptions {
        let workers = processors();
        let idle = Duration::from_secs(10);
        ProverOptions { worker, workers, memory_mb: MEMORY_MB, cache: None, in_background: false, idle }
    }
}

/// How many workers can run at the same time.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Tells running proofs that their result is no longer wanted.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops what it was given to. A proof that has only begun may still come to its end, as most are short.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type Answer = (ObligationHash, Outcome);

/// An obligation on its way to a worker.
pub(crate) struct Job {
    pub(crate) obligation: Obligation,
    /// Limit of this proof.
    pub(crate) timeout: Duration,
    pub(crate) cancel: Cancel,
    pub(crate) answer: Sender<Answer>,
}

/// Proves obligations in worker processes.
///
/// Decided outcomes are kept; UNKNOWN never is. The workers end with the prover.
pub struct Prover {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    /// Each wakes a thread whose worker has ended.
    wakers: Vec<Sender<()>>,
    shared: Arc<Shared>,
}

/// What the threads of a prover have in common.
pub(crate) struct Shared {
    pub(crate) options: ProverOptions,
    pub(crate) stopping: Cancel,
    decided: Mutex<HashMap<ObligationHash, Outcome>>,
    cache: Option<VerdictCache>,
    /// How many times a solver was called.
    pub(crate) calls: AtomicU64,
    /// How many outcomes came from the cache.
    recalls: AtomicU64,
}

impl Prover {
    /// Starts the threads that tend the workers; the workers themselves start with the first proof.
    pub fn new(options: ProverOptions) -> Prover {
        let (jobs, queue) = crossbeam_channel::unbounded::<Job>();
        let workers = options.workers.clamp(1, processors());
        let shared = Arc::new(Shared {
            stopping: Cancel::default(),
            decided: Mutex::default(),
            cache: options.cache.as_deref().and_then(VerdictCache::open),
            calls: AtomicU64::new(0),
            recalls: AtomicU64::new(0),
            options,
        });
        let (mut threads, mut wakers) = (Vec::new(), Vec::new());
        for _ in 0..workers {
            let (waker, wakes) = crossbeam_channel::bounded(1);
            let (tender, queue) = (Tender::new(Arc::clone(&shared), wakes), queue.clone());
            match std::thread::Builder::new().name("prover".to_owned()).spawn(move || tender.run(&queue)) {
                Ok(thread) => {
                    threads.push(thread);
                    wakers.push(waker);
                }
                Err(error) => tracing::error!("a thread for a solver can't be started: {error}"),
            }
        }
        Prover { jobs: Some(jobs), threads, wakers, shared }
    }

    /// Says that there may soon be something to prove: workers that rest get ready, and those that have ended because there
    /// was nothing to do start again.
    pub fn wake(&self) {
        for waker in &self.wakers {
            // One that was not heard yet is enough.
            let _ = waker.try_send(());
        }
    }

    /// What this prover has decided of an obligation.
    pub fn known(&self, hash: &ObligationHash) -> Option<Outcome> {
        self.shared.known(hash)
    }

    /// What this prover or, before it, another process has decided of an obligation.
    pub fn recall(&self, obligation: &Obligation) -> Option<Outcome> {
        self.shared.recall(obligation)
    }

    /// How many times a solver was called.
    pub fn solver_calls(&self) -> u64 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    /// How many outcomes another process had decided before.
    pub fn cache_hits(&self) -> u64 {
        self.shared.recalls.load(Ordering::Relaxed)
    }

    /// Begins to prove the obligations, each different one once and within the timeout. The answers arrive in
    /// any order; the channel closes when there are no more. After `cancel` only those come that were nearly there.
    pub fn prove(
        &self,
        obligations: impl IntoIterator<Item = Obligation>,
        timeout: Duration,
        cancel: &Cancel,
    ) -> Receiver<Answer> {
        let (answer, answers) = crossbeam_channel::unbounded();
        let mut asked = HashSet::new();
        for obligation in obligations {
            if !asked.insert(obligation.hash) {
                continue;
            }
            if let Some(outcome) = self.known(&obligation.hash) {
                let _ = answer.send((obligation.hash, outcome));
                continue;
            }
            let job = Job { obligation, timeout, cancel: cancel.clone(), answer: answer.clone() };
            if let Some(jobs) = &self.jobs {
                let _ = jobs.send(job);
            }
        }
        answers
    }
}

impl Drop for Prover {
    fn drop(&mut self) {
        self.shared.stopping.cancel();
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn known(&self, hash: &ObligationHash) -> Option<Outcome> {
        self.decided().get(hash).cloned()
    }

    /// What is known of an obligation, from this prover or from the cache.
    pub(crate) fn recall(&self, obligation: &Obligation) -> Option<Outcome> {
        if let Some(outcome) = self.known(&obligation.hash) {
            return Some(outcome);
        }
        let outcome = self.cache.as_ref()?.get(obligation)?;
        // Somebody else may have found it at the same time.
        if self.decided().insert(obligation.hash, outcome.clone()).is_none() {
            self.recalls.fetch_add(1, Ordering::Relaxed);
        }
        Some(outcome)
    }

    /// Remembers what a solver found, if it decided.
    pub(crate) fn learn(&self, obligation: &Obligation, outcome: &Outcome) {
        if matches!(outcome, Outcome::Unknown(_)) {
            return;
        }
        self.decided().insert(obligation.hash, outcome.clone());
        if let Some(cache) = &self.cache {
            cache.put(obligation, outcome);
        }
    }

    fn decided(&self) -> MutexGuard<'_, HashMap<ObligationHash, Outcome>> {
        // What a panicking thread left behind is whole: entries are inserted in one step.
        self.decided.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
