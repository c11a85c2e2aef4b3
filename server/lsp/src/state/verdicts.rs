//! What solvers have answered. A verdict belongs to its obligation's hash: while that is unchanged, it holds.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};

/// How often an obligation that stays unknown is tried.
const ATTEMPTS: u32 = 3;

/// All answers of this session.
#[derive(Default)]
pub(crate) struct Verdicts(Mutex<Known>);

#[derive(Default)]
struct Known {
    decided: HashMap<ObligationHash, Outcome>,
    unknown: HashMap<ObligationHash, Unknown>,
}

/// An obligation that could not be decided, to be tried again when something has changed.
struct Unknown {
    obligation: Obligation,
    outcome: Outcome,
    attempts: u32,
    /// How many changes there had been when it was last tried.
    changes: u64,
}

impl Verdicts {
    /// The last answer.
    pub(crate) fn known(&self, obligation: &Obligation) -> Option<Outcome> {
        let known = self.lock();
        known
            .decided
            .get(&obligation.hash)
            .cloned()
            .or_else(|| known.unknown.get(&obligation.hash).map(|unknown| unknown.outcome.clone()))
    }

    /// Takes an answer; whether it differs from the last one.
    pub(crate) fn learn(&self, obligation: Obligation, outcome: Outcome, changes: u64) -> bool {
        let mut known = self.lock();
        let hash = obligation.hash;
        if !matches!(outcome, Outcome::Unknown(_)) {
            known.unknown.remove(&hash);
            known.decided.insert(hash, outcome);
            return true;
        }
        match known.unknown.get_mut(&hash) {
            Some(unknown) => {
                unknown.attempts += 1;
                unknown.changes = changes;
                let differs = unknown.outcome != outcome;
                unknown.outcome = outcome;
                differs
            }
            None => {
                known.unknown.insert(hash, Unknown { obligation, outcome, attempts: 1, changes });
                true
            }
        }
    }

    /// Whether it was tried once, in vain.
    pub(crate) fn failed_once(&self, hash: &ObligationHash) -> bool {
        self.lock().unknown.get(hash).is_some_and(|unknown| unknown.attempts == 1)
    }

    /// Those of the obligations that are worth another attempt, since something has changed.
    pub(crate) fn to_retry(&self, hashes: &HashSet<ObligationHash>, changes: u64) -> Vec<Obligation> {
        let mut known = self.lock();
        let mut found = Vec::new();
        for hash in hashes {
            if let Some(unknown) = known.unknown.get_mut(hash)
                && unknown.attempts < ATTEMPTS
                && unknown.changes < changes
            {
                unknown.changes = changes;
                found.push(unknown.obligation.clone());
            }
        }
        found
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Whole after any panic: entries change in one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
