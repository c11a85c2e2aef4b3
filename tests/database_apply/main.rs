//! Bringing real databases to what a project says: apply, monitor, reconcile and status.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../oracle/case.rs"]
#[allow(dead_code)]
mod case;
#[path = "../cli/support.rs"]
#[allow(dead_code)]
mod cli;
#[path = "../oracle/generate.rs"]
mod generate;
#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/processes.rs"]
#[allow(dead_code)]
mod processes;

mod apply;
mod casts;
mod demo;
mod drift;
mod example;
mod faults;
mod grants;
mod hostile;
mod locks;
mod matrix;
mod proxy;
mod random;
mod reconcile;
mod record;
mod refusals;
mod rewriting;
mod sessions;
mod standby;
mod status;
mod terminal;
mod weaker;
