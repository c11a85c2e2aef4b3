//! Constraints: reading them, the names PostgreSQL gives them, and adding them to a table.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::index::NewIndex;
use super::names::{Spelled, joined_columns, name_of, object_name, spelled};
use super::reader::Reader;
use super::state::{Element, NotNull};
use crate::{ForeignKey, QualifiedName};

/// A constraint that is read but not yet part of its table.
#[derive(Debug, Clone)]
pub(super) enum Constraint {
    NotNull {
        name: Option<String>,
        column: String,
        valid: bool,
    },
    Index(NewIndex),
    ForeignKey(NewForeignKey),
    /// `UNIQUE USING INDEX` or `PRIMARY KEY USING INDEX`.
    UsingIndex {
        name: Option<String>,
        index: Spelled,
        primary: bool,
        deferrable: bool,
    },
}

/// A foreign key to be added.
#[derive(Debug, Clone)]
pub(super) struct NewForeignKey {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) target: Option<Spelled>,
    /// Empty for the target's primary key.
    pub(super) target_columns: Vec<String>,
    pub(super) validated: bool,
    pub(super) changed_with_target: bool,
}

/// What the options after a constraint say.
struct Options {
    deferrable: bool,
    initially_deferred: bool,
    valid: bool,
    enforced: bool,
}

fn options(options: ast::AstChildren<ast::ConstraintOption>) -> Options {
    let mut found = Options { deferrable: false, initially_deferred: false, valid: true, enforced: true };
    for option in options {
        match option {
            ast::ConstraintOption::DeferrableConstraintOption(_) => found.deferrable = true,
            ast::ConstraintOption::InitiallyDeferredConstraintOption(_) => {
                // Implies DEFERRABLE.
                found.deferrable = true;
                found.initially_deferred = true;
            }
            ast::ConstraintOption::NotValid(_) => found.valid = false,
            ast::ConstraintOption::NotEnforced(_) => found.enforced = false,
            _ => {}
        }
    }
    found
}

/// Whether a foreign key's actions change its rows when what they refer to is updated.
fn changed_with_target(actions: ast::AstChildren<ast::ReferentialAction>) -> bool {
    actions.into_iter().any(|action| match action {
        ast::ReferentialAction::OnUpdateAction(action) => {
            !matches!(action.ref_action(), Some(ast::RefAction::NoAction(_) | ast::RefAction::Restrict(_)))
        }
        ast::ReferentialAction::OnDeleteAction(_) => false,
    })
}

fn constraint_name(clause: Option<ast::ConstraintNameClause>) -> Option<String> {
    clause.and_then(|clause| clause.constraint_name()).map(|name| name_of(&name))
}

fn column_names(names: ast::AstChildren<ast::ColumnNameRef>) -> Vec<String> {
    names.map(|name| name_of(&name)).collect()
}

