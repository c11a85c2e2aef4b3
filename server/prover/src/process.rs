//! One worker process, seen from the process that started it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rustix::process::{Pid, Signal, getpriority_process, setpriority_process};

use crate::worker::GET_READY;

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

/// How a worker is to allocate memory.
const ALLOCATION: [(&str, &str); 5] = [
    // This program's own allocator sets no address space aside, which would count against the worker's limit.
    ("MIMALLOC_DISALLOW_ARENA_ALLOC", "1"),
    // Each context of the solver begins with two tables of 16 MiB. glibc's allocator, which the solver uses, is not to fetch
    // them from the system page by page and give them back each time, which takes milliseconds.
    ("MALLOC_MMAP_THRESHOLD_", "33554432"),
    ("MALLOC_TRIM_THRESHOLD_", "268435456"),
    ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
    // Nor is each thread to have memory of its own: one solves at a time.
    ("MALLOC_ARENA_MAX", "1"),
];

/// No more is read of what a process says on standard error.
const COMPLAINTS: u64 = 64 * 1024;

impl Worker {
    /// Starts a process; with less of a claim to the processors than this one if it is to work in the background.
    pub(crate) fn start(command: &WorkerCommand, in_background: bool) -> std::io::Result<Worker> {
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .envs(ALLOCATION)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if in_background {
            give_precedence_to_others(&child);
        }
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

    /// Says that a task may follow soon.
    pub(crate) fn get_ready(&self) {
        self.ask(GET_READY.to_owned());
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

/// Lets a process have a third of what this one has, where both want the same processor.
fn give_precedence_to_others(child: &Child) {
    const NICER: i32 = 5;
    // Without it all goes on, if not as smoothly.
    let _ = getpriority_process(None)
        .and_then(|own| setpriority_process(Some(Pid::from_child(child)), own.saturating_add(NICER)));
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
