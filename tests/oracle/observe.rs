//! What the server lets through: every session, command and row of a case.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pgpe_catalog::Command;
use serde_json::Value;

use crate::case::{Case, Row};
use crate::server::{Attempt, Outcome, Stage, as_superuser, then, with_rows};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Seen {
    Passes,
    Denied,
    Error,
}

/// A written row, and who sees it afterwards.
#[derive(Debug, Clone)]
pub struct Write {
    pub session: usize,
    pub command: Command,
    pub table: usize,
    pub row: Row,
    pub rid: i32,
    /// The row that it replaces.
    pub old: Option<usize>,
    /// By session; only those that have all settings.
    pub readers: Vec<(usize, Seen)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// No column is read, so that SELECT policies play no part.
    Blind,
    /// RETURNING reads a column.
    Reading,
}

/// An attempt to change a row: whether the old and the new row pass. `None`: not known.
#[derive(Debug, Clone)]
pub struct Change {
    pub session: usize,
    pub table: usize,
    pub form: Form,
    pub old: Option<usize>,
    /// `None`: the old row with another `mark`.
    pub new: Option<Row>,
    pub seen_old: Option<Seen>,
    pub seen_new: Option<Seen>,
    /// An error that either row may have caused.
    pub error: Option<String>,
}

#[derive(Debug, Default)]
pub struct Observed {
    /// Whether stored rows pass USING, by session, table, command, form and index of the row.
    pub stored: HashMap<(usize, usize, Command, Form, usize), Seen>,
    pub changes: Vec<Change>,
    pub writes: Vec<Write>,
    /// Messages of errors, by session.
    pub errors: BTreeMap<usize, BTreeSet<String>>,
}

enum Asked {
    Select(usize, usize),
    Delete(usize, usize, Form),
    /// UPDATE of `mark` in all rows.
    Mark(usize, usize, Form),
    Insert(usize, usize, Form, i32, Row),
    Update(usize, usize, usize, i32, Row),
}

impl Asked {
    fn session(&self) -> usize {
        match self {
            Asked::Select(session, ..)
            | Asked::Delete(session, ..)
            | Asked::Mark(session, ..)
            | Asked::Insert(session, ..)
            | Asked::Update(session, ..) => *session,
        }
    }
}

/// Positions of the sessions that have all settings: they can be taken on at any time.
pub fn complete_sessions(case: &Case) -> Vec<usize> {
    let all = case.sessions.iter().enumerate();
    all.filter(|(_, session)| session.settings.iter().all(Option::is_some)).map(|(at, _)| at).collect()
}

/// Tries everything on some tables. `kept`: the rows that are stored.
pub fn observe(stage: &mut Stage<'_>, tables: &[usize], kept: &[usize]) -> Observed {
    let case = stage.case;
    let readers = complete_sessions(case);
    let mut jobs = Vec::new();
    let mut asked = Vec::new();
    for session in 0..case.sessions.len() {
        for table in tables {
            ask(stage, session, *table, kept, &readers, &mut jobs, &mut asked);
        }
    }
    let attempts = stage.attempts(&jobs);
    let mut observed = Observed::default();
    for (asked, attempt) in asked.iter().zip(&attempts) {
        for outcome in
            std::iter::once(&attempt.outcome).chain(attempt.rows.iter().map(|single| &single.outcome))
        {
            if let Outcome::Error(message) = outcome {
                observed.errors.entry(asked.session()).or_default().insert(message.clone());
            }
        }
        observed.read(asked, attempt, kept, case, &readers);
    }
    observed
}

fn ask(
    stage: &Stage<'_>,
    at: usize,
    table: usize,
    kept: &[usize],
    readers: &[usize],
    jobs: &mut Vec<Value>,
    asked: &mut Vec<Asked>,
) {
    let case = stage.case;
    let session = &case.sessions[at];
    let name = &case.tables[table].name;
    let stored: Vec<i32> =
        kept.iter().filter(|row| case.rows[**row].table == table).map(|row| *row as i32).collect();
    let one = |sql: &str| {
        stored.iter().map(|rid| stage.statement_on(session, table, *rid, sql)).collect::<Vec<Value>>()
    };
    let select = format!("SELECT array_agg(rid) FROM {name}");
    let single =
        stored.iter().map(|rid| stage.query(session, &format!("{select} WHERE rid = {rid}"))).collect();
    jobs.push(with_rows(stage.query(session, &select), single));
    asked.push(Asked::Select(at, table));

    let delete = format!("DELETE FROM {name}");
    let left = as_superuser(&select);
    jobs.push(then(with_rows(stage.statement(session, &delete), one(&delete)), vec![left]));
    asked.push(Asked::Delete(at, table, Form::Blind));
    jobs.push(
        stage.query(session, &format!("WITH x AS ({delete} RETURNING rid) SELECT array_agg(rid) FROM x")),
    );
    asked.push(Asked::Delete(at, table, Form::Reading));

    let update = format!("UPDATE {name} SET mark = 1");
    let marked = as_superuser(&format!("{select} WHERE mark = 1"));
    jobs.push(then(with_rows(stage.statement(session, &update), one(&update)), vec![marked]));
    asked.push(Asked::Mark(at, table, Form::Blind));
    jobs.push(
        stage.query(session, &format!("WITH x AS ({update} RETURNING rid) SELECT array_agg(rid) FROM x")),
    );
    asked.push(Asked::Mark(at, table, Form::Reading));

    // What a reader sets is never missing again.
    let readers = if session.settings.iter().all(Option::is_some) { readers } else { &[] };
    let reading = |rid: i32| -> Vec<Value> {
        let sql = format!("{select} WHERE rid = {rid}");
        readers.iter().map(|reader| stage.query(&case.sessions[*reader], &sql)).collect()
    };
    for (rid, row) in case.new_rows_of(table) {
        let insert = stage.insert(row, rid);
        jobs.push(then(stage.statement(session, &insert), reading(rid)));
        asked.push(Asked::Insert(at, table, Form::Blind, rid, row.clone()));
        let returning = format!("WITH x AS ({insert} RETURNING rid) SELECT array_agg(rid) FROM x");
        jobs.push(stage.query(session, &returning));
        asked.push(Asked::Insert(at, table, Form::Reading, rid, row.clone()));
    }
    for (number, (old, row)) in case.updates.iter().enumerate() {
        if row.table == table && kept.contains(old) {
            let rid = 2000 + number as i32;
            let sql =
                format!("UPDATE {name} SET ({}) = ROW({})", stage.columns(table), stage.values(row, rid));
            jobs.push(then(stage.statement_on(session, table, *old as i32, &sql), reading(rid)));
            asked.push(Asked::Update(at, table, *old, rid, row.clone()));
        }
    }
}

