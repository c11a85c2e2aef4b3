//! What a project has that can be looked for by name: policies, grants, settings, and the tables of its schema.

use std::collections::BTreeMap;

use pgpe_report::Place;

use crate::analysis::Analysis;
use crate::database::{Cancellable, Db, Project};
use crate::definition::byte_range;
use crate::findings::schema::relation_place;
use crate::names::{self, Name};
use crate::queries;
use crate::symbols::{Symbol, SymbolKind, outline};

/// Something of a project that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectSymbol {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Where it is: a file, or a table's schema.
    pub container: String,
    /// Its name's place.
    pub place: Place,
    /// How well it matches what was asked for; the least is the best.
    pub distance: u8,
}

impl Analysis {
    /// What is called like a query, the best matches first. All that there is, if the query is empty.
    pub fn project_symbols(&self, query: &str) -> Cancellable<Vec<ProjectSymbol>> {
        let query: String = query.to_lowercase().split_whitespace().collect();
        self.with(move |db, project| {
            let mut found = items(db, project, &query);
            found.extend(settings(db, project, &query));
            found.extend(tables(db, project, &query));
            found.sort_by_key(|symbol| symbol.distance);
            found
        })
    }
}

fn items(db: &dyn Db, project: Project, query: &str) -> Vec<ProjectSymbol> {
    let mut found = Vec::new();
    for file in project.policies(db) {
        for Symbol { name, kind, name_range, .. } in outline(db, *file) {
            if let Some(distance) = distance(query, &name) {
                let container = file.path(db).clone();
                let place = Place { file: container.clone(), range: name_range };
                found.push(ProjectSymbol { name, kind, container, place, distance });
            }
        }
    }
    found
}

/// Each setting where the configuration names it, or else where it is read first.
fn settings(db: &dyn Db, project: Project, query: &str) -> Vec<ProjectSymbol> {
    let mut found: BTreeMap<String, ProjectSymbol> = BTreeMap::new();
    let files = project.config(db).into_iter().chain(project.policies(db).iter().copied());
    for file in files {
        for mention in names::mentions(db, project, file) {
            let Name::Session(key) = &mention.name else { continue };
            let Some(distance) = distance(query, key) else { continue };
            found.entry(key.to_lowercase()).or_insert_with(|| ProjectSymbol {
                name: key.clone(),
                kind: SymbolKind::Setting,
                container: file.path(db).clone(),
                place: Place { file: file.path(db).clone(), range: byte_range(mention.range) },
                distance,
            });
        }
    }
    found.into_values().collect()
}

/// The tables whose place in the schema's text is known.
fn tables(db: &dyn Db, project: Project, query: &str) -> Vec<ProjectSymbol> {
    let Some(catalog) = queries::catalog(db, project).as_deref() else { return Vec::new() };
    let found = catalog.tables().filter_map(|(table, _)| {
        Some(ProjectSymbol {
            distance: distance(query, &table.name)?,
            name: table.name.to_string(),
            kind: SymbolKind::Table,
            container: table.schema.to_string(),
            place: relation_place(db, project, table)?,
        })
    });
    found.collect()
}

/// How far a name is from a query in lower case; `None` if it has not all its characters in that order.
fn distance(query: &str, name: &str) -> Option<u8> {
    let name = name.to_lowercase();
    if name == query {
        return Some(0);
    }
    if let Some(at) = name.find(query) {
        let begins_word = name.get(..at).is_some_and(|before| !before.ends_with(char::is_alphanumeric));
        return Some(if at == 0 {
            1
        } else if begins_word {
            2
        } else {
            3
        });
    }
    let mut left = name.chars();
    query.chars().all(|wanted| left.any(|c| c == wanted)).then_some(4)
}

#[cfg(test)]
mod tests;
