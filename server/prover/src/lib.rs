//! Obligations to verdicts: the only crate that knows Z3.
//!
//! [`solve`] decides one obligation in this process. A solver can hang past its own limits or crash, so
//! everything that has to stay alive uses a [`Prover`]: it keeps worker processes of the same program (see
//! [`run_worker`]) that are killed when overdue, and remembers what was decided, on disk too.

mod cache;
mod complete;
mod limits;
mod needed;
mod outcome;
mod pool;
mod process;
mod solve;
mod tender;
mod wire;
mod worker;

pub use complete::Completion;
pub use pool::{Cancel, Prover, ProverOptions};
pub use process::WorkerCommand;
pub use solve::{SolverVersionError, check_solver_version, solve, solve_quickly, solver_version};
pub use worker::run_worker;
