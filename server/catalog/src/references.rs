//! Foreign keys by the table that they refer to.

use std::collections::HashMap;

use crate::{Catalog, ForeignKey, QualifiedName};

/// The foreign keys of a catalog by the table that they refer to, so that nobody has to look through all tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    by_target: HashMap<QualifiedName, Vec<ForeignKey>>,
}

impl References {
    /// Those of a catalog, as it is now.
    pub fn of(catalog: &Catalog) -> References {
        let mut by_target: HashMap<QualifiedName, Vec<ForeignKey>> = HashMap::new();
        for foreign_key in catalog.relations.values().flat_map(|relation| &relation.foreign_keys) {
            by_target.entry(foreign_key.target.clone()).or_default().push(foreign_key.clone());
        }
        References { by_target }
    }

    /// The foreign keys that refer to a table, in the order of the tables that have them.
    pub fn to(&self, table: &QualifiedName) -> &[ForeignKey] {
        self.by_target.get(table).map_or(&[], Vec::as_slice)
    }
}
