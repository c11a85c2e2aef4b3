//! DROP of everything, and what goes along.

use squawk_syntax::ast::{self, AstNode};

use super::moves::in_schema;
use super::names::{Spelled, name_of, spelled};
use super::reader::Reader;
use crate::type_name::quote_qualified;
use crate::{BaseType, QualifiedName};

/// Whether a DROP is CASCADE.
pub(super) fn cascades(behavior: Option<ast::DropBehavior>) -> bool {
    matches!(behavior, Some(ast::DropBehavior::Cascade(_)))
}

impl Reader<'_> {
    /// DROP TABLE, VIEW, MATERIALIZED VIEW and FOREIGN TABLE.
    pub(super) fn drop_relations(
        &mut self,
        names: impl Iterator<Item = impl AstNode>,
        behavior: Option<ast::DropBehavior>,
    ) {
        let names: Vec<Spelled> = names.filter_map(|name| spelled(&name)).collect();
        for name in names {
            if name.schema.is_none() && self.temporary.remove(&name.name) {
                continue;
            }
            if let Some(name) = self.find_relation(&name) {
                self.drop_relation(&name, cascades(behavior.clone()));
            }
        }
    }

    /// Removes a relation, its partitions and what refers to it.
    pub(super) fn drop_relation(&mut self, name: &QualifiedName, cascade: bool) {
        for child in self.children(name) {
            self.drop_relation(&child, cascade);
        }
        if cascade {
            self.drop_policies_on_relation(name);
            for view in self.views_on(name) {
                self.drop_relation(&view, true);
            }
        }
        for index in self.indexes_of(name) {
            self.remove_index(&index);
        }
        let Some(relation) = self.catalog.relations.remove(name) else { return };
        for key in &relation.foreign_keys {
            self.free_up_constraint_name(name, &key.name);
        }
        self.remove_foreign_keys(|_, key| key.target == *name);
        for parent in relation.inherits.iter().chain(&relation.partition_of) {
            self.details_mut(parent).children.remove(name);
        }
        self.details.remove(name);
        self.unenforced.remove(name);
        self.sources.relations.remove(name);
        for column in &relation.columns {
            self.sources.columns.remove(&(name.clone(), column.name.clone()));
        }
        for policy in relation.policies.into_keys() {
            self.sources.policies.remove(&(name.clone(), policy));
        }
    }

    /// The views that read a relation.
    fn views_on(&self, relation: &QualifiedName) -> Vec<QualifiedName> {
        let readers = self.details.iter().filter(|(_, details)| details.reads.contains(relation));
        readers.map(|(view, _)| view.clone()).collect()
    }

    /// Removes foreign keys of any table.
    fn remove_foreign_keys(&mut self, condition: impl Fn(&QualifiedName, &crate::ForeignKey) -> bool) {
        let mut freed = Vec::new();
        for (table, relation) in &mut self.catalog.relations {
            relation.foreign_keys.retain(|key| {
                let goes = condition(table, key);
                if goes {
                    freed.push((table.clone(), key.name.clone()));
                }
                !goes
            });
        }
        for (table, name) in freed {
            self.free_up_constraint_name(&table, &name);
        }
    }

    /// Removes the foreign keys that rest on a unique index which is about to go.
    pub(super) fn drop_dependent_foreign_keys(&mut self, name: &QualifiedName) {
        let Some(index) = self.indexes.get(name).filter(|index| index.unique) else { return };
        let columns = |index: &super::state::Index| {
            let mut columns: Vec<String> = index.elements.iter().map(|it| it.name().to_owned()).collect();
            columns.sort();
            columns
        };
        let (table, gone) = (index.table.clone(), columns(index));
        let others = self.indexes_of(&table);
        let others = others.iter().filter(|other| *other != name).filter_map(|other| self.indexes.get(other));
        if others.filter(|other| other.unique).any(|other| columns(other) == gone) {
            return;
        }
        self.remove_foreign_keys(|_, key| {
            let mut target_columns = key.target_columns.clone();
            target_columns.sort();
            key.target == table && target_columns == gone
        });
    }

    /// Removes a column with all that needs it, from child tables too unless `only`.
    pub(super) fn drop_column(&mut self, table: &QualifiedName, column: &str, cascade: bool, only: bool) {
        for child in self.children(table) {
            let inherited =
                self.details.get(&child).is_some_and(|details| details.inherited.contains(column));
            if !inherited {
                continue;
            }
            let others =
                self.catalog.relations.get(&child).map(|child| child.inherits.clone()).unwrap_or_default();
            let elsewhere = others.iter().filter(|other| *other != table).any(|other| {
                self.catalog.relations.get(other).is_some_and(|other| other.column(column).is_some())
            });
            if only {
                self.details_mut(&child).inherited.remove(column);
            } else if !elsewhere {
                self.drop_column(&child, column, cascade, only);
            }
        }
        if cascade {
            self.drop_policies_on_column(table, column);
            let mut readers = self.views_on(table);
            readers.retain(|view| self.details.get(view).is_some_and(|it| it.reads_columns.contains(column)));
            readers.iter().for_each(|view| self.drop_relation(view, true));
        }
        for name in self.indexes_of(table) {
            if self.indexes.get(&name).is_some_and(|index| index.needs(column)) {
                self.drop_dependent_foreign_keys(&name);
                self.remove_index(&name);
            }
        }
        let contains = |columns: &[String]| columns.iter().any(|name| name == column);
        self.remove_foreign_keys(|owner, key| {
            (owner == table && contains(&key.columns))
                || (key.target == *table && contains(&key.target_columns))
        });
        if let Some(relation) = self.relation_mut(table) {
            relation.columns.retain(|it| it.name != column);
            relation.grants.retain(|grant| grant.column.as_deref() != Some(column));
        }
        let details = self.details_mut(table);
        details.inherited.remove(column);
        details.not_null.retain(|_, constraint| constraint.column != column);
        self.sources.columns.remove(&(table.clone(), column.to_owned()));
    }

    /// DROP INDEX.
    pub(super) fn drop_indexes(&mut self, node: &ast::DropIndex) {
        for name in node.index_refs().filter_map(|name| spelled(&name)) {
            if let Some(name) = self.find_index(&name) {
                self.drop_dependent_foreign_keys(&name);
                self.remove_index(&name);
            }
        }
    }

    /// DROP TYPE and DROP DOMAIN; with CASCADE the columns and functions that use them go too.
    pub(super) fn drop_types(
        &mut self,
        names: impl Iterator<Item = impl AstNode>,
        behavior: Option<ast::DropBehavior>,
    ) {
        let names: Vec<Spelled> = names.filter_map(|name| spelled(&name)).collect();
        for name in names {
            let known = |name: &QualifiedName| {
                self.catalog.enums.contains_key(name) || self.catalog.domains.contains_key(name)
            };
            let name = self.resolve(&name, known).unwrap_or_else(|| self.created(&name));
            self.drop_type(&name, cascades(behavior.clone()));
        }
    }

    fn drop_type(&mut self, name: &QualifiedName, cascade: bool) {
        if cascade {
            let text = quote_qualified(name);
            let uses = |ty: &crate::ColumnType| {
                ty.domain.as_ref() == Some(name)
                    || matches!(&ty.base, BaseType::Enum(base) if base == name)
                    || ty
                        .display
                        .strip_prefix(&text)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '(']))
            };
            let relations = self.catalog.relations.iter();
            let columns: Vec<(QualifiedName, String)> = relations
                .flat_map(|(table, relation)| {
                    let columns = relation.columns.iter().filter(|column| uses(&column.ty));
                    columns.map(|column| (table.clone(), column.name.clone()))
                })
                .collect();
            for functions in self.catalog.functions.values_mut() {
                functions.retain(|function| !function.arguments.iter().chain(&function.returns).any(uses));
            }
            self.catalog.functions.retain(|_, functions| !functions.is_empty());
            for (table, column) in columns {
                // Without its partition key a table cannot be.
                if self.details.get(&table).is_some_and(|details| details.partition_key.contains(&column)) {
                    self.drop_relation(&table, true);
                } else {
                    self.drop_column(&table, &column, true, false);
                }
            }
            let over = self.domains.iter().filter(|(_, details)| details.over.as_ref() == Some(name));
            let mut over: Vec<QualifiedName> = over.map(|(domain, _)| domain.clone()).collect();
            over.extend(
                self.catalog
                    .domains
                    .iter()
                    .filter(|(domain, it)| *domain != name && uses(&it.base))
                    .map(|(domain, _)| domain.clone()),
            );
            self.catalog.enums.remove(name);
            self.catalog.domains.remove(name);
            self.domains.remove(name);
            over.iter().for_each(|domain| self.drop_type(domain, true));
        }
        self.catalog.enums.remove(name);
        self.catalog.domains.remove(name);
        self.domains.remove(name);
    }

    /// DROP SCHEMA.
    pub(super) fn drop_schemas(&mut self, node: &ast::DropSchema) {
        for schema in node.schema_refs().map(|schema| name_of(&schema)) {
            for name in in_schema(self.catalog.relations.keys(), &schema) {
                self.drop_relation(&name, true);
            }
            let types = self.catalog.enums.keys().chain(self.catalog.domains.keys());
            for name in in_schema(types, &schema) {
                self.drop_type(&name, true);
            }
            for name in in_schema(self.catalog.functions.keys(), &schema) {
                self.drop_policies_on_function(&name);
                self.catalog.functions.remove(&name);
                self.sources.functions.retain(|(known, _), _| *known != name);
            }
            self.catalog.nondeterministic_collations.retain(|name| name.schema != schema);
            self.collations.retain(|name| name.schema != schema);
            self.catalog.extensions.retain(|_, it| *it != schema);
            self.schemas.remove(&schema);
            self.absent_schemas.insert(schema);
        }
    }

    /// DROP EXTENSION.
    pub(super) fn drop_extensions(&mut self, node: &ast::DropExtension) {
        for name in node.extension_refs().map(|name| name_of(&name)) {
            let schema = self.catalog.extensions.remove(&name);
            if let Some(schema) = schema.filter(|_| name == "citext") {
                self.drop_type(&QualifiedName::new(schema, "citext"), cascades(node.drop_behavior()));
            }
        }
    }

    /// DROP COLLATION.
    pub(super) fn drop_collations(&mut self, node: &ast::DropCollation) {
        for name in node.collation_refs().filter_map(|name| spelled(&name)) {
            let known = |name: &QualifiedName| {
                self.collations.contains(name) || self.catalog.nondeterministic_collations.contains(name)
            };
            if let Some(name) = self.resolve(&name, known) {
                self.collations.remove(&name);
                self.catalog.nondeterministic_collations.remove(&name);
            }
        }
    }
}
