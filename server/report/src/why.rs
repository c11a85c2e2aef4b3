//! Why a row does or does not pass the policies of a table, command by command and clause by clause.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use crate::Counterexample;

mod human;
mod json;

pub use human::human;
pub use json::json;

/// The whole explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// `schema.table`.
    pub table: String,
    /// The row and the session asked about, and the rows of traversed tables; no policies.
    pub given: Counterexample,
    /// Whether row-level security is on there.
    pub row_level_security: bool,
    /// By command; an UPDATE has two, `UPDATE old row` and `UPDATE new row`.
    pub commands: IndexMap<String, CommandWhy>,
    /// What holds of all of it.
    pub notes: Vec<String>,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The command reaches it.
    Passes,
    /// The command does not see it or may not write it.
    #[serde(rename = "does not pass")]
    DoesNotPass,
    /// The statement fails.
    Error,
    /// What is known does not decide it.
    Depends,
}

/// What an expression comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Truth {
    /// True: the only value that lets a row pass.
    True,
    /// False.
    False,
    /// NULL.
    Null,
    /// The statement fails.
    Error,
    /// Not known.
    Unknown,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommandWhy {
    /// In a word.
    pub outcome: Outcome,
    /// What no clause shows of the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// The policies that are for the command, in source order.
    pub policies: Vec<PolicyWhy>,
}

/// One policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyWhy {
    /// Its name.
    pub policy: String,
    /// `PERMISSIVE` or `RESTRICTIVE`.
    pub kind: String,
    /// The roles that it is for; empty for all.
    pub roles: Vec<String>,
    /// Whether it is for this session's roles.
    pub applies: bool,
    /// What its clauses come to together; absent if it does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// The clauses, any of which suffices; empty if it does not apply.
    pub clauses: Vec<ClauseWhy>,
}

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseWhy {
    /// As the policy language writes it.
    pub text: String,
    /// What it comes to.
    pub truth: Truth,
    /// Its conditions, all of which must hold.
    pub atoms: Vec<AtomWhy>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtomWhy {
    /// As the policy language writes it.
    pub text: String,
    /// What it comes to.
    pub truth: Truth,
    /// The values in it other than literals.
    pub values: Vec<Seen>,
    /// What no value shows of the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// The rows that a traversal leads to or may lead to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowWhy>,
}

/// The value of a column, a setting or a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// As the policy language writes it.
    pub of: String,
    /// As a SQL literal; absent if there is none.
    pub value: Option<String>,
    /// Why there is none, or why it is NULL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A row of a traversed table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowWhy {
    /// `schema.table`.
    pub table: String,
    /// Its columns as SQL literals.
    pub row: BTreeMap<String, String>,
    /// Whether the traversal leads to it.
    pub linked: Truth,
    /// The conditions on it.
    pub atoms: Vec<AtomWhy>,
    /// Whether the session sees it, by the policies of its own table.
    pub visible: Truth,
}

impl Outcome {
    /// The outcome in words.
    pub fn words(self) -> &'static str {
        match self {
            Outcome::Passes => "passes",
            Outcome::DoesNotPass => "does not pass",
            Outcome::Error => "raises an error",
            Outcome::Depends => "depends",
        }
    }
}

impl Truth {
    /// The value in words.
    pub fn words(self) -> &'static str {
        match self {
            Truth::True => "TRUE",
            Truth::False => "FALSE",
            Truth::Null => "NULL",
            Truth::Error => "error",
            Truth::Unknown => "not known",
        }
    }
}
