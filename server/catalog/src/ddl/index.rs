//! Indexes: CREATE INDEX, those behind constraints, and what partitions do with them.

use std::collections::BTreeSet;

use squawk_syntax::SourceFile;
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::column_name::ColumnName;

use super::constraint::free_name;
use super::names::{Spelled, joined_columns, name_of, spelled};
use super::reader::Reader;
use super::state::{Element, Index};
use crate::lex::{cut_name, plain_tokens};
use crate::type_name::TypeName;
use crate::{BaseType, Collation, QualifiedName, RelationKind};

/// An index to be created.
#[derive(Debug, Clone)]
pub(super) struct NewIndex {
    pub(super) name: Option<String>,
    /// The labels of the index that this is a copy of.
    pub(super) labels: Option<Vec<String>>,
    pub(super) elements: Vec<Element>,
    pub(super) include: Vec<String>,
    pub(super) unique: bool,
    pub(super) primary: bool,
    pub(super) constraint: bool,
    pub(super) deferrable: bool,
    pub(super) initially_deferred: bool,
    pub(super) distinct_nulls: bool,
    pub(super) valid: bool,
    pub(super) predicate: Option<String>,
    pub(super) mentions: BTreeSet<String>,
}

impl NewIndex {
    /// Whether PostgreSQL would make one index of the two.
    pub(super) fn same_definition(&self, other: &NewIndex) -> bool {
        self.elements == other.elements
            && self.include == other.include
            && self.unique == other.unique
            && self.deferrable == other.deferrable
            && self.initially_deferred == other.initially_deferred
            && self.distinct_nulls == other.distinct_nulls
    }

    /// An index like an existing one, without its name.
    pub(super) fn like(index: &Index) -> NewIndex {
        NewIndex {
            name: None,
            labels: Some(index.labels.clone()),
            elements: index.elements.clone(),
            include: index.include.clone(),
            unique: index.unique,
            primary: index.primary,
            constraint: index.constraint,
            deferrable: index.deferrable,
            initially_deferred: false,
            distinct_nulls: true,
            valid: true,
            predicate: index.predicate.clone(),
            mentions: index.mentions.clone(),
        }
    }
}

/// The identifiers in a piece of SQL: the columns that it may mention.
pub(super) fn identifiers(text: &str) -> BTreeSet<String> {
    plain_tokens(text).into_iter().filter_map(|token| token.name(text)).collect()
}

