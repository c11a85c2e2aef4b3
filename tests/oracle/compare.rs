//! What the server does against what the evaluator says.

use pgpe_catalog::{BaseType, ColumnType, Command};
use pgpe_config::MissingSetting;
use pgpe_policy::datum;
use pgpe_policy::resolved::{Atom, Conjunction, Operand};
use pgpe_proof::evaluator::{Database, Evaluator, Row as EvaluatorRow, Session as EvaluatorSession, Truth};
use pgpe_proof::world::Side;

use crate::analysis::{Analysis, table_name};
use crate::case::{Case, Row, Session, held};
use crate::observe::{Change, Form, Observed, Seen};
use crate::statistics::Statistics;

/// Two of the three voices say different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What kind of one it is; a smaller case shows the same if it shows one of this kind.
    pub kind: String,
    pub details: String,
}

pub fn evaluator_row(analysis: &Analysis, case: &Case, row: &Row) -> EvaluatorRow {
    let table = &case.tables[row.table];
    let relation = &analysis.catalog.relations[&table_name(&table.name)];
    let values = table.columns.iter().zip(&row.values).map(|(column, value)| {
        let ty: &ColumnType = &relation.column(&column.name).unwrap().ty;
        let value = value.as_ref().map(|text| datum::read_text(text, ty, &analysis.catalog).unwrap());
        (column.name.clone(), value)
    });
    values.collect()
}

pub fn evaluator_session(case: &Case, session: &Session) -> EvaluatorSession {
    let settings = session.settings.iter().enumerate();
    EvaluatorSession {
        roles: held(session.role),
        settings: settings.filter_map(|(at, value)| Some((case.setting(at), value.clone()?))).collect(),
        functions: Default::default(),
    }
}

pub fn database(analysis: &Analysis, case: &Case, kept: &[usize]) -> Database {
    let mut database = Database::new();
    for row in kept.iter().map(|row| &case.rows[*row]) {
        let name = table_name(&case.tables[row.table].name);
        database.entry(name).or_default().push(evaluator_row(analysis, case, row));
    }
    database
}

struct Comparing<'a> {
    analysis: &'a Analysis,
    case: &'a Case,
    database: &'a Database,
    observed: &'a Observed,
    statistics: &'a Statistics,
    found: Vec<Disagreement>,
}

/// Every observation against the evaluator.
pub fn compare(
    analysis: &Analysis,
    case: &Case,
    kept: &[usize],
    observed: &Observed,
    statistics: &Statistics,
) -> Vec<Disagreement> {
    let database = database(analysis, case, kept);
    let mut comparing =
        Comparing { analysis, case, database: &database, observed, statistics, found: Vec::new() };
    for ((session, table, command, form, row), seen) in &observed.stored {
        let mut truth = comparing.truth(*session, *table, *command, Side::Using, &case.rows[*row]);
        if *form == Form::Reading && *command != Command::Select {
            truth = both(
                truth,
                comparing.truth(*session, *table, Command::Select, Side::Using, &case.rows[*row]),
            );
        }
        let what = format!("{command:?} {form:?} of a stored row");
        comparing.judge(&what, *session, &case.rows[*row], truth, *seen);
    }
    for change in &observed.changes {
        comparing.change(change);
    }
    comparing.found
}

/// Both must hold, in whatever order they are looked at.
fn both(left: Truth, right: Truth) -> Truth {
    match (left, right) {
        (Truth::True, other) | (other, Truth::True) => other,
        (Truth::Error, Truth::Error) => Truth::Error,
        (Truth::False | Truth::Null, Truth::False | Truth::Null) => Truth::False,
        _ => Truth::Undetermined,
    }
}

