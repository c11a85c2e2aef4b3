//! One copy of what many tables ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pgpe_proof::Sort;
use pgpe_proof::obligation::{Obligation, ObligationHash};

/// The contents of obligations that somebody still has. Tables of one shape ask the same, at some kilobytes a question.
#[derive(Debug, Default)]
pub(crate) struct SharedObligations(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_hash: HashMap<ObligationHash, (Weak<str>, Weak<[Sort]>)>,
    /// How many there may be before those are looked for that nobody has any more.
    room: usize,
}

impl SharedObligations {
    /// Has an obligation use the text and the symbols that an equal one has.
    pub(crate) fn share(&self, obligation: &mut Obligation) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let equal = known.by_hash.get(&obligation.hash).and_then(|(script, symbols)| {
            let equal = (script.upgrade()?, symbols.upgrade()?);
            (equal.0 == obligation.script && equal.1 == obligation.symbols).then_some(equal)
        });
        match equal {
            Some((script, symbols)) => {
                obligation.script = script;
                obligation.symbols = symbols;
            }
            None => {
                if known.by_hash.len() >= known.room.max(1024) {
                    known.by_hash.retain(|_, (script, _)| script.strong_count() > 0);
                    known.room = known.by_hash.len() * 2;
                }
                let parts = (Arc::downgrade(&obligation.script), Arc::downgrade(&obligation.symbols));
                known.by_hash.insert(obligation.hash, parts);
            }
        }
    }
}
