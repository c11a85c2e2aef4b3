//! What compiled SQL means to a real PostgreSQL server.

// Helpers of tests, too, fail by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod build;
mod clone;
mod end_to_end;
mod example;
mod quoting;
mod random;
mod reserved_words;
mod sessions;
mod traversals;
mod types;
mod updates;

#[path = "../support/postgres.rs"]
mod server;

use pgpe_catalog::QualifiedName;
use pgpe_policy::resolved::{Disjunction, TablePolicy};
use postgres::{Client, SimpleQueryMessage};

/// Compiles a policy as the configuration's defaults say.
fn compile(table: &QualifiedName, policy: &TablePolicy) -> Vec<pgpe_sqlgen::CompiledPolicy> {
    pgpe_sqlgen::compile_policy(table, policy, &build::catalog(), pgpe_config::Session::default())
}

fn expression(table: &QualifiedName, clauses: &Disjunction) -> String {
    pgpe_sqlgen::compile_clauses(table, clauses, &build::catalog(), pgpe_config::Session::default())
}

/// Runs a script, and says which if it fails.
fn run(client: &mut Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql) {
        panic!("{error:?}\n{sql}");
    }
}

/// The first column of a query's rows, as text.
fn column(client: &mut Client, sql: &str) -> Vec<String> {
    let messages = client.simple_query(sql).unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
            _ => None,
        })
        .collect()
}

/// The error code that a query fails with.
fn error_code(client: &mut Client, sql: &str) -> String {
    match client.simple_query(sql) {
        Ok(_) => panic!("this should fail: {sql}"),
        Err(error) => error.code().map(|code| code.code().to_owned()).unwrap_or_default(),
    }
}
