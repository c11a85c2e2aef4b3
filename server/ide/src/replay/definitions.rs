//! What a replay creates before anybody does anything: types, tables, functions and roles.

use pgpe_catalog::{BaseType, Collation, ColumnType, QualifiedName};
use pgpe_policy::datum::{self, Datum};
use pgpe_proof::evaluator::{Call, Session};
use pgpe_sqlgen::{comment_text, quote_identifier, quote_literal, quote_qualified};

use super::rows::{foreign_keys, made_up_other};
use super::scratch::{Function, Scratch, moved};

/// Tells the row that matters from the others.
pub(super) const MARK: &str = "pgpe_replay_row";

/// The schema of what is none of the project's own.
pub(super) const OWN_SCHEMA: &str = "pgpe_replay";

/// Schemas, extensions, types and tables, without foreign keys.
pub(super) fn tables(scratch: &Scratch<'_>) -> Vec<String> {
    let catalog = scratch.world.catalog();
    let (enums, domains) = scratch.types();
    let names = scratch.tables.keys().chain(&enums).chain(&domains).map(moved);
    let of_functions = scratch.functions.iter().map(|function| function.name.clone());
    let mut schemas: Vec<String> = names.chain(of_functions).map(|name| name.schema.to_string()).collect();
    schemas.push(OWN_SCHEMA.to_owned());
    schemas.sort();
    schemas.dedup();
    let mut lines: Vec<String> =
        schemas.iter().map(|schema| format!("CREATE SCHEMA {};", quote_identifier(schema))).collect();
    let columns: Vec<&ColumnType> =
        scratch.tables.values().flat_map(|relation| &relation.columns).map(|column| &column.ty).collect();
    if let Some(BaseType::Citext { schema }) =
        columns.iter().map(|ty| &ty.base).find(|base| matches!(base, BaseType::Citext { .. }))
    {
        let schema = quote_identifier(schema);
        lines.push(format!("CREATE SCHEMA IF NOT EXISTS {schema};"));
        lines.push(format!("CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA {schema};"));
    }
    if columns.iter().any(|ty| ty.collation == Collation::Nondeterministic) {
        lines.push("-- Stands in for the schema's nondeterministic collation.".to_owned());
        lines.push(format!(
            "CREATE COLLATION {OWN_SCHEMA}.nondeterministic (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
        ));
    }
    for name in &enums {
        let labels: Vec<String> =
            catalog.enums.get(name).into_iter().flatten().map(|label| quote_literal(label)).collect();
        lines.push(format!("CREATE TYPE {} AS ENUM ({});", quote_qualified(&moved(name)), labels.join(", ")));
    }
    for name in &domains {
        let Some(domain) = catalog.domains.get(name) else { continue };
        let not_null = if domain.not_null { " NOT NULL" } else { "" };
        lines.push(format!(
            "CREATE DOMAIN {} AS {}{not_null};",
            quote_qualified(&moved(name)),
            type_name(&domain.base)
        ));
    }
    lines.extend(scratch.tables.keys().flat_map(|name| table(scratch, name)));
    lines
}

fn table(scratch: &Scratch<'_>, name: &QualifiedName) -> Vec<String> {
    let Some(relation) = scratch.tables.get(name) else { return Vec::new() };
    let mut elements: Vec<String> = relation
        .columns
        .iter()
        .map(|column| {
            let fillable = match &column.ty.base {
                BaseType::Other(display) => made_up_other(display).is_some(),
                _ => true,
            };
            // No value is known of some types, so that their columns must stay empty; and rows of inheriting
            // tables need not keep the constraint.
            let holds = column.not_null && fillable && !relation.has_inheritance_children;
            let not_null = if holds { " NOT NULL" } else { "" };
            format!("{} {}{not_null}", quote_identifier(&column.name), column_type(&column.ty))
        })
        .collect();
    elements.push(format!("{MARK} integer"));
    elements.extend(relation.proof_keys().map(|key| {
        let word = if key.primary { "PRIMARY KEY" } else { "UNIQUE" };
        format!("{word} ({})", identifiers(&key.columns))
    }));
    let mut lines = Vec::new();
    for key in relation.keys.iter().filter(|key| !key.is_proof() || relation.has_inheritance_children) {
        lines.push(format!("-- Two rows may share the key {}: left out.", comment_text(&key.name)));
    }
    lines.push(format!("CREATE TABLE {} (\n  {}\n);", quote_qualified(&moved(name)), elements.join(",\n  ")));
    lines
}

