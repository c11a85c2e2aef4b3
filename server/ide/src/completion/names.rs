//! Names that selectors and headers use: roles, types, schemas, tables, tags.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pgpe_catalog::{BaseType, ColumnType, QualifiedName};
use pgpe_policy::on_tables;

use super::items::{Items, Offer};
use super::scope::Scope;
use super::{CompletionKind, Context, mentions};

const FIRST: u8 = 10;
const SECOND: u8 = 20;
const THIRD: u8 = 30;

/// The roles of the database, and those that policies or the configuration name.
pub(super) fn roles(context: &Context<'_>, items: &mut Items<'_>) {
    let known = context.scope.iter().flat_map(|scope| scope.catalog.roles.known.keys());
    let known: BTreeSet<&String> = known.collect();
    let mentioned = mentions::of_project(context.db, context.project).roles;
    for name in &known {
        items.name(Offer { kind: CompletionKind::Role, name, detail: Some("role".to_owned()), rank: FIRST });
    }
    for (name, count) in &mentioned {
        if !known.contains(name) && !context.cursor.is_only_here(name, *count) {
            let detail = Some("role named elsewhere in the project".to_owned());
            items.name(Offer { kind: CompletionKind::Role, name, detail, rank: SECOND });
        }
    }
}

/// Types: the column's own before those of other columns and the rest.
pub(super) fn types(context: &Context<'_>, column: &str, items: &mut Items<'_>) {
    let Some(scope) = &context.scope else { return };
    let candidates = pgpe_policy::candidates(scope.catalog, scope.config);
    let mut own: BTreeMap<String, Vec<QualifiedName>> = BTreeMap::new();
    let mut others: BTreeSet<String> = BTreeSet::new();
    for table in candidates {
        let Some(relation) = scope.relation(&table) else { continue };
        for found in &relation.columns {
            let name = spelling(scope, &found.ty);
            if found.name == column {
                own.entry(name).or_default().push(table.clone());
            } else {
                others.insert(name);
            }
        }
    }
    let defined = scope.catalog.enums.keys().chain(scope.catalog.domains.keys());
    others.extend(defined.map(|name| short(scope, name)));
    for (name, tables) in &own {
        let detail = Some(format!("type of {column}{}", on_tables(tables)));
        items.name(Offer { kind: CompletionKind::Type, name, detail, rank: FIRST });
    }
    for name in others.iter().filter(|name| !own.contains_key(*name)) {
        items.name(Offer { kind: CompletionKind::Type, name, detail: None, rank: THIRD });
    }
}

/// A type as selectors name it: without modifiers, and without a schema that is searched anyway.
fn spelling(scope: &Scope<'_>, ty: &ColumnType) -> String {
    match (&ty.domain, &ty.base) {
        (Some(domain), _) => short(scope, domain),
        (None, BaseType::Enum(name)) => short(scope, name),
        (None, base) => base.sql_name().to_owned(),
    }
}

fn short(scope: &Scope<'_>, name: &QualifiedName) -> String {
    let searched = scope.config.tables.schemas.iter().any(|schema| name.schema == *schema);
    if searched { name.name.to_string() } else { name.to_string() }
}

/// The schemas that are configured before those that hold tables all the same.
pub(super) fn schemas(context: &Context<'_>, items: &mut Items<'_>) {
    let Some(scope) = &context.scope else { return };
    let configured = &scope.config.tables.schemas;
    for name in configured {
        items.name(Offer { kind: CompletionKind::Schema, name, detail: None, rank: FIRST });
    }
    let others: BTreeSet<&str> = scope.catalog.tables().map(|(table, _)| table.schema.as_str()).collect();
    for name in others.into_iter().filter(|name| !configured.iter().any(|known| known == name)) {
        let detail = Some("not among the configured schemas: its tables are not governed".to_owned());
        items.name(Offer { kind: CompletionKind::Schema, name, detail, rank: SECOND });
    }
}

/// Names of tables as patterns that match no other table.
pub(super) fn patterns(context: &Context<'_>, items: &mut Items<'_>) {
    let Some(scope) = &context.scope else { return };
    let candidates = pgpe_policy::candidates(scope.catalog, scope.config);
    let mut by_length: HashMap<usize, Vec<&str>> = HashMap::new();
    for table in &candidates {
        by_length.entry(table.name.chars().count()).or_default().push(&table.name);
    }
    for table in &candidates {
        let alike = by_length.get(&table.name.chars().count()).map_or(&[][..], Vec::as_slice);
        let pattern = pattern(&table.name, alike);
        let detail = Some(table.to_string());
        items.string(Offer { kind: CompletionKind::Table, name: &pattern, detail, rank: FIRST });
    }
}

/// `_` stands for any character, which only matters if there is a name that differs there alone.
fn pattern(name: &str, alike: &[&str]) -> String {
    let matches = |other: &&&str| {
        **other != name && name.chars().zip(other.chars()).all(|(own, other)| own == '_' || own == other)
    };
    let escaped = name.replace('\\', "\\\\").replace('%', "\\%");
    if name.contains('_') && alike.iter().any(|other| matches(&other)) {
        escaped.replace('_', "\\_")
    } else {
        escaped
    }
}

/// The tags of the configuration.
pub(super) fn tags(context: &Context<'_>, items: &mut Items<'_>) {
    let config = crate::queries::config(context.db, context.project);
    for (name, patterns) in &config.tags {
        let detail = Some(patterns.join(", "));
        items.string(Offer { kind: CompletionKind::Tag, name, detail, rank: FIRST });
    }
}
