//! The `pgpe` command: reads its arguments, runs one subcommand and turns what comes of it into an exit code.

mod applying;
mod arguments;
mod cache;
mod commands;
mod compiling;
mod exit;
mod loading;
mod markdown;
mod proving;
mod reporting;
mod reports;
mod revision;
mod schema_source;
mod scope;
mod storing;
mod tables;
mod target;
mod terminal;
mod throw_away;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::CommandLine;
use crate::exit::Status;
use crate::terminal::Terminal;

/// Formulas are small pieces in great numbers, made on all processors. The system's allocator took some 30 % of a check's
/// instructions; this one takes half of that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let terminal = Terminal::new(&line.global);
    let status = match commands::run(line, &terminal) {
        Ok(status) => status,
        Err(error) => {
            terminal.error(&format!("{error:#}"));
            Status::Failure
        }
    };
    status.into()
}
