//! From what was found out to what is printed, and to the exit code.

use clap::ValueEnum;
use pgpe_config::{Rule, Severity};
use pgpe_report::{Report, Verdict};

use crate::exit::Status;

/// The lowest severity that makes a command fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FailOn {
    /// Only errors
    #[default]
    Error,
    /// Warnings and errors
    Warning,
    /// Everything but hints
    Info,
    /// Any finding
    Hint,
}

impl FailOn {
    /// As a severity.
    pub fn severity(self) -> Severity {
        match self {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Info => Severity::Info,
            FailOn::Hint => Severity::Hint,
        }
    }
}

/// What a report means for the exit code: findings that are severe enough fail, and so does isolation that
/// could not be decided, whatever severity that has.
pub fn status(report: &Report, fail_on: FailOn) -> Status {
    let severe = report.findings.iter().any(|finding| finding.severity >= fail_on.severity());
    Status::of_findings(severe || report.summary.unknown > 0)
}

/// Tables and commands whose isolation could not be decided, as `schema.table COMMAND`.
pub fn undecided_isolation(report: &Report) -> Vec<String> {
    let spots = report.tables.iter().flat_map(|table| {
        table.commands.iter().filter_map(move |(command, verdicts)| {
            let undecided = verdicts.verdicts.get(&Rule::TenantIsolation) == Some(&Verdict::Unknown);
            undecided.then(|| format!("{}.{} {command}", table.schema, table.table))
        })
    });
    spots.collect()
}
