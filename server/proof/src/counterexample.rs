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
    let legend = question.legend(world, isolation)?;
    let readings = [Settings::ByCast, Settings::ByText];
    let realised = |settings| realise_with(world, isolation, (question, &legend), model, settings);
    readings.into_iter().find_map(realised)
}

fn realise_with(
    world: &dyn World,
    isolation: &[IsolationEntry],
    (question, legend): (&Question, &Legend),
    model: &[ModelValue],
    settings: Settings,
) -> Option<Counterexample> {
    let concretizer = Concretizer::new(world, &legend.scene, model, settings);
    let row = concretizer.row(legend.row);
    let sessions: Vec<Session> =
        legend.sessions.iter().map(|session| concretizer.session(*session)).collect();
    let stored = |except: &[RowId]| merge_rows(world, concretizer.stored_rows(except));
    let old_row = legend.old_row.map(|row| concretizer.row(row));
    let mut database = Database::new();
    for (table, stored) in stored(&[legend.row])? {
        database.entry(table).or_default().push(stored);
    }
    let Subject { table, command, side, .. } = &question.subject;
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
    let let_in = (0..sessions.len()).map(|session| confirming.let_in(session)).collect();
    let shown: Vec<RowId> = [legend.row].into_iter().chain(legend.old_row).collect();
    let mut witnesses = stored(&shown)?;
    witnesses.dedup();
    Some(Counterexample { command: *command, side: *side, row, old_row, sessions, witnesses, let_in })
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
