//! Computing something that asks the solver, again and again until it has answered all.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};

use crate::pool::{Cancel, Prover};

/// How often the one who waits is asked whether to go on.
const LOOK: Duration = Duration::from_millis(100);

/// A prover for one run, in which UNKNOWN stays what it is.
pub struct Completion {
    prover: Prover,
    /// Limit of one proof.
    timeout: Duration,
    /// The prover forgets these, as they may come out otherwise.
    undecided: HashMap<ObligationHash, Outcome>,
    /// What other processes may have decided was looked for.
    looked_for: Mutex<HashSet<ObligationHash>>,
}

impl Completion {
    /// Each proof may take as long as `timeout`.
    pub fn new(prover: Prover, timeout: Duration) -> Completion {
        Completion { prover, timeout, undecided: HashMap::new(), looked_for: Mutex::default() }
    }

    /// The prover.
    pub fn prover(&self) -> &Prover {
        &self.prover
    }

    /// What came of an obligation in this run, or in another before.
    pub fn known(&self, obligation: &Obligation) -> Option<Outcome> {
        let hash = &obligation.hash;
        self.prover
            .known(hash)
            .or_else(|| self.undecided.get(hash).cloned())
            .or_else(|| self.is_new(hash).then(|| self.prover.recall(obligation)).flatten())
    }

    /// Whether nobody has looked for what other processes have decided of it. Once is enough: many ask the same.
    fn is_new(&self, hash: &ObligationHash) -> bool {
        self.looked_for.lock().unwrap_or_else(PoisonError::into_inner).insert(*hash)
    }

    /// Computes something until the solver has answered all that it asks; each time `compute` says what is open.
    /// `goes_on` is told now and then how many of how many answers are there; if it says no, there is no result.
    pub fn complete<T, E>(
        &mut self,
        compute: impl Fn(&(dyn Fn(&Obligation) -> Option<Outcome> + Sync)) -> Result<(T, Vec<Obligation>), E>,
        goes_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<T>, E> {
        loop {
            let (computed, open) = compute(&|obligation: &Obligation| self.known(obligation))?;
            if open.is_empty() {
                return Ok(Some(computed));
            }
            if !self.answer(open, goes_on) {
                return Ok(None);
            }
        }
    }

    fn answer(&mut self, open: Vec<Obligation>, goes_on: &mut dyn FnMut(usize, usize) -> bool) -> bool {
        let mut missing: HashSet<ObligationHash> = open.iter().map(|open| open.hash).collect();
        let count = missing.len();
        let cancel = Cancel::default();
        let answers = self.prover.prove(open, self.timeout, &cancel);
        loop {
            match answers.recv_timeout(LOOK) {
                Ok((hash, outcome)) => {
                    missing.remove(&hash);
                    if matches!(outcome, Outcome::Unknown(_)) {
                        self.undecided.insert(hash, outcome);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if !goes_on(count - missing.len(), count) {
                cancel.cancel();
                return false;
            }
        }
        // Else the next round would ask for them again, without end.
        for hash in missing {
            self.undecided.insert(hash, Outcome::Unknown("the solver gave no answer".to_owned()));
        }
        true
    }
}
