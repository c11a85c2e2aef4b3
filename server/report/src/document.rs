//! The JSON documents of `check` and `analyze` as types, for writing and for reading them back.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use pgpe_config::{Rule, Severity};
use serde::{Deserialize, Serialize};

use crate::{
    Assumption, CommandVerdicts, Counterexample, Finding, Lines, Place, Position, Report, Sources, Summary,
    TableVerdicts, Verdict,
};

/// The version of the format.
pub const VERSION: u32 = 1;

/// The whole document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// [`VERSION`].
    pub version: u32,
    /// The findings, by file and position.
    pub findings: Vec<FindingDocument>,
    /// The governed candidates; in `analyze` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<Vec<TableDocument>>,
    /// The counts.
    pub summary: Summary,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingDocument {
    /// The rule's id.
    pub rule: String,
    /// Its severity in this project.
    pub severity: Severity,
    /// The file; absent for a finding that concerns the project as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The place in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<RangeDocument>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The policy concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The table concerned, `schema.table`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The command concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Other places that explain it.
    pub related: Vec<RelatedDocument>,
    /// Shows the violation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<Counterexample>,
}

/// A stretch of a file; `end` is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeDocument {
    /// Its first character.
    pub start: Position,
    /// The character after its last.
    pub end: Position,
}

/// A place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedDocument {
    /// The file.
    pub file: String,
    /// The place in it.
    pub range: RangeDocument,
    /// What is there.
    pub message: String,
}

/// A table's verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDocument {
    /// The table's schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// The policies that govern it.
    pub policies: Vec<String>,
    /// Verdicts by command.
    pub commands: IndexMap<String, CommandDocument>,
    /// What else is to be said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the PROVEN rest on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<AssumptionDocument>,
}

/// An assumption with the verdicts that rest on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssumptionDocument {
    /// What is assumed.
    #[serde(flatten)]
    pub assumption: Assumption,
    /// Rule ids by command.
    pub verdicts: IndexMap<String, Vec<String>>,
}

/// A command's verdicts by rule id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandDocument {
    /// The worst over all roles.
    #[serde(flatten)]
    pub verdicts: IndexMap<String, Verdict>,
    /// Verdicts of roles where they differ.
    #[serde(default, rename = "byRole", skip_serializing_if = "BTreeMap::is_empty")]
    pub by_role: BTreeMap<String, IndexMap<String, Verdict>>,
}

impl Document {
    /// The document of `check`.
    pub fn check(report: &Report, sources: &dyn Sources) -> Document {
        let mut lines = Lines::new(sources);
        let findings = report.findings.iter().map(|finding| finding_document(finding, &mut lines));
        Document { version: VERSION, findings: findings.collect(), tables: None, summary: report.summary }
    }

    /// The document of `analyze`.
    pub fn analyze(report: &Report, sources: &dyn Sources) -> Document {
        let tables = report.tables.iter().map(TableDocument::from).collect();
        Document { tables: Some(tables), ..Document::check(report, sources) }
    }
}

fn finding_document(finding: &Finding, lines: &mut Lines<'_>) -> FindingDocument {
    let related = finding.related.iter().map(|related| RelatedDocument {
        file: related.place.file.clone(),
        range: range_document(&related.place, lines),
        message: related.message.clone(),
    });
    FindingDocument {
        rule: finding.rule.id().to_owned(),
        severity: finding.severity,
        file: finding.place.as_ref().map(|place| place.file.clone()),
        related: related.collect(),
        range: finding.place.as_ref().map(|place| range_document(place, lines)),
        message: finding.message.clone(),
        help: finding.help.clone(),
        policy: finding.policy.clone(),
        table: finding.table.clone(),
        command: finding.command.clone(),
        counterexample: finding.counterexample.clone(),
    }
}

fn range_document(place: &Place, lines: &mut Lines<'_>) -> RangeDocument {
    let range = lines.range(place);
    RangeDocument { start: range.start, end: range.end }
}

impl From<&TableVerdicts> for TableDocument {
    fn from(table: &TableVerdicts) -> TableDocument {
        let commands = table.commands.iter().map(|(command, verdicts)| (command.clone(), verdicts.into()));
        TableDocument {
            schema: table.schema.clone(),
            table: table.table.clone(),
            policies: table.policies.clone(),
            commands: commands.collect(),
            notes: table.notes.clone(),
            assumptions: assumption_documents(table),
        }
    }
}

fn assumption_documents(table: &TableVerdicts) -> Vec<AssumptionDocument> {
    let mut by_assumption: BTreeMap<&Assumption, IndexMap<String, Vec<String>>> = BTreeMap::new();
    for (command, verdicts) in &table.commands {
        for (rule, assumptions) in &verdicts.assumptions {
            for assumption in assumptions {
                let rules = by_assumption.entry(assumption).or_default().entry(command.clone()).or_default();
                rules.push(rule.id().to_owned());
            }
        }
    }
    by_assumption
        .into_iter()
        .map(|(assumption, verdicts)| AssumptionDocument { assumption: assumption.clone(), verdicts })
        .collect()
}

impl From<&CommandVerdicts> for CommandDocument {
    fn from(command: &CommandVerdicts) -> CommandDocument {
        let by_id = |verdicts: &BTreeMap<Rule, Verdict>| {
            verdicts.iter().map(|(rule, verdict)| (rule.id().to_owned(), *verdict)).collect()
        };
        CommandDocument {
            verdicts: by_id(&command.verdicts),
            by_role: command.by_role.iter().map(|(role, verdicts)| (role.clone(), by_id(verdicts))).collect(),
        }
    }
}
