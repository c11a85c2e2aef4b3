//! The worker process: solves what arrives on standard input until that ends.

use std::io::{BufRead, Write};
use std::time::Duration;

use crossbeam_channel::Receiver;
use pgpe_proof::obligation::Outcome;

use crate::limits;
use crate::solve::{check_solver_version, in_new_context, is_out_of_memory, solve_in_new_context};
use crate::wire::{Reply, Task};

/// How long an idle worker takes to notice that its input has ended.
const FAREWELL: Duration = Duration::from_millis(100);

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
        // The context is there before its task, and goes after the reply: while there is time between tasks, nobody waits
        // for either.
        Ok(()) => while in_new_context(|| serve_next(&tasks, reply)) {},
        Err(error) => while serve_next(&tasks, |_| unknown(error.to_string())) {},
    }
}

/// Serves a task; says whether to go on.
fn serve_next(tasks: &Receiver<String>, reply: impl FnOnce(&str) -> Reply) -> bool {
    let Ok(line) = tasks.recv() else { return false };
    let reply = reply(&line);
    let Ok(text) = reply.to_line() else { return false };
    let mut out = std::io::stdout().lock();
    let is_told = writeln!(out, "{text}").and_then(|()| out.flush()).is_ok();
    // A solver that ran out of memory once is in no state to go on.
    is_told && !matches!(reply, Reply::OutOfMemory)
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
