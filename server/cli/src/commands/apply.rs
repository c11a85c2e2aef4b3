//! `pgpe apply`: brings a target to what the project says, in one transaction.

use std::time::Duration;

use clap::Args;
use pgpe_database::ApplyOptions;

use crate::applying::{Format, Request, carry_out};
use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::target::{block_on, observe, parse_duration};
use crate::terminal::Terminal;

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The target, by its name in pgpe.yaml
    #[arg(long, value_name = "TARGET")]
    target: String,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Also drop what was applied from this project and is gone from the source
    #[arg(long)]
    prune: bool,
    /// Apply in spite of proofs that have FAILED or are UNKNOWN
    #[arg(long)]
    allow_unproven: bool,
    /// For how long to try while others hold locks
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    patience: Duration,
    /// The form of the plan
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Plans and applies.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    block_on(async {
        let observed = match observe(&arguments.target, options, terminal).await? {
            Ok(observed) => observed,
            Err(status) => return Ok(status),
        };
        let plan = observed.plan(arguments.prune);
        let apply_options = ApplyOptions { patience: arguments.patience, ..ApplyOptions::default() };
        let request = Request {
            action: "apply this to",
            dry_run: arguments.dry_run,
            yes: arguments.yes,
            allow_unproven: Some(arguments.allow_unproven),
            format: arguments.format,
            options: &apply_options,
        };
        carry_out(plan, &observed, &request, options, terminal).await
    })
}
