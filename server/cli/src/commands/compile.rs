//! `pgpe compile`: the project as SQL, or as the expected state in JSON.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pgpe_ide::Analysis;
use pgpe_report::human;
use pgpe_sqlgen::Compiled;

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{Policies, load};
use crate::reporting::prevents_compiling;
use crate::storing;
use crate::tables::{find_table, require_schema};
use crate::terminal::Terminal;

/// Arguments of `compile`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Compile only what concerns this table
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Forms of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// A SQL script
    #[default]
    Sql,
    /// The expected state of the database
    Json,
}

/// Compiles, unless some policy has an error.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let loaded = load(options, Policies::Required, terminal)?;
    if loaded.refuses_configuration(terminal) {
        return Ok(Status::Failure);
    }
    let analysis = loaded.analysis();
    require_schema(&analysis)?;
    if let Some(table) = &arguments.table {
        find_table(&analysis, table)?;
    }

    let mut errors = analysis.written_findings()?;
    errors.retain(prevents_compiling);
    if !errors.is_empty() {
        let count = errors.len();
        let report = pgpe_report::Report::new(errors, Vec::new());
        terminal.print_error(&human::findings(&report.findings, &loaded.texts, terminal.error_colour()));
        terminal.error(&format!("no SQL was written: correct {} first", counted(count, "error")));
        return Ok(Status::Findings);
    }
    let compiled = analysis.compile(arguments.table.as_deref())?;
    let missing = left_out(&analysis, &compiled)?;
    if !missing.is_empty() {
        terminal.error(&format!(
            "no SQL was written: these policies have an error, even if it is silenced: {}",
            missing.join(", ")
        ));
        return Ok(Status::Findings);
    }

    if compiled.tables.is_empty() {
        terminal.note("no policy or grant concerns any table, so there is nothing to compile");
    }
    let text = match arguments.format {
        Format::Sql => compiled.to_sql(),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&compiled)?),
    };
    match &arguments.output {
        Some(path) => storing::replace(path, &text)?,
        None => terminal.print(&text)?,
    }
    Ok(Status::Fine)
}

/// Policies that govern a compiled table but gave no SQL. Without a restrictive policy the rest would let more
/// through, so nothing may be left out in silence.
fn left_out(analysis: &Analysis, compiled: &Compiled) -> anyhow::Result<Vec<String>> {
    let governed = analysis.check(&|_| None)?.tables;
    let mut missing = Vec::new();
    for table in &compiled.tables {
        let verdicts = governed
            .iter()
            .find(|governed| governed.schema == table.name.schema && governed.table == table.name.name);
        for policy in verdicts.into_iter().flat_map(|verdicts| &verdicts.policies) {
            if !table.policies.iter().any(|compiled| compiled.policy == *policy) {
                missing.push(format!("{policy} on {}", table.name));
            }
        }
    }
    Ok(missing)
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
