//! Which columns foreign keys refer to.

use std::collections::{BTreeSet, HashMap};

use crate::{Catalog, ForeignKey, QualifiedName};

/// The columns that foreign keys of a catalog refer to, by the column that refers, so that nobody has to look through all
/// tables, nor through all that refer to one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    by_target: HashMap<QualifiedName, HashMap<String, BTreeSet<String>>>,
}

impl References {
    /// Those of a catalog, as it is now.
    pub fn of(catalog: &Catalog) -> References {
        let mut by_target: HashMap<QualifiedName, HashMap<String, BTreeSet<String>>> = HashMap::new();
        for foreign_key in catalog.relations.values().flat_map(|relation| &relation.foreign_keys) {
            let referred = by_target.entry(foreign_key.target.clone()).or_default();
            for (column, target) in foreign_key.column_pairs() {
                if !referred.get(column).is_some_and(|targets| targets.contains(target)) {
                    referred.entry(column.to_owned()).or_default().insert(target.to_owned());
                }
            }
        }
        References { by_target }
    }

    /// The columns of a table that columns of that name refer to, sorted, wherever these are.
    pub fn to(&self, table: &QualifiedName, from_column: &str) -> impl Iterator<Item = &str> {
        let targets = self.by_target.get(table).and_then(|referred| referred.get(from_column));
        targets.into_iter().flatten().map(String::as_str)
    }
}

impl ForeignKey {
    /// The columns that refer, each with the one that it refers to.
    pub fn column_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let targets = self.target_columns.iter().map(String::as_str);
        self.columns.iter().map(String::as_str).zip(targets)
    }
}
