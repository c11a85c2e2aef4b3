//! What goes between a prover and its worker processes: one JSON document a line.

use std::sync::Arc;
use std::time::Duration;

use pgpe_proof::Sort;
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use serde::{Deserialize, Serialize};

use crate::outcome::StoredOutcome;

/// A problem to solve.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    script: String,
    /// A letter for each symbol's sort.
    symbols: String,
    facts: u32,
    preferences: u32,
    timeout_ms: u64,
    /// What the worker may use, in MiB.
    pub(crate) memory_mb: u32,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Reply {
    Solved(Outcome),
    /// The worker is at its memory limit, and ends.
    OutOfMemory,
}

/// A reply on the wire.
#[derive(Debug, Serialize, Deserialize)]
enum Message {
    Solved(StoredOutcome),
    OutOfMemory,
}

impl Task {
    pub(crate) fn new(obligation: &Obligation, timeout: Duration, memory_mb: u32) -> Task {
        Task {
            script: obligation.script.to_string(),
            symbols: obligation.symbols.iter().map(|sort| letter(*sort)).collect(),
            facts: obligation.facts,
            preferences: obligation.preferences,
            timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            memory_mb,
        }
    }

    pub(crate) fn to_line(&self) -> String {
        // Strings and numbers always can be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// The obligation as sent. Its hash is that of the sender's, which the worker has no use for.
    pub(crate) fn obligation(&self) -> Option<Obligation> {
        let symbols: Option<Vec<Sort>> = self.symbols.chars().map(sort).collect();
        Some(Obligation {
            script: Arc::from(self.script.as_str()),
            symbols: symbols?.into(),
            facts: self.facts,
            preferences: self.preferences,
            hash: ObligationHash::of(&self.script),
        })
    }
}

fn letter(sort: Sort) -> char {
    match sort {
        Sort::Bool => 'b',
        Sort::Int => 'i',
        Sort::Real => 'r',
        Sort::String => 's',
    }
}

fn sort(letter: char) -> Option<Sort> {
    match letter {
        'b' => Some(Sort::Bool),
        'i' => Some(Sort::Int),
        'r' => Some(Sort::Real),
        's' => Some(Sort::String),
        _ => None,
    }
}

impl Reply {
    pub(crate) fn to_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(&match self {
            Reply::Solved(outcome) => Message::Solved(outcome.clone().into()),
            Reply::OutOfMemory => Message::OutOfMemory,
        })
    }

    /// The reply to this obligation, if the line can be one.
    pub(crate) fn from_line(line: &str, obligation: &Obligation) -> Option<Reply> {
        Some(match serde_json::from_str(line).ok()? {
            Message::Solved(outcome) => Reply::Solved(outcome.of(obligation)?),
            Message::OutOfMemory => Reply::OutOfMemory,
        })
    }
}
