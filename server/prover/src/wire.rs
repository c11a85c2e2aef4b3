//! What goes between a prover and its worker processes: one JSON document a line.

use std::sync::Arc;

use pgpe_proof::Sort;
use pgpe_proof::obligation::{ModelValue, Obligation, ObligationHash, Outcome};
use serde::{Deserialize, Serialize};

/// A problem to solve.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    script: String,
    /// A letter for each symbol's sort.
    symbols: String,
    preferences: u32,
    pub(crate) timeout_ms: u64,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    Unsatisfiable,
    Satisfiable(Vec<Value>),
    Unknown(String),
}

/// A model's value.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Value {
    #[serde(rename = "b")]
    Bool(bool),
    /// `numerator/denominator` or an integer.
    #[serde(rename = "n")]
    Number(String),
    #[serde(rename = "s")]
    String(String),
    #[serde(rename = "u")]
    Unreadable,
}

impl Task {
    pub(crate) fn new(obligation: &Obligation, timeout_ms: u64) -> Task {
        Task {
            script: obligation.script.to_string(),
            symbols: obligation.symbols.iter().map(|sort| letter(*sort)).collect(),
            preferences: obligation.preferences,
            timeout_ms,
        }
    }

    /// The obligation as sent. Its hash is that of the sender's, which the worker has no use for.
    pub(crate) fn obligation(&self) -> Option<Obligation> {
        let symbols: Option<Vec<Sort>> = self.symbols.chars().map(sort).collect();
        Some(Obligation {
            script: Arc::from(self.script.as_str()),
            symbols: symbols?.into(),
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

impl From<Outcome> for Reply {
    fn from(outcome: Outcome) -> Reply {
        match outcome {
            Outcome::Unsatisfiable => Reply::Unsatisfiable,
            Outcome::Unknown(reason) => Reply::Unknown(reason),
            Outcome::Satisfiable(values) => Reply::Satisfiable(
                values
                    .into_iter()
                    .map(|value| match value {
                        ModelValue::Bool(value) => Value::Bool(value),
                        ModelValue::Number(number) => Value::Number(number.to_string()),
                        ModelValue::String(text) => Value::String(text),
                        ModelValue::Unreadable => Value::Unreadable,
                    })
                    .collect(),
            ),
        }
    }
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Outcome {
        match reply {
            Reply::Unsatisfiable => Outcome::Unsatisfiable,
            Reply::Unknown(reason) => Outcome::Unknown(reason),
            Reply::Satisfiable(values) => Outcome::Satisfiable(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::Bool(value) => ModelValue::Bool(value),
                        Value::Number(text) => {
                            text.parse().map_or(ModelValue::Unreadable, ModelValue::Number)
                        }
                        Value::String(text) => ModelValue::String(text),
                        Value::Unreadable => ModelValue::Unreadable,
                    })
                    .collect(),
            ),
        }
    }
}
