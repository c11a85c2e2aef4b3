//! Counterexamples as people and reports see them: values as SQL literals, policies by name.

pub(crate) mod page;

use std::collections::BTreeMap;

use pgpe_catalog::{ColumnType, QualifiedName, Relation};
use pgpe_policy::datum::Datum;
use pgpe_proof::counterexample::Counterexample;
use pgpe_proof::evaluator::{Row, Session};
use pgpe_proof::judge::{Violation, ViolationKind};
use pgpe_report::{SessionState, Witness};
use pgpe_sqlgen::quote_literal;

use crate::database::{Db, Project};
use crate::queries::{self, Governed};

/// A counterexample for a report.
pub(crate) fn show(
    db: &dyn Db,
    project: Project,
    table: &QualifiedName,
    governed: &Governed<'_>,
    violation: &Violation,
    shown: &Counterexample,
) -> pgpe_report::Counterexample {
    let concerned = match violation.kind {
        // The other session is only there to own the row referred to.
        ViolationKind::ForeignReference(_) => 1,
        _ => shown.let_in.len(),
    };
    let policies = shown
        .let_in
        .iter()
        .take(concerned)
        .map(|let_in| {
            match let_in.and_then(|(policy, clause)| Some((governed.table.policies.get(policy)?, clause))) {
                None => "no policy".to_owned(),
                Some((policy, clause)) => {
                    let check = matches!(
                        violation.spot,
                        pgpe_proof::judge::Spot::Clause(_, pgpe_proof::goal::Block::Check, _)
                    );
                    let clauses = policy.check.as_ref().filter(|_| check).unwrap_or(&policy.using);
                    match clauses.clauses.get(clause) {
                        Some(found) if clauses.clauses.len() > 1 => {
                            format!("{} (clause {})", policy.policy, found.clause + 1)
                        }
                        _ => policy.policy.clone(),
                    }
                }
            }
        })
        .collect();
    values(db, project, table, shown, policies)
}

/// A counterexample for a report, with the names of the policies that let each session in.
pub(crate) fn values(
    db: &dyn Db,
    project: Project,
    table: &QualifiedName,
    shown: &Counterexample,
    policies: Vec<String>,
) -> pgpe_report::Counterexample {
    let row_of = |table: &QualifiedName, values: &Row| row(db, project, table, values);
    pgpe_report::Counterexample {
        sessions: shown.sessions.iter().map(session).collect(),
        row: row_of(table, &shown.row),
        witnesses: shown
            .witnesses
            .iter()
            .map(|(table, row)| Witness { table: table.to_string(), row: row_of(table, row) })
            .collect(),
        policies,
    }
}

/// A row of a table with its values as SQL literals.
pub(crate) fn row(
    db: &dyn Db,
    project: Project,
    table: &QualifiedName,
    row: &Row,
) -> BTreeMap<String, String> {
    let relation = queries::catalog(db, project).as_ref().and_then(|catalog| catalog.relations.get(table));
    columns(relation, row)
}

/// A row's columns as SQL literals.
pub(crate) fn columns(relation: Option<&Relation>, row: &Row) -> BTreeMap<String, String> {
    row.iter()
        .map(|(column, value)| {
            let ty = relation.and_then(|relation| relation.column(column)).map(|column| &column.ty);
            (column.clone(), literal(value.as_ref(), ty))
        })
        .collect()
}

/// A session for a report.
pub(crate) fn session(session: &Session) -> SessionState {
    let roles: Vec<&str> = session.roles.iter().map(String::as_str).collect();
    let functions = session
        .functions
        .iter()
        .map(|(call, result)| {
            let arguments: Vec<String> =
                call.arguments.iter().map(|argument| literal(argument.as_ref(), None)).collect();
            (format!("{}({})", call.function, arguments.join(", ")), literal(result.as_ref(), None))
        })
        .collect();
    SessionState {
        role: (!roles.is_empty()).then(|| roles.join(", ")),
        settings: session.settings.clone(),
        functions,
    }
}

/// A value as a SQL literal.
pub(crate) fn literal(value: Option<&Datum>, ty: Option<&ColumnType>) -> String {
    let text = |value: &Datum| {
        let plain = ColumnType::plain(pgpe_catalog::BaseType::Text);
        value.to_text(ty.unwrap_or(&plain))
    };
    match value {
        None => "NULL".to_owned(),
        Some(value @ (Datum::Boolean(_) | Datum::Integer(_))) => text(value),
        Some(value @ Datum::Numeric(pgpe_policy::datum::Numeric::Finite(_))) => text(value),
        Some(value) => quote_literal(&text(value)),
    }
}