/// The constraint as far as it matters here, `column` being the one that it is written at.
pub(super) fn read_constraint(constraint: &ast::Constraint, column: Option<&str>) -> Option<Constraint> {
    match constraint {
        ast::Constraint::NotNullConstraint(node) => {
            let named = node.column_name_ref().map(|name| name_of(&name));
            Some(Constraint::NotNull {
                name: constraint_name(node.constraint_name_clause()),
                column: named.or(column.map(str::to_owned))?,
                valid: options(node.constraint_options()).valid,
            })
        }
        // Identity columns are NOT NULL; those generated from an expression need not be.
        ast::Constraint::GeneratedConstraint(node) => match node.generated_as() {
            Some(ast::GeneratedAs::GeneratedIdentity(_)) => {
                Some(Constraint::NotNull { name: None, column: column?.to_owned(), valid: true })
            }
            _ => None,
        },
        ast::Constraint::PrimaryKeyConstraint(node) => index_constraint(
            constraint_name(node.constraint_name_clause()),
            node.index_parameters(),
            node.using_index(),
            options(node.constraint_options()),
            column,
            true,
        ),
        ast::Constraint::UniqueConstraint(node) => index_constraint(
            constraint_name(node.constraint_name_clause()),
            node.index_parameters(),
            node.using_index(),
            options(node.constraint_options()),
            column,
            false,
        ),
        ast::Constraint::ReferencesConstraint(node) => {
            let options = options(node.constraint_options());
            Some(Constraint::ForeignKey(NewForeignKey {
                name: constraint_name(node.constraint_name_clause()),
                columns: vec![column?.to_owned()],
                target: node.table().and_then(|table| spelled(&table)),
                target_columns: node.column().map(|column| name_of(&column)).into_iter().collect(),
                validated: options.valid && options.enforced,
                changed_with_target: changed_with_target(node.referential_actions()),
            }))
        }
        ast::Constraint::ForeignKeyConstraint(node) => {
            let options = options(node.constraint_options());
            let mut lists = node.syntax().children().filter_map(ast::ForeignKeyColumnList::cast);
            let columns = lists.next()?;
            // A temporal foreign key says that periods are covered, not that one row exists.
            if columns.period_column().is_some() {
                return None;
            }
            Some(Constraint::ForeignKey(NewForeignKey {
                name: constraint_name(node.constraint_name_clause()),
                columns: column_names(columns.column_name_refs()),
                target: node.table_name_ref().and_then(|table| spelled(&table)),
                target_columns: lists
                    .next()
                    .map(|columns| column_names(columns.column_name_refs()))
                    .unwrap_or_default(),
                validated: options.valid && options.enforced,
                changed_with_target: changed_with_target(node.referential_actions()),
            }))
        }
        ast::Constraint::CheckConstraint(_)
        | ast::Constraint::DefaultConstraint(_)
        | ast::Constraint::ExcludeConstraint(_)
        | ast::Constraint::NullConstraint(_) => None,
    }
}

fn index_constraint(
    name: Option<String>,
    parameters: Option<ast::IndexParameters>,
    using_index: Option<ast::UsingIndexName>,
    options: Options,
    column: Option<&str>,
    primary: bool,
) -> Option<Constraint> {
    if let Some(index) = using_index.and_then(|using| using.index_ref()) {
        let index = spelled(&index)?;
        return Some(Constraint::UsingIndex { name, index, primary, deferrable: options.deferrable });
    }
    let list = parameters.as_ref().and_then(|parameters| parameters.column_list());
    let columns = match &list {
        Some(list) => column_names(list.column_name_refs()),
        None => vec![column?.to_owned()],
    };
    let overlaps = list.is_some_and(|list| list.without_overlaps().is_some());
    let include = parameters
        .as_ref()
        .and_then(|parameters| parameters.constraint_include_clause())
        .and_then(|include| include.column_ref_list())
        .map(|list| column_names(list.column_name_refs()))
        .unwrap_or_default();
    let distinct_nulls = parameters
        .as_ref()
        .and_then(|parameters| parameters.nulls_distinct_option())
        .is_none_or(|option| matches!(option, ast::NullsDistinctOption::NullsDistinct(_)));
    Some(Constraint::Index(NewIndex {
        name,
        labels: None,
        elements: columns.into_iter().map(Element::Column).collect(),
        // WITHOUT OVERLAPS is an exclusion constraint at heart: one key may have many rows.
        unique: !overlaps,
        include,
        primary,
        constraint: true,
        deferrable: options.deferrable,
        initially_deferred: options.initially_deferred,
        distinct_nulls,
        valid: true,
        predicate: None,
        mentions: BTreeSet::new(),
    }))
}

