//! `pgpe diff`: what a change does to the access to each table, by proof and not by text.

use clap::{Args, ValueEnum};
use pgpe_ide::compare_access;
use pgpe_report::difference::{self, Difference};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{Policies, load};
use crate::proving::Proving;
use crate::revision::load_base;
use crate::tables::require_schema;
use crate::terminal::Terminal;

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to compare with: a folder with the earlier state, or a revision of the git repository
    #[arg(long, value_name = "REV|DIR")]
    base: String,
    /// The form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 1 if access or a verdict is different
    #[arg(long)]
    exit_code: bool,
}

/// Forms of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Human,
    /// JSON
    Json,
    /// Markdown, for a pull request
    Markdown,
}

/// Compares.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let head = load(options, Policies::Optional, terminal)?;
    let base = load_base(&arguments.base, &head, options, terminal)?;
    for loaded in [&head, &base] {
        if loaded.refuses_configuration(terminal) {
            return Ok(Status::Failure);
        }
        require_schema(&loaded.analysis())?;
    }
    let mut proving = Proving::new(head.project.config.solver_timeout_ms, options, terminal)?;
    let (before, after) = (base.analysis(), head.analysis());
    let comparison = proving.complete(|outcome| {
        let comparison = compare_access(&before, &after, outcome)?;
        let open = comparison.open.clone();
        Ok((comparison, open))
    })?;
    let mut found = Difference { base: arguments.base.clone(), tables: comparison.tables };
    found.add_verdicts(&proving.check(&before)?.tables, &proving.check(&after)?.tables);
    terminal.print(&match arguments.format {
        Format::Human => difference::human(&found, terminal.colour()),
        Format::Json => difference::json(&found),
        Format::Markdown => difference::markdown(&found),
    })?;
    Ok(if arguments.exit_code && found.is_change() { Status::Findings } else { Status::Fine })
}
