//! From a solver's model to concrete rows and sessions, and their confirmation by the evaluator.
//!
//! The model says which values are equal and how they are ordered; here they become values that PostgreSQL
//! could hold. Whatever gets lost on the way makes the confirmation fail, and then nothing is claimed.

use pgpe_catalog::{Command, QualifiedName};
use pgpe_policy::datum;

use crate::evaluator::{Database, Row, Session};
use crate::goal::Subject;
use crate::obligation::ModelValue;
use crate::owner::IsolationEntry;
use crate::question::{Legend, Question};
use crate::scene::RowId;
use crate::world::{Side, World};

mod concrete;
mod confirm;
mod ownership;

use concrete::{Concretizer, Settings};
use confirm::Confirming;

/// Concrete rows and sessions that show what a question asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterexample {
    /// The command by which the first session reaches the row.
    pub command: Command,
    /// Whether the row is stored or to be written.
    pub side: Side,
    /// The row in question; columns that play no part are left out.
    pub row: Row,
    /// The row that an UPDATE replaces by `row`, where that plays a part.
    pub old_row: Option<Row>,
    /// The session that reaches the row, then, where there is one, a session of another tenant or role.
    pub sessions: Vec<Session>,
    /// Stored rows of traversed tables and of tables on the way to the owner.
    pub witnesses: Vec<(QualifiedName, Row)>,
    /// For each session, the permissive policy that lets the row pass and the index of its clause.
    pub let_in: Vec<Option<(usize, usize)>>,
}

/// Reads a model as a counterexample. World and notions of tenant are those that the question was asked with. `None` if the
/// evaluator does not confirm it.
pub fn realise(
    world: &dyn World,
    isolation: &[IsolationEntry],
    question: &Question,
    model: &[ModelValue],
) -> Option<Counterexample> {
    first_confirmed(world, isolation, question, model, |confirmed| confirmed.shown())
}

/// Whether [`realise`] gives a counterexample.
pub(crate) fn is_confirmed(
    world: &dyn World,
    isolation: &[IsolationEntry],
    question: &Question,
    model: &[ModelValue],
) -> bool {
    first_confirmed(world, isolation, question, model, |confirmed| confirmed.witnesses()).is_some()
}

/// What `use_it` makes of the model's first reading that the evaluator confirms.
fn first_confirmed<T>(
    world: &dyn World,
    isolation: &[IsolationEntry],
    question: &Question,
    model: &[ModelValue],
    use_it: impl Fn(&Confirmed<'_>) -> Option<T>,
) -> Option<T> {
    let legend = question.legend(world, isolation)?;
    [Settings::ByCast, Settings::ByText].into_iter().find_map(|settings| {
        let concretizer = Concretizer::new(world, &legend.scene, model, settings);
        let row = concretizer.row(legend.row);
        let old_row = legend.old_row.map(|row| concretizer.row(row));
        let sessions: Vec<Session> =
            legend.sessions.iter().map(|session| concretizer.session(*session)).collect();
        let database = database(world, question, &concretizer, legend.row, &row)?;
        let confirming = Confirming {
            world,
            isolation,
            question,
            row: &row,
            old_row: old_row.as_ref(),
            sessions: &sessions,
            database: &database,
        };
        if !confirming.holds() {
            return None;
        }
        use_it(&Confirmed { legend: &legend, concretizer: &concretizer, confirming })
    })
}

/// The rows that are stored. `None` if some of them can't be stored together.
fn database(
    world: &dyn World,
    question: &Question,
    concretizer: &Concretizer<'_>,
    asked: RowId,
    row: &Row,
) -> Option<Database> {
    let mut database = Database::new();
    for (table, stored) in merge_rows(world, concretizer.stored_rows(&[asked]))? {
        database.entry(table).or_default().push(stored);
    }
    let Subject { table, side, .. } = &question.subject;
    if *side == Side::Using {
        let stored = database.entry(table.clone()).or_default();
        // A witness may be the row itself.
        let merged = merge_rows(
            world,
            std::iter::once(row.clone())
                .chain(stored.iter().cloned())
                .map(|stored| (table.clone(), stored))
                .collect(),
        )?;
        *stored = merged.into_iter().map(|(_, stored)| stored).collect();
    }
    Some(database)
}

/// A reading of a model that the evaluator has confirmed.
struct Confirmed<'c> {
    legend: &'c Legend,
    concretizer: &'c Concretizer<'c>,
    confirming: Confirming<'c>,
}

impl Confirmed<'_> {
    fn shown(&self) -> Option<Counterexample> {
        let Confirming { question, row, old_row, sessions, .. } = self.confirming;
        let Subject { command, side, .. } = question.subject;
        let let_in = (0..sessions.len()).map(|session| self.confirming.let_in(session)).collect();
        Some(Counterexample {
            command,
            side,
            row: row.clone(),
            old_row: old_row.cloned(),
            sessions: sessions.to_vec(),
            witnesses: self.witnesses()?,
            let_in,
        })
    }

    /// The stored rows besides those that the question is about. `None` if some of them can't be stored together.
    fn witnesses(&self) -> Option<Vec<(QualifiedName, Row)>> {
        let asked: Vec<RowId> = [self.legend.row].into_iter().chain(self.legend.old_row).collect();
        let mut witnesses = merge_rows(self.confirming.world, self.concretizer.stored_rows(&asked))?;
        witnesses.dedup();
        Some(witnesses)
    }
}

/// Rows that share a key are one row. `None` if they differ in another column.
fn merge_rows(world: &dyn World, rows: Vec<(QualifiedName, Row)>) -> Option<Vec<(QualifiedName, Row)>> {
    let mut merged: Vec<(QualifiedName, Row)> = Vec::new();
    for (table, row) in rows {
        let same = merged
            .iter_mut()
            .find(|(other_table, other)| *other_table == table && shares_key(world, &table, &row, other));
        match same {
            None => merged.push((table, row)),
            Some((_, other)) => {
                for (column, value) in row {
                    match other.get(&column) {
                        None => {
                            other.insert(column, value);
                        }
                        Some(known) if *known == value => {}
                        Some(_) => return None,
                    }
                }
            }
        }
    }
    Some(merged)
}

fn shares_key(world: &dyn World, table: &QualifiedName, row: &Row, other: &Row) -> bool {
    let Some(relation) = world.relation(table) else { return false };
    relation.proof_keys().any(|key| {
        key.columns.iter().all(|name| match (row.get(name), other.get(name), relation.column(name)) {
            (Some(Some(left)), Some(Some(right)), Some(column)) => {
                datum::compare(left, right, &column.ty).equal() == Some(true)
            }
            _ => false,
        })
    })
}
