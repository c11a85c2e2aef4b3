//! What inheritance and foreign partitions leave of the promises that tables make about their rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Catalog, QualifiedName, RelationKind};

impl Catalog {
    /// Takes back what does not hold for all rows that a query of a table gives, those of the tables that
    /// inherit from it included. To be called once the relations are complete.
    pub fn settle_inheritance(&mut self) {
        let mut parents: BTreeSet<QualifiedName> =
            self.relations.values().flat_map(|relation| &relation.inherits).cloned().collect();
        parents.extend(self.with_foreign_partitions());
        let children = self.children();
        for parent in &parents {
            self.weaken_not_null(parent, &children);
        }
        for (name, relation) in &mut self.relations {
            relation.has_inheritance_children |= parents.contains(name);
        }
    }

    /// The tables that inherit from each, partitions included.
    fn children(&self) -> BTreeMap<QualifiedName, Vec<QualifiedName>> {
        let mut children: BTreeMap<QualifiedName, Vec<QualifiedName>> = BTreeMap::new();
        for (name, relation) in &self.relations {
            for parent in relation.inherits.iter().chain(&relation.partition_of) {
                children.entry(parent.clone()).or_default().push(name.clone());
            }
        }
        children
    }

    /// A query of a table also gives the rows of those that inherit from it, in which a column may be
    /// nullable that is NOT NULL in the parent.
    fn weaken_not_null(
        &mut self,
        parent: &QualifiedName,
        children: &BTreeMap<QualifiedName, Vec<QualifiedName>>,
    ) {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&QualifiedName> = children.get(parent).into_iter().flatten().collect();
        let mut nullable: BTreeSet<String> = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            open.extend(children.get(name).into_iter().flatten());
            let columns = self.relations.get(name).into_iter().flat_map(|relation| &relation.columns);
            nullable.extend(columns.filter(|column| !column.not_null).map(|column| column.name.clone()));
        }
        let columns = self.relations.get_mut(parent).map(|parent| &mut parent.columns);
        for column in columns.into_iter().flatten().filter(|column| nullable.contains(&column.name)) {
            column.not_null = false;
        }
    }

    /// Partitioned tables with a foreign table somewhere below, which keeps no constraint.
    fn with_foreign_partitions(&self) -> BTreeSet<QualifiedName> {
        let mut found = BTreeSet::new();
        let foreign = self.relations.values().filter(|relation| relation.kind == RelationKind::ForeignTable);
        for relation in foreign {
            let mut parent = relation.partition_of.as_ref();
            while let Some(name) = parent.filter(|name| !found.contains(*name)) {
                found.insert(name.clone());
                parent = self.relations.get(name).and_then(|relation| relation.partition_of.as_ref());
            }
        }
        found
    }
}
