//! A counterexample's script as a whole.

use std::collections::BTreeSet;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_proof::counterexample::Counterexample;
use pgpe_proof::judge::{Violation, ViolationKind};
use pgpe_proof::world::{Side, World};
use pgpe_report::Finding;
use pgpe_sqlgen::{comment_text, compile_policy, dollar_quoted, quote_identifier, quote_qualified};

use super::definitions::{self, MARK, OWN_SCHEMA, literal};
use super::rows::{Completing, Planned, Texts};
use super::scratch::{Scratch, move_policy, moved};
use super::sessions::{self, Expected, Step};

/// A counterexample to be written as SQL.
pub(crate) struct Replaying<'a> {
    pub(crate) world: &'a dyn World,
    pub(crate) session: pgpe_config::Session,
    pub(crate) table: &'a QualifiedName,
    pub(crate) violation: &'a Violation,
    pub(crate) counterexample: &'a Counterexample,
}

impl Replaying<'_> {
    /// The script; `None` if a table is not in the schema.
    pub(crate) fn script(&self, finding: &Finding) -> Option<String> {
        let shown = self.counterexample;
        let tables = shown.witnesses.iter().map(|(table, _)| table.clone()).chain([self.table.clone()]);
        let scratch = Scratch::of(self.world, tables)?;
        let rows = self.rows(&scratch);
        let written = rows.iter().find(|row| row.written).map_or_else(Texts::new, |row| row.values.clone());
        let steps = self.steps();

        let mut lines = vec![
            format!("-- {} ({})", comment_text(&finding.message), finding.rule),
            format!("-- Expected: {}", comment_text(&self.expectation())),
            "BEGIN;".to_owned(),
            "SET LOCAL client_min_messages = warning;".to_owned(),
            // An error is told by its words below.
            "SET LOCAL lc_messages = 'C';".to_owned(),
        ];
        lines.extend(definitions::tables(&scratch));
        lines.extend(stored(&rows));
        lines.extend(definitions::references(&scratch));
        if !scratch.functions.is_empty() {
            lines.push("-- These stand in for functions whose bodies are not known.".to_owned());
        }
        lines.extend(scratch.functions.iter().map(|it| definitions::function(&scratch, it, None)));
        lines.extend(sessions::roles(&scratch, shown.sessions.iter()));
        lines.extend(self.policies(&scratch));
        lines.extend(self.only_marked());
        lines.extend(grants(&scratch));
        for step in &steps {
            let failure = format!("session {}: not as expected: {}", step.number, self.expectation());
            lines.extend(step.write(&scratch, self.table, &written, &failure));
        }
        lines.push("ROLLBACK;".to_owned());
        Some(lines.join("\n") + "\n")
    }

    /// What each session does.
    pub(crate) fn steps(&self) -> Vec<Step<'_>> {
        let Counterexample { command, side, sessions, let_in, .. } = self.counterexample;
        let step = |index: usize, command: Command, side: Side| {
            let expected = Expected::Reached;
            sessions.get(index).map(|session| Step {
                number: index + 1,
                session,
                command,
                side,
                expected,
                keep: false,
            })
        };
        let steps: Vec<Option<Step<'_>>> = match &self.violation.kind {
            ViolationKind::CrossWrite => {
                vec![step(0, *command, *side), step(1, Command::Select, Side::Using)]
            }
            ViolationKind::UnreadableWrite => {
                let read = step(0, Command::Select, Side::Using);
                vec![step(0, *command, *side), read.map(|it| Step { expected: Expected::Unseen, ..it })]
            }
            _ => (0..sessions.len())
                .filter(|index| *index == 0 || let_in.get(*index).is_some_and(Option::is_some))
                .filter(|index| {
                    *index == 0 || !matches!(self.violation.kind, ViolationKind::ForeignReference(_))
                })
                .map(|index| step(index, *command, *side))
                .collect(),
        };
        let keeps = matches!(self.violation.kind, ViolationKind::CrossWrite | ViolationKind::UnreadableWrite);
        steps.into_iter().flatten().map(|step| Step { keep: keeps, ..step }).collect()
    }

    /// What is seen, in a sentence.
    pub(crate) fn expectation(&self) -> String {
        let Counterexample { command, side, .. } = self.counterexample;
        let table = self.table;
        let reach = match (command, side) {
            (Command::Select, _) => format!("reads the row of {table}"),
            (Command::Insert, _) => format!("inserts the row into {table}"),
            (Command::Delete, _) => format!("deletes the row of {table}"),
            (Command::Update, Side::Using) => format!("reaches the row of {table} by UPDATE"),
            (Command::Update, Side::Check) => format!("changes a row of {table} into this one"),
        };
        match &self.violation.kind {
            ViolationKind::ForeignRows(_) => format!("session 1 {reach}, which is not its own"),
            ViolationKind::CrossWrite => {
                format!("session 1 {reach}, and session 2, of another tenant, reads it")
            }
            ViolationKind::ForeignReference(_) => {
                format!("session 1 {reach}, which refers to a row of another tenant")
            }
            ViolationKind::UnreadableWrite => format!("session 1 {reach}, and does not see it afterwards"),
            ViolationKind::DeletedVisible(column) => {
                format!("session 1 {reach}, which {column} marks as deleted")
            }
            _ => format!("each session {reach}"),
        }
    }

    /// The rows, completed. Those that are there beforehand come without `written`.
    fn rows(&self, scratch: &Scratch<'_>) -> Vec<Planned> {
        let shown = self.counterexample;
        let settings = shown.sessions.iter().flat_map(|session| session.settings.values().cloned());
        let mut completing = Completing::new(scratch, settings.collect::<BTreeSet<String>>());
        let row = completing.texts(self.table, &shown.row);
        let writes = shown.side == Side::Check;
        let mut rows =
            vec![Planned { table: self.table.clone(), values: row, written: writes, marked: true }];
        for (table, witness) in &shown.witnesses {
            let values = completing.texts(table, witness);
            match rows.iter_mut().find(|known| !known.written && shares_key(scratch, known, table, &values)) {
                // A witness may be the row itself.
                Some(known) => known.values.extend(values),
                None => rows.push(Planned { table: table.clone(), values, written: false, marked: false }),
            }
        }
        if writes && shown.command == Command::Update {
            completing.complete(&mut rows);
            let values = self.replaced(scratch, &mut completing, &mut rows);
            rows.push(Planned { table: self.table.clone(), values, written: false, marked: true });
        }
        completing.complete(&mut rows);
        rows
    }

    /// The row that the written one replaces, taken out of the others. What is not said of it does not change.
    fn replaced(
        &self,
        scratch: &Scratch<'_>,
        completing: &mut Completing<'_>,
        rows: &mut Vec<Planned>,
    ) -> Texts {
        let new = rows.first().map_or_else(Texts::new, |row| row.values.clone());
        let old = self.counterexample.old_row.as_ref().map(|row| completing.texts(self.table, row));
        let mut take = |values: &Texts| {
            let stored = |row: &Planned| !row.written && shares_key(scratch, row, self.table, values);
            rows.iter().position(stored).map(|at| rows.remove(at).values)
        };
        let mut values = new.clone();
        // A stored row with the key of the new one can only be the old one.
        if let Some(witness) = take(&new) {
            values.extend(witness);
            return values;
        }
        let old = old.unwrap_or_default();
        values.extend(old.clone());
        values.extend(take(&values).unwrap_or_default());
        values.extend(old);
        values
    }

    fn policies(&self, scratch: &Scratch<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        for name in scratch.tables.keys() {
            let policies = scratch.policies(name);
            let table = moved(name);
            if self.world.governed(name).is_some() {
                for word in ["ENABLE", "FORCE"] {
                    let table = quote_qualified(&table);
                    lines.push(format!("ALTER TABLE {table} {word} ROW LEVEL SECURITY;"));
                }
            }
            for policy in policies {
                let compiled =
                    compile_policy(&table, &move_policy(policy), self.world.catalog(), self.session);
                lines.extend(compiled.into_iter().map(|policy| policy.statement));
            }
        }
        let shown = self.counterexample;
        let any_row = shown.command == Command::Update && shown.side == Side::Check;
        if any_row && shown.old_row.is_none() {
            lines.push(
                "-- What is shown is about the new row alone: any row may be replaced by it.".to_owned(),
            );
            lines.push(format!(
                "CREATE POLICY pgpe_replay_any_row ON {} FOR UPDATE USING (true) WITH CHECK (false);",
                quote_qualified(&moved(self.table))
            ));
        }
        lines
    }

    /// UPDATE and DELETE have no condition, which would have the policies for SELECT applied too; so other
    /// rows are kept out of it by a trigger.
    fn only_marked(&self) -> Vec<String> {
        if !matches!(self.counterexample.command, Command::Update | Command::Delete) {
            return Vec::new();
        }
        let body = format!(
            "BEGIN IF OLD.{MARK} IS DISTINCT FROM 1 THEN RETURN NULL; END IF; \
             IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END"
        );
        vec![
            "-- Statements without a condition concern the row that matters alone.".to_owned(),
            format!(
                "CREATE FUNCTION {OWN_SCHEMA}.only_marked() RETURNS trigger LANGUAGE plpgsql AS {};",
                dollar_quoted(&body)
            ),
            format!(
                "CREATE TRIGGER pgpe_replay_only_marked BEFORE UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION {OWN_SCHEMA}.only_marked();",
                quote_qualified(&moved(self.table))
            ),
        ]
    }
}

