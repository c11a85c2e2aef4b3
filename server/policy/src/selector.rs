//! Which tables an item governs.

use pgpe_catalog::{Catalog, ColumnType, QualifiedName, Relation};
use pgpe_config::Config;

use crate::like;
use crate::source::{Selector, Spanned};

/// The tables that policies may govern: those of the configured schemas that are not excluded, sorted.
pub fn candidates(catalog: &Catalog, config: &Config) -> Vec<QualifiedName> {
    let tables = catalog.relations.iter().filter(|(name, relation)| {
        relation.kind.is_table()
            && config.tables.schemas.contains(&name.schema)
            && !config.tables.exclude.iter().any(|pattern| matches_table(pattern, name))
    });
    tables.map(|(name, _)| name.clone()).collect()
}

/// The candidates that a selector selects, sorted. A selector that can't be read may select any of them.
pub fn selected(
    selector: Option<&Spanned<Selector>>,
    catalog: &Catalog,
    config: &Config,
) -> Vec<QualifiedName> {
    let mut tables = candidates(catalog, config);
    if let Some(selector) = selector {
        tables.retain(|table| selects(&selector.value, table, catalog, config));
    }
    tables
}

/// Whether a selector selects a candidate.
pub fn selects(selector: &Selector, table: &QualifiedName, catalog: &Catalog, config: &Config) -> bool {
    match selector {
        Selector::Or(left, right) => {
            selects(left, table, catalog, config) || selects(right, table, catalog, config)
        }
        Selector::And(left, right) => {
            selects(left, table, catalog, config) && selects(right, table, catalog, config)
        }
        Selector::Not(inner) => !selects(inner, table, catalog, config),
        Selector::All => true,
        Selector::HasColumn { column, ty } => {
            let column = catalog.relations.get(table).and_then(|relation| relation.column(&column.value));
            column.is_some_and(|column| {
                ty.as_ref().is_none_or(|ty| is_called(&column.ty, &ty.value, table, catalog, config))
            })
        }
        Selector::InSchema(schema) => table.schema == schema.value,
        Selector::Named(pattern) => like::matches(&pattern.value, &table.name) == Ok(true),
        Selector::Tagged(tag) => {
            let patterns = config.tags.get(&tag.value).map_or(&[][..], Vec::as_slice);
            patterns.iter().any(|pattern| matches_table(pattern, table))
        }
    }
}

/// Whether a pattern of the configuration matches a table by its name or by `schema.name`.
pub fn matches_table(pattern: &str, table: &QualifiedName) -> bool {
    like::matches(pattern, &table.name) == Ok(true) || like::matches(pattern, &table.to_string()) == Ok(true)
}

/// A relation as a policy on `table` names it: unqualified names are looked up in the schema of that table
/// first, then in the configured schemas.
pub fn look_up<'c>(
    schema: Option<&str>,
    name: &str,
    table: Option<&QualifiedName>,
    catalog: &'c Catalog,
    config: &Config,
) -> Option<(&'c QualifiedName, &'c Relation)> {
    catalog.resolve(name, schema, &search_path(table, config))
}

/// Where unqualified names of a policy on `table` are looked up.
pub(crate) fn search_path(table: Option<&QualifiedName>, config: &Config) -> Vec<String> {
    let mut schemas: Vec<String> = table.map(|table| table.schema.clone()).into_iter().collect();
    for schema in &config.tables.schemas {
        if !schemas.contains(schema) {
            schemas.push(schema.clone());
        }
    }
    schemas
}

/// Whether PostgreSQL knows a type under that name: in any spelling, and with a modifier only if one is
/// written. A column of a domain has the domain's type, not the one underneath.
fn is_called(ty: &ColumnType, name: &str, table: &QualifiedName, catalog: &Catalog, config: &Config) -> bool {
    let named = catalog.type_by_name(name, &search_path(Some(table), config));
    let Some(named) = named else { return false };
    let modified = name.contains('(');
    named.base == ty.base && named.domain == ty.domain && (!modified || named.display == ty.display)
}

#[cfg(test)]
mod tests;