impl Reader<'_> {
    /// CREATE INDEX.
    pub(super) fn create_index(&mut self, node: &ast::CreateIndex) {
        let Some(on) = node.table_relation_name() else { return };
        let only = on.only_token().is_some();
        let Some(table) = on.table_name_ref().and_then(|table| self.need_relation(&table)) else { return };
        let name = node.index().and_then(|index| spelled(&index)).map(|index| index.name);
        if let Some(name) = &name {
            let name = QualifiedName::new(&table.schema, name);
            if self.indexes.contains_key(&name) || self.catalog.relations.contains_key(&name) {
                if node.if_not_exists().is_none() {
                    self.note(format!("{name} exists already"));
                }
                return;
            }
        }
        let mut mentions = BTreeSet::new();
        let mut elements: Vec<Element> = Vec::new();
        let items = node.partition_item_list().into_iter().flat_map(|list| list.partition_items());
        for item in items {
            let Some(element) = self.element(&table, &item) else {
                return self.note(format!("an element of an index on {table} was not understood"));
            };
            if let Element::Expression { text, .. } = &element {
                mentions.extend(identifiers(text));
            }
            elements.push(element);
        }
        let include = node.index_include_clause().and_then(|clause| clause.partition_item_list());
        let include = include.into_iter().flat_map(|list| list.partition_items());
        let include = include.filter_map(|item| Some(name_of(&item.expr()?))).collect();
        let predicate = node.where_clause().and_then(|clause| clause.expr());
        let predicate = predicate.map(|expr| self.text_of(expr.syntax()).trim().to_owned());
        if let Some(predicate) = &predicate {
            mentions.extend(identifiers(predicate));
        }
        let new = NewIndex {
            name,
            labels: None,
            elements,
            include,
            unique: node.unique_token().is_some(),
            primary: false,
            constraint: false,
            deferrable: false,
            initially_deferred: false,
            distinct_nulls: true,
            valid: true,
            predicate,
            mentions,
        };
        self.define_index(&table, &new, only, None);
    }

    /// An element of an index.
    fn element(&self, table: &QualifiedName, item: &ast::PartitionItem) -> Option<Element> {
        let expr = item.expr()?;
        // `a COLLATE "x"` may come as an expression, but is the column all the same.
        let (inner, collated) = match &expr {
            ast::Expr::Collate(collate) => (collate.expr()?, true),
            _ => (expr.clone(), item.collate().is_some()),
        };
        if let ast::Expr::NameRef(name) = &inner {
            let name = name_of(name);
            let own_equality = self.compares_as_column(table, &name, collated, item.op_class_ref());
            return Some(if own_equality {
                Element::Column(name)
            } else {
                Element::Expression { text: self.text_of(item.syntax()).trim().to_owned(), name }
            });
        }
        let text = self.text_of(expr.syntax()).trim().to_owned();
        let name = expression_name(&text).unwrap_or_else(|| "expr".to_owned());
        Some(Element::Expression { text, name })
    }

    /// Whether the index takes values for equal that the column's own `=` does: not if it compares a
    /// nondeterministically collated column by another collation, or by an operator class of its own.
    fn compares_as_column(
        &self,
        table: &QualifiedName,
        column: &str,
        collated: bool,
        class: Option<ast::OpClassRef>,
    ) -> bool {
        let column = self.catalog.relations.get(table).and_then(|relation| relation.column(column));
        let nondeterministic = column.is_none_or(|column| column.ty.collation == Collation::Nondeterministic);
        let citext = column.is_none_or(|column| matches!(column.ty.base, BaseType::Citext { .. }));
        let usual_class = class.and_then(|class| spelled(&class)).is_none_or(|class| {
            // The classes of text tell apart what citext does not.
            if citext {
                return class.name == "citext_ops" || class.name == "citext_pattern_ops";
            }
            let of_type = class.name.strip_suffix("_ops").unwrap_or_default();
            let of_type = of_type.strip_suffix("_pattern").unwrap_or(of_type);
            // A class named after a type is PostgreSQL's default for it, and has its equality.
            class.schema.is_none_or(|schema| schema == "pg_catalog")
                && (of_type == "array"
                    || of_type == "enum"
                    || TypeName::parse(of_type).is_some_and(|name| name.is_builtin()))
        });
        usual_class && !(collated && nondeterministic)
    }

    /// Creates an index on a table and, unless `only`, on all of its partitions. Gives its name.
    pub(super) fn define_index(
        &mut self,
        table: &QualifiedName,
        new: &NewIndex,
        only: bool,
        parent: Option<&QualifiedName>,
    ) -> Option<QualifiedName> {
        let relation = self.catalog.relations.get(table)?;
        let unknown = new.elements.iter().find_map(|element| match element {
            Element::Column(name) if relation.column(name).is_none() => Some(name.clone()),
            _ => None,
        });
        if let Some(column) = unknown {
            self.note(format!("an index on {table} is over {column}, which is not a column of it"));
            return None;
        }
        let partitioned = relation.kind == RelationKind::PartitionedTable;
        let name = match &new.name {
            Some(name) => QualifiedName::new(&table.schema, name),
            None => QualifiedName::new(&table.schema, self.free_index_name(table, new)),
        };
        if self.indexes.contains_key(&name) {
            self.note(format!("{name} exists already"));
            return None;
        }
        let partitions = if partitioned { self.children(table) } else { Vec::new() };
        let index = Index {
            table: table.clone(),
            labels: labels(new),
            elements: new.elements.clone(),
            include: new.include.clone(),
            unique: new.unique,
            primary: new.primary,
            constraint: new.constraint,
            deferrable: new.deferrable,
            // Without its partitions' indexes it covers nothing of what they hold.
            valid: new.valid && (!only || partitions.is_empty()),
            predicate: new.predicate.clone(),
            mentions: new.mentions.clone(),
            parent: parent.cloned(),
        };
        self.insert_index(name.clone(), index);
        if new.primary {
            self.set_not_null(table, new.elements.iter().map(Element::name));
        }
        if !only {
            for partition in partitions {
                self.ensure_partition_index(&partition, &name);
            }
        }
        Some(name)
    }

    pub(super) fn insert_index(&mut self, name: QualifiedName, index: Index) {
        self.details_mut(&index.table).indexes.insert(name.name.to_string());
        self.indexes.insert(name, index);
    }

    /// Removes an index, and those of partitions that belong to it.
    pub(super) fn remove_index(&mut self, name: &QualifiedName) {
        let Some(index) = self.indexes.remove(name) else { return };
        self.details_mut(&index.table).indexes.remove(name.name.as_str());
        for partition in self.children(&index.table) {
            for child in self.indexes_of(&partition) {
                if self.indexes.get(&child).is_some_and(|index| index.parent.as_ref() == Some(name)) {
                    self.remove_index(&child);
                }
            }
        }
    }

    /// Gives a partition its part of an index of the partitioned table: an index that it has, or a new one.
    pub(super) fn ensure_partition_index(&mut self, partition: &QualifiedName, parent: &QualifiedName) {
        let Some(parent_index) = self.indexes.get(parent).cloned() else { return };
        let fitting = self.indexes_of(partition).into_iter().find(|name| {
            self.indexes
                .get(name)
                .is_some_and(|index| index.valid && index.parent.is_none() && parent_index.matches(index))
        });
        match fitting.and_then(|name| self.indexes.get_mut(&name)) {
            Some(index) => index.parent = Some(parent.clone()),
            None => {
                self.define_index(partition, &NewIndex::like(&parent_index), false, Some(parent));
            }
        }
    }

    /// `ALTER INDEX … ATTACH PARTITION …`.
    pub(super) fn attach_index(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        if let Some(index) = self.indexes.get_mut(child) {
            index.parent = Some(parent.clone());
        }
        self.validate_partitioned_index(parent);
    }

    /// A partitioned table's index becomes valid once every partition has its part of it.
    fn validate_partitioned_index(&mut self, name: &QualifiedName) {
        let Some(index) = self.indexes.get(name) else { return };
        let complete = self.children(&index.table).iter().all(|partition| {
            self.indexes_of(partition)
                .iter()
                .filter_map(|child| self.indexes.get(child))
                .any(|child| child.valid && child.parent.as_ref() == Some(name))
        });
        if !complete || index.valid {
            return;
        }
        let above = index.parent.clone();
        if let Some(index) = self.indexes.get_mut(name) {
            index.valid = true;
        }
        if let Some(above) = above {
            self.validate_partitioned_index(&above);
        }
    }

    /// Names of a relation's indexes.
    pub(super) fn indexes_of(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let names = self.details.get(table).map(|details| &details.indexes);
        names.into_iter().flatten().map(|name| QualifiedName::new(&table.schema, name)).collect()
    }

    /// An existing index.
    pub(super) fn find_index(&self, spelled: &Spelled) -> Option<QualifiedName> {
        self.resolve(spelled, |name| self.indexes.contains_key(name))
    }

    /// `ADD CONSTRAINT … USING INDEX`: the index takes the constraint's name.
    pub(super) fn adopt_index(
        &mut self,
        table: &QualifiedName,
        name: Option<String>,
        index: &Spelled,
        primary: bool,
        deferrable: bool,
    ) {
        let old = QualifiedName::new(&table.schema, &index.name);
        let Some(mut index) = self.indexes.get(&old).cloned() else {
            return self.note(format!("{old} is not an index that is defined here"));
        };
        self.remove_index(&old);
        index.constraint = true;
        index.primary = primary;
        index.deferrable = deferrable;
        if primary {
            self.set_not_null(table, index.elements.iter().map(Element::name));
        }
        let name = name.unwrap_or_else(|| old.name.to_string());
        self.insert_index(QualifiedName::new(&table.schema, name), index);
    }

    /// The default name of an index.
    fn free_index_name(&self, table: &QualifiedName, new: &NewIndex) -> String {
        let label = if new.constraint { "key" } else { "idx" };
        let labels = labels(new);
        let (columns, label) = match new.primary {
            true => (String::new(), "pkey"),
            false => (joined_columns(labels.iter().map(String::as_str)), label),
        };
        free_name(&table.name, &columns, label, |name| {
            let name = QualifiedName::new(&table.schema, name);
            self.indexes.contains_key(&name)
                || self.catalog.relations.contains_key(&name)
                || (new.constraint && self.constraint_names.contains_key(&name))
        })
    }
}

/// What the columns of an index contribute to its default name: numbered where they repeat.
fn labels(index: &NewIndex) -> Vec<String> {
    if let Some(labels) = &index.labels {
        return labels.clone();
    }
    let mut labels: Vec<String> = Vec::new();
    for name in index.elements.iter().map(Element::name).chain(index.include.iter().map(String::as_str)) {
        let mut label = name.to_owned();
        let mut number = 1;
        while labels.contains(&label) {
            label = format!("{name}{number}");
            number += 1;
        }
        labels.push(label);
    }
    labels
}

/// The name that PostgreSQL would give a column with that expression.
fn expression_name(expression: &str) -> Option<String> {
    let parse = SourceFile::parse(&format!("select {expression}"));
    let target = parse.syntax_node().descendants().find_map(ast::Target::cast)?;
    let (name, _) = ColumnName::inferred_from_target(target)?;
    name.to_string().filter(|name| name != "?column?").map(cut_name)
}
