//! One copy of what many tables ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pgpe_proof::obligation::{Obligation, ObligationHash};

/// The texts of obligations that somebody still has. Tables of one shape ask the same, at some kilobytes a question.
#[derive(Debug, Default)]
pub(crate) struct SharedScripts(Mutex<Scripts>);

#[derive(Debug, Default)]
struct Scripts {
    known: HashMap<ObligationHash, Weak<str>>,
    /// How many there may be before those are looked for that nobody has any more.
    room: usize,
}

impl SharedScripts {
    /// Has an obligation use the text that an equal one has.
    pub(crate) fn share(&self, obligation: &mut Obligation) {
        let mut scripts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = scripts.known.get(&obligation.hash).and_then(Weak::upgrade);
        match known.filter(|known| *known == obligation.script) {
            Some(known) => obligation.script = known,
            None => {
                if scripts.known.len() >= scripts.room.max(1024) {
                    scripts.known.retain(|_, script| script.strong_count() > 0);
                    scripts.room = scripts.known.len() * 2;
                }
                scripts.known.insert(obligation.hash, Arc::downgrade(&obligation.script));
            }
        }
    }
}
