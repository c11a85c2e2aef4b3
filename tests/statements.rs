//! Which statements work, against a real server: every statement is tried for every session and every pair of
//! rows of a small table, and what is said of the forms must be what was seen.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "support/project.rs"]
#[allow(dead_code)]
mod project;

use std::collections::HashMap;
use std::time::Duration;

use pgpe_catalog::QualifiedName;
use pgpe_report::statements::{StatementOutcome, Statements};
use postgres::Client;
use postgres_server::Database;

const SCHEMA: &str = "CREATE TABLE notes (id int PRIMARY KEY, tenant text, hidden boolean);";

const OWN: &str = "col('tenant') = session('app.tenant_id')";
const SHOWN: &str = "col('hidden') = lit(false)";

/// Policy sets under which statements come out differently.
fn policy_sets() -> Vec<String> {
    let policy = |name: &str, kind: &str, commands: &str, clauses: &str| {
        format!("POLICY {name} {kind} FOR {commands} SELECTOR named('notes') CLAUSE {clauses}\n")
    };
    let own = policy("own", "PERMISSIVE", "ALL", OWN);
    vec![
        own.clone(),
        own.clone() + &policy("shown", "RESTRICTIVE", "SELECT", SHOWN),
        own.clone() + &policy("shown", "RESTRICTIVE", "ALL", SHOWN),
        own.clone() + &policy("locked", "RESTRICTIVE", "UPDATE", SHOWN),
        own.clone() + &policy("kept", "RESTRICTIVE", "DELETE", SHOWN),
        policy("read", "PERMISSIVE", "SELECT", OWN),
        policy("write", "PERMISSIVE", "INSERT", OWN),
        policy("read", "PERMISSIVE", "SELECT", &format!("{OWN} AND {SHOWN}"))
            + &policy("change", "PERMISSIVE", "UPDATE", &format!("{OWN} WITH CHECK CLAUSE {SHOWN}"))
            + &policy("remove", "PERMISSIVE", "DELETE", "col('hidden') IS NULL"),
        policy("all", "PERMISSIVE", "SELECT, INSERT", "col('id') IS NOT NULL")
            + &policy("change", "PERMISSIVE", "UPDATE, DELETE", OWN),
    ]
}

/// What a statement did with the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Did {
    Work,
    LeaveOut,
    Refuse,
}

/// The forms by their SQL, each as a statement with `$tenant` and `$hidden` for what is written, and the form that
/// stands for its own command's policies alone.
const FORMS: [(&str, &str, Option<&str>); 13] = [
    ("SELECT", "SELECT FROM notes", None),
    ("SELECT … FOR UPDATE", "SELECT FROM notes FOR UPDATE", Some("SELECT")),
    ("INSERT", "INSERT INTO notes VALUES (2, $tenant, $hidden)", None),
    ("INSERT … RETURNING", "INSERT INTO notes VALUES (2, $tenant, $hidden) RETURNING id", Some("INSERT")),
    (
        "INSERT … ON CONFLICT (…) DO NOTHING",
        "INSERT INTO notes VALUES (2, $tenant, $hidden) ON CONFLICT (id) DO NOTHING",
        Some("INSERT"),
    ),
    (
        "INSERT … ON CONFLICT (…) DO UPDATE",
        "INSERT INTO notes VALUES (1, $tenant, $hidden) ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, hidden = excluded.hidden",
        None,
    ),
    ("UPDATE without reading a column", "UPDATE notes SET tenant = $tenant, hidden = $hidden", None),
    (
        "UPDATE … WHERE",
        "UPDATE notes SET tenant = $tenant, hidden = $hidden WHERE id = 1",
        Some("UPDATE without reading a column"),
    ),
    ("DELETE without reading a column", "DELETE FROM notes", None),
    ("DELETE … WHERE", "DELETE FROM notes WHERE id = 1", Some("DELETE without reading a column")),
    (
        "MERGE … WHEN MATCHED THEN UPDATE",
        "MERGE INTO notes USING (SELECT 1 AS id) s ON notes.id = s.id WHEN MATCHED THEN UPDATE SET tenant = $tenant, hidden = $hidden",
        None,
    ),
    (
        "MERGE … WHEN MATCHED THEN DELETE",
        "MERGE INTO notes USING (SELECT 1 AS id) s ON notes.id = s.id WHEN MATCHED THEN DELETE",
        Some("SELECT"),
    ),
    (
        "MERGE … WHEN NOT MATCHED THEN INSERT",
        "MERGE INTO notes USING (SELECT 2 AS id) s ON notes.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (2, $tenant, $hidden)",
        None,
    ),
];

