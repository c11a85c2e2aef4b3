//! The obligations that solvers work on at the moment.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_prover::{Cancel, Prover, ProverOptions};

use super::Event;

/// More solvers than this make the machine slow for the one who types.
const MOST_WORKERS: usize = 4;

/// Workers stay awake for longer than this.
const AWAKE: Duration = Duration::from_millis(100);

/// Hands obligations to solvers; their answers become events.
pub(crate) struct Proofs {
    options: ProverOptions,
    events: Sender<Event>,
    /// Started with the first proof.
    prover: Option<Prover>,
    /// When its workers were told last that there may soon be something to prove.
    woken: Option<Instant>,
    /// The limit that each workspace wants.
    limits: HashMap<usize, Duration>,
    running: HashMap<ObligationHash, Running>,
}

struct Running {
    cancel: Cancel,
    limit: Duration,
    /// The workspaces that want to know; none for a repeated attempt.
    wanted_by: HashSet<usize>,
}

impl Proofs {
    /// No solver runs yet.
    pub(crate) fn new(options: ProverOptions, events: Sender<Event>) -> Proofs {
        let workers = options.workers.min(MOST_WORKERS);
        let options = ProverOptions { workers, in_background: true, ..options };
        Proofs { options, events, prover: None, woken: None, limits: HashMap::new(), running: HashMap::new() }
    }

    /// Says which obligations a workspace wants decided: begins what is new, stops what nobody wants any more.
    pub(crate) fn want(&mut self, workspace: usize, obligations: Vec<Obligation>, limit: Duration) {
        self.set_limit(workspace, limit);
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
        self.begin(new, Some(workspace), limit);
    }

    /// There may soon be something to prove.
    pub(crate) fn expect_some(&mut self) {
        if let Some(prover) = &self.prover
            && self.woken.is_none_or(|woken| woken.elapsed() > AWAKE)
        {
            prover.wake();
            self.woken = Some(Instant::now());
        }
    }

    /// Whether no answer is to come that a workspace waits for.
    pub(crate) fn is_idle(&self, workspace: usize) -> bool {
        !self.running.values().any(|running| running.wanted_by.contains(&workspace))
    }

    /// A workspace is no more.
    pub(crate) fn forget(&mut self, workspace: usize) {
        if let Some(limit) = self.limits.get(&workspace).copied() {
            self.want(workspace, Vec::new(), limit);
            self.limits.remove(&workspace);
        }
    }

    /// Tries obligations again that stayed unknown, in the background.
    pub(crate) fn retry(&mut self, obligations: Vec<Obligation>, limit: Duration) {
        let new = obligations.into_iter().filter(|it| !self.running.contains_key(&it.hash)).collect();
        self.begin(new, None, limit);
    }

    /// An answer has arrived. Gives the limit that it was sought with.
    pub(crate) fn done(&mut self, hash: &ObligationHash) -> Option<Duration> {
        self.running.remove(hash).map(|running| running.limit)
    }

    fn begin(&mut self, obligations: Vec<Obligation>, workspace: Option<usize>, limit: Duration) {
        if obligations.is_empty() {
            return;
        }
        let prover = self.prover.get_or_insert_with(|| Prover::new(self.options.clone()));
        let started = Instant::now();
        let mut waiting = Vec::new();
        for obligation in obligations {
            let cancel = Cancel::default();
            let answers = prover.prove([obligation.clone()], limit, &cancel);
            let wanted_by = workspace.into_iter().collect();
            self.running.insert(obligation.hash, Running { cancel: cancel.clone(), limit, wanted_by });
            waiting.push((obligation, answers, cancel));
        }
        let events = self.events.clone();
        // The solvers answer about in the order of the questions, so that waiting for one at a time loses
        // little.
        let spawned = std::thread::Builder::new().name("proofs".to_owned()).spawn(move || {
            for (obligation, answers, cancel) in waiting {
                // Nothing comes of one that was stopped, and nobody asked that it could not be decided.
                let Ok((_, outcome)) = answers.recv() else { continue };
                if cancel.is_cancelled() && matches!(outcome, Outcome::Unknown(_)) {
                    continue;
                }
                let quick = started.elapsed() < limit && matches!(outcome, Outcome::Unknown(_));
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

    /// Stops what runs within limits that no workspace has any more.
    fn set_limit(&mut self, workspace: usize, limit: Duration) {
        if self.limits.insert(workspace, limit) == Some(limit) {
            return;
        }
        let limits: HashSet<Duration> = self.limits.values().copied().collect();
        self.running.retain(|_, running| {
            let stays = limits.contains(&running.limit);
            if !stays {
                running.cancel.cancel();
            }
            stays
        });
    }
}
