//! The known cases on a real server: what is said to leak must leak there, and where nothing may leak a
//! search must find nothing.
//!
//! Independent of our semantics: rows are made up from what the server says of its tables, the owner of a
//! row is found by hand-written SQL, and what a session reaches is whatever the server lets it reach.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "proof_cases/cases.rs"]
#[allow(dead_code)]
mod cases;
#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "support/project.rs"]
#[allow(dead_code)]
mod project;

#[path = "cases_on_postgres/search.rs"]
mod search;

use std::collections::BTreeSet;

use pgpe_report::Verdict;

use cases::{Case, cases};
use postgres_server::Database;
use search::{Reached, Search};

/// Random databases per case. A leak that is there shows in one of the first; the others look for one that
/// should not be.
const DATABASES: u64 = 8;

/// What was reached in some database that the session's tenant does not own, as `table command role`.
fn leaks(case: &Case, compiled: &str) -> (BTreeSet<Reached>, BTreeSet<Reached>) {
    let database = Database::create();
    let mut client = database.connect();
    client.batch_execute(&case.schema).unwrap_or_else(|error| panic!("case {}: {error:?}", case.number));
    search::create_roles(&mut client);
    client
        .batch_execute(compiled)
        .unwrap_or_else(|error| panic!("case {}: {error:?}\n{compiled}", case.number));
    let tables: BTreeSet<&str> = case.verdicts.iter().map(|(table, ..)| *table).collect();
    let (mut leaks, mut reached) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..DATABASES {
        let mut search = Search::new(&mut client, case, seed);
        for table in &tables {
            search.run(table);
        }
        let (found, any) = search.finish();
        leaks.extend(found);
        reached.extend(any);
    }
    (leaks, reached)
}

#[test]
fn the_server_agrees() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| !case.verdicts.is_empty()) {
        let host = project::host(&case.schema, &case.policies, &case.config);
        let compiled = host.analysis().compile(None).expect("nothing changes meanwhile").to_sql();
        let (leaks, reached) = leaks(case, &compiled);
        let leaks_in = |table: &str, command: &str, role: Option<&str>| {
            leaks.iter().any(|leak| {
                leak.table == table && leak.command == command && role.is_none_or(|role| leak.role == role)
            })
        };
        for (table, commands, rule, verdict) in &case.verdicts {
            for command in *commands {
                let reached =
                    reached.iter().any(|reached| reached.table == *table && reached.command == *command);
                let leaks = leaks_in(table, command, None);
                let agrees = match (*rule, verdict) {
                    ("tenant-isolation", Verdict::Failed) => leaks,
                    ("tenant-isolation", Verdict::Proven) => !leaks,
                    ("tenant-isolation", Verdict::Denied) => !reached,
                    ("contradiction", Verdict::Proven) => reached,
                    ("contradiction", Verdict::Failed) => !reached,
                    _ => continue,
                };
                if !agrees {
                    wrong.push(format!(
                        "case {} ({}): {table} {command} {rule} is said to be {verdict}; the server: leaks {leaks}, reached {reached}",
                        case.number, case.title
                    ));
                }
            }
        }
        for (table, command, roles) in &case.by_role {
            for (role, verdict) in roles {
                let leaks = leaks_in(table, command, Some(role));
                if leaks != (*verdict == Verdict::Failed) {
                    wrong.push(format!(
                        "case {}: {table} {command} as {role}: {verdict}, but leaks {leaks}",
                        case.number
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conditions_hold_as_the_lints_say() {
    for case in cases() {
        for fact in &case.on_server {
            let database = Database::create();
            let mut client = database.connect();
            client.batch_execute(&case.schema).unwrap();
            search::create_roles(&mut client);
            let found = search::some_row_satisfies(&mut client, &case, fact.table, &fact.condition);
            assert_eq!(found, fact.satisfiable, "case {}: {}", case.number, fact.condition);
        }
    }
}

#[test]
fn policies_that_traverse_each_other_fail_at_run_time() {
    for case in cases().iter().filter(|case| case.rules.contains(&"traversal-cycle")) {
        let host = project::host(&case.schema, &case.policies, &case.config);
        let compiled = host.analysis().compile(None).unwrap().to_sql();
        let database = Database::create();
        let mut client = database.connect();
        client.batch_execute(&case.schema).unwrap();
        search::create_roles(&mut client);
        client.batch_execute(&compiled).unwrap();
        client
            .batch_execute("SET ROLE leak_public; SET app.tenant_id = '00000000-0000-0000-0000-000000000001'")
            .unwrap();
        let error = client.batch_execute("SELECT * FROM tasks").expect_err("an infinite recursion");
        assert_eq!(error.code().map(|code| code.code()), Some("42P17"), "case {}", case.number);
    }
}
