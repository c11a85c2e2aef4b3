//! What `why` says of a row and a session, against a real server: the outcome of each command is what it did.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "support/project.rs"]
#[allow(dead_code)]
mod project;

use pgpe_catalog::QualifiedName;
use pgpe_ide::Given;
use pgpe_report::why::Outcome;
use postgres::Client;
use postgres_server::Database;

const SCHEMA: &str = "
CREATE ROLE why_auditor;
CREATE TABLE boards (id int PRIMARY KEY, tenant text);
CREATE TABLE notes (id int PRIMARY KEY, tenant text, board int, hidden boolean);
";

const POLICIES: &str = "
POLICY own PERMISSIVE FOR SELECT, INSERT, UPDATE SELECTOR named('notes')
  CLAUSE col('tenant') = session('app.tenant_id')
  WITH CHECK CLAUSE col('tenant') = session('app.tenant_id') AND col('hidden') != lit(true)
POLICY by_board PERMISSIVE FOR DELETE SELECTOR named('notes')
  CLAUSE exists(rel(_, board, boards, id), {col('tenant') = session('app.tenant_id')})
POLICY audited PERMISSIVE FOR SELECT TO why_auditor SELECTOR named('notes') CLAUSE col('hidden') IS NULL
POLICY numbered RESTRICTIVE FOR ALL SELECTOR named('notes') CLAUSE col('id') > lit(0)
";

/// Columns after `id` and `tenant`: a board and whether it is hidden.
const ROWS: [[Option<&str>; 4]; 6] = [
    [Some("1"), Some("a"), Some("1"), Some("false")],
    [Some("1"), Some("a"), Some("2"), Some("true")],
    [Some("1"), Some("b"), Some("1"), None],
    [Some("1"), None, None, Some("false")],
    [Some("0"), Some("a"), Some("1"), Some("false")],
    [Some("1"), Some("a"), Some("9"), None],
];

const COLUMNS: [&str; 4] = ["id", "tenant", "board", "hidden"];

/// Roles and the tenant's setting; the setting may be missing.
const SESSIONS: [(&[&str], Option<&str>); 4] =
    [(&[], Some("a")), (&[], Some("c")), (&["why_auditor"], Some("c")), (&["why_auditor"], None)];

fn literal(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| format!("'{value}'"))
}

/// What a command does with the row.
fn done(
    client: &mut Client,
    command: &str,
    row: &[Option<&str>; 4],
    roles: &[&str],
    tenant: Option<&str>,
) -> Outcome {
    let values = row.map(literal).join(", ");
    client.batch_execute("BEGIN").unwrap();
    if command != "INSERT" {
        client.batch_execute(&format!("INSERT INTO notes VALUES ({values})")).unwrap();
    }
    let role = if roles.is_empty() { "why_nobody" } else { "why_holder" };
    client.batch_execute(&format!("SET LOCAL ROLE {role}")).unwrap();
    if let Some(tenant) = tenant {
        client.batch_execute(&format!("SET LOCAL app.tenant_id = '{tenant}'")).unwrap();
    }
    let statement = match command {
        "SELECT" => "SELECT FROM notes".to_owned(),
        "INSERT" => format!("INSERT INTO notes VALUES ({values})"),
        "DELETE" => "DELETE FROM notes".to_owned(),
        _ => format!("UPDATE notes SET tenant = {}", literal(row[1])),
    };
    let result = client.execute(&statement, &[]);
    client.batch_execute("ROLLBACK").unwrap();
    match (command, result) {
        (_, Err(error)) if error.code().is_some_and(|code| code.code() == "42704") => Outcome::Error,
        // The old row passed, and the new one did not.
        ("UPDATE old row", Err(_)) => Outcome::Passes,
        (_, Ok(1)) => Outcome::Passes,
        (_, Ok(0) | Err(_)) => Outcome::DoesNotPass,
        (_, Ok(many)) => panic!("{many} rows"),
    }
}

#[test]
fn outcomes_are_those_of_the_server() {
    let host = project::host(SCHEMA, POLICIES, "");
    let analysis = host.analysis();
    let compiled = analysis.compile(None).unwrap().to_sql();
    let database = Database::create();
    let mut client = database.connect();
    client.batch_execute(SCHEMA).unwrap();
    client.batch_execute(&compiled).unwrap();
    client
        .batch_execute(
            "INSERT INTO boards VALUES (1, 'a'), (2, 'b');
             CREATE ROLE why_nobody; CREATE ROLE why_holder IN ROLE why_auditor;
             GRANT ALL ON notes, boards TO why_nobody, why_holder",
        )
        .unwrap();
    // Once it was set, a setting is never missing again in its connection, but empty.
    let mut without_setting = database.connect();
    let table = |name: &str| QualifiedName::new("public", name);
    let (mut compared, mut passed, mut wrong) = (0, 0, Vec::new());
    for row in &ROWS {
        for (roles, tenant) in SESSIONS {
            let given = |value: Option<&str>| value.map(str::to_owned);
            let board = |id: &str, tenant: &str| {
                let columns = [("id", id), ("tenant", tenant)];
                (table("boards"), columns.map(|(name, value)| (name.to_owned(), given(Some(value)))).to_vec())
            };
            let given = Given {
                row: COLUMNS
                    .iter()
                    .zip(row)
                    .map(|(name, value)| ((*name).to_owned(), given(*value)))
                    .collect(),
                roles: roles.iter().map(|role| (*role).to_owned()).collect(),
                settings: tenant
                    .map(|tenant| ("app.tenant_id".to_owned(), tenant.to_owned()))
                    .into_iter()
                    .collect(),
                stored: vec![board("1", "a"), board("2", "b")],
            };
            let why = analysis.why(&table("notes"), &given).unwrap().unwrap();
            for (command, said) in &why.commands {
                // An UPDATE shows of the new row only what becomes of one whose old row passes.
                if command == "UPDATE new row" && why.commands["UPDATE old row"].outcome != Outcome::Passes {
                    continue;
                }
                let connection = if tenant.is_some() { &mut client } else { &mut without_setting };
                let did = done(connection, command, row, roles, tenant);
                compared += 1;
                passed += usize::from(did == Outcome::Passes);
                // Whether an error or another condition that is not satisfied comes first is PostgreSQL's to choose:
                // the row does not pass either way.
                let either =
                    tenant.is_none() && said.outcome == Outcome::DoesNotPass && did == Outcome::Error;
                if said.outcome != did && said.outcome != Outcome::Depends && !either {
                    wrong.push(format!(
                        "{row:?} {roles:?} {tenant:?} {command}: said {:?}, did {did:?}",
                        said.outcome
                    ));
                }
            }
        }
    }
    drop((client, without_setting));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 80 && passed > 10, "{compared} compared, {passed} passed");
}
