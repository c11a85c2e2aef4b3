//! What the reader knows of the schema beyond the catalog, while statements still change it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Key, QualifiedName};

/// An index. Unique ones become the keys of their tables when all is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    /// The table or materialized view that it is on.
    pub(super) table: QualifiedName,
    /// What it is over, in order.
    pub(super) elements: Vec<Element>,
    /// What its columns were called when it was made: renamed columns keep their name in it.
    pub(super) labels: Vec<String>,
    /// The columns of its INCLUDE.
    pub(super) include: Vec<String>,
    pub(super) unique: bool,
    pub(super) primary: bool,
    /// Whether a constraint owns it.
    pub(super) constraint: bool,
    pub(super) deferrable: bool,
    pub(super) valid: bool,
    /// The text of its WHERE.
    pub(super) predicate: Option<String>,
    /// Columns that its expressions and WHERE may mention.
    pub(super) mentions: BTreeSet<String>,
    /// The index of the partitioned table that this is a partition of.
    pub(super) parent: Option<QualifiedName>,
}

/// An element of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// A column.
    Column(String),
    /// An expression, and the name that it lends to the index's default name.
    Expression { text: String, name: String },
}

impl Element {
    /// What it contributes to a default name.
    pub(super) fn name(&self) -> &str {
        match self {
            Element::Column(name) | Element::Expression { name, .. } => name,
        }
    }
}

impl Index {
    /// Whether it is over that column in any way.
    pub(super) fn needs(&self, column: &str) -> bool {
        self.mentions.contains(column)
            || self.include.iter().any(|name| name == column)
            || self.elements.iter().any(|element| matches!(element, Element::Column(name) if name == column))
    }

    /// Whether an index on a partition can serve as the partition of this one.
    pub(super) fn matches(&self, other: &Index) -> bool {
        self.elements == other.elements
            && self.include == other.include
            && self.unique == other.unique
            && self.predicate == other.predicate
            && self.deferrable == other.deferrable
            && (!self.constraint || (other.constraint && self.primary == other.primary))
    }

    /// The key that it is, if it is unique.
    pub(super) fn key(&self, name: &str) -> Option<Key> {
        if !self.unique {
            return None;
        }
        let columns: Option<Vec<String>> = self
            .elements
            .iter()
            .map(|element| match element {
                Element::Column(name) => Some(name.clone()),
                Element::Expression { .. } => None,
            })
            .collect();
        Some(Key {
            name: name.to_owned(),
            expression: columns.is_none(),
            columns: columns.unwrap_or_default(),
            primary: self.primary,
            deferrable: self.deferrable,
            partial: self.predicate.is_some(),
            valid: self.valid,
        })
    }
}

/// What is known of a relation beyond the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Details {
    /// Names of its indexes, which are in its schema.
    pub(super) indexes: BTreeSet<String>,
    /// Partitions of it, and tables that inherit from it.
    pub(super) children: BTreeSet<QualifiedName>,
    /// What its partition key mentions.
    pub(super) partition_key: BTreeSet<String>,
    /// Columns that it has from its parents alone.
    pub(super) inherited: BTreeSet<String>,
    /// Not-null constraints that have a name, or are not validated.
    pub(super) not_null: BTreeMap<String, NotNull>,
    /// For views: the relations that they read.
    pub(super) reads: BTreeSet<QualifiedName>,
    /// For views: the columns of these that they may mention.
    pub(super) reads_columns: BTreeSet<String>,
}

/// A not-null constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotNull {
    pub(super) column: String,
    pub(super) valid: bool,
}

/// What is known of a domain beyond the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct DomainDetails {
    /// The domain that it is over, if it is one.
    pub(super) over: Option<QualifiedName>,
    /// NOT NULL of its own.
    pub(super) not_null: bool,
}

/// What is known of a role beyond the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RoleDetails {
    /// INHERIT, the default for memberships. Not assumed of a role that is created elsewhere.
    pub(super) inherit: bool,
    /// Memberships with an INHERIT option of their own.
    pub(super) explicit: BTreeSet<String>,
}
