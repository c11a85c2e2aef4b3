//! A throw-away PostgreSQL server: started from the programs on this machine, gone with this process.
//!
//! It belongs to another process of this program, which reads from a pipe that this one keeps open. However this
//! one ends (by an interrupt, a panic or a kill too), the pipe closes; then the other one stops the server and
//! removes its folder.

pub mod programs;
mod serve;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub use serve::serve;

/// The subcommand that keeps the server.
const KEEPER: &str = "keep-server";

/// What the keeper prints once the server takes connections.
const READY: &str = "ready";

/// The superuser of the server, who needs no password.
const SUPERUSER: &str = "postgres";

/// A running server. Dropping it stops it, removes its folder, and waits until that is done.
pub struct Server {
    folder: PathBuf,
    keeper: Child,
    /// Closed when this process ends.
    lifeline: Option<ChildStdin>,
}

impl Server {
    /// Starts one, which takes seconds.
    pub fn start() -> anyhow::Result<Server> {
        let program = std::env::current_exe().context("can't find this program's own file")?;
        let folder = tempfile::Builder::new().prefix("pgpe-").tempdir();
        let folder = folder.context("can't make a temporary folder for PostgreSQL: set TMPDIR to another")?;
        let mut command = Command::new(program);
        command.arg(KEEPER).arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        // An interrupt at the terminal is meant for this process; the keeper has to outlive it.
        let mut keeper =
            command.process_group(0).spawn().context("can't start a process to keep PostgreSQL in")?;
        let (lifeline, output) = (keeper.stdin.take(), keeper.stdout.take());
        // From here on, the keeper removes the folder.
        let server = Server { folder: folder.keep(), keeper, lifeline };
        let mut output = BufReader::new(output.context("the process that keeps PostgreSQL has no output")?);
        let mut said = String::new();
        output.read_line(&mut said)?;
        if said.trim_end() != READY {
            output.read_to_string(&mut said)?;
            bail!("{}", said.trim_end());
        }
        Ok(server)
    }

    /// A folder that goes with the server.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a database of the server is.
    pub fn url(&self, database: &str) -> String {
        let folder = serve::socket_folder(&self.folder);
        let folder = folder.to_string_lossy();
        let host = utf8_percent_encode(&folder, NON_ALPHANUMERIC);
        format!("postgresql:///{database}?host={host}&user={SUPERUSER}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // If it can't be waited for, it ends on its own.
        let _ = self.keeper.wait();
    }
}
