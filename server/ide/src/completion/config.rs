//! `pgpe.yaml`: keys and values by its JSON Schema, and names of the project where the schema can't know them.

mod lines;
mod shape;

use pgpe_catalog::Catalog;
use serde_json::Value;

use super::cursor::Cursor;
use super::items::{Items, Offer};
use super::{CompletionKind, CompletionRequest, Completions, mentions};
use crate::database::{Db, Project};
use crate::queries;
use lines::{At, Place, Step};

const NAMES: u8 = 10;
const REQUIRED: u8 = 20;
const OTHERS: u8 = 30;

/// What can be written at a place of `pgpe.yaml`.
pub(super) fn completions(
    db: &dyn Db,
    project: Project,
    text: &str,
    offset: usize,
    request: CompletionRequest,
) -> Completions {
    // Strings and comments of policies mean nothing here: only the text and the offset do.
    let cursor = Cursor::blank(text, offset);
    let Some(place) = lines::place(text, cursor.offset) else { return Completions::default() };
    if request.trigger == Some(' ') && place.at == At::Key && !place.is_item {
        return Completions::default();
    }
    let mut items = Items::new(&cursor, request.snippets);
    items.at(place.insert.clone(), Some(place.replace.end));
    match place.at {
        At::Key => keys(db, project, &place, &mut items),
        At::Value => values(db, project, &place, &mut items),
    }
    items.finish()
}

/// The description of a key or value.
pub(super) fn documentation(text: &str, offset: usize, kind: CompletionKind, name: &str) -> Option<String> {
    let place = lines::place(text, offset)?;
    let node = shape::node(&place.path)?;
    match kind {
        CompletionKind::Key => shape::documentation(shape::property(node, name)?),
        _ => shape::value_documentation(node, name),
    }
}

/// What the key or value at a place means, with its range.
pub(crate) fn meaning(text: &str, offset: usize) -> Option<(std::ops::Range<usize>, String)> {
    let place = lines::place(text, offset)?;
    let word = text.get(place.replace.clone())?.trim_end();
    if word.is_empty() {
        return None;
    }
    let node = shape::node(&place.path)?;
    let about = match place.at {
        At::Key => shape::documentation(shape::property(node, word)?),
        At::Value => shape::value_documentation(node, word),
    };
    let start = place.replace.start;
    Some((start..start + word.len(), about?))
}

fn keys(db: &dyn Db, project: Project, place: &Place, items: &mut Items<'_>) {
    let Some(node) = shape::node(&place.path) else { return };
    // A list's item that is no mapping.
    if !shape::is_mapping(node) {
        if place.is_item {
            values(db, project, place, items);
        }
        return;
    }
    let behind = items.cursor.text.get(place.replace.end..).unwrap_or_default();
    let has_colon = behind.trim_start_matches(' ').starts_with(':');
    let tail = |node: &'static Value| match shape::is_scalar(node) {
        _ if has_colon => "",
        true => ": ",
        false => ":",
    };
    for (name, sub) in
        shape::properties(node).filter(|(name, _)| !place.siblings.iter().any(|key| key == name))
    {
        let rank = if shape::is_required(node, name) { REQUIRED } else { OTHERS };
        let offer = Offer { kind: CompletionKind::Key, name, detail: shape::summary(sub), rank };
        items.code(offer, format!("{name}{}", tail(sub)));
    }
    if let ["isolation", _, "owners"] = place.names().as_slice() {
        for table in tables(db, project) {
            let offer = Offer { kind: CompletionKind::Table, name: &table, detail: None, rank: NAMES };
            items.code(offer, format!("{table}{}", if has_colon { "" } else { ": " }));
        }
    }
}

