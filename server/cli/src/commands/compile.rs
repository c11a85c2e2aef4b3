//! `pgpe compile`: the project as SQL, or as the expected state in JSON.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pgpe_ide::FileRole;
use pgpe_report::human;
use pgpe_sqlgen::{Compiled, CompiledTable};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{Loaded, Policies, load};
use crate::reporting::prevents_compiling;
use crate::scope::is_named;
use crate::storing;
use crate::tables::{find_tables, require_schema};
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
        find_tables(&analysis, table)?;
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
    let missing = left_out(&loaded, &compiled, arguments.table.as_deref())?;
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

/// Policies that gave no SQL although nothing is reported of them. Without a restrictive policy the rest would
/// let more through, so nothing may be left out in silence.
fn left_out(loaded: &Loaded, compiled: &Compiled, table: Option<&str>) -> anyhow::Result<Vec<String>> {
    let policy_files = loaded.project.files.iter().filter(|file| file.role == FileRole::Policies);
    let mut missing: Vec<String> = policy_files
        .filter(|file| !pgpe_syntax::parse(&file.text).errors().is_empty())
        .map(|file| format!("those in {}", file.path))
        .collect();
    for governed in loaded.analysis().check(&|_| None)?.tables {
        if table.is_some_and(|name| !is_named(name, &governed.schema, &governed.table)) {
            continue;
        }
        let found = compiled
            .tables
            .iter()
            .find(|table| table.name.schema == governed.schema && table.name.name == governed.table);
        for policy in &governed.policies {
            let is_compiled = |table: &CompiledTable| table.policies.iter().any(|it| it.policy == *policy);
            if !found.is_some_and(is_compiled) {
                missing.push(format!("{policy} on {}.{}", governed.schema, governed.table));
            }
        }
    }
    Ok(missing)
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
