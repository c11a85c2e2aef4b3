//! CREATE TABLE and CREATE FOREIGN TABLE, with inheritance, partitions and LIKE.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::column::Definition;
use super::constraint::{Constraint, read_constraint};
use super::index::{NewIndex, identifiers};
use super::names::spelled;
use super::reader::Reader;
use crate::{QualifiedName, Relation, RelationKind};

/// What CREATE TABLE and CREATE FOREIGN TABLE have in common.
pub(super) struct NewTable {
    pub(super) kind: RelationKind,
    pub(super) name: Option<ast::TableName>,
    pub(super) if_not_exists: bool,
    pub(super) args: Option<ast::TableArgList>,
    pub(super) inherits: Option<ast::Inherits>,
    pub(super) partition_of: Option<ast::PartitionOf>,
    /// What the table's own partition key mentions.
    pub(super) partition_key: BTreeSet<String>,
}

impl Reader<'_> {
    /// CREATE TABLE.
    pub(super) fn create_table(&mut self, node: &ast::CreateTable) {
        let name = node.table_name().and_then(|name| spelled(&name));
        if let (Some(ast::Persistence::Temp(_)), Some(name)) = (node.persistence(), &name) {
            self.temporary.insert(name.name.clone());
            return;
        }
        if let (Some(of), Some(name)) = (node.of_type(), &name) {
            let name = self.created(name);
            self.note(format!("the columns of {name} are those of a type: {}", self.text_of(of.syntax())));
            self.mark_missing(name);
            return;
        }
        let partitioned = node.partition_by().is_some();
        self.add_table(&NewTable {
            kind: if partitioned { RelationKind::PartitionedTable } else { RelationKind::Table },
            name: node.table_name(),
            if_not_exists: node.if_not_exists().is_some(),
            args: node.table_arg_list(),
            inherits: node.inherits(),
            partition_of: node.partition_of(),
            partition_key: node
                .partition_by()
                .map(|by| identifiers(self.text_of(by.syntax())))
                .unwrap_or_default(),
        });
    }

    /// CREATE FOREIGN TABLE.
    pub(super) fn create_foreign_table(&mut self, node: &ast::CreateForeignTable) {
        self.add_table(&NewTable {
            kind: RelationKind::ForeignTable,
            name: node.table_name(),
            if_not_exists: node.if_not_exists().is_some(),
            args: node.table_arg_list(),
            inherits: node.inherits(),
            partition_of: node.partition_of(),
            partition_key: BTreeSet::new(),
        });
    }

    fn add_table(&mut self, new: &NewTable) {
        let Some(spelled) = new.name.as_ref().and_then(spelled) else { return };
        if spelled.schema.as_deref() == Some("pg_temp") {
            self.temporary.insert(spelled.name);
            return;
        }
        let name = self.created(&spelled);
        if self.catalog.relations.contains_key(&name) {
            if !new.if_not_exists {
                self.note(format!("{name} exists already"));
            }
            return;
        }
        // All of these stand for what exists before the new table does.
        let parent = new.partition_of.as_ref().and_then(|of| of.table_name_ref());
        let parent = parent.and_then(|parent| self.need_relation(&parent));
        let inherited = new.inherits.iter().flat_map(|inherits| inherits.table_name_refs());
        let inherited: Vec<QualifiedName> =
            inherited.filter_map(|parent| self.need_relation(&parent)).collect();
        let args: Vec<ast::TableArg> = new.args.iter().flat_map(|args| args.args()).collect();
        let mut sources: Vec<Option<QualifiedName>> = Vec::new();
        for arg in &args {
            if let ast::TableArg::LikeClause(like) = arg {
                sources.push(like.relation_name_ref().and_then(|source| self.need_relation(&source)));
            }
        }
        self.add_relation(&name, Relation::new(new.kind), &spelled.range);
        self.details_mut(&name).partition_key.clone_from(&new.partition_key);
        if let Some(parent) = &parent {
            self.take_columns(&name, parent);
            self.link_partition(&name, parent);
        }
        for parent in inherited {
            self.take_columns(&name, &parent);
            self.link_child(&name, &parent);
        }
        let (constraints, models) = self.read_arguments(&name, args, sources);
        if let Some(parent) = &parent {
            self.inherit_constraints(&name, parent);
        }
        self.add_constraints(&name, constraints, false);
        for model in models {
            for index in self.indexes_of(&model) {
                if let Some(index) = self.indexes.get(&index) {
                    let index = NewIndex::like(index);
                    self.define_index(&name, &index, false, None);
                }
            }
        }
    }

    /// Registers a relation that is created at a place of the current statement.
    pub(super) fn add_relation(
        &mut self,
        name: &QualifiedName,
        mut relation: Relation,
        range: &std::ops::Range<usize>,
    ) {
        relation.owner = self.role.clone();
        self.sources.relations.insert(name.clone(), self.in_file(range));
        self.catalog.relations.insert(name.clone(), relation);
    }

    /// Columns and constraints in parentheses, the sources of its LIKEs being known; those whose indexes
    /// LIKE copies come second.
    fn read_arguments(
        &mut self,
        table: &QualifiedName,
        args: Vec<ast::TableArg>,
        sources: Vec<Option<QualifiedName>>,
    ) -> (Vec<Constraint>, Vec<QualifiedName>) {
        let mut constraints = Vec::new();
        let mut models = Vec::new();
        let mut sources = sources.into_iter();
        for arg in args {
            match arg {
                ast::TableArg::Column(column) => {
                    if let Some(definition) = Definition::of_column(&column) {
                        self.define_column(table, &definition, &mut constraints);
                    }
                }
                ast::TableArg::TableConstraint(constraint) => {
                    let constraint = ast::Constraint::cast(constraint.syntax().clone());
                    constraints.extend(constraint.and_then(|constraint| read_constraint(&constraint, None)));
                }
                ast::TableArg::LikeClause(like) => {
                    if let Some(source) = sources.next().flatten() {
                        models.extend(self.copy_like(table, source, &like));
                    }
                }
            }
        }
        (constraints, models)
    }

    /// A column of CREATE TABLE, which may merge with one that a parent has.
    fn define_column(
        &mut self,
        table: &QualifiedName,
        definition: &Definition,
        constraints: &mut Vec<Constraint>,
    ) {
        let name = super::names::name_of(&definition.name);
        let inherited = self.catalog.relations.get(table).is_some_and(|table| table.column(&name).is_some());
        let read = self.read_column(definition);
        match read {
            // `PARTITION OF … (column NOT NULL)` has no type.
            None if inherited => constraints.extend(self.constraints_at(&name, definition)),
            None => self.note(format!("the type of {table}.{name} was not understood")),
            Some((column, more)) => {
                constraints.extend(more);
                if inherited {
                    if column.not_null {
                        self.set_not_null(table, std::iter::once(name.as_str()));
                    }
                } else {
                    self.push_column(table, column, definition);
                }
            }
        }
        self.details_mut(table).inherited.remove(&name);
    }

    /// `LIKE source`: its columns. Gives the source if its indexes are to be copied as well.
    fn copy_like(
        &mut self,
        table: &QualifiedName,
        source: QualifiedName,
        like: &ast::LikeClause,
    ) -> Option<QualifiedName> {
        let (mut indexes, mut comments) = (false, false);
        for option in like.like_options() {
            let (on, property) = match option {
                ast::LikeOption::IncludingProperty(option) => (true, option.table_property()),
                ast::LikeOption::ExcludingProperty(option) => (false, option.table_property()),
            };
            match property {
                Some(ast::TableProperty::PropertyAll(_)) => (indexes, comments) = (on, on),
                Some(ast::TableProperty::PropertyIndexes(_)) => indexes = on,
                Some(ast::TableProperty::PropertyComments(_)) => comments = on,
                _ => {}
            }
        }
        let relation = self.catalog.relations.get(&source)?;
        if matches!(relation.kind, RelationKind::View | RelationKind::MaterializedView) {
            self.note(format!("{table} is like the view {source}, the types of which are not known"));
        }
        self.copy_columns(table, &source, comments);
        let names = self.catalog.relations.get(&source)?.columns.iter().map(|column| column.name.clone());
        let names: BTreeSet<String> = names.collect();
        // What is copied is the table's own, even if a parent has it too.
        self.details_mut(table).inherited.retain(|name| !names.contains(name));
        indexes.then_some(source)
    }

    /// Columns from a parent table.
    fn take_columns(&mut self, table: &QualifiedName, parent: &QualifiedName) {
        let new = self.copy_columns(table, parent, false);
        self.details_mut(table).inherited.extend(new);
    }

    /// Copies another table's columns: those that are new, which it gives, and NOT NULL of those that are not.
    fn copy_columns(&mut self, table: &QualifiedName, source: &QualifiedName, comments: bool) -> Vec<String> {
        let columns = self.catalog.relations.get(source).map(|source| source.columns.clone());
        let mut new = Vec::new();
        for mut column in columns.unwrap_or_default() {
            let Some(relation) = self.catalog.relations.get_mut(table) else { break };
            if let Some(own) = relation.columns.iter_mut().find(|own| own.name == column.name) {
                own.not_null |= column.not_null;
                continue;
            }
            column.comment = column.comment.filter(|_| comments);
            new.push(column.name.clone());
            relation.columns.push(column);
        }
        for name in &new {
            if let Some(range) = self.sources.columns.get(&(source.clone(), name.clone())).cloned() {
                self.sources.columns.insert((table.clone(), name.clone()), range);
            }
        }
        new
    }

    /// Classic inheritance.
    pub(super) fn link_child(&mut self, child: &QualifiedName, parent: &QualifiedName) {
        self.details_mut(parent).children.insert(child.clone());
        if let Some(relation) = self.relation_mut(child) {
            relation.inherits.push(parent.clone());
        }
    }

    /// Makes a table a partition.
    pub(super) fn link_partition(&mut self, partition: &QualifiedName, parent: &QualifiedName) {
        self.details_mut(parent).children.insert(partition.clone());
        if let Some(relation) = self.relation_mut(partition) {
            relation.partition_of = Some(parent.clone());
        }
    }

    /// The indexes and foreign keys that a partition has from its partitioned table.
    pub(super) fn inherit_constraints(&mut self, partition: &QualifiedName, parent: &QualifiedName) {
        for index in self.indexes_of(parent) {
            self.ensure_partition_index(partition, &index);
        }
        let keys = self.catalog.relations.get(parent).map(|parent| parent.foreign_keys.clone());
        for key in keys.unwrap_or_default() {
            self.inherit_foreign_key(partition, key);
        }
    }
}
