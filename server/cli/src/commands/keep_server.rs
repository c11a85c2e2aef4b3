//! `pgpe keep-server`: the process that keeps a throw-away server, so that it goes when its user goes.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::throw_away;

/// Arguments of `keep-server`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder to keep it in, which is removed at the end
    folder: PathBuf,
}

/// Keeps it until standard input ends.
pub fn run(arguments: &Arguments) -> Status {
    throw_away::serve(&arguments.folder);
    Status::Fine
}
