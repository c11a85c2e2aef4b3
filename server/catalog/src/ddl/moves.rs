//! Relations that get another name or schema.

use crate::QualifiedName;

use super::reader::Reader;

impl Reader<'_> {
    /// Gives a relation a new name, in its schema or another, and tells all that refer to it.
    pub(super) fn move_relation(&mut self, old: &QualifiedName, new: &QualifiedName) {
        if old == new {
            return;
        }
        if self.catalog.relations.contains_key(new) {
            return self.note(format!("{new} exists already"));
        }
        if old.schema != new.schema {
            self.qualify_policies(old);
        }
        self.rename_relation_in_policies(old, new);
        let Some(relation) = self.catalog.relations.remove(old) else { return };
        let columns: Vec<String> = relation.columns.iter().map(|column| column.name.clone()).collect();
        let policies: Vec<String> = relation.policies.keys().cloned().collect();
        for key in &relation.foreign_keys {
            self.free_up_constraint_name(old, &key.name);
            self.take_constraint_name(new, &key.name);
        }
        self.catalog.relations.insert(new.clone(), relation);
        if self.unenforced.remove(old) {
            self.unenforced.insert(new.clone());
        }
        self.move_indexes(old, new);
        let details = self.details.remove(old).unwrap_or_default();
        self.details.insert(new.clone(), details);
        for relation in self.catalog.relations.values_mut() {
            let targets = relation.foreign_keys.iter_mut().map(|key| &mut key.target);
            let names = targets.chain(&mut relation.inherits).chain(&mut relation.partition_of);
            names.filter(|name| *name == old).for_each(|name| name.clone_from(new));
        }
        for details in self.details.values_mut() {
            for names in [&mut details.children, &mut details.reads] {
                if names.remove(old) {
                    names.insert(new.clone());
                }
            }
        }
        if let Some(range) = self.sources.relations.remove(old) {
            self.sources.relations.insert(new.clone(), range);
        }
        for name in columns {
            if let Some(range) = self.sources.columns.remove(&(old.clone(), name.clone())) {
                self.sources.columns.insert((new.clone(), name), range);
            }
        }
        for name in policies {
            if let Some(range) = self.sources.policies.remove(&(old.clone(), name.clone())) {
                self.sources.policies.insert((new.clone(), name), range);
            }
        }
    }

    /// Indexes stay with their table, in its schema.
    fn move_indexes(&mut self, old: &QualifiedName, new: &QualifiedName) {
        for name in self.indexes_of(old) {
            let Some(mut index) = self.indexes.remove(&name) else { continue };
            index.table = new.clone();
            let moved = QualifiedName::new(&new.schema, &name.name);
            self.point_children_to(old, &name, &moved);
            self.indexes.insert(moved, index);
        }
    }

    /// ALTER SCHEMA … RENAME TO.
    pub(super) fn rename_schema(&mut self, old: &str, new: &str) {
        self.absent_schemas.insert(old.to_owned());
        self.absent_schemas.remove(new);
        let moved = |name: &QualifiedName| QualifiedName::new(new, &name.name);
        let relations: Vec<QualifiedName> = in_schema(self.catalog.relations.keys(), old);
        for name in relations {
            self.move_relation(&name, &moved(&name));
        }
        let types = self.catalog.enums.keys().chain(self.catalog.domains.keys());
        for name in in_schema(types, old) {
            self.rename_type(&name, &moved(&name));
        }
        for name in in_schema(self.catalog.functions.keys(), old) {
            if let Some(functions) = self.catalog.functions.remove(&name) {
                for function in &functions {
                    let place = self.sources.functions.remove(&(name.clone(), function.arguments.clone()));
                    if let Some(place) = place {
                        self.sources.functions.insert((moved(&name), function.arguments.clone()), place);
                    }
                }
                self.catalog.functions.insert(moved(&name), functions);
            }
        }
        for collations in [&mut self.collations, &mut self.catalog.nondeterministic_collations] {
            for name in in_schema(collations.iter(), old) {
                collations.remove(&name);
                collations.insert(moved(&name));
            }
        }
        let citext = self.catalog.extensions.get("citext").is_some_and(|schema| schema == old);
        for schema in self.catalog.extensions.values_mut().filter(|schema| *schema == old) {
            *schema = new.to_owned();
        }
        if citext {
            self.rename_type(&QualifiedName::new(old, "citext"), &QualifiedName::new(new, "citext"));
        }
    }
}

/// The names that are in a schema.
pub(super) fn in_schema<'n>(
    names: impl Iterator<Item = &'n QualifiedName>,
    schema: &str,
) -> Vec<QualifiedName> {
    names.filter(|name| name.schema == schema).cloned().collect()
}
