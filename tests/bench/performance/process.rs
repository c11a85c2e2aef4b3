//! Running the command line, and the memory of processes.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// A run of a command.
pub struct Run {
    /// From before the start of the process to after its end.
    pub time: Duration,
    /// What it wrote to standard output.
    pub output: String,
    /// What it wrote to standard error.
    pub errors: String,
}

/// A command of the program under test, in a folder.
pub fn pgpe(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgpe"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command, which may find something but must be able to do its work.
pub fn run(command: &mut Command) -> anyhow::Result<Run> {
    let started = Instant::now();
    let output = command.output()?;
    let time = started.elapsed();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let run = Run { time, output: text(output.stdout), errors: text(output.stderr) };
    match output.status.code() {
        Some(0 | 1) => Ok(run),
        code => bail!("{command:?} ends with {code:?}: {}", run.errors),
    }
}

/// The memory of a process and of those that it has started.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// All that each has in memory, in MiB. What several share counts for each.
    pub resident: f64,
    /// The part of it that is the first process's.
    pub of_first: f64,
    /// What is shared counts for each in part, in MiB.
    pub proportional: f64,
}

/// The memory that a process and its children take now.
pub fn memory(id: u32) -> anyhow::Result<Memory> {
    let first = in_memory(id)?;
    let mut memory = Memory { resident: first.0, of_first: first.0, proportional: first.1 };
    for child in crate::processes::running_children(id) {
        // It may have ended meanwhile.
        if let Ok((resident, proportional)) = in_memory(child) {
            memory.resident += resident;
            memory.proportional += proportional;
        }
    }
    Ok(memory)
}

fn in_memory(id: u32) -> anyhow::Result<(f64, f64)> {
    let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
    let field = |name: &str| {
        let value = rollup.lines().find_map(|line| line.strip_prefix(name)).context("no such field")?;
        let kilobytes: f64 = value.trim().trim_end_matches(" kB").parse()?;
        anyhow::Ok(kilobytes / 1024.0)
    };
    Ok((field("Rss:")?, field("Pss:")?))
}
