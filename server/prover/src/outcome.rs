//! Outcomes as JSON: what workers answer and what the cache keeps.

use pgpe_proof::obligation::{ModelValue, Obligation, Outcome};
use serde::{Deserialize, Serialize};

/// An outcome.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum StoredOutcome {
    Unsatisfiable(Vec<u32>),
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

impl From<Outcome> for StoredOutcome {
    fn from(outcome: Outcome) -> StoredOutcome {
        match outcome {
            Outcome::Unsatisfiable(facts) => StoredOutcome::Unsatisfiable(facts),
            Outcome::Unknown(reason) => StoredOutcome::Unknown(reason),
            Outcome::Satisfiable(values) => StoredOutcome::Satisfiable(
                values
                    .iter()
                    .map(|value| match value {
                        ModelValue::Bool(value) => Value::Bool(*value),
                        ModelValue::Number(number) => Value::Number(number.to_string()),
                        ModelValue::String(text) => Value::String(text.clone()),
                        ModelValue::Unreadable => Value::Unreadable,
                    })
                    .collect(),
            ),
        }
    }
}

impl StoredOutcome {
    /// The outcome, if it can be one of this obligation's.
    pub(crate) fn of(self, obligation: &Obligation) -> Option<Outcome> {
        Some(match self {
            StoredOutcome::Unsatisfiable(facts) => {
                if facts.iter().any(|fact| *fact >= obligation.facts) {
                    return None;
                }
                Outcome::Unsatisfiable(facts)
            }
            StoredOutcome::Unknown(reason) => Outcome::Unknown(reason),
            StoredOutcome::Satisfiable(values) => {
                if values.len() != obligation.symbols.len() {
                    return None;
                }
                Outcome::Satisfiable(values.into_iter().map(ModelValue::from).collect())
            }
        })
    }
}

impl From<Value> for ModelValue {
    fn from(value: Value) -> ModelValue {
        match value {
            Value::Bool(value) => ModelValue::Bool(value),
            Value::Number(text) => text.parse().map_or(ModelValue::Unreadable, ModelValue::Number),
            Value::String(text) => ModelValue::String(text),
            Value::Unreadable => ModelValue::Unreadable,
        }
    }
}
