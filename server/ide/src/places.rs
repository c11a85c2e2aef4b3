//! Where items of the project stand, by what other places call them.

use pgpe_catalog::QualifiedName;
use pgpe_report::Place;
use pgpe_syntax::TextRange;

use crate::analysis::Analysis;
use crate::database::{Cancellable, Db};
use crate::queries::{self, Item, ItemKey};

impl Analysis {
    /// The name of the first policy in the project that is called like one of `names`.
    pub fn policy_place(&self, names: &[String]) -> Cancellable<Option<Place>> {
        self.with(|db, project| {
            queries::project_items(db, project).find_map(|key| match queries::item(db, *key) {
                Some(Item::Policy(policy)) if names.contains(&policy.name.value) => {
                    place(db, *key, policy.name.range)
                }
                _ => None,
            })
        })
    }

    /// The GRANT item that gives a role privileges on a table; of a table that is not in the project's schema,
    /// one that gives that role any.
    pub fn grant_place(&self, role: &str, table: &QualifiedName) -> Cancellable<Option<Place>> {
        self.with(|db, project| {
            let named: Vec<(ItemKey<'_>, TextRange)> = queries::project_items(db, project)
                .filter_map(|key| match queries::item(db, *key) {
                    Some(Item::Grant(grant)) => {
                        let role = grant.roles.iter().find(|it| it.value.eq_ignore_ascii_case(role))?;
                        Some((*key, role.range))
                    }
                    _ => None,
                })
                .collect();
            let selects = |key: &ItemKey<'_>| queries::selected(db, project, *key).contains(table);
            let found = named.iter().find(|(key, _)| selects(key)).or_else(|| named.first());
            found.and_then(|(key, range)| place(db, *key, *range))
        })
    }

    /// Whether a policy stands at an offset of a file.
    pub fn is_in_policy(&self, path: &str, offset: u32) -> Cancellable<bool> {
        self.with(|db, project| {
            let items = queries::project_items(db, project);
            let mut here = items.filter(|key| key.file(db).path(db) == path);
            here.any(|key| {
                matches!(queries::item(db, *key), Some(Item::Policy(_)))
                    && item_range(db, *key).is_some_and(|range| range.contains_inclusive(offset.into()))
            })
        })
    }
}

fn item_range(db: &dyn Db, key: ItemKey<'_>) -> Option<TextRange> {
    queries::item_ranges(db, key.file(db)).get(key.index(db)).copied()
}

/// A range relative to an item, as a place.
fn place(db: &dyn Db, key: ItemKey<'_>, relative: TextRange) -> Option<Place> {
    let range = relative + item_range(db, key)?.start();
    Some(Place { file: key.file(db).path(db).clone(), range: range.start().into()..range.end().into() })
}
