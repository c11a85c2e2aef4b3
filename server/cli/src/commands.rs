//! The subcommands, one file each.

pub mod analyze;
pub mod apply;
pub mod check;
pub mod compile;
pub mod completions;
pub mod config_schema;
pub mod define;
pub mod demo;
pub mod diff;
pub mod explain;
pub mod fmt;
pub mod import;
pub mod keep_server;
pub mod lsp;
pub mod matrix;
pub mod monitor;
mod prove_worker;
pub mod reconcile;
pub mod schema;
pub mod status;
pub mod why;

use crate::arguments::{Command, CommandLine};
use crate::exit::Status;
use crate::terminal::Terminal;

/// Runs the subcommand of a command line.
pub fn run(line: CommandLine, terminal: &Terminal) -> anyhow::Result<Status> {
    let options = &line.global;
    match line.command {
        Command::Check(arguments) => check::run(&arguments, options, terminal),
        Command::Fmt(arguments) => fmt::run(&arguments, options, terminal),
        Command::Define(arguments) => define::run(&arguments, options, terminal),
        Command::Analyze(arguments) => analyze::run(&arguments, options, terminal),
        Command::Diff(arguments) => diff::run(&arguments, options, terminal),
        Command::Why(arguments) => why::run(&arguments, options, terminal),
        Command::Compile(arguments) => compile::run(&arguments, options, terminal),
        Command::Apply(arguments) => apply::run(&arguments, options, terminal),
        Command::Monitor(arguments) => monitor::run(&arguments, options, terminal),
        Command::Reconcile(arguments) => reconcile::run(&arguments, options, terminal),
        Command::Status(arguments) => status::run(&arguments, options, terminal),
        Command::Schema(arguments) => schema::run(&arguments, options, terminal),
        Command::Matrix(arguments) => matrix::run(&arguments, options, terminal),
        Command::Import(arguments) => import::run(&arguments, options, terminal),
        Command::Demo => demo::run(options, terminal),
        Command::Explain(arguments) => explain::run(&arguments, terminal),
        Command::Lsp(_) => lsp::run(options),
        Command::ConfigSchema => config_schema::run(terminal),
        Command::Completions(arguments) => completions::run(&arguments, terminal),
        Command::KeepServer(arguments) => Ok(keep_server::run(&arguments)),
        Command::ProveWorker => Ok(prove_worker::run()),
    }
}
