//! The `pgpe` binary as people and scripts use it: what it prints, where, and the exit code.

mod analyze;
mod bad_input;
mod check;
mod compile;
mod define;
mod explain;
mod fmt;
mod formats;
mod support;
mod terminal;
