//! What passes on a server, for a grid of rows, sessions and roles: in one database with the original
//! policies, in another with what was imported and compiled in their place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use pgpe_sqlgen::{quote_identifier, quote_literal};
use postgres::{Client, SimpleQueryMessage};

use crate::postgres_server::Database;

/// A table as the server has it, with its rows as text.
struct Table {
    name: String,
    columns: Vec<String>,
    key: BTreeSet<String>,
    rows: Vec<Vec<Option<String>>>,
}

/// A session: its role, and settings that are not set where there is no value.
pub struct Session<'s> {
    pub role: &'s str,
    pub settings: Vec<(&'s str, Option<&'s str>)>,
}

/// What a statement came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Nothing was read or written, be it because of an error.
    nothing: bool,
    /// What was read, or what is stored afterwards.
    what: String,
}

/// The outcomes of all statements of all sessions.
pub type Outcomes = BTreeMap<String, Outcome>;

/// Runs every statement of the grid.
pub fn outcomes(database: &Database, sessions: &[Session<'_>]) -> Outcomes {
    let tables = tables(&mut database.connect());
    let mut outcomes = Outcomes::new();
    for session in sessions {
        // Once set, a setting is never missing again in a connection.
        let mut client = database.connect();
        let mut label = session.role.to_owned();
        for (setting, value) in &session.settings {
            let Some(value) = value else { continue };
            write!(label, " {setting}={value}").unwrap();
            client.execute("SELECT set_config($1, $2, false)", &[setting, value]).unwrap();
        }
        let mut probe = Probe { client, role: session.role, label, outcomes: &mut outcomes };
        for table in &tables {
            probe.table(table);
        }
    }
    outcomes
}

/// Statements that differ, and how many let something pass in the first database.
pub fn differences(original: &Outcomes, imported: &Outcomes) -> (Vec<String>, usize) {
    assert_eq!(original.len(), imported.len());
    let mut differences = Vec::new();
    for ((statement, one), other) in original.iter().zip(imported.values()) {
        let same = if one.nothing || other.nothing { one.nothing == other.nothing } else { one == other };
        if !same {
            differences.push(format!("{statement}\n  original: {one:?}\n  imported: {other:?}"));
        }
    }
    (differences, original.values().filter(|outcome| !outcome.nothing).count())
}

fn tables(client: &mut Client) -> Vec<Table> {
    let names = client
        .query(
            "SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY 2",
            &[],
        )
        .unwrap();
    let mut tables = Vec::new();
    for name in names {
        let (oid, name): (u32, String) = (name.get(0), name.get(1));
        let columns = client
            .query(
                "SELECT a.attname::text, coalesce(a.attnum = ANY (i.indkey), false) FROM pg_attribute a
                 LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
                 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
                &[&oid],
            )
            .unwrap();
        let key = columns.iter().filter(|it| it.get(1)).map(|it| it.get(0)).collect();
        let columns: Vec<String> = columns.iter().map(|it| it.get(0)).collect();
        let texts: Vec<String> = columns.iter().map(|it| format!("{}::text", quote_identifier(it))).collect();
        let rows = client.query(&format!("SELECT {} FROM {name} ORDER BY 1", texts.join(", ")), &[]).unwrap();
        let rows = rows.iter().map(|row| (0..columns.len()).map(|at| row.get(at)).collect()).collect();
        tables.push(Table { name, columns, key, rows });
    }
    tables
}

struct Probe<'p> {
    client: Client,
    role: &'p str,
    label: String,
    outcomes: &'p mut Outcomes,
}

