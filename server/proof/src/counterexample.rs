//! From a solver's model to concrete rows and sessions, and their confirmation by the evaluator.
//!
//! The model says which values are equal and how they are ordered; here they become values that PostgreSQL
//! could hold. Whatever gets lost on the way makes the confirmation fail, and then nothing is claimed.

use pgpe_catalog::QualifiedName;
use pgpe_policy::datum::{self, Datum};
use pgpe_policy::source::PolicyKind;

use crate::evaluator::{Database, Evaluator, Row, Session, Truth, applies};
use crate::obligation::ModelValue;
use crate::owner::{Hop, IsolationEntry, OwnerPath};
use crate::question::{Goal, Question, Subject};
use crate::world::{Side, World};

mod concrete;

use concrete::{Concretizer, Settings};

/// Concrete rows and sessions that show what a question asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterexample {
    /// The row in question; columns that play no part are left out.
    pub row: Row,
    /// The session that reaches the row, then, where there is one, a session of another tenant.
    pub sessions: Vec<Session>,
    /// Stored rows of traversed tables and of tables on the way to the owner.
    pub witnesses: Vec<(QualifiedName, Row)>,
    /// For each session, the permissive policy that lets the row pass and the index of its clause.
    pub let_in: Vec<Option<(usize, usize)>>,
}

/// Reads a model as a counterexample. `None` if the evaluator does not confirm it.
pub fn realise(
    world: &dyn World,
    isolation: &[IsolationEntry],
    question: &Question,
    model: &[ModelValue],
) -> Option<Counterexample> {
    let readings = [Settings::ByCast, Settings::ByText];
    readings.into_iter().find_map(|settings| realise_with(world, isolation, question, model, settings))
}

