//! Which tables an item governs.

use std::collections::BTreeSet;

use pgpe_catalog::{Catalog, ColumnType, QualifiedName, Relation};
use pgpe_config::Config;

use crate::like::{self, Pattern};
use crate::source::{Selector, Spanned};

/// The tables that policies may govern: those of the configured schemas that are not excluded, sorted.
pub fn candidates(catalog: &Catalog, config: &Config) -> Vec<QualifiedName> {
    let tables = catalog.relations.iter().filter(|(name, relation)| {
        relation.kind.is_table()
            && config.tables.schemas.iter().any(|schema| *schema == name.schema)
            && !config.tables.exclude.iter().any(|pattern| matches_table(pattern, name))
    });
    tables.map(|(name, _)| name.clone()).collect()
}

/// The tables that policies may govern, arranged so that few are looked at to find one by its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    tables: Vec<QualifiedName>,
    /// Indices of `tables`, sorted by the tables' names without their schemas.
    by_name: Vec<usize>,
}

impl Candidates {
    /// Those of a schema.
    pub fn of(catalog: &Catalog, config: &Config) -> Candidates {
        let tables = candidates(catalog, config);
        let mut by_name: Vec<usize> = (0..tables.len()).collect();
        by_name.sort_by_key(|index| tables.get(*index).map(|table| table.name.as_str()));
        Candidates { tables, by_name }
    }

    /// All of them, sorted.
    pub fn tables(&self) -> &[QualifiedName] {
        &self.tables
    }

    /// Those that a selector selects, sorted. A selector that can't be read may select any of them.
    pub fn selected(
        &self,
        selector: Option<&Spanned<Selector>>,
        catalog: &Catalog,
        config: &Config,
    ) -> Vec<QualifiedName> {
        let Some(selector) = selector else { return self.tables.clone() };
        let selected = self.selected_indices(&selector.value, catalog, config);
        selected.into_iter().filter_map(|index| self.tables.get(index)).cloned().collect()
    }

    /// Those whose names match a pattern, whatever their schemas are; sorted.
    pub fn named(&self, pattern: &str) -> impl Iterator<Item = &QualifiedName> {
        self.indices_named(pattern).into_iter().filter_map(|index| self.tables.get(index))
    }

    fn selected_indices(&self, selector: &Selector, catalog: &Catalog, config: &Config) -> BTreeSet<usize> {
        match selector {
            Selector::Named(pattern) => self.indices_named(&pattern.value),
            Selector::Or(left, right) => {
                let mut indices = self.selected_indices(left, catalog, config);
                indices.extend(self.selected_indices(right, catalog, config));
                indices
            }
            Selector::And(left, right) => {
                let mut indices = self.selected_indices(left, catalog, config);
                indices.retain(|index| {
                    self.tables.get(*index).is_some_and(|table| selects(right, table, catalog, config))
                });
                indices
            }
            other => {
                let all = self.tables.iter().enumerate();
                all.filter(|(_, table)| selects(other, table, catalog, config))
                    .map(|(index, _)| index)
                    .collect()
            }
        }
    }

    fn indices_named(&self, pattern: &str) -> BTreeSet<usize> {
        let Ok(pattern) = Pattern::parse(pattern) else { return BTreeSet::new() };
        let prefix = pattern.literal_prefix();
        let name = |index: &usize| self.tables.get(*index).map_or("", |table| table.name.as_str());
        let start = self.by_name.partition_point(|index| name(index) < prefix.as_str());
        let with_prefix =
            self.by_name.iter().skip(start).take_while(|index| name(index).starts_with(&prefix));
        with_prefix.filter(|index| pattern.matches(name(index))).copied().collect()
    }
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
        Selector::Named(pattern) => matches_name(&pattern.value, &table.name),
        Selector::Tagged(tag) => {
            let patterns = config.tags.get(&tag.value).map_or(&[][..], Vec::as_slice);
            patterns.iter().any(|pattern| matches_table(pattern, table))
        }
    }
}

/// Whether a pattern of the configuration matches a table by its name or by `schema.name`.
pub fn matches_table(pattern: &str, table: &QualifiedName) -> bool {
    matches_name(pattern, &table.name) || matches_name(pattern, &table.to_string())
}

/// Whether a pattern matches a name; one that can't be used matches none.
fn matches_name(pattern: &str, name: &str) -> bool {
    like::matches(pattern, name) == Ok(true)
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
    let mut schemas: Vec<String> = table.map(|table| table.schema.to_string()).into_iter().collect();
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
