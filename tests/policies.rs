//! The example policy sets: what is found in them is what their pages say, and PostgreSQL does the rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "policies/hospital.rs"]
mod hospital;
#[path = "policies/leaky.rs"]
mod leaky;
#[path = "policies/saas.rs"]
mod saas;

// Each test uses its own part of it.
#[allow(dead_code)]
#[path = "support/project.rs"]
mod project;
#[path = "support/postgres.rs"]
mod server;

use std::path::{Path, PathBuf};

use pgpe_config::{Rule, Severity};
use pgpe_ide::{Checked, FileRole, Host};
use pgpe_project::{LoadedProject, Project};
use postgres::{Client, SimpleQueryMessage};

/// An example, read from its folder.
struct Example {
    files: LoadedProject,
    host: Host,
}

impl Example {
    fn load(name: &str) -> Example {
        Example::discover(name, None)
    }

    /// With another schema file of the same folder.
    fn load_with_schema(name: &str, schema: &str) -> Example {
        Example::discover(name, Some(&folder(name).join(schema)))
    }

    fn discover(name: &str, schema: Option<&Path>) -> Example {
        let files = Project::discover(&folder(name), None, schema).expect("the example can be read");
        assert!(files.unreadable.is_empty());
        let host = files.host();
        Example { files, host }
    }

    fn check(&self) -> Checked {
        project::check(&self.host.analysis())
    }

    fn sql(&self) -> String {
        self.host.analysis().compile(None).expect("nothing changes meanwhile").to_sql()
    }

    fn schema(&self) -> &str {
        let schema = self.files.files.iter().find(|file| file.role == FileRole::Schema);
        &schema.expect("the example has a schema").text
    }

    /// Its schema and its policies in a new database; a connection as superuser.
    fn install(&self) -> Client {
        let mut client = server::Database::create().connect();
        run(&mut client, self.schema());
        run(&mut client, &self.sql());
        client
    }

    /// Errors and warnings in the order of their places, a line each.
    fn complaints(&self, checked: &Checked) -> String {
        let severe = checked.findings.iter().filter(|finding| finding.severity >= Severity::Warning);
        let mut severe: Vec<_> = severe.collect();
        severe.sort_by_key(|finding| (&finding.place, finding.rule, &finding.table));
        let lines = severe.into_iter().map(|finding| {
            let place = finding.place.as_ref().map_or("nowhere".to_owned(), |place| {
                let text = &self.files.file(&place.file).expect("a file of the example").text;
                let line = text[..place.range.start as usize].matches('\n').count() + 1;
                format!("{}:{line}", place.file)
            });
            let table = finding.table.as_deref().unwrap_or("-").trim_start_matches("public.");
            let commands = finding.command.as_deref().unwrap_or("-");
            format!("{place} {} {} {table} {commands}\n", finding.severity, finding.rule)
        });
        lines.collect()
    }
}

/// Tables with the verdict on tenant isolation for SELECT, INSERT, UPDATE and DELETE, a line each.
fn isolation(checked: &Checked) -> String {
    let lines = checked.tables.iter().map(|table| {
        let verdicts = table.commands.values().map(|command| {
            command.verdicts.get(&Rule::TenantIsolation).map_or("-".to_owned(), ToString::to_string)
        });
        format!("{}: {}\n", table.table, verdicts.collect::<Vec<_>>().join(" "))
    });
    lines.collect()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(name)
}

fn read(name: &str, file: &str) -> String {
    std::fs::read_to_string(folder(name).join(file)).expect("the file can be read")
}

/// Runs a script.
fn run(client: &mut Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql) {
        panic!("{error:?}\n{sql}");
    }
}

/// Creates a role unless it is there: roles are the server's, and the tests' databases share them.
fn create_role(client: &mut Client, role: &str) {
    run(
        client,
        &format!(
            "DO $$ BEGIN CREATE ROLE {role};
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        ),
    );
}

/// The first column of a query's rows, as text.
fn column(client: &mut Client, sql: &str) -> Vec<String> {
    let messages = client.simple_query(sql).unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    let values = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
        _ => None,
    });
    values.collect()
}

/// How many rows a statement changes.
fn changed(client: &mut Client, sql: &str) -> u64 {
    client.execute(sql, &[]).unwrap_or_else(|error| panic!("{error:?}\n{sql}"))
}

/// Row-level security must refuse the statement.
fn refused(client: &mut Client, sql: &str) {
    let error = client.batch_execute(sql).expect_err(sql);
    let message = error.as_db_error().map(|error| error.message()).unwrap_or_default();
    assert!(message.contains("row-level security"), "{message}\n{sql}");
}

/// Names that begin a line of a table in an example's page, written as code.
fn rows_of_page(name: &str) -> Vec<String> {
    let page = read(name, "README.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned));
    rows.collect()
}

#[test]
fn every_example_is_formatted() {
    for name in ["saas", "hospital", "leaky"] {
        for file in Example::load(name).files.files {
            if file.role == FileRole::Policies {
                assert_eq!(
                    pgpe_syntax::format(&pgpe_syntax::parse(&file.text)),
                    file.text,
                    "{name}/{}",
                    file.path
                );
            }
        }
    }
}
