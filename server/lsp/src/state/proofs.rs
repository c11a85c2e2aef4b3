//! The obligations that solvers work on at the moment.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_prover::{Cancel, Prover, ProverOptions, WorkerCommand};

use super::Event;

/// More solvers than this make the machine slow for the one who types.
const MOST_WORKERS: usize = 4;

/// Hands obligations to solvers; their answers become events.
pub(crate) struct Proofs {
    worker: WorkerCommand,
    events: Sender<Event>,
    /// Started with the first proof.
    prover: Option<(Duration, Prover)>,
    running: HashMap<ObligationHash, Running>,
}

struct Running {
    cancel: Cancel,
    /// The workspaces that want to know; none for a repeated attempt.
    wanted_by: HashSet<usize>,
}

impl Proofs {
    /// No solver runs yet.
    pub(crate) fn new(worker: WorkerCommand, events: Sender<Event>) -> Proofs {
        Proofs { worker, events, prover: None, running: HashMap::new() }
    }

    /// Says which obligations a workspace wants decided: begins what is new, stops what nobody wants any more.
    pub(crate) fn want(&mut self, workspace: usize, obligations: Vec<Obligation>, timeout: Duration) {
        let wanted: HashSet<ObligationHash> = obligations.iter().map(|obligation| obligation.hash).collect();
        self.running.retain(|hash, running| {
            if !wanted.contains(hash) && running.wanted_by.remove(&workspace) && running.wanted_by.is_empty()
            {
                running.cancel.cancel();
                return false;
            }
            true
        });
        let mut new = Vec::new();
        for obligation in obligations {
            match self.running.get_mut(&obligation.hash) {
                Some(running) => {
                    running.wanted_by.insert(workspace);
                }
                None => new.push(obligation),
            }
        }
        self.begin(new, Some(workspace), timeout);
    }

    /// Tries obligations again that stayed unknown, in the background.
    pub(crate) fn retry(&mut self, obligations: Vec<Obligation>, timeout: Duration) {
        let new = obligations.into_iter().filter(|it| !self.running.contains_key(&it.hash)).collect();
        self.begin(new, None, timeout);
    }

    /// Tries an obligation again with the limit of its first attempt.
    pub(crate) fn again(&mut self, obligation: Obligation) {
        if let Some((timeout, _)) = self.prover {
            self.retry(vec![obligation], timeout);
        }
    }

    /// An answer has arrived.
    pub(crate) fn done(&mut self, hash: &ObligationHash) {
        self.running.remove(hash);
    }

    fn begin(&mut self, obligations: Vec<Obligation>, workspace: Option<usize>, timeout: Duration) {
        if obligations.is_empty() {
            return;
        }
        let started = Instant::now();
        let mut waiting = Vec::new();
        for obligation in obligations {
            let cancel = Cancel::default();
            let answers = self.prover(timeout).prove([obligation.clone()], &cancel);
            let wanted_by = workspace.into_iter().collect();
            self.running.insert(obligation.hash, Running { cancel, wanted_by });
            waiting.push((obligation, answers));
        }
        let events = self.events.clone();
        // The solvers answer about in the order of the questions, so that waiting for one at a time loses
        // little.
        let spawned = std::thread::Builder::new().name("proofs".to_owned()).spawn(move || {
            for (obligation, answers) in waiting {
                // Nothing comes of one that was stopped.
                let Ok((_, outcome)) = answers.recv() else { continue };
                let quick = started.elapsed() < timeout && matches!(outcome, Outcome::Unknown(_));
                let proved = Event::Proved { obligation: Box::new(obligation), outcome, quick };
                if events.send(proved).is_err() {
                    break;
                }
            }
        });
        if let Err(error) = spawned {
            tracing::error!("no thread to wait for proofs: {error}");
        }
    }

    /// The solvers; started anew if the limit has changed.
    fn prover(&mut self, timeout: Duration) -> &Prover {
        if self.prover.as_ref().is_some_and(|(known, _)| *known != timeout)
            && let Some((_, old)) = self.prover.take()
        {
            // What it works on is wanted still, and asked for again with the next check.
            self.running.clear();
            // Ending its processes can take a moment.
            std::thread::spawn(move || drop(old));
        }
        let (worker, workers) = (&self.worker, worker_count());
        let (_, prover) = self.prover.get_or_insert_with(|| {
            (timeout, Prover::new(ProverOptions { worker: worker.clone(), workers, timeout }))
        });
        prover
    }
}

fn worker_count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).clamp(1, MOST_WORKERS)
}
