//! What a database's schema is: tables, types, keys, functions, roles and existing row-level security.
//!
//! The same type whether it was read from SQL DDL, a snapshot or a live database. Everything is sorted,
//! so that the same database gives an equal [`Catalog`] by every road. Source positions are kept apart in
//! [`SourceMap`], so that moving a line in the schema file leaves the catalog equal.

pub mod ddl;
mod inheritance;
mod lex;
mod lookup;
mod overrides;
mod qualified_name;
mod references;
mod snapshot;
mod type_name;
mod types;

pub use overrides::{COMPARISONS, cast_override, operator_override, rule_on};
pub use qualified_name::{NotQualified, QualifiedName};
pub use references::References;
pub use snapshot::NotASnapshot;
pub use types::{BaseType, Collation, ColumnType, Family};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// A database's schema.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// Tables and the other relations, by name.
    pub relations: BTreeMap<QualifiedName, Relation>,
    /// Enum types and their labels in sort order.
    pub enums: BTreeMap<QualifiedName, Vec<String>>,
    /// Domains.
    pub domains: BTreeMap<QualifiedName, Domain>,
    /// Functions and procedures; overloads under one name, sorted by their arguments.
    pub functions: BTreeMap<QualifiedName, Vec<Function>>,
    /// Roles, as far as they are known.
    pub roles: Roles,
    /// Collations that are not deterministic.
    pub nondeterministic_collations: BTreeSet<QualifiedName>,
    /// Schema of each installed extension, e.g. `citext` → `public`. `plpgsql`, which every database has,
    /// is left out.
    pub extensions: BTreeMap<String, String>,
    /// Casts and operators that somebody has added between types of which conditions are made, in words: by
    /// them a condition may mean something else than it says. Those of extensions are left out.
    pub overrides: BTreeSet<String>,
    /// Schemas that not everybody may use. One that is not known counts as open.
    pub closed_schemas: BTreeMap<String, ClosedSchema>,
}

/// A schema whose tables can be named only by those who may use it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClosedSchema {
    /// The owning role, if known. It may use the schema.
    pub owner: Option<String>,
    /// The other roles that may.
    pub usage: BTreeSet<String>,
}

