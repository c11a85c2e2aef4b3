//! What the symbols of an obligation stand for.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::scene::{RowId, Scene, SessionId};

/// What the symbols of an obligation stand for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Legend {
    pub(crate) scene: Scene,
    pub(crate) row: RowId,
    /// The row that an UPDATE replaces by `row`, if that matters.
    pub(crate) old_row: Option<RowId>,
    pub(crate) sessions: Vec<SessionId>,
}

/// A question's legend until somebody looks at the answer. While one edits, most answers are known when the question is
/// asked; kept for longer, legends would take several times as much memory as all the rest of a project.
///
/// It is no part of what is asked: questions that differ in it alone are equal, and a copy has none.
#[derive(Default)]
pub(crate) struct UnreadLegend(Mutex<Option<Box<Legend>>>);

impl UnreadLegend {
    pub(crate) fn new(legend: Legend) -> UnreadLegend {
        UnreadLegend(Mutex::new(Some(Box::new(legend))))
    }

    /// The legend, if nobody has taken it before.
    pub(crate) fn take(&self) -> Option<Box<Legend>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Clone for UnreadLegend {
    fn clone(&self) -> UnreadLegend {
        UnreadLegend::default()
    }
}

impl PartialEq for UnreadLegend {
    fn eq(&self, _: &UnreadLegend) -> bool {
        true
    }
}

impl Eq for UnreadLegend {}

impl fmt::Debug for UnreadLegend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnreadLegend")
    }
}

#[cfg(test)]
mod tests;