impl Reader<'_> {
    /// Adds constraints to a table in the order that PostgreSQL does: NOT NULL, then indexes (primary key
    /// first, redundant ones once), then foreign keys. `only` is ALTER TABLE ONLY.
    pub(super) fn add_constraints(
        &mut self,
        table: &QualifiedName,
        constraints: Vec<Constraint>,
        only: bool,
    ) {
        let mut indexes: Vec<NewIndex> = Vec::new();
        let mut using = Vec::new();
        let mut foreign_keys = Vec::new();
        for constraint in constraints {
            match constraint {
                Constraint::NotNull { name, column, valid } => {
                    self.add_not_null(table, name, &column, valid, only);
                }
                Constraint::Index(index) if index.primary => indexes.insert(0, index),
                Constraint::Index(index) => indexes.push(index),
                Constraint::ForeignKey(key) => foreign_keys.push(key),
                Constraint::UsingIndex { name, index, primary, deferrable } => {
                    using.push((name, index, primary, deferrable));
                }
            }
        }
        for index in without_redundant(indexes) {
            if index.primary && !only {
                for member in self.family(table) {
                    self.set_not_null(&member, index.elements.iter().map(Element::name));
                }
            }
            self.define_index(table, &index, only, None);
        }
        for (name, index, primary, deferrable) in using {
            self.adopt_index(table, name, &index, primary, deferrable);
        }
        for key in foreign_keys {
            self.add_foreign_key(table, key);
        }
    }

    /// A not-null constraint; it holds for child tables too.
    fn add_not_null(
        &mut self,
        table: &QualifiedName,
        name: Option<String>,
        column: &str,
        valid: bool,
        only: bool,
    ) {
        let members = if only { vec![table.clone()] } else { self.family(table) };
        for member in members {
            let label = name.clone().unwrap_or_else(|| object_name(&member.name, column, "not_null"));
            if name.is_some() || !valid {
                let constraint = NotNull { column: column.to_owned(), valid };
                self.details_mut(&member).not_null.insert(label, constraint);
            }
            if valid {
                self.set_not_null(&member, std::iter::once(column));
            }
        }
    }

    /// Makes columns NOT NULL.
    pub(super) fn set_not_null<'c>(&mut self, table: &QualifiedName, columns: impl Iterator<Item = &'c str>) {
        let Some(relation) = self.relation_mut(table) else { return };
        for name in columns {
            if let Some(column) = relation.columns.iter_mut().find(|column| column.name == name) {
                column.not_null = true;
            }
        }
    }

    /// Adds a foreign key, and to a partitioned table's partitions as well.
    pub(super) fn add_foreign_key(&mut self, table: &QualifiedName, new: NewForeignKey) {
        let Some(spelled_target) = new.target else { return };
        let Some(target) = self.find_relation(&spelled_target) else {
            let name = self.created(&spelled_target);
            return self
                .note(format!("a foreign key of {table} refers to {name}, which is not defined here"));
        };
        let target_columns = if new.target_columns.is_empty() {
            self.primary_key_columns(&target)
        } else {
            new.target_columns
        };
        let known = |relation: &QualifiedName, columns: &[String]| {
            self.catalog
                .relations
                .get(relation)
                .is_some_and(|relation| columns.iter().all(|column| relation.column(column).is_some()))
        };
        if target_columns.len() != new.columns.len()
            || !known(table, &new.columns)
            || !known(&target, &target_columns)
        {
            return self.note(format!("a foreign key of {table} does not fit the columns of {target}"));
        }
        let key = ForeignKey {
            name: new.name.unwrap_or_default(),
            columns: new.columns,
            target,
            target_columns,
            validated: new.validated,
            changed_with_target: new.changed_with_target,
        };
        self.insert_foreign_key(table, key);
    }

    /// Inserts a foreign key, with a default name if it has none, down to all partitions.
    pub(super) fn insert_foreign_key(&mut self, table: &QualifiedName, mut key: ForeignKey) {
        let Some(relation) = self.catalog.relations.get(table) else { return };
        if key.name.is_empty() || self.constraint_exists(table, &key.name) {
            let columns = joined_columns(key.columns.iter().map(String::as_str));
            key.name = self.free_constraint_name(table, &columns, "fkey");
        }
        let partitions: Vec<QualifiedName> = match relation.kind {
            crate::RelationKind::PartitionedTable => self.children(table),
            _ => Vec::new(),
        };
        self.take_constraint_name(table, &key.name);
        if let Some(relation) = self.relation_mut(table) {
            relation.foreign_keys.push(key.clone());
        }
        for partition in partitions {
            self.inherit_foreign_key(&partition, key.clone());
        }
    }

    /// Gives a partition a foreign key of its partitioned table, unless it has the same already.
    pub(super) fn inherit_foreign_key(&mut self, partition: &QualifiedName, key: ForeignKey) {
        let has_it =
            self.catalog.relations.get(partition).is_some_and(|relation| {
                relation.foreign_keys.iter().any(|other| same_reference(other, &key))
            });
        if !has_it {
            self.insert_foreign_key(partition, key);
        }
    }

    /// Columns of a table's primary key.
    fn primary_key_columns(&self, table: &QualifiedName) -> Vec<String> {
        let Some(details) = self.details.get(table) else { return Vec::new() };
        details
            .indexes
            .iter()
            .filter_map(|name| self.indexes.get(&QualifiedName::new(&table.schema, name)))
            .find(|index| index.primary)
            .map(|index| index.elements.iter().map(|element| element.name().to_owned()).collect())
            .unwrap_or_default()
    }

    /// Whether a table has a constraint of that name.
    fn constraint_exists(&self, table: &QualifiedName, name: &str) -> bool {
        let keys = self
            .catalog
            .relations
            .get(table)
            .is_some_and(|relation| relation.foreign_keys.iter().any(|key| key.name == name));
        let index = QualifiedName::new(&table.schema, name);
        keys || self.indexes.get(&index).is_some_and(|index| index.constraint && index.table == *table)
    }

    /// The default name of a constraint: numbered until the schema has no other of that name.
    fn free_constraint_name(&self, table: &QualifiedName, columns: &str, label: &str) -> String {
        free_name(&table.name, columns, label, |name| {
            let name = QualifiedName::new(&table.schema, name);
            self.constraint_names.contains_key(&name)
                || self.indexes.get(&name).is_some_and(|index| index.constraint)
        })
    }

    /// Counts a constraint's name as used.
    pub(super) fn take_constraint_name(&mut self, table: &QualifiedName, name: &str) {
        *self.constraint_names.entry(QualifiedName::new(&table.schema, name)).or_default() += 1;
    }

    /// Undoes [`Self::take_constraint_name`].
    pub(super) fn free_up_constraint_name(&mut self, table: &QualifiedName, name: &str) {
        let name = QualifiedName::new(&table.schema, name);
        if let Some(count) = self.constraint_names.get_mut(&name) {
            *count -= 1;
            if *count == 0 {
                self.constraint_names.remove(&name);
            }
        }
    }
}

/// Whether two foreign keys refer to the same thing by the same columns.
pub(super) fn same_reference(one: &ForeignKey, other: &ForeignKey) -> bool {
    one.columns == other.columns && one.target == other.target && one.target_columns == other.target_columns
}

/// The first of `first_second_label`, `first_second_label1`, … that is not taken.
pub(super) fn free_name(first: &str, second: &str, label: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut number = 0_usize;
    loop {
        let label = if number == 0 { label.to_owned() } else { format!("{label}{number}") };
        let name = object_name(first, second, &label);
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// Drops constraints that say what an earlier one of the same statement says, as PostgreSQL does for
/// `UNIQUE PRIMARY KEY`; a name is passed on to the one that stays.
fn without_redundant(indexes: Vec<NewIndex>) -> Vec<NewIndex> {
    let mut kept: Vec<NewIndex> = Vec::new();
    for index in indexes {
        match kept.iter_mut().find(|other| other.same_definition(&index)) {
            Some(other) => other.name = other.name.take().or(index.name),
            None => kept.push(index),
        }
    }
    kept
}
