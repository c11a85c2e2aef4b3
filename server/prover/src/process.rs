//! One worker process, seen from the process that started it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rustix::process::Signal;

/// How a worker process is started.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// The program; it must call [`crate::run_worker`].
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// A running worker process; killed when dropped.
pub(crate) struct Worker {
    child: Child,
    tasks: Sender<String>,
    /// A line for each task; disconnected once the process has ended.
    replies: Receiver<String>,
    complaints: Arc<Mutex<Vec<u8>>>,
}

/// How a process came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// Somebody killed it, which says nothing about its task.
    Killed,
    /// It could not have the memory that it asked for.
    OutOfMemory,
    /// By its own fault; says how.
    Crashed(String),
}

/// Signals that a process brings upon itself.
const FAULTS: &[Signal] =
    &[Signal::ABORT, Signal::BUS, Signal::FPE, Signal::ILL, Signal::SEGV, Signal::SYS, Signal::TRAP];

/// What the runtimes of C++ and Rust say on standard error when memory can't be had.
const OUT_OF_MEMORY: &[&str] = &["bad_alloc", "memory allocation of"];

/// Keeps this program's allocator from setting address space aside, which would count against the worker's limit. (glibc's,
/// which the solver uses, is best left alone: made to give memory back at once, it takes each problem several milliseconds
/// more.)
const ALLOCATOR: (&str, &str) = ("MIMALLOC_DISALLOW_ARENA_ALLOC", "1");

/// No more is read of what a process says on standard error.
const COMPLAINTS: u64 = 64 * 1024;

impl Worker {
    /// Starts a process.
    pub(crate) fn start(command: &WorkerCommand) -> std::io::Result<Worker> {
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .env(ALLOCATOR.0, ALLOCATOR.1)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (tasks, queue) = crossbeam_channel::unbounded::<String>();
        let (send, replies) = crossbeam_channel::unbounded();
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let worker = Worker { child, tasks, replies, complaints: Arc::clone(&complaints) };
        let (Some(mut input), Some(output), Some(errors)) = pipes else {
            return Err(std::io::Error::other("no pipes"));
        };
        // A process that hangs does not read: whoever writes to it waits, so it must not be the one who
        // watches the clock. All three threads end with the process.
        spawn(move || {
            for line in queue {
                if writeln!(input, "{line}").and_then(|()| input.flush()).is_err() {
                    break;
                }
            }
        })?;
        spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                if send.send(line).is_err() {
                    break;
                }
            }
        })?;
        spawn(move || {
            let mut said = Vec::new();
            let _ = errors.take(COMPLAINTS).read_to_end(&mut said);
            if let Ok(mut complaints) = complaints.lock() {
                *complaints = said;
            }
        })?;
        Ok(worker)
    }

    /// Hands it a task. That it is gone shows in its replies.
    pub(crate) fn ask(&self, task: String) {
        let _ = self.tasks.send(task);
    }

    /// Where its replies arrive.
    pub(crate) fn replies(&self) -> &Receiver<String> {
        &self.replies
    }

    /// How it ended, once its replies have.
    pub(crate) fn end(mut self) -> End {
        let _ = self.child.kill();
        let Ok(status) = self.child.wait() else { return End::Killed };
        let Some(signal) = status.signal() else {
            return End::Crashed(status.to_string());
        };
        if !FAULTS.iter().any(|fault| fault.as_raw() == signal) {
            return End::Killed;
        }
        if self.complained_of_memory() { End::OutOfMemory } else { End::Crashed(status.to_string()) }
    }

    fn complained_of_memory(&self) -> bool {
        // The thread that reads them needs a moment after the end.
        for _ in 0..20 {
            if let Ok(said) = self.complaints.lock()
                && !said.is_empty()
            {
                let said = String::from_utf8_lossy(&said);
                return OUT_OF_MEMORY.iter().any(|words| said.contains(words));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name("worker pipe".to_owned()).spawn(work).map(drop)
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
