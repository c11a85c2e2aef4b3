//! What the sessions of a replay do, and what must be seen of it.

use pgpe_catalog::{Command, QualifiedName};
use pgpe_proof::evaluator::Session;
use pgpe_proof::world::Side;
use pgpe_sqlgen::{dollar_quoted, quote_identifier, quote_literal, quote_qualified};

use super::definitions::{self, MARK, literal};
use super::rows::Texts;
use super::scratch::{Scratch, moved};

/// What must come of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It reaches the row.
    Reached,
    /// It does not see the row.
    Unseen,
}

/// One session's statement.
pub(crate) struct Step<'a> {
    /// The session's number, from 1.
    pub(crate) number: usize,
    pub(crate) session: &'a Session,
    pub(crate) command: Command,
    pub(crate) side: Side,
    pub(crate) expected: Expected,
    /// What it has done stays for the next one.
    pub(crate) keep: bool,
}

/// The role that a session has.
pub(super) fn role(number: usize) -> String {
    format!("pgpe_replay_session_{number}")
}

/// Roles that policies name, and one for each session that has their privileges.
pub(super) fn roles<'s>(scratch: &Scratch<'_>, sessions: impl Iterator<Item = &'s Session>) -> Vec<String> {
    let sessions: Vec<&Session> = sessions.collect();
    let mut named = scratch.roles.clone();
    named.extend(sessions.iter().flat_map(|session| session.roles.iter().cloned()));
    let mut lines = Vec::new();
    for role in &named {
        let create = format!(
            "BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {}) THEN CREATE ROLE {}; END IF; END",
            quote_literal(role),
            quote_identifier(role)
        );
        lines.push(format!("DO {};", dollar_quoted(&create)));
    }
    for (index, session) in sessions.iter().enumerate() {
        let name = role(index + 1);
        lines.push(format!("CREATE ROLE {name};"));
        lines.extend(
            session.roles.iter().map(|granted| format!("GRANT {} TO {name};", quote_identifier(granted))),
        );
    }
    lines
}

impl Step<'_> {
    /// The session's part of the script.
    pub(super) fn write(
        &self,
        scratch: &Scratch<'_>,
        table: &QualifiedName,
        written: &Texts,
        failure: &str,
    ) -> Vec<String> {
        let table = quote_qualified(&moved(table));
        let savepoint = role(self.number);
        let mut lines = vec![format!("-- Session {}", self.number)];
        if !self.keep {
            lines.push(format!("SAVEPOINT {savepoint};"));
        }
        lines.extend(
            scratch.functions.iter().map(|it| definitions::function(scratch, it, Some(self.session))),
        );
        lines.extend(self.session.settings.iter().map(|(key, value)| {
            format!("SELECT set_config({}, {}, true);", quote_literal(key), quote_literal(value))
        }));
        lines.push(format!("SET LOCAL ROLE {};", role(self.number)));
        if self.command == Command::Select && self.expected == Expected::Reached {
            lines.push(format!("SELECT * FROM {table} WHERE {MARK} = 1;"));
        }
        lines.push(format!("DO {};", dollar_quoted(&self.body(&table, written, failure))));
        lines.push("RESET ROLE;".to_owned());
        if !self.keep {
            lines.push(format!("ROLLBACK TO SAVEPOINT {savepoint};"));
        }
        lines
    }

    fn body(&self, table: &str, written: &Texts, failure: &str) -> String {
        let (statement, handler) = self.statement(table, written);
        let wanted = if self.expected == Expected::Reached { 1 } else { 0 };
        format!(
            "\nDECLARE reached bigint;\nBEGIN\n  BEGIN\n    {statement}{handler}\n  END;\n  \
             IF reached <> {wanted} THEN RAISE EXCEPTION USING MESSAGE = {}; END IF;\nEND\n",
            quote_literal(failure)
        )
    }

    /// Statements that set `reached`, and what is made of their errors. Where they write, they read no column,
    /// so that the policies for SELECT have no say.
    fn statement(&self, table: &str, written: &Texts) -> (String, &'static str) {
        let count = "GET DIAGNOSTICS reached = ROW_COUNT;";
        match (self.command, self.side) {
            (Command::Select, _) => (
                format!("SELECT count(*) INTO reached FROM {table} WHERE {MARK} = 1;"),
                match self.expected {
                    Expected::Reached => "",
                    // A setting that is missing or can't be cast.
                    Expected::Unseen => {
                        "\n  EXCEPTION WHEN data_exception OR undefined_object THEN\n    reached := 0;"
                    }
                },
            ),
            (Command::Insert, _) => {
                let values =
                    written.iter().map(|(name, value)| (quote_identifier(name), literal(value.as_deref())));
                let mark = std::iter::once((MARK.to_owned(), "1".to_owned()));
                let (names, values): (Vec<String>, Vec<String>) = mark.chain(values).unzip();
                let (names, values) = (names.join(", "), values.join(", "));
                (format!("INSERT INTO {table} ({names}) VALUES ({values});\n    {count}"), "")
            }
            (Command::Delete, _) => (format!("DELETE FROM {table};\n    {count}"), ""),
            (Command::Update, Side::Using) => (
                format!("UPDATE {table} SET {MARK} = 1;\n    {count}"),
                // The row was found; what may be written to it is another matter.
                "\n  EXCEPTION WHEN insufficient_privilege THEN\n    IF SQLERRM NOT LIKE 'new row violates%' THEN \
                 RAISE; END IF;\n    reached := 1;",
            ),
            (Command::Update, Side::Check) => {
                let set: Vec<String> = written
                    .iter()
                    .map(|(name, value)| {
                        format!("{} = {}", quote_identifier(name), literal(value.as_deref()))
                    })
                    .chain([format!("{MARK} = 1")])
                    .collect();
                (format!("UPDATE {table} SET {};\n    {count}", set.join(", ")), "")
            }
        }
    }
}
