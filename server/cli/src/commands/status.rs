//! `pgpe status`: policies, coverage, proofs, the last apply and drift, in one screen.

use clap::Args;
use pgpe_database::{DriftReport, DriftSeverity, Record};
use pgpe_ide::{Analysis, Checked};
use pgpe_report::Report;
use pgpe_target::counted;
use pgpe_target::drift_text::differences;
use serde::Serialize;

use crate::applying::Format;
use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{Policies, load};
use crate::proving::Proving;
use crate::tables::require_schema;
use crate::target::{block_on, observe};
use crate::terminal::{Terminal, printable};

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The target, by its name in pgpe.yaml; without one, the project alone
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is shown.
#[derive(Debug, Serialize)]
struct Overview {
    version: u32,
    policies: usize,
    tables: Coverage,
    isolation: Proofs,
    errors: usize,
    warnings: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<TargetOverview>,
}

#[derive(Debug, Serialize)]
struct Coverage {
    governed: usize,
    candidates: usize,
    ungoverned: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Proofs {
    proven: usize,
    failed: usize,
    unknown: usize,
}

#[derive(Debug, Serialize)]
struct TargetOverview {
    name: String,
    database: String,
    #[serde(rename = "lastApply")]
    last_apply: Option<LastApply>,
    drift: DriftCount,
    quarantined: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LastApply {
    at: String,
    by: String,
    role: String,
    #[serde(rename = "allowedUnproven")]
    allowed_unproven: bool,
}

#[derive(Debug, Serialize)]
struct DriftCount {
    critical: usize,
    high: usize,
    warning: usize,
}

/// Shows how things stand.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let overview = match &arguments.target {
        Some(target) => block_on(async {
            let observed = match observe(target, options, terminal).await? {
                Ok(observed) => observed,
                Err(status) => return Ok(Err(status)),
            };
            let timeout = observed.config.solver_timeout_ms;
            let checked = Proving::new(timeout, options, terminal)?.check(&observed.analysis)?;
            let found = observed.drift();
            let mut overview = Overview::of_project(&observed.analysis, checked)?;
            overview.target =
                Some(TargetOverview::new(&observed.session.description, observed.record.as_ref(), &found));
            Ok(Ok(overview))
        })?,
        None => {
            let loaded = load(options, Policies::Required, terminal)?;
            if loaded.refuses_configuration(terminal) {
                return Ok(Status::Failure);
            }
            require_schema(&loaded.analysis())?;
            let timeout = loaded.project.config.solver_timeout_ms;
            let checked = Proving::new(timeout, options, terminal)?.check(&loaded.analysis())?;
            Ok(Overview::of_project(&loaded.analysis(), checked)?)
        }
    };
    let overview = match overview {
        Ok(overview) => overview,
        Err(status) => return Ok(status),
    };
    terminal.print(&match arguments.format {
        Format::Human => printable(&overview.to_text()),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&overview)?),
    })?;
    Ok(overview.status())
}

impl Overview {
    fn of_project(analysis: &Analysis, checked: Checked) -> anyhow::Result<Overview> {
        let candidates = analysis.candidates()?;
        let is_governed = |name: &pgpe_catalog::QualifiedName| {
            checked.tables.iter().any(|table| table.schema == name.schema && table.table == name.name)
        };
        let ungoverned: Vec<String> =
            candidates.iter().filter(|name| !is_governed(name)).map(ToString::to_string).collect();
        let policies: std::collections::BTreeSet<&String> =
            checked.tables.iter().flat_map(|table| &table.policies).collect();
        let policies = policies.len();
        let governed = checked.tables.len();
        let report = Report::new(checked.findings, checked.tables);
        let summary = &report.summary;
        Ok(Overview {
            version: 1,
            policies,
            tables: Coverage { governed, candidates: candidates.len(), ungoverned },
            isolation: Proofs { proven: summary.proven, failed: summary.failed, unknown: summary.unknown },
            errors: summary.errors,
            warnings: summary.warnings,
            target: None,
        })
    }

    fn to_text(&self) -> String {
        let Overview { tables, isolation, .. } = self;
        let mut lines = vec![
            format!("policies   {} in force", self.policies),
            format!("coverage   {} of {} tables governed", tables.governed, tables.candidates),
        ];
        if !tables.ungoverned.is_empty() {
            lines.push(format!("           not governed: {}", some_of(&tables.ungoverned)));
        }
        lines.push(format!(
            "isolation  {} proven, {} failed, {} unknown",
            isolation.proven, isolation.failed, isolation.unknown
        ));
        lines.push(format!(
            "findings   {}, {}",
            counted(self.errors, "error"),
            counted(self.warnings, "warning")
        ));
        if let Some(target) = &self.target {
            lines.extend(target.lines());
        }
        lines.join("\n") + "\n"
    }

    fn status(&self) -> Status {
        let drifted = self.target.as_ref().is_some_and(|target| target.drift.count() > 0);
        Status::of_findings(self.errors > 0 || self.isolation.unknown > 0 || drifted)
    }
}

impl TargetOverview {
    fn new(database: &str, record: Option<&Record>, found: &DriftReport) -> TargetOverview {
        let of =
            |severity: DriftSeverity| found.drift.iter().filter(|drift| drift.severity == severity).count();
        TargetOverview {
            name: found.target.clone(),
            database: database.to_owned(),
            last_apply: record.map(|record| LastApply {
                at: record.applied_at.clone(),
                by: record.applied_by.clone(),
                role: record.role.clone(),
                allowed_unproven: record.allowed_unproven,
            }),
            drift: DriftCount {
                critical: of(DriftSeverity::Critical),
                high: of(DriftSeverity::High),
                warning: of(DriftSeverity::Warning),
            },
            quarantined: found.quarantined.clone(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("target     {}: {}", self.name, self.database)];
        lines.push(match &self.last_apply {
            None => "applied    never from here".to_owned(),
            Some(last) => {
                let doubts = if last.allowed_unproven { ", with --allow-unproven" } else { "" };
                format!("applied    {} by {} as {}{doubts}", last.at, last.by, last.role)
            }
        });
        let drift = &self.drift;
        lines.push(match drift.count() {
            0 => "drift      none".to_owned(),
            count => format!(
                "drift      {}: {} critical, {} high, {} warnings; see `pgpe monitor --target {}`",
                differences(count),
                drift.critical,
                drift.high,
                drift.warning,
                self.name
            ),
        });
        if !self.quarantined.is_empty() {
            lines.push(format!("closed     by quarantine: {}", some_of(&self.quarantined)));
        }
        lines
    }
}

impl DriftCount {
    fn count(&self) -> usize {
        self.critical + self.high + self.warning
    }
}

/// The first few of them.
fn some_of(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