/// A table, view or other relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// What it is.
    pub kind: RelationKind,
    /// In definition order. Those of views have their names alone: the type is `unknown`, and there are
    /// none if a name cannot be told.
    pub columns: Vec<Column>,
    /// Unique constraints and indexes, usable or not: see [`Key::is_proof`]. Sorted.
    pub keys: Vec<Key>,
    /// Foreign keys of this table, sorted.
    pub foreign_keys: Vec<ForeignKey>,
    /// Whether other tables inherit from it (classic inheritance; partitions are not meant).
    pub has_inheritance_children: bool,
    /// Tables it inherits from (classic inheritance).
    pub inherits: Vec<QualifiedName>,
    /// The partitioned table that this is a partition of.
    pub partition_of: Option<QualifiedName>,
    /// `ENABLE ROW LEVEL SECURITY`.
    pub rls_enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`.
    pub rls_forced: bool,
    /// Policies that exist already, by name.
    pub policies: BTreeMap<String, ExistingPolicy>,
    /// Privileges granted on it, other than to its owner, sorted.
    pub grants: BTreeSet<TableGrant>,
    /// The owning role, if known.
    pub owner: Option<String>,
    /// `COMMENT ON TABLE`.
    pub comment: Option<String>,
    /// For views: `security_invoker`.
    pub security_invoker: bool,
    /// For views and materialized views: the relations that they read themselves.
    pub reads: BTreeSet<QualifiedName>,
    /// Rules, in words, that are on it or mention it, so that statements may do something else with it than they
    /// say; without those that do nothing instead, and those that views are made of.
    pub rules: BTreeSet<String>,
}

/// The kinds of relation that matter to row-level security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// An ordinary table, or a partition.
    Table,
    /// A partitioned table.
    PartitionedTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A foreign table (row-level security does not exist for it).
    ForeignTable,
}

impl RelationKind {
    /// Whether policies can be attached: ordinary and partitioned tables.
    pub fn is_table(self) -> bool {
        matches!(self, RelationKind::Table | RelationKind::PartitionedTable)
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: ColumnType,
    /// Whether NULL is impossible: NOT NULL, part of the primary key, or identity, and that in all tables
    /// that inherit from this one too. A NOT NULL domain does not make it so, since a scalar sub-select
    /// without rows puts NULL into such a column.
    pub not_null: bool,
    /// `COMMENT ON COLUMN`.
    pub comment: Option<String>,
}

/// A unique constraint, primary key or unique index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Constraint or index name; PostgreSQL's default name where the DDL gives none.
    pub name: String,
    /// Columns, in index order. Empty if any element is an expression.
    pub columns: Vec<String>,
    /// The table's primary key.
    pub primary: bool,
    /// `DEFERRABLE`: two rows may share the key within a transaction.
    pub deferrable: bool,
    /// Has a WHERE: says nothing about rows outside it.
    pub partial: bool,
    /// Has an expression among its elements, or a column that it compares by other rules than the column's
    /// own `=`: another collation than its nondeterministic one, or an operator class that is not usual.
    pub expression: bool,
    /// The index is valid (a failed concurrent build is not).
    pub valid: bool,
}

impl Key {
    /// Whether two rows with equal, non-null key values must be the same row, as far as this index says
    /// (the table's inheritance children are the table's matter, see [`Relation::proof_keys`]).
    pub fn is_proof(&self) -> bool {
        self.valid && !self.deferrable && !self.partial && !self.expression && !self.columns.is_empty()
    }
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Constraint name; PostgreSQL's default name where the DDL gives none.
    pub name: String,
    /// Referencing columns.
    pub columns: Vec<String>,
    /// Referenced table.
    pub target: QualifiedName,
    /// Referenced columns, in the order of `columns`.
    pub target_columns: Vec<String>,
    /// False for `NOT VALID` (old rows may point nowhere) and `NOT ENFORCED`.
    pub validated: bool,
    /// Whether an UPDATE of the referenced key changes the rows that refer to it: ON UPDATE CASCADE, SET NULL or SET
    /// DEFAULT.
    pub changed_with_target: bool,
}

/// A policy that the database has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingPolicy {
    /// PERMISSIVE, or else RESTRICTIVE.
    pub permissive: bool,
    /// The command it is for; `None` is ALL.
    pub command: Option<Command>,
    /// Roles, sorted; empty is PUBLIC.
    pub roles: Vec<String>,
    /// The USING expression as SQL text, as it is written or as `pg_get_expr` prints it.
    pub using: Option<String>,
    /// The WITH CHECK expression as SQL text.
    pub check: Option<String>,
}

/// A command that policies are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Command {
    /// `SELECT`
    Select,
    /// `INSERT`
    Insert,
    /// `UPDATE`
    Update,
    /// `DELETE`
    Delete,
}

impl Command {
    /// All four, in the order that PostgreSQL's documentation lists them.
    pub const ALL: [Command; 4] = [Command::Select, Command::Insert, Command::Update, Command::Delete];

    /// The SQL keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            Command::Select => "SELECT",
            Command::Insert => "INSERT",
            Command::Update => "UPDATE",
            Command::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())
    }
}

/// A privilege on a table or on one of its columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableGrant {
    /// Role that has it; `None` is PUBLIC.
    pub role: Option<String>,
    /// `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, `REFERENCES`, `TRIGGER`, upper case; others are
    /// not kept.
    pub privilege: String,
    /// For a column privilege, the column.
    pub column: Option<String>,
}

/// A domain over another type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The type it is over; already resolved to a base type if that was a domain itself.
    pub base: ColumnType,
    /// NOT NULL, of the domain or one that it is over. Its columns can hold NULL all the same, see
    /// [`Column::not_null`].
    pub not_null: bool,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Types of the input arguments, without modifiers.
    pub arguments: Vec<ColumnType>,
    /// How many of the last arguments have defaults.
    pub defaults: usize,
    /// Return type, without modifiers; `None` for a procedure, a trigger or a set.
    pub returns: Option<ColumnType>,
    /// Volatility; VOLATILE where the DDL says nothing.
    pub volatility: Volatility,
    /// SECURITY DEFINER.
    pub security_definer: bool,
    /// Strict (`RETURNS NULL ON NULL INPUT`).
    pub strict: bool,
}

