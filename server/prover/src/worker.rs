//! The worker process: solves what arrives on standard input until that ends.

use std::io::{BufRead, Write};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use pgpe_proof::obligation::Outcome;

use crate::limits;
use crate::solve::{check_solver_version, in_new_context, is_out_of_memory, solve_in_new_context};
use crate::wire::{Reply, Task};

/// How long an idle worker takes to notice that its input has ended.
const FAREWELL: Duration = Duration::from_millis(100);

/// A worker without a task for so long gives back the memory that it does not need meanwhile, such as its context.
pub(crate) const REST: Duration = Duration::from_millis(500);

/// What is said instead of a task when one may follow soon.
pub(crate) const GET_READY: &str = "";

/// Serves tasks until standard input ends, then ends the process, even in the middle of a task: whoever
/// started it is gone.
pub fn run_worker() {
    limits::die_with_parent();
    limits::dump_no_core();
    limits::use_huge_pages();
    let (send, tasks) = crossbeam_channel::unbounded::<String>();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if send.send(line).is_err() {
                break;
            }
        }
        drop(send);
        std::thread::sleep(FAREWELL);
        limits::end_now();
    });
    match check_solver_version() {
        Ok(()) => serve(&tasks),
        Err(error) => {
            let lines = tasks.iter().filter(|line| line != GET_READY);
            lines.take_while(|_| tell(&unknown(error.to_string()))).for_each(drop);
        }
    }
}

/// Serves tasks until there are no more. The context is there before its task, and goes after the reply: while there is
/// time between tasks, nobody waits for either.
fn serve(tasks: &Receiver<String>) {
    let mut first = None;
    loop {
        let waiting = first.take();
        match in_new_context(|| serve_next(tasks, waiting)) {
            Ok(Next::Task) => {}
            Ok(Next::Rest) => {
                limits::give_memory_back();
                let Ok(line) = tasks.recv() else { return };
                first = (line != GET_READY).then_some(line);
            }
            // Whoever waits for it asks another worker.
            Ok(Next::End) | Err(_) => return,
        }
    }
}

/// What a worker does after what it has done.
enum Next {
    /// Serve a task.
    Task,
    /// Do without a context until there is one.
    Rest,
    End,
}

/// Serves a task by the new context that this thread has: one that is there already, or the next.
fn serve_next(tasks: &Receiver<String>, waiting: Option<String>) -> Next {
    let line = match waiting {
        Some(line) => line,
        None => loop {
            match tasks.recv_timeout(REST) {
                Ok(line) if line == GET_READY => {}
                Ok(line) => break line,
                Err(RecvTimeoutError::Timeout) => return Next::Rest,
                Err(RecvTimeoutError::Disconnected) => return Next::End,
            }
        },
    };
    let reply = reply(&line);
    // A solver that ran out of memory once is in no state to go on.
    if tell(&reply) && !matches!(reply, Reply::OutOfMemory) { Next::Task } else { Next::End }
}

/// Says whether it could be told.
fn tell(reply: &Reply) -> bool {
    let Ok(text) = reply.to_line() else { return false };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).is_ok()
}

fn unknown(reason: String) -> Reply {
    Reply::Solved(Outcome::Unknown(reason))
}

/// The reply to a task, by the new context that this thread has.
fn reply(line: &str) -> Reply {
    let task = match serde_json::from_str::<Task>(line) {
        Ok(task) => task,
        Err(error) => return unknown(format!("the task can't be read: {error}")),
    };
    let Some(obligation) = task.obligation() else {
        return unknown("the task can't be read".to_owned());
    };
    limits::limit_memory(task.memory_mb);
    let outcome = solve_in_new_context(&obligation, task.timeout());
    if is_out_of_memory(&outcome) { Reply::OutOfMemory } else { Reply::Solved(outcome) }
}
