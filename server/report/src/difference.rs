//! What a change of policies or schema does to the access to tables, and to the verdicts on them.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{Counterexample, TableVerdicts, Verdict};

mod human;
mod json;
mod markdown;

pub use human::human;
pub use json::json;
pub use markdown::markdown;

/// The whole difference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// What it is compared with, for people: a revision or a folder.
    pub base: String,
    /// Tables that policies govern before or after the change, sorted.
    pub tables: Vec<TableDifference>,
}

/// What became of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDifference {
    /// The table's schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Whether it is there before and after.
    pub presence: Presence,
    /// By command; empty if the table is not there before and after.
    pub commands: IndexMap<String, CommandDifference>,
    /// Verdicts that changed.
    pub verdicts: Vec<VerdictChange>,
}

/// In which states a table exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// In both.
    Both,
    /// After the change only.
    Added,
    /// Before the change only.
    Removed,
}

/// How access changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// The same rows pass in the same sessions.
    Same,
    /// More passes.
    Wider,
    /// Less passes.
    Narrower,
    /// Something more passes, and something less.
    Incomparable,
    /// Not decided.
    Unknown,
}

impl Access {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Access::Same => "same",
            Access::Wider => "wider",
            Access::Narrower => "narrower",
            Access::Incomparable => "incomparable",
            Access::Unknown => "unknown",
        }
    }
}

/// What became of the access by one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandDifference {
    /// In a word.
    pub access: Access,
    /// A row that passes after the change only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gained: Option<Witness>,
    /// A row that passed before the change only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Witness>,
    /// Why it could not be decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// A row that passes in one state only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// It is the row that an UPDATE writes, not the one that it replaces.
    #[serde(default, rename = "newRow", skip_serializing_if = "std::ops::Not::not")]
    pub is_new_row: bool,
    /// The row, the session, and rows of traversed tables.
    #[serde(flatten)]
    pub shown: Counterexample,
}

/// A verdict that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictChange {
    /// The command.
    pub command: String,
    /// The proof's id.
    pub proof: String,
    /// Before the change; absent if it was not asked.
    pub base: Option<Verdict>,
    /// After it.
    pub head: Option<Verdict>,
}

impl TableDifference {
    /// Whether anything is different.
    pub fn is_change(&self) -> bool {
        self.presence != Presence::Both
            || !self.verdicts.is_empty()
            || self.commands.values().any(|command| command.access != Access::Same)
    }

    /// `schema.table`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}

impl Difference {
    /// Whether anything is different.
    pub fn is_change(&self) -> bool {
        self.tables.iter().any(TableDifference::is_change)
    }

    /// Adds the verdicts that differ between the two states, on tables that are in both.
    pub fn add_verdicts(&mut self, base: &[TableVerdicts], head: &[TableVerdicts]) {
        for table in self.tables.iter_mut().filter(|table| table.presence == Presence::Both) {
            let of = |verdicts: &[TableVerdicts]| {
                verdicts
                    .iter()
                    .find(|known| known.schema == table.schema && known.table == table.table)
                    .cloned()
                    .unwrap_or_default()
            };
            table.verdicts = verdict_changes(&of(base), &of(head));
        }
    }
}

fn verdict_changes(base: &TableVerdicts, head: &TableVerdicts) -> Vec<VerdictChange> {
    let mut changes = Vec::new();
    let commands = if head.commands.is_empty() { &base.commands } else { &head.commands };
    for command in commands.keys() {
        let of = |table: &TableVerdicts| {
            table.commands.get(command).map(|command| command.verdicts.clone()).unwrap_or_default()
        };
        let (before, after) = (of(base), of(head));
        let rules: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
        for rule in rules {
            let (base, head) = (before.get(&rule).copied(), after.get(&rule).copied());
            if base != head {
                changes.push(VerdictChange {
                    command: command.clone(),
                    proof: rule.id().to_owned(),
                    base,
                    head,
                });
            }
        }
    }
    changes
}

/// A verdict that turned in the same way for several commands.
struct Turn<'d> {
    proof: &'d str,
    base: Option<Verdict>,
    head: Option<Verdict>,
    commands: Vec<&'d str>,
}

fn turns(changes: &[VerdictChange]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for VerdictChange { command, proof, base, head } in changes {
        let alike = |turn: &&mut Turn<'_>| turn.proof == proof && turn.base == *base && turn.head == *head;
        match turns.iter_mut().find(alike) {
            Some(turn) => turn.commands.push(command),
            None => turns.push(Turn { proof, base: *base, head: *head, commands: vec![command] }),
        }
    }
    turns
}

fn verdict_word(verdict: Option<Verdict>) -> String {
    verdict.map_or_else(|| "–".to_owned(), |verdict| verdict.to_string())
}
