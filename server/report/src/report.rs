//! The input of every renderer.

use pgpe_config::{Rule, Severity};
use serde::{Deserialize, Serialize};

use crate::{Finding, TableVerdicts, Verdict};

/// What was found out about a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The findings, by file and position; those without a place last.
    pub findings: Vec<Finding>,
    /// The verdicts on governed candidates.
    pub tables: Vec<TableVerdicts>,
    /// The counts.
    pub summary: Summary,
}

/// What a report amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Tables and commands whose isolation is PROVEN.
    pub proven: usize,
    /// Tables and commands whose isolation is FAILED.
    pub failed: usize,
    /// Tables and commands whose isolation is UNKNOWN.
    pub unknown: usize,
}

impl Report {
    /// Sorts and counts.
    pub fn new(mut findings: Vec<Finding>, tables: Vec<TableVerdicts>) -> Report {
        findings.sort_by(|a, b| {
            (a.place.is_none(), &a.place)
                .cmp(&(b.place.is_none(), &b.place))
                .then(b.severity.cmp(&a.severity))
                .then(a.rule.cmp(&b.rule))
                .then_with(|| (&a.table, &a.command, &a.message).cmp(&(&b.table, &b.command, &b.message)))
        });
        let summary = Summary::of(&findings, &tables);
        Report { findings, tables, summary }
    }
}

impl Summary {
    /// Counts.
    pub fn of(findings: &[Finding], tables: &[TableVerdicts]) -> Summary {
        let of_severity = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let isolation = |verdict| {
            let commands = tables.iter().flat_map(|table| table.commands.values());
            commands.filter(|command| command.verdicts.get(&Rule::TenantIsolation) == Some(&verdict)).count()
        };
        Summary {
            errors: of_severity(Severity::Error),
            warnings: of_severity(Severity::Warning),
            proven: isolation(Verdict::Proven),
            failed: isolation(Verdict::Failed),
            unknown: isolation(Verdict::Unknown),
        }
    }
}
