//! `pgpe compile`: the project as SQL, or as the expected state in JSON.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::arguments::GlobalOptions;
use crate::compiling::compile;
use crate::exit::Status;
use crate::loading::{Policies, load};
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

    let Some(compiled) = compile(&loaded, arguments.table.as_deref(), "no SQL was written", terminal)? else {
        return Ok(Status::Findings);
    };

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
