//! The worker process: solves what arrives on standard input until that ends.

use std::io::{BufRead, Write};
use std::time::Duration;

use pgpe_proof::obligation::Outcome;

use crate::solve::{check_solver_version, solve};
use crate::wire::{Reply, Task};

/// Serves tasks until standard input ends, then ends the process, even in the middle of a task: whoever
/// started it is gone.
pub fn run_worker() {
    let (send, tasks) = crossbeam_channel::unbounded::<String>();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if send.send(line).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    let version = check_solver_version();
    for line in tasks {
        let reply = match (&version, serde_json::from_str::<Task>(&line)) {
            (Err(error), _) => Reply::Unknown(error.to_string()),
            (Ok(()), Ok(task)) => match task.obligation() {
                Some(obligation) => solve(&obligation, Duration::from_millis(task.timeout_ms)).into(),
                None => Reply::Unknown("the task can't be read".to_owned()),
            },
            (Ok(()), Err(error)) => Outcome::Unknown(format!("the task can't be read: {error}")).into(),
        };
        let Ok(text) = serde_json::to_string(&reply) else { break };
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            break;
        }
    }
}
