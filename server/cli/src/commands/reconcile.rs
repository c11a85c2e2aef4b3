//! `pgpe reconcile`: resolves drift by one of three strategies, or lifts a quarantine.

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use pgpe_database::{ApplyOptions, Plan, lift, quarantine};
use pgpe_target::{Observed, drift_text};

use crate::applying::{Format, Request, carry_out};
use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::tables::resolve_table;
use crate::target::{block_on, observe};
use crate::terminal::{Terminal, printable};

/// Arguments of `reconcile`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The target, by its name in pgpe.yaml
    #[arg(long, value_name = "TARGET")]
    target: String,
    /// What to do about drift
    #[arg(long, value_enum, required_unless_present = "lift")]
    strategy: Option<Strategy>,
    /// Open a table that the quarantine has closed
    #[arg(long, value_name = "TABLE", conflicts_with = "strategy")]
    lift: Option<String>,
    /// Show the SQL and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Repair in spite of proofs that have FAILED or are UNKNOWN
    #[arg(long)]
    allow_unproven: bool,
    /// The form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What to do about drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Strategy {
    /// Repair policies, flags and missing grants; report the rest
    Auto,
    /// Report all of it and change nothing
    Alert,
    /// Close the tables that it is on until someone has reviewed them
    Quarantine,
}

/// Resolves drift.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    block_on(async {
        let observed = match observe(&arguments.target, options, terminal).await? {
            Ok(observed) => observed,
            Err(status) => return Ok(status),
        };
        let (plan, action) = match (&arguments.lift, arguments.strategy) {
            (Some(table), _) => (lifting(table, &observed)?, "lift the quarantine on"),
            (None, Some(Strategy::Auto)) => (observed.plan(false), "repair"),
            (None, Some(Strategy::Quarantine)) => (closing(&observed), "close the drifted tables of"),
            (None, Some(Strategy::Alert) | None) => return alert(&observed, arguments.format, terminal),
        };
        let is_repair = arguments.strategy == Some(Strategy::Auto);
        let request = Request {
            action,
            dry_run: arguments.dry_run,
            yes: arguments.yes,
            allow_unproven: is_repair.then_some(arguments.allow_unproven),
            format: arguments.format,
            options: &ApplyOptions::default(),
        };
        let status = carry_out(plan, &observed, &request, options, terminal).await?;
        if is_repair && status == Status::Fine {
            return left_over(&observed, arguments.format, terminal);
        }
        Ok(status)
    })
}

fn closing(observed: &Observed) -> Plan {
    quarantine(&observed.name, &observed.expected, &observed.found.catalog, observed.record.as_ref())
}

fn lifting(table: &str, observed: &Observed) -> anyhow::Result<Plan> {
    let name = resolve_table(&observed.analysis, table)?;
    lift(&observed.name, &observed.found.catalog, &name)
        .ok_or_else(|| anyhow!("{name} is not closed by a quarantine: `pgpe monitor` lists those that are"))
}

fn alert(observed: &Observed, format: Format, terminal: &Terminal) -> anyhow::Result<Status> {
    let found = observed.drift();
    terminal.print(&match format {
        Format::Human => printable(&drift_text::report(&found)),
        Format::Json => found.to_json(),
    })?;
    Ok(Status::of_findings(!found.drift.is_empty()))
}

/// Drift that repairing does not resolve.
fn left_over(observed: &Observed, format: Format, terminal: &Terminal) -> anyhow::Result<Status> {
    let mut found = observed.drift();
    found.drift.retain(|drift| !drift.kind.is_repaired());
    if found.drift.is_empty() {
        return Ok(Status::Fine);
    }
    if format == Format::Human {
        terminal
            .print(&printable(&format!("\nleft for you to decide:\n\n{}", drift_text::entries(&found))))?;
    }
    Ok(Status::Findings)
}
