//! Worker threads for questions that are answered on snapshots.
//!
//! Jobs never wait for a solver or a client: while one holds a snapshot, the next edit waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::Sender;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads; they end when the pool is dropped.
pub(crate) struct Pool {
    jobs: Sender<Job>,
}

impl Pool {
    /// As many threads as there are processors, within bounds.
    pub(crate) fn new() -> Pool {
        let (jobs, queue) = crossbeam_channel::unbounded::<Job>();
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        for number in 0..threads {
            let queue = queue.clone();
            let spawned = std::thread::Builder::new().name(format!("reader-{number}")).spawn(move || {
                for job in queue {
                    // Jobs answer for their own panics; one that did not must not take the thread along.
                    let _ = catch_unwind(AssertUnwindSafe(job));
                }
            });
            if let Err(error) = spawned {
                tracing::error!("a worker thread can't be started: {error}");
            }
        }
        Pool { jobs }
    }

    /// Runs a job on the next free thread.
    pub(crate) fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        let _ = self.jobs.send(Box::new(job));
    }
}
