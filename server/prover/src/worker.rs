//! The worker process: solves what arrives on standard input until that ends.

use std::io::{BufRead, Write};
use std::time::Duration;

use pgpe_proof::obligation::Outcome;

use crate::limits;
use crate::solve::{check_solver_version, is_out_of_memory, solve};
use crate::wire::{Reply, Task};

/// How long an idle worker takes to notice that its input has ended.
const FAREWELL: Duration = Duration::from_millis(100);

/// Serves tasks until standard input ends, then ends the process, even in the middle of a task: whoever
/// started it is gone.
pub fn run_worker() {
    limits::die_with_parent();
    limits::dump_no_core();
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
    for line in tasks {
        let reply = reply(&line);
        let Ok(text) = reply.to_line() else { break };
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            break;
        }
        // A solver that ran out of memory once is in no state to go on.
        if matches!(reply, Reply::OutOfMemory) {
            break;
        }
    }
}

fn reply(line: &str) -> Reply {
    let unknown = |reason: String| Reply::Solved(Outcome::Unknown(reason));
    if let Err(error) = check_solver_version() {
        return unknown(error.to_string());
    }
    let task = match serde_json::from_str::<Task>(line) {
        Ok(task) => task,
        Err(error) => return unknown(format!("the task can't be read: {error}")),
    };
    let Some(obligation) = task.obligation() else {
        return unknown("the task can't be read".to_owned());
    };
    limits::limit_memory(task.memory_mb);
    let outcome = solve(&obligation, task.timeout());
    if is_out_of_memory(&outcome) { Reply::OutOfMemory } else { Reply::Solved(outcome) }
}
