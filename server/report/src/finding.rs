//! What is reported about a project.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use pgpe_config::{Rule, Severity};
use serde::{Deserialize, Serialize};

/// A stretch of a file, in byte offsets of its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the project's root, with `/`.
    pub file: String,
    /// Byte offsets.
    pub range: Range<u32>,
}

impl Ord for Place {
    fn cmp(&self, other: &Place) -> Ordering {
        let key = |place: &Place| (place.range.start, place.range.end);
        self.file.cmp(&other.file).then_with(|| key(self).cmp(&key(other)))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule that it belongs to.
    pub rule: Rule,
    /// Its severity in this project.
    pub severity: Severity,
    /// Where; `None` for one that concerns the project as a whole.
    pub place: Option<Place>,
    /// What is wrong. Never depends on a solver's model.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The policy concerned.
    pub policy: Option<String>,
    /// The table concerned, `schema.table`.
    pub table: Option<String>,
    /// The command concerned, `SELECT` and so on.
    pub command: Option<String>,
    /// Other places that explain it.
    pub related: Vec<Related>,
    /// Edits that mend it.
    pub fixes: Vec<Fix>,
    /// The part is superfluous.
    pub unnecessary: bool,
    /// Shows the violation on concrete rows and sessions.
    pub counterexample: Option<Counterexample>,
}

impl Finding {
    /// A finding of the rule's default severity with nothing but a message.
    pub fn new(rule: Rule, message: impl Into<String>) -> Finding {
        Finding {
            rule,
            severity: rule.default_severity(),
            place: None,
            message: message.into(),
            help: None,
            policy: None,
            table: None,
            command: None,
            related: Vec::new(),
            fixes: Vec::new(),
            unnecessary: false,
            counterexample: None,
        }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, range: Range<u32>) -> Finding {
        self.place = Some(Place { file: file.into(), range });
        self
    }
}

/// A place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is there.
    pub message: String,
}

/// A set of edits that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// The edits; ranges do not overlap.
    pub edits: Vec<Edit>,
}

/// The replacement of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What is replaced.
    pub place: Place,
    /// By what.
    pub text: String,
}

/// Two sessions and rows that show a violation. Values are SQL literals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterexample {
    /// The session that reaches the row, then the one whose row it is (where there is one).
    pub sessions: Vec<SessionState>,
    /// The row reached, by column.
    pub row: BTreeMap<String, String>,
    /// Rows of traversed tables.
    pub witnesses: Vec<Witness>,
    /// The policy (and clause) that let each session in, in the order of `sessions`.
    pub policies: Vec<String>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// The named roles whose privileges it has, joined by `, `; `None` if it has none.
    pub role: Option<String>,
    /// Its settings; a setting that is absent is not set.
    pub settings: BTreeMap<String, String>,
    /// What functions return in it, by call.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub functions: BTreeMap<String, String>,
}

/// A row of a traversed table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// `schema.table`.
    pub table: String,
    /// Its relevant columns.
    pub row: BTreeMap<String, String>,
}
