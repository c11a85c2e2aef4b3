//! The condition under which a row is the session's own, as the language writes it.

use pgpe_catalog::QualifiedName;
use pgpe_proof::owner::{Owner, OwnerPath, owner_of};
use pgpe_syntax::ast::quote_string;

use super::context::Context;
use crate::queries;
use crate::world::DbWorld;

/// Whose a table's rows are, and the condition that says so.
pub(super) struct OwnerCondition {
    /// The condition, on a row of the table.
    pub(super) text: String,
    /// The way to the owner, for people.
    pub(super) way: String,
    /// The table that the first foreign key of the way leads to.
    pub(super) through: Option<QualifiedName>,
    /// How deep traversals nest in it.
    pub(super) depth: usize,
}

/// The condition on a table's rows; `None` where it is open whose they are, or the way is longer than traversals may
/// be. `schema` is that of the governed table, where targets need none.
pub(super) fn of(context: &Context<'_>, table: &QualifiedName, schema: &str) -> Option<OwnerCondition> {
    let world = DbWorld::new(context.db, context.project)?;
    let mut paths: Vec<(OwnerPath, &str)> = Vec::new();
    for entry in &queries::proof_config(context.db, context.project).isolation {
        match owner_of(table, &entry.isolation, &world) {
            Owner::Known(path) => paths.push((path, entry.isolation.key.trim())),
            Owner::None => {}
            Owner::Ambiguous(_) | Owner::Misconfigured(_) => return None,
        }
    }
    let depth = paths.iter().map(|(path, _)| path.hops.len()).max()?;
    if depth > allowed_depth(context) {
        return None;
    }
    let texts: Vec<String> = paths.iter().map(|(path, key)| condition(path, key, schema)).collect();
    let ways: Vec<String> = paths.iter().map(|(path, _)| path.describe()).collect();
    Some(OwnerCondition {
        text: texts.join(" AND "),
        way: ways.join(" and "),
        through: paths.first().and_then(|(path, _)| Some(path.hops.first()?.foreign_key.target.clone())),
        depth,
    })
}

/// How deep traversals may nest.
pub(super) fn allowed_depth(context: &Context<'_>) -> usize {
    queries::config(context.db, context.project).max_traversal_depth as usize
}

fn condition(path: &OwnerPath, key: &str, schema: &str) -> String {
    let own = format!("col({}) = {key}", quote_string(&path.column));
    path.hops.iter().rev().fold(own, |inner, hop| {
        let key = &hop.foreign_key;
        traversal(&key.columns, &key.target, &key.target_columns, schema, &inner)
    })
}

/// `exists(rel(_, columns, target, columns), {condition})`
pub(super) fn traversal(
    columns: &[String],
    target: &QualifiedName,
    target_columns: &[String],
    schema: &str,
    condition: &str,
) -> String {
    let name = |name: &str| pgpe_import::written_name(name);
    let list = |columns: &[String]| match columns {
        [only] => name(only),
        several => format!("({})", several.iter().map(|column| name(column)).collect::<Vec<_>>().join(", ")),
    };
    let target = match target.schema == schema {
        true => name(&target.name),
        false => format!("{}.{}", name(&target.schema), name(&target.name)),
    };
    format!("exists(rel(_, {}, {target}, {}), {{{condition}}})", list(columns), list(target_columns))
}