/// What a function promises about its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Volatility {
    /// A function of its arguments alone.
    Immutable,
    /// The same within one statement.
    Stable,
    /// No promise.
    Volatile,
}

/// What is known of roles.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    /// Known roles. A schema file rarely names them all.
    pub known: BTreeMap<String, Role>,
    /// Whether `known` is all there is (a live database); else an absent role says nothing.
    pub complete: bool,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Role {
    /// Roles it is a member of, with whether it inherits their privileges by that membership.
    pub member_of: BTreeMap<String, bool>,
    /// SUPERUSER.
    pub superuser: bool,
    /// BYPASSRLS.
    pub bypass_rls: bool,
    /// LOGIN.
    pub login: bool,
}

impl Roles {
    /// The roles whose privileges `role` has by inheriting memberships, itself included, sorted.
    /// PostgreSQL applies to it the policies of all of them.
    pub fn privileges_of(&self, role: &str) -> BTreeSet<String> {
        self.reached_from(role, |inherits| inherits)
    }

    /// The roles that `role` may become by SET ROLE, itself included, sorted. A membership may forbid it since
    /// PostgreSQL 16, which is not known here.
    pub fn may_become(&self, role: &str) -> BTreeSet<String> {
        self.reached_from(role, |_| true)
    }

    fn reached_from(&self, role: &str, by: impl Fn(bool) -> bool) -> BTreeSet<String> {
        let mut found = BTreeSet::from([role.to_owned()]);
        let mut open = vec![role.to_owned()];
        while let Some(member) = open.pop() {
            let Some(known) = self.known.get(&member) else { continue };
            for (group, inherits) in &known.member_of {
                if by(*inherits) && found.insert(group.clone()) {
                    open.push(group.clone());
                }
            }
        }
        found
    }
}

impl Relation {
    /// A relation of that kind with nothing in it.
    pub fn new(kind: RelationKind) -> Relation {
        Relation {
            kind,
            columns: Vec::new(),
            keys: Vec::new(),
            foreign_keys: Vec::new(),
            has_inheritance_children: false,
            inherits: Vec::new(),
            partition_of: None,
            rls_enabled: false,
            rls_forced: false,
            policies: BTreeMap::new(),
            grants: BTreeSet::new(),
            owner: None,
            comment: None,
            security_invoker: false,
            reads: BTreeSet::new(),
            rules: BTreeSet::new(),
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The keys by which equal values make two rows one. A table with inheritance children has none: a
    /// query of it also returns the children's rows, which its indexes do not cover.
    pub fn proof_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(|key| !self.has_inheritance_children && key.is_proof())
    }

    /// The foreign keys that every row obeys whose columns are not null. As with keys, a table with
    /// inheritance children has none, for they are not checked for the children's rows.
    pub fn proof_foreign_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.foreign_keys.iter().filter(|key| !self.has_inheritance_children && key.validated)
    }
}

/// Where things stand in the schema file, in byte offsets of its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMap {
    /// The name in each relation's definition.
    pub relations: BTreeMap<QualifiedName, std::ops::Range<u32>>,
    /// The name in each column's definition, by relation and column.
    pub columns: BTreeMap<(QualifiedName, String), std::ops::Range<u32>>,
    /// The name in each existing policy's definition, by relation and policy.
    pub policies: BTreeMap<(QualifiedName, String), std::ops::Range<u32>>,
    /// The name in each function's definition, by function and the types of its arguments.
    pub functions: BTreeMap<(QualifiedName, Vec<ColumnType>), std::ops::Range<u32>>,
}

impl SourceMap {
    /// The names in the definitions of a function, one for each overload.
    pub fn functions_named<'m>(
        &'m self,
        name: &'m QualifiedName,
    ) -> impl Iterator<Item = &'m std::ops::Range<u32>> {
        let from = self.functions.range((name.clone(), Vec::new())..);
        from.take_while(move |((known, _), _)| known == name).map(|(_, range)| range)
    }
}

/// A statement of the schema file that could not be read, or that this crate does not understand though
/// it might matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedStatement {
    /// Byte offsets of its first line.
    pub range: std::ops::Range<u32>,
    /// What was not understood, for people.
    pub reason: String,
    /// It may have changed who can reach what: created a policy, or dropped a key. Nothing can be proved
    /// then.
    pub doubtful: bool,
}