fn values(db: &dyn Db, project: Project, place: &Place, items: &mut Items<'_>) {
    for (kind, name) in project_names(db, project, place) {
        let offer = Offer { kind, name: &name, detail: None, rank: NAMES };
        items.code(offer, place.scalar(&name));
    }
    let Some(node) = shape::node(&place.path) else { return };
    for (index, (name, detail)) in shape::values(node).into_iter().enumerate() {
        let rank = OTHERS.saturating_add(u8::try_from(index).unwrap_or(u8::MAX));
        let offer = Offer { kind: CompletionKind::Value, name: &name, detail, rank };
        let text = if shape::is_text(node) { place.scalar(&name) } else { name.clone() };
        items.code(offer, text);
    }
}

/// Names of the project that fit a place.
fn project_names(db: &dyn Db, project: Project, place: &Place) -> Vec<(CompletionKind, String)> {
    let catalog = queries::catalog(db, project).as_deref();
    let of = |kind: CompletionKind, names: Vec<String>| names.into_iter().map(|name| (kind, name)).collect();
    let mentions = || mentions::of_project(db, project);
    match place.names().as_slice() {
        ["schema", "target"] => of(CompletionKind::Value, place.targets.clone()),
        ["isolation", _, "key"] => {
            let settings = mentions().settings.into_keys();
            let value = |key: String| format!("session({})", pgpe_syntax::ast::quote_string(&key));
            of(CompletionKind::Setting, settings.map(value).collect())
        }
        ["isolation", _, "owner"] | ["soft_delete", _, "column"] => {
            of(CompletionKind::Column, columns(catalog))
        }
        ["isolation", _, "exempt", _, "table"]
        | ["allow", _, "table"]
        | ["tables", "exclude", _]
        | ["tags", _, _] => of(CompletionKind::Table, tables(db, project)),
        ["allow", _, "policy"] => of(CompletionKind::Policy, mentions().policies.into_keys().collect()),
        ["role_separation", _, _] => {
            let known = catalog.iter().flat_map(|catalog| catalog.roles.known.keys().cloned());
            let mut roles: Vec<String> = known.chain(mentions().roles.into_keys()).collect();
            roles.sort();
            roles.dedup();
            of(CompletionKind::Role, roles)
        }
        ["functions", "allow", _] => of(CompletionKind::Function, functions(db, project)),
        ["tables", "schemas", _] => {
            let schemas = catalog.iter().flat_map(|catalog| catalog.tables());
            let mut schemas: Vec<String> = schemas.map(|(table, _)| table.schema.to_string()).collect();
            schemas.dedup();
            of(CompletionKind::Schema, schemas)
        }
        _ => Vec::new(),
    }
}

fn columns(catalog: Option<&Catalog>) -> Vec<String> {
    let relations = catalog.iter().flat_map(|catalog| catalog.tables());
    let columns = relations.flat_map(|(_, relation)| &relation.columns).map(|column| column.name.clone());
    let names: std::collections::BTreeSet<String> = columns.collect();
    names.into_iter().collect()
}

/// Tables by their names, with the schema where it is not the first that is searched.
fn tables(db: &dyn Db, project: Project) -> Vec<String> {
    let Some(catalog) = queries::catalog(db, project).as_deref() else { return Vec::new() };
    let config = queries::config(db, project);
    let first = config.tables.schemas.first();
    let name = |table: pgpe_catalog::QualifiedName| {
        let is_first = first.is_some_and(|first| table.schema == *first);
        if is_first { table.name.to_string() } else { table.to_string() }
    };
    pgpe_policy::candidates(catalog, config).into_iter().map(name).collect()
}

/// Functions of the schema that return a value and may stand in a policy.
fn functions(db: &dyn Db, project: Project) -> Vec<String> {
    let Some(catalog) = queries::catalog(db, project).as_deref() else { return Vec::new() };
    let usable = catalog.functions.iter().filter(|(_, overloads)| {
        overloads.iter().any(|function| {
            function.returns.is_some() && function.volatility != pgpe_catalog::Volatility::Volatile
        })
    });
    usable.map(|(name, _)| name.to_string()).collect()
}

impl Place {
    /// The keys on the way; items of lists as `-`.
    fn names(&self) -> Vec<&str> {
        self.path
            .iter()
            .map(|step| match step {
                Step::Key(name) => name.as_str(),
                Step::Item(_) => "-",
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
