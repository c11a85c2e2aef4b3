//! `rel(…)`: the foreign key behind it, and whether it leads to at most one row.

use pgpe_catalog::{Catalog, QualifiedName, Relation};
use pgpe_syntax::ast;

use super::Context;
use crate::markdown;
use crate::queries;

/// A traversal, once for each pair of tables that it connects.
pub(super) fn text(context: &Context<'_>, rel: &ast::Rel) -> Option<String> {
    let catalog = queries::catalog(context.db, context.project).as_deref()?;
    let names = |columns: Option<ast::Columns>| -> Vec<String> {
        columns.map(|columns| columns.names().map(|name| name.text()).collect()).unwrap_or_default()
    };
    let (outer, inner) = (names(rel.source_columns()), names(rel.target_columns()));
    if outer.is_empty() || outer.len() != inner.len() {
        return None;
    }
    let sources = context.sources(rel);
    let mut lines: Vec<String> = Vec::new();
    for governed in context.governed() {
        let Some(target) = context.target(rel, governed) else { continue };
        for source in sources.iter() {
            let line = connection(catalog, (source, &outer), (target, &inner));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n\n"))
}

/// Which foreign key two lists of columns are, and how many rows it leads to.
pub(crate) fn connection(
    catalog: &Catalog,
    (source, outer): (&QualifiedName, &[String]),
    (target, inner): (&QualifiedName, &[String]),
) -> String {
    let relation = |name: &QualifiedName| catalog.relations.get(name);
    let forward = relation(source).and_then(|it| foreign_key(it, outer, target, inner));
    let backward = relation(target).and_then(|it| foreign_key(it, inner, source, outer));
    let key = match (forward, backward) {
        (Some(name), _) => format!("foreign key {}", markdown::code(&name)),
        (None, Some(name)) => format!("foreign key {}, from its target back", markdown::code(&name)),
        (None, None) => "no foreign key".to_owned(),
    };
    let is_key = relation(target).is_some_and(|relation| {
        relation.proof_keys().any(|key| key.columns.iter().all(|column| inner.contains(column)))
    });
    let ends = format!("{source} ({}) → {target} ({})", outer.join(", "), inner.join(", "));
    let count = if is_key {
        "The target's columns are a key: it leads to at most one row."
    } else {
        "The target's columns are no key: it may lead to many rows."
    };
    format!("{}: {key}\n\n{count}", markdown::code(&ends))
}

/// The foreign key from some columns to others, in whatever order it names them.
fn foreign_key(
    relation: &Relation,
    columns: &[String],
    target: &QualifiedName,
    target_columns: &[String],
) -> Option<String> {
    let sorted = |left: &[String], right: &[String]| {
        let mut pairs: Vec<(String, String)> = left.iter().cloned().zip(right.iter().cloned()).collect();
        pairs.sort();
        pairs
    };
    let wanted = sorted(columns, target_columns);
    let found = relation
        .foreign_keys
        .iter()
        .find(|key| key.target == *target && sorted(&key.columns, &key.target_columns) == wanted)?;
    Some(found.name.clone())
}
