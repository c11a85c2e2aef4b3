//! Where what is named at a place is named too: in the project, or as highlights in one file.

use std::ops::Range;

use pgpe_report::Place;
use pgpe_syntax::TextRange;

use crate::analysis::{Analysis, find_file};
use crate::database::{Cancellable, Db, Project, SourceFile};
use crate::definition::byte_range;
use crate::names::{self, Entity, Form};
use crate::queries::{self, Item};

/// A place in a file that names what the cursor is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// The name, in byte offsets.
    pub range: Range<u32>,
    /// Whether it is defined there.
    pub defines: bool,
}

impl Analysis {
    /// All places of the project that name what is named at a place, in the order of files and texts; for a
    /// table also the selectors of what governs it. `None` if nothing is named there.
    pub fn references(
        &self,
        path: &str,
        offset: u32,
        with_definitions: bool,
    ) -> Cancellable<Option<Vec<Place>>> {
        self.with(|db, project| {
            let file = find_file(db, project, path)?;
            let (_, _, entity) = names::at(db, project, file, offset)?;
            let is_wanted = |form: Form| match form {
                // To the project, a role's privileges are one more place that names it.
                Form::Definition => with_definitions || matches!(entity, Entity::Role(_)),
                Form::Use | Form::Comment => true,
                Form::Prose => false,
            };
            let mut places = Vec::new();
            for file in names::files(db, project) {
                let named = names::naming(db, project, file, &entity).into_iter();
                let mut ranges: Vec<TextRange> =
                    named.filter(|(_, form)| is_wanted(*form)).map(|(range, _)| range).collect();
                ranges.extend(selectors(db, project, file, &entity, &ranges));
                ranges.sort_by_key(|range| range.start());
                let path = file.path(db);
                places
                    .extend(ranges.into_iter().map(|it| Place { file: path.clone(), range: byte_range(it) }));
            }
            Some(places)
        })
    }

    /// The places in the same file that name what is named at a place.
    pub fn highlights(&self, path: &str, offset: u32) -> Cancellable<Vec<Highlight>> {
        self.with(|db, project| {
            let Some(file) = find_file(db, project, path) else { return Vec::new() };
            let Some((_, _, entity)) = names::at(db, project, file, offset) else { return Vec::new() };
            let named = names::naming(db, project, file, &entity).into_iter();
            named
                .filter(|(_, form)| *form != Form::Prose)
                .map(|(range, form)| Highlight {
                    range: byte_range(range),
                    defines: form == Form::Definition && !matches!(entity, Entity::Role(_)),
                })
                .collect()
        })
    }
}

/// The selectors of a file by which tables are governed, unless they name them.
fn selectors(
    db: &dyn Db,
    project: Project,
    file: SourceFile,
    entity: &Entity,
    named: &[TextRange],
) -> Vec<TextRange> {
    let Entity::Tables(tables) = entity else { return Vec::new() };
    if !project.policies(db).contains(&file) {
        return Vec::new();
    }
    let items = queries::items(db, file).iter().zip(queries::item_ranges(db, file)).enumerate();
    items
        .filter_map(|(index, (item, place))| {
            let selector = match item {
                Item::Policy(policy) => policy.selector.as_ref(),
                Item::Grant(grant) => grant.selector.as_ref(),
            };
            let range = selector?.range + place.start();
            let key = queries::ItemKey::new(db, file, index);
            let selects = queries::selected(db, project, key).iter().any(|table| tables.contains(table));
            (selects && !named.iter().any(|name| range.contains_range(*name))).then_some(range)
        })
        .collect()
}

#[cfg(test)]
mod tests;