impl Probe<'_> {
    fn table(&mut self, table: &Table) {
        let name = &table.name;
        self.read(&format!("SELECT t::text FROM {name} t ORDER BY 1"));
        self.write(name, "", &format!("DELETE FROM {name}"));
        let first = quote_identifier(&table.columns[0]);
        self.write(name, "", &format!("DELETE FROM {name} WHERE {first} IS NOT NULL"));
        for (at, column) in table.columns.iter().enumerate() {
            if table.key.contains(column) {
                continue;
            }
            let mut values: Vec<&Option<String>> = table.rows.iter().map(|row| &row[at]).collect();
            values.push(&None);
            values.sort();
            values.dedup();
            for value in values {
                self.column(table, at, value);
            }
        }
        for row in &table.rows {
            self.insert(table, row);
        }
    }

    /// Writes a value into a column: of all rows without reading, of each row, and of each as a new row.
    fn column(&mut self, table: &Table, at: usize, value: &Option<String>) {
        let (name, column) = (&table.name, quote_identifier(&table.columns[at]));
        let set = format!("UPDATE {name} SET {column} = {}", literal(value));
        self.write(name, "", &set);
        for row in &table.rows {
            self.write(name, "", &format!("{set} WHERE {}", table.only(row)));
            let mut new = row.clone();
            new[at].clone_from(value);
            if new != *row {
                self.insert(table, &new);
            }
        }
    }

    /// Writes a row anew in the place of the one with its key.
    fn insert(&mut self, table: &Table, row: &[Option<String>]) {
        let values: Vec<String> = row.iter().map(literal).collect();
        let before = format!("DELETE FROM {} WHERE {}", table.name, table.only(row));
        let insert = format!("INSERT INTO {} VALUES ({})", table.name, values.join(", "));
        self.write(&table.name, &before, &insert);
    }

    fn read(&mut self, statement: &str) {
        self.begin("");
        let outcome = match self.client.simple_query(statement) {
            Ok(messages) => {
                let rows: Vec<String> = messages
                    .iter()
                    .filter_map(|message| match message {
                        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                        _ => None,
                    })
                    .collect();
                Outcome { nothing: rows.is_empty(), what: rows.join("\n") }
            }
            Err(error) => error_outcome(&error),
        };
        self.end(statement, outcome);
    }

    fn write(&mut self, table: &str, before: &str, statement: &str) {
        self.begin(before);
        let outcome = match self.client.execute(statement, &[]) {
            Ok(0) => Outcome { nothing: true, what: String::new() },
            Ok(count) => {
                self.client.batch_execute("SET LOCAL ROLE NONE").unwrap();
                let all = format!("SELECT t::text FROM {table} t ORDER BY 1");
                let rows = self.client.query(&all, &[]).unwrap();
                let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
                Outcome { nothing: false, what: format!("{count} rows, then:\n{}", rows.join("\n")) }
            }
            Err(error) => error_outcome(&error),
        };
        self.end(statement, outcome);
    }

    /// Without triggers, so that foreign keys keep nothing from being tried.
    fn begin(&mut self, before: &str) {
        let role = quote_identifier(self.role);
        let start =
            format!("BEGIN; SET LOCAL session_replication_role = replica; {before}; SET LOCAL ROLE {role}");
        self.client.batch_execute(&start).unwrap();
    }

    fn end(&mut self, statement: &str, outcome: Outcome) {
        self.client.batch_execute("ROLLBACK").unwrap();
        self.outcomes.insert(format!("{}: {statement}", self.label), outcome);
    }
}

impl Table {
    /// A condition for the row with the key of this one.
    fn only(&self, row: &[Option<String>]) -> String {
        let columns = self.columns.iter().zip(row).filter(|(column, _)| self.key.contains(*column));
        let equal =
            columns.map(|(column, value)| format!("{} = {}", quote_identifier(column), literal(value)));
        equal.collect::<Vec<_>>().join(" AND ")
    }
}

/// Errors of policies and of what they evaluate let nothing pass; any other is a mistake of the test.
fn error_outcome(error: &postgres::Error) -> Outcome {
    let code = error.code().map(|code| code.code()).unwrap_or_default();
    // Refused by a policy, setting missing, text that is no value of a type, NOT NULL.
    assert!(["42501", "42704", "22P02", "23502"].contains(&code), "{error:?}");
    Outcome { nothing: true, what: code.to_owned() }
}

fn literal(value: &Option<String>) -> String {
    value.as_ref().map_or("NULL".to_owned(), |value| quote_literal(value))
}
