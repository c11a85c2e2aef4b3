//! The `pgpe` binary as people and scripts use it: what it prints, where, and the exit code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyze;
mod bad_input;
mod check;
mod compile;
mod define;
mod diff;
mod explain;
mod fmt;
mod formats;
mod import;
mod kept_reports;
mod matrix;
mod support;
mod terminal;
mod why;