pub fn seen(outcome: &Outcome, rid: i32) -> Seen {
    match outcome {
        Outcome::Rows(rows) if rows.contains(&rid) => Seen::Passes,
        Outcome::Count(1..) | Outcome::Constraint(_) => Seen::Passes,
        Outcome::Rows(_) | Outcome::Count(_) | Outcome::Refused => Seen::Denied,
        Outcome::Error(_) => Seen::Error,
    }
}

fn readers_of(attempt: &Attempt, readers: &[usize], rid: i32) -> Vec<(usize, Seen)> {
    readers.iter().zip(&attempt.then).map(|(reader, outcome)| (*reader, seen(outcome, rid))).collect()
}

impl Observed {
    fn read(&mut self, asked: &Asked, attempt: &Attempt, kept: &[usize], case: &Case, readers: &[usize]) {
        let stored = |table: usize| kept.iter().copied().filter(move |row| case.rows[*row].table == table);
        match asked {
            Asked::Select(session, table) => {
                for (at, row) in stored(*table).enumerate() {
                    let outcome = attempt.rows.get(at).map_or(&attempt.outcome, |single| &single.outcome);
                    let key = (*session, *table, Command::Select, Form::Reading, row);
                    self.stored.insert(key, seen(outcome, row as i32));
                }
            }
            Asked::Delete(session, table, form) => {
                for (at, row) in stored(*table).enumerate() {
                    let found = match (&attempt.outcome, attempt.rows.get(at), form) {
                        (Outcome::Error(_), None, _) => continue,
                        (_, Some(single), _) => seen(&single.outcome, row as i32),
                        (Outcome::Count(0), ..) => Seen::Denied,
                        (Outcome::Count(_), _, Form::Blind) => match &attempt.then[0] {
                            Outcome::Rows(left) if left.contains(&(row as i32)) => Seen::Denied,
                            _ => Seen::Passes,
                        },
                        (outcome, ..) => seen(outcome, row as i32),
                    };
                    self.stored.insert((*session, *table, Command::Delete, *form, row), found);
                }
            }
            Asked::Mark(session, table, form) => {
                for (at, row) in stored(*table).enumerate() {
                    let outcome = match (&attempt.outcome, attempt.rows.get(at), form) {
                        (Outcome::Error(_) | Outcome::Refused, None, _) => continue,
                        (_, Some(single), _) => single.outcome.clone(),
                        (Outcome::Count(1..), _, Form::Blind) => {
                            Outcome::Count(u64::from(seen(&attempt.then[0], row as i32) == Seen::Passes))
                        }
                        (outcome, ..) => Outcome::Count(u64::from(seen(outcome, row as i32) == Seen::Passes)),
                    };
                    self.change(*session, *table, *form, Some(row), None, &outcome);
                }
            }
            Asked::Insert(session, table, form, rid, row) => {
                self.change(*session, *table, *form, None, Some(row.clone()), &attempt.outcome);
                if matches!(attempt.outcome, Outcome::Count(1)) {
                    self.writes.push(Write {
                        session: *session,
                        command: Command::Insert,
                        table: *table,
                        row: row.clone(),
                        rid: *rid,
                        old: None,
                        readers: readers_of(attempt, readers, *rid),
                    });
                }
            }
            Asked::Update(session, table, old, rid, row) => {
                self.change(*session, *table, Form::Blind, Some(*old), Some(row.clone()), &attempt.outcome);
                if matches!(attempt.outcome, Outcome::Count(1)) {
                    self.writes.push(Write {
                        session: *session,
                        command: Command::Update,
                        table: *table,
                        row: row.clone(),
                        rid: *rid,
                        old: Some(*old),
                        readers: readers_of(attempt, readers, *rid),
                    });
                }
            }
        }
    }

    fn change(
        &mut self,
        session: usize,
        table: usize,
        form: Form,
        old: Option<usize>,
        new: Option<Row>,
        outcome: &Outcome,
    ) {
        let (seen_old, seen_new, error) = match outcome {
            Outcome::Rows(rows) if rows.is_empty() => (Some(Seen::Denied), None, None),
            Outcome::Count(0) => (Some(Seen::Denied), None, None),
            Outcome::Rows(_) | Outcome::Count(_) | Outcome::Constraint(_) => {
                (Some(Seen::Passes), Some(Seen::Passes), None)
            }
            Outcome::Refused => (Some(Seen::Passes), Some(Seen::Denied), None),
            Outcome::Error(message) => (None, None, Some(message.clone())),
        };
        self.changes.push(Change { session, table, form, old, new, seen_old, seen_new, error });
    }
}