/// The foreign keys between the tables.
pub(super) fn references(scratch: &Scratch<'_>) -> Vec<String> {
    let of_table = |name| {
        foreign_keys(scratch, name).map(move |key| {
            format!(
                "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({});",
                quote_qualified(&moved(name)),
                identifiers(&key.columns),
                quote_qualified(&moved(&key.target)),
                identifiers(&key.target_columns)
            )
        })
    };
    scratch.tables.keys().flat_map(of_table).collect()
}

/// A function that returns what the counterexample says it does in a session.
pub(super) fn function(scratch: &Scratch<'_>, function: &Function, session: Option<&Session>) -> String {
    let returns = type_name(&function.returns);
    let calls = session.into_iter().flat_map(|session| &session.functions);
    let mut cases = String::new();
    // Calls do not tell overloads apart, their arguments do.
    let catalog = scratch.world.catalog();
    let fits = |value: &Option<Datum>, ty: &ColumnType| {
        value.as_ref().is_none_or(|value| {
            datum::read_text(&value.to_text(ty), ty, catalog).is_ok_and(|read| read == *value)
        })
    };
    let is_of = |call: &Call| {
        let arguments = call.arguments.iter().zip(&function.arguments);
        call.function == function.called
            && call.arguments.len() == function.arguments.len()
            && arguments.into_iter().all(|(value, ty)| fits(value, ty))
    };
    for (call, result) in calls.filter(|(call, _)| is_of(call)) {
        let same = call.arguments.iter().zip(&function.arguments).enumerate().map(|(at, (value, ty))| {
            let value = value.as_ref().map(|value| value.to_text(ty));
            format!("${} IS NOT DISTINCT FROM {}", at + 1, typed(value.as_deref(), ty))
        });
        let same: Vec<String> = std::iter::once("true".to_owned()).chain(same).collect();
        let result = result.as_ref().map(|value| value.to_text(&function.returns));
        let result = typed(result.as_deref(), &function.returns);
        cases.push_str(&format!(" WHEN {} THEN {result}", same.join(" AND ")));
    }
    let body = if cases.is_empty() { format!("NULL::{returns}") } else { format!("CASE{cases} END") };
    let arguments: Vec<String> = function.arguments.iter().map(type_name).collect();
    format!(
        "CREATE OR REPLACE FUNCTION {}({}) RETURNS {returns} LANGUAGE sql STABLE AS {};",
        quote_qualified(&function.name),
        arguments.join(", "),
        quote_literal(&format!("SELECT {body}"))
    )
}

fn typed(value: Option<&str>, ty: &ColumnType) -> String {
    format!("{}::{}", literal(value), type_name(ty))
}

/// A value in PostgreSQL's input form as a literal.
pub(super) fn literal(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), quote_literal)
}

/// Names, quoted, in a list.
pub(super) fn identifiers<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(|name| quote_identifier(name)).collect::<Vec<_>>().join(", ")
}

fn column_type(ty: &ColumnType) -> String {
    let name = type_name(ty);
    match ty.collation {
        Collation::Bytewise if ty.base != BaseType::Name => format!("{name} COLLATE \"C\""),
        Collation::Nondeterministic => format!("{name} COLLATE {OWN_SCHEMA}.nondeterministic"),
        _ => name,
    }
}

/// The type with its modifiers.
fn type_name(ty: &ColumnType) -> String {
    match (&ty.domain, &ty.base) {
        (Some(domain), _) => quote_qualified(&moved(domain)),
        (None, BaseType::Enum(name)) => quote_qualified(&moved(name)),
        (None, BaseType::Citext { schema }) => quote_qualified(&QualifiedName::new(schema, "citext")),
        (None, _) => ty.display.to_string(),
    }
}