/// Stores the rows that are there beforehand.
fn stored(rows: &[Planned]) -> Vec<String> {
    let insert = |row: &Planned| {
        let marked = [(MARK.to_owned(), "1".to_owned())].into_iter().filter(|_| row.marked);
        let values =
            row.values.iter().map(|(name, value)| (quote_identifier(name), literal(value.as_deref())));
        let (names, values): (Vec<String>, Vec<String>) = marked.chain(values).unzip();
        let table = quote_qualified(&moved(&row.table));
        if names.is_empty() {
            return format!("INSERT INTO {table} DEFAULT VALUES;");
        }
        format!("INSERT INTO {table} ({}) VALUES ({});", names.join(", "), values.join(", "))
    };
    rows.iter().filter(|row| !row.written).map(insert).collect()
}

/// Whether a row of a table shares a key with another.
fn shares_key(scratch: &Scratch<'_>, known: &Planned, table: &QualifiedName, values: &Texts) -> bool {
    let Some(relation) = scratch.tables.get(table) else { return false };
    let shares = |column: &String| {
        let values = (known.values.get(column), values.get(column));
        matches!(values, (Some(Some(left)), Some(Some(right))) if left == right)
    };
    known.table == *table && relation.proof_keys().any(|key| key.columns.iter().all(shares))
}

fn grants(scratch: &Scratch<'_>) -> Vec<String> {
    let mut schemas: BTreeSet<String> =
        scratch.tables.keys().map(|name| moved(name).schema.to_string()).collect();
    let (enums, domains) = scratch.types();
    schemas.extend(enums.iter().chain(&domains).map(|name| moved(name).schema.to_string()));
    schemas.extend(scratch.functions.iter().map(|function| function.name.schema.to_string()));
    schemas.insert(OWN_SCHEMA.to_owned());
    let grant = |schema: &String| {
        let schema = quote_identifier(schema);
        [
            format!("GRANT USAGE ON SCHEMA {schema} TO PUBLIC;"),
            format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO PUBLIC;"),
        ]
    };
    schemas.iter().flat_map(grant).collect()
}
