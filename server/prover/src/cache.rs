//! Decided outcomes on disk, for the next run and for other processes.

use std::path::Path;

use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_storing::cache::{Bounds, Cache, Kind};

use crate::outcome::StoredOutcome;
use crate::solve::solver_version;

/// A project of a thousand different tables needs a tenth of what the folder may hold.
const KIND: Kind = Kind {
    folder: "verdicts",
    magic: "pgpe verdict 2",
    extension: "verdict",
    largest: 1 << 20,
    bounds: Bounds { entries: 50_000, bytes: 64 << 20 },
};

/// A folder of outcomes.
#[derive(Debug)]
pub(crate) struct VerdictCache(Cache);

impl VerdictCache {
    /// The cache in a folder, which is made if need be; `None` if it can't be used.
    pub(crate) fn open(folder: &Path) -> Option<VerdictCache> {
        Cache::open(folder, KIND)
            .inspect_err(|error| {
                tracing::warn!("verdicts are not kept, as {} can't be used: {error}", folder.display());
            })
            .ok()
            .map(VerdictCache)
    }

    /// The outcome of an obligation, if a process has decided it.
    pub(crate) fn get(&self, obligation: &Obligation) -> Option<Outcome> {
        let text = self.0.get(&key(obligation))?;
        let stored: StoredOutcome = serde_json::from_str(&text).ok()?;
        stored.of(obligation).filter(Outcome::is_decided)
    }

    /// Keeps an outcome. That it can't be kept is no error.
    pub(crate) fn put(&self, obligation: &Obligation, outcome: &Outcome) {
        if !outcome.is_decided() {
            return;
        }
        if let Ok(text) = serde_json::to_string(&StoredOutcome::from(outcome.clone())) {
            self.0.put(&key(obligation), &text);
        }
    }
}

/// Hashes all that an outcome depends on: this program, the solver, the encoding (which is part of the
/// obligation's hash) and the problem.
fn key(obligation: &Obligation) -> String {
    let mut hasher = blake3::Hasher::new();
    let version = env!("CARGO_PKG_VERSION");
    hasher.update(format!("pgpe {version}\n{}\n", solver_version()).as_bytes());
    let Obligation { hash, symbols, facts, preferences, .. } = obligation;
    hasher.update(format!("{hash} {symbols:?} {facts} {preferences}").as_bytes());
    hasher.finalize().to_string()
}

#[cfg(test)]
mod tests;
