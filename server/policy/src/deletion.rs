//! Conditions of the configuration that say which rows are marked as deleted.

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::{Config, Severity, SoftDelete};
use pgpe_syntax::ast::Item;

use crate::resolved::Atom;

/// The condition of a mark on a table that has its column; the error says why it means nothing there.
pub fn resolve_mark(mark: &SoftDelete, table: &QualifiedName, catalog: &Catalog) -> Result<Atom, String> {
    // As a policy it is read like any other condition.
    let column = mark.column.replace('\'', "''");
    let condition = condition_in_the_language(&mark.deleted);
    let text = format!("POLICY mark PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col('{column}') {condition}");
    let unreadable = || format!("`{} {}` is no condition on {table}", mark.column, mark.deleted);
    let parse = pgpe_syntax::parse(&text);
    let policy = parse.tree().items().find_map(|item| match item {
        Item::Policy(policy) if parse.errors().is_empty() => Some(policy),
        _ => None,
    });
    let policy = crate::lower_policy(&policy.ok_or_else(unreadable)?, false);
    let resolution = crate::resolve(&policy, table, catalog, &Config::default());
    let is_error = |problem: &&crate::Problem| problem.rule.default_severity() == Severity::Error;
    if let Some(problem) = resolution.problems.iter().find(is_error) {
        return Err(format!("{}: {}", unreadable(), problem.message));
    }
    let clauses = resolution.policy.ok_or_else(unreadable)?.using.clauses;
    match clauses.into_iter().next().map(|clause| clause.atoms).as_deref() {
        Some([atom]) => Ok(atom.clone()),
        _ => Err(unreadable()),
    }
}

/// `= true` is written `= lit(true)`.
fn condition_in_the_language(condition: &str) -> String {
    let condition = condition.trim();
    let operators = ["!=", "<>", "="];
    match operators.iter().find_map(|operator| Some((operator, condition.strip_prefix(operator)?))) {
        Some((operator, literal)) => format!("{operator} lit({})", literal.trim()),
        None => condition.to_owned(),
    }
}
