//! `pgpe prove-worker`: the process in which proofs run, so that they can be killed.

use crate::exit::Status;

/// Serves until standard input ends.
pub fn run() -> Status {
    pgpe_prover::run_worker();
    Status::Fine
}