fn realise_with(
    world: &dyn World,
    isolation: &[IsolationEntry],
    question: &Question,
    model: &[ModelValue],
    settings: Settings,
) -> Option<Counterexample> {
    let concretizer = Concretizer::new(world, &question.scene, model, settings);
    let row = concretizer.row(question.row);
    let sessions: Vec<Session> =
        question.sessions.iter().map(|session| concretizer.session(*session)).collect();
    let witnesses = merge_rows(world, concretizer.stored_rows(question.row))?;
    let mut database = Database::new();
    for (table, witness) in &witnesses {
        database.entry(table.clone()).or_default().push(witness.clone());
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
    let confirmed =
        Confirming { world, isolation, question, row: &row, sessions: &sessions, database: &database };
    if !confirmed.holds() {
        return None;
    }
    let let_in = sessions.iter().map(|session| confirmed.let_in(session)).collect();
    let mut witnesses = witnesses;
    witnesses.dedup();
    Some(Counterexample { row, sessions, witnesses, let_in })
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

struct Confirming<'a> {
    world: &'a dyn World,
    isolation: &'a [IsolationEntry],
    question: &'a Question,
    row: &'a Row,
    sessions: &'a [Session],
    database: &'a Database,
}

impl Confirming<'_> {
    fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(self.world, self.database)
    }

    fn holds(&self) -> bool {
        let Subject { table, side, goal, .. } = &self.question.subject;
        let governed = self.world.governed(table);
        let policy = |index: usize| governed.and_then(|governed| governed.policies.get(index));
        let session = &self.sessions[0];
        let clause = |at: usize, index: usize| {
            policy(at)
                .and_then(|policy| side.expression(policy).clauses.get(index))
                .map_or(Truth::Undetermined, |clause| self.evaluator().clause(clause, self.row, session))
        };
        let policy_passes = |index: usize| match policy(index) {
            None => Truth::Undetermined,
            Some(policy) if !applies(policy, session) => Truth::False,
            Some(policy) => self.evaluator().policy(policy, *side, self.row, session),
        };
        // An error keeps the row away just as well.
        let fails = |truth: Truth| !matches!(truth, Truth::True | Truth::Undetermined);
        self.is_possible()
            && match goal {
                Goal::Passes => self.effective(session) == Truth::True,
                Goal::Fails => fails(self.effective(session)),
                Goal::ClauseHolds { policy, clause: index } => clause(*policy, *index) == Truth::True,
                Goal::PolicyFails { policy } => fails(policy_passes(*policy)),
                Goal::ClauseAlone { policy, clause: index, other } => {
                    clause(*policy, *index) == Truth::True && fails(clause(*policy, *other))
                }
                Goal::PolicyAlone { policy, other } => {
                    policy_passes(*policy) == Truth::True && fails(policy_passes(*other))
                }
                Goal::SharedRow { entry, .. } => {
                    self.sessions.len() == 2
                        && self.sessions.iter().all(|session| self.effective(session) == Truth::True)
                        && self.different_tenants(*entry)
                }
                Goal::ForeignRow { entry, owners, .. } => {
                    self.effective(session) == Truth::True
                        && owners.iter().all(|owner| self.is_foreign(*entry, owner, session))
                }
            }
    }

    fn effective(&self, session: &Session) -> Truth {
        let Subject { table, command, side, .. } = &self.question.subject;
        self.evaluator().effective(table, *command, *side, self.row, session)
    }

    /// Whether PostgreSQL could hold these rows: NOT NULL is kept. (Rows that share a key were merged.)
    fn is_possible(&self) -> bool {
        let stored = self.database.iter().flat_map(|(table, rows)| rows.iter().map(move |row| (table, row)));
        stored.chain([(&self.question.subject.table, self.row)]).all(|(table, row)| {
            let Some(relation) = self.world.relation(table) else { return false };
            let checked = self.world.constraints_hold(table);
            relation
                .columns
                .iter()
                .all(|column| !(checked && column.not_null && row.get(&column.name) == Some(&None)))
        })
    }

    fn different_tenants(&self, entry: usize) -> bool {
        let Some(entry) = self.isolation.get(entry) else { return false };
        let ty = crate::question::tenant_type(self.world, entry)
            .unwrap_or_else(|| pgpe_catalog::ColumnType::plain(pgpe_catalog::BaseType::Text));
        let value = |session| self.evaluator().key_value(session, &entry.key, &ty).ok().flatten();
        match (value(&self.sessions[0]), value(&self.sessions[1])) {
            (Some(first), Some(second)) => datum::compare(&first, &second, &ty).equal() == Some(false),
            _ => false,
        }
    }

    /// Whether the row certainly is not the session's own.
    fn is_foreign(&self, entry: usize, owner: &OwnerPath, session: &Session) -> bool {
        let Some(entry) = self.isolation.get(entry) else { return false };
        let table = &self.question.subject.table;
        let Some(ty) = owner.column_type(table, self.world.catalog()) else { return false };
        self.owner_values(owner).into_iter().any(|owner| {
            let owner = match owner {
                Lookup::Nobody => return true,
                Lookup::Unknown => return false,
                Lookup::Value(value) => value,
            };
            match self.evaluator().key_value(session, &entry.key, ty) {
                // A session without the key owns nothing.
                Ok(None) | Err(Truth::Error) => true,
                Ok(Some(key)) => datum::compare(&key, &owner, ty).equal() == Some(false),
                Err(_) => false,
            }
        })
    }

    /// What the row's owner is. Several, if a reference meets several rows: it may be any of them that the
    /// constraint speaks of, since without a key that covers all rows (inheritance) they can't be told apart.
    fn owner_values(&self, owner: &OwnerPath) -> Vec<Lookup> {
        let mut open = vec![self.row];
        let mut found = Vec::new();
        for hop in &owner.hops {
            let mut reached = Vec::new();
            for at in open {
                if hop.foreign_key.columns.iter().any(|column| at.get(column) == Some(&None)) {
                    found.push(Lookup::Nobody);
                    continue;
                }
                let rows = self.database.get(&hop.foreign_key.target).map_or(&[][..], Vec::as_slice);
                let before = reached.len();
                reached.extend(rows.iter().filter(|row| self.refers(hop, at, row)));
                if reached.len() == before {
                    // A foreign key that holds leads somewhere: then these rows are not possible.
                    let holds = self.world.constraints_hold(&hop.table);
                    found.push(if holds { Lookup::Unknown } else { Lookup::Nobody });
                }
            }
            open = reached;
        }
        found.extend(open.into_iter().map(|row| match row.get(&owner.column) {
            Some(Some(value)) => Lookup::Value(value.clone()),
            Some(None) => Lookup::Nobody,
            None => Lookup::Unknown,
        }));
        found
    }

    /// Whether a row's reference meets another row.
    fn refers(&self, hop: &Hop, row: &Row, target: &Row) -> bool {
        let key = &hop.foreign_key;
        key.columns.iter().zip(&key.target_columns).all(|(column, target_column)| {
            let ty = |table: &QualifiedName, column: &str| {
                self.world
                    .relation(table)
                    .and_then(|relation| relation.column(column))
                    .map(|column| &column.ty)
            };
            let (Some(left_type), Some(right_type)) =
                (ty(&hop.table, column), ty(&key.target, target_column))
            else {
                return false;
            };
            let (Some(Some(left)), Some(Some(right))) = (row.get(column), target.get(target_column)) else {
                return false;
            };
            let Ok(ty) = pgpe_policy::common_type(left_type, right_type) else { return false };
            match (datum::convert(left, left_type, &ty), datum::convert(right, right_type, &ty)) {
                (Some(left), Some(right)) => datum::compare(&left, &right, &ty).equal() == Some(true),
                _ => false,
            }
        })
    }

    /// The permissive policy and clause that let the row pass in the session.
    fn let_in(&self, session: &Session) -> Option<(usize, usize)> {
        let Subject { table, command, side, goal } = &self.question.subject;
        let governed = self.world.governed(table)?;
        if self.effective(session) != Truth::True {
            return None;
        }
        if let Goal::ForeignRow { through, .. } = goal
            && std::ptr::eq(session, &self.sessions[0])
        {
            return Some(*through);
        }
        let candidates = governed.policies.iter().enumerate().filter(|(_, policy)| {
            policy.kind == PolicyKind::Permissive
                && policy.commands.contains(*command)
                && applies(policy, session)
        });
        for (index, policy) in candidates {
            for (at, clause) in side.expression(policy).clauses.iter().enumerate() {
                if self.evaluator().clause(clause, self.row, session) == Truth::True {
                    return Some((index, at));
                }
            }
        }
        None
    }
}

enum Lookup {
    Value(Datum),
    Nobody,
    Unknown,
}