const VALUES: [(&str, &str); 5] =
    [("'a'", "true"), ("'a'", "false"), ("'a'", "NULL"), ("'b'", "false"), ("NULL", "false")];

/// Runs a statement on a table with the old row alone, and takes it back.
fn run(client: &mut Client, old: (&str, &str), new: (&str, &str), statement: &str) -> Did {
    let insert =
        format!("BEGIN; INSERT INTO notes VALUES (1, {}, {}); SET LOCAL ROLE statement_user", old.0, old.1);
    client.batch_execute(&insert).unwrap();
    client.batch_execute("SET LOCAL app.tenant_id = 'a'").unwrap();
    let statement = statement.replace("$tenant", new.0).replace("$hidden", new.1);
    let did = match client.execute(&statement, &[]) {
        Ok(0) => Did::LeaveOut,
        Ok(_) => Did::Work,
        Err(error) => {
            assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{statement}: {error:?}");
            Did::Refuse
        }
    };
    client.batch_execute("ROLLBACK").unwrap();
    did
}

/// What is said of the forms.
fn said(policies: &str) -> (String, Statements) {
    let host =
        project::host(SCHEMA, policies, "isolation: [{ key: \"session('app.tenant_id')\", owner: tenant }]");
    let analysis = host.analysis();
    let table = QualifiedName::new("public", "notes");
    let mut outcomes = HashMap::new();
    loop {
        let (statements, open) = analysis
            .statements(&table, &|obligation| outcomes.get(&obligation.hash).cloned())
            .unwrap()
            .expect("the table");
        if open.is_empty() {
            return (analysis.compile(None).unwrap().to_sql(), statements);
        }
        for obligation in open {
            let outcome = pgpe_prover::solve(&obligation, Duration::from_secs(5));
            outcomes.insert(obligation.hash, outcome);
        }
    }
}

#[test]
fn statements_come_out_as_is_said() {
    let mut wrong = Vec::new();
    for policies in policy_sets() {
        let (compiled, statements) = said(&policies);
        let database = Database::create();
        let mut client = database.connect();
        client.batch_execute(SCHEMA).unwrap();
        client.batch_execute(&compiled).unwrap();
        client
            .batch_execute(
                "DO $$ BEGIN CREATE ROLE statement_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                 GRANT ALL ON notes TO statement_user",
            )
            .unwrap();
        let mut seen: HashMap<&str, Vec<Did>> = HashMap::new();
        for old in VALUES {
            for new in VALUES {
                for (form, statement, _) in FORMS {
                    seen.entry(form).or_default().push(run(&mut client, old, new, statement));
                }
            }
        }
        for (form, _, own) in FORMS {
            let told = statements.forms.iter().find(|told| told.statement == form).expect(form);
            let did = &seen[form];
            let works = did.contains(&Did::Work);
            let mut differs = works == (told.outcome == StatementOutcome::Never)
                || told.outcome == StatementOutcome::Unknown;
            if let Some(own) = own {
                let fails = |as_told: Did| {
                    seen[own].iter().zip(did).any(|(own, did)| *own == Did::Work && *did == as_told)
                };
                differs |= fails(Did::Refuse) != told.refused.is_some();
                differs |= fails(Did::LeaveOut) != told.left_out.is_some();
            }
            if differs {
                wrong.push(format!("{policies}{form}: said {told:#?}\nseen {did:?}"));
            }
        }
        drop(client);
    }
    let mut client = Database::create().connect();
    client.batch_execute("DROP ROLE IF EXISTS statement_user").ok();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
