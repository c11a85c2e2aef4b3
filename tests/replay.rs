//! The scripts that `pgpe analyze --replay` writes, on a real server: each shows what its finding says, and
//! nothing is left of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "proof_cases/cases.rs"]
#[allow(dead_code)]
mod cases;
#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "support/project.rs"]
#[allow(dead_code)]
mod project;
#[path = "proof_cases/review.rs"]
mod review;

use std::collections::BTreeMap;
use std::path::Path;

use pgpe_ide::{Host, Replay};
use pgpe_project::Project;
use postgres::{Client, SimpleQueryMessage};

use postgres_server::Database;

/// Every example and known case, by a name for people.
fn projects() -> Vec<(String, Host)> {
    let mut projects = Vec::new();
    for case in cases::cases().into_iter().chain(review::cases()) {
        // What one tenant writes and another reads is told where leaks are not.
        let consequences = format!("{}\nrules: {{ tenant-isolation: off }}\n", case.config);
        for config in [&case.config, &consequences] {
            let host = project::host(&case.schema, &case.policies, config);
            projects.push((format!("case {} ({})", case.number, case.title), host));
        }
    }
    for name in ["saas", "hospital", "leaky"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(name);
        projects.push((name.to_owned(), Project::discover(&folder, None, None).unwrap().host()));
    }
    projects.push(("roles".to_owned(), shared_by_roles()));
    projects
}

/// Roles that are to be kept apart and are not, each command by a policy of its own.
fn shared_by_roles() -> Host {
    let schema = "CREATE ROLE auditor; CREATE ROLE billing;
        CREATE TABLE accounts (id int PRIMARY KEY, kind text);
        CREATE TABLE entries (id int PRIMARY KEY, tenant_id uuid NOT NULL, account int REFERENCES accounts, kind text);";
    let policies: Vec<String> = ["SELECT", "INSERT", "UPDATE", "DELETE"]
        .into_iter()
        .map(|command| {
            format!(
                "POLICY audited_{command} PERMISSIVE FOR {command} TO auditor SELECTOR named('entries')
                   CLAUSE exists(rel(_, account, accounts, id), {{col('kind') != lit('private')}})
                 POLICY billed_{command} PERMISSIVE FOR {command} TO billing SELECTOR named('entries')
                   CLAUSE col('tenant_id') = session('app.tenant_id') AND col('kind') = lit('invoice')\n"
            )
        })
        .collect();
    let config = "isolation: []\nrole_separation: [[auditor, billing]]\n";
    project::host(schema, &policies.concat(), config)
}

fn replays(host: &Host) -> Vec<Replay> {
    project::replays(&host.analysis())
}

/// All that a script could leave behind.
fn left(client: &mut Client) -> Vec<String> {
    let query = "SELECT nspname::text FROM pg_namespace UNION ALL SELECT rolname::text FROM pg_roles
        UNION ALL SELECT extname::text FROM pg_extension UNION ALL SELECT oid::regclass::text FROM pg_class
        UNION ALL SELECT oid::regprocedure::text FROM pg_proc UNION ALL SELECT polname::text FROM pg_policy
        UNION ALL SELECT oid::regtype::text FROM pg_type ORDER BY 1";
    let messages = client.simple_query(query).unwrap();
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    messages.iter().filter_map(row).collect()
}

#[test]
fn every_counterexample_shows_and_leaves_nothing() {
    let mut client = Database::create().connect();
    let before = left(&mut client);
    let mut wrong = Vec::new();
    // The row that is replaced refers to itself, and PostgreSQL refuses to change its key; the proofs do not know
    // of references to a row.
    let mut refused = 0;
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for (name, host) in projects() {
        for replay in replays(&host) {
            *shown.entry(replay.finding.rule.to_string()).or_default() += 1;
            if let Err(error) = client.batch_execute(&replay.sql) {
                client.batch_execute("ROLLBACK").unwrap();
                if name.starts_with("case R17 ") && error.code().is_some_and(|it| it.code() == "23503") {
                    refused += 1;
                    continue;
                }
                wrong.push(format!("{name}: {error:?}\n{}", replay.sql));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {shown:?}:\n{}", wrong.len(), wrong.join("\n\n"));
    assert_eq!(left(&mut client), before);
    // Which of the commands of the case it is depends on the solver's choice of rows.
    assert!(refused <= 4, "{refused} were refused");
    let least = [
        ("cross-tenant-reference", 100),
        ("cross-write", 20),
        ("role-separation", 4),
        ("soft-delete", 10),
        ("tenant-isolation", 40),
        ("write-restriction", 20),
    ];
    for (rule, least) in least {
        assert!(shown.get(rule).is_some_and(|count| *count >= least), "few of {rule}: {shown:?}");
    }
    println!("counterexamples shown by rule: {shown:?}");
}

#[test]
fn a_leak_that_is_mended_does_not_show() {
    let mut client = Database::create().connect();
    let (mut tried, mut silent) = (0, Vec::new());
    for (name, host) in projects() {
        for replay in replays(&host).into_iter().filter(|it| it.finding.rule.id() == "tenant-isolation") {
            // A restrictive policy that lets nothing through mends them all.
            let schema = format!("pgpe_replay_{}", replay.table.schema);
            let policy = format!(
                "CREATE POLICY mended ON {schema}.{} AS RESTRICTIVE USING (false);\n-- Session 1\n",
                replay.table.name
            );
            let mended = replay.sql.replacen("-- Session 1\n", &policy, 1);
            assert_ne!(mended, replay.sql);
            tried += 1;
            if client.batch_execute(&mended).is_ok() {
                silent.push(format!("{name}: {}", replay.finding.message));
            }
            client.batch_execute("ROLLBACK").unwrap();
        }
    }
    assert!(tried > 0);
    assert!(silent.is_empty(), "{} of {tried}:\n{}", silent.len(), silent.join("\n"));
}