impl Comparing<'_> {
    fn truth(&self, session: usize, table: usize, command: Command, side: Side, row: &Row) -> Truth {
        let evaluator = Evaluator::new(self.analysis, self.database);
        let session = evaluator_session(self.case, &self.case.sessions[session]);
        let row = evaluator_row(self.analysis, self.case, row);
        evaluator.effective(&table_name(&self.case.tables[table].name), command, side, &row, &session)
    }

    /// Whether a setting of the session is missing, or can't be cast to what some policy compares it with.
    fn may_fail(&self, session: usize) -> bool {
        let session = evaluator_session(self.case, &self.case.sessions[session]);
        let policies = self.analysis.governed.values().flat_map(|governed| &governed.policies);
        let mut clauses = policies.flat_map(|policy| {
            policy.using.clauses.iter().chain(policy.check.iter().flat_map(|check| &check.clauses))
        });
        clauses.any(|clause| settings_fail(self.analysis, clause, &session))
    }

    fn judge(&mut self, what: &str, session: usize, row: &Row, truth: Truth, seen: Seen) {
        let agrees = match truth {
            Truth::True => seen == Seen::Passes,
            Truth::False | Truth::Null => seen == Seen::Denied,
            Truth::Error => seen == Seen::Error,
            Truth::Undetermined => {
                self.statistics.undetermined();
                return;
            }
        };
        self.statistics.compared(seen);
        if !agrees && seen == Seen::Error && self.may_fail(session) {
            // The planner computes settings and casts to estimate with, whether or not a row needs them.
            return;
        }
        if !agrees {
            let table = &self.case.tables[row.table].name;
            self.found.push(Disagreement {
                kind: format!("evaluator: {what}: {truth:?}, server {seen:?}"),
                details: format!(
                    "table {table}, row {:?}, session {:?}, whose errors were {:?}",
                    row.values,
                    self.case.sessions[session],
                    self.observed.errors.get(&session)
                ),
            });
        }
    }

    fn change(&mut self, change: &Change) {
        let Change { session, table, form, old, new, .. } = change;
        let command = if old.is_some() { Command::Update } else { Command::Insert };
        let old_row = old.map(|old| self.case.rows[old].clone());
        let Some(new_row) = new.clone().or_else(|| old_row.clone()) else { return };
        let reading = *form == Form::Reading;
        let mut truth_old = Truth::True;
        if let Some(old) = &old_row {
            truth_old = self.truth(*session, *table, command, Side::Using, old);
            if reading {
                truth_old = both(truth_old, self.truth(*session, *table, Command::Select, Side::Using, old));
            }
        }
        let mut truth_new = self.truth(*session, *table, command, Side::Check, &new_row);
        if reading {
            truth_new = both(truth_new, self.truth(*session, *table, Command::Select, Side::Using, &new_row));
        }
        let what = format!("{command:?} {form:?}");
        match (change.seen_old, change.seen_new) {
            (Some(seen), None) => {
                self.judge(&format!("{what}, old row"), *session, &new_row, truth_old, seen)
            }
            (Some(seen), Some(new)) => {
                if let Some(old) = &old_row {
                    self.judge(&format!("{what}, old row"), *session, old, truth_old, seen);
                }
                self.judge(&format!("{what}, new row"), *session, &new_row, truth_new, new);
            }
            _ => {
                // An error: of whichever row was looked at.
                let truth = match (truth_old, truth_new) {
                    (Truth::Error, _) | (Truth::True, Truth::Error) => Truth::Error,
                    (Truth::False | Truth::Null, _) => Truth::False,
                    (Truth::True, new) => new,
                    (Truth::Undetermined, _) => Truth::Undetermined,
                };
                let message = change.error.clone().unwrap_or_default();
                let code = message.split(' ').next().unwrap_or_default().to_owned();
                self.judge(&format!("{what}, {code}"), *session, &new_row, truth, Seen::Error);
            }
        }
    }
}

fn settings_fail(analysis: &Analysis, clause: &Conjunction, session: &EvaluatorSession) -> bool {
    let fails = |operand: &Operand, ty: Option<&ColumnType>| {
        let Operand::Session { key } = operand else { return false };
        let (Some(value), Some(ty)) = (session.settings.get(key), ty) else {
            return analysis.config.session.missing == MissingSetting::Error;
        };
        datum::read_text(value, ty, &analysis.catalog).is_err()
    };
    clause.atoms.iter().any(|atom| match atom {
        Atom::Compare { left, right, ty, .. } => fails(left, ty.as_ref()) || fails(right, ty.as_ref()),
        Atom::In { operand, ty, .. } => fails(operand, ty.as_ref()),
        Atom::Like { .. } => false,
        Atom::Null { operand, .. } => fails(operand, Some(&ColumnType::plain(BaseType::Text))),
        Atom::Exists(traversal) => settings_fail(analysis, &traversal.condition, session),
    })
}
