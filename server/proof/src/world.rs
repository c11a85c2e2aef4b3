//! What the semantics of policies depends on: the catalog and the policies of each table.

use std::collections::BTreeSet;

use pgpe_catalog::{Catalog, Command, QualifiedName, Relation};
use pgpe_config::MissingSetting;
use pgpe_policy::resolved::TablePolicy;
use pgpe_policy::source::CommandSet;

/// The policies of one governed table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GovernedTable {
    /// In source order.
    pub policies: Vec<TablePolicy>,
    /// What keeps its predicates from being known.
    pub undecidable: Vec<Undecidable>,
    /// Commands of policies from which the normal form removed a clause that another covers.
    pub absorbed: CommandSet,
}

/// Why the predicates of a table for some commands are not known: a policy that has an error, or an
/// existing one that is not part of the policy set. Nothing is ever assumed of such a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Undecidable {
    /// The commands concerned.
    pub commands: CommandSet,
    /// For people: `policy "x" has an error`.
    pub reason: String,
}

/// Everything that a predicate's value depends on besides rows and sessions.
///
/// A trait, so that an incremental database can notice which tables a proof looked at.
pub trait World {
    /// The schema.
    fn catalog(&self) -> &Catalog;

    /// The table's policies; `None` if no policy selects it, so that row-level security stays off.
    fn governed(&self, table: &QualifiedName) -> Option<&GovernedTable>;

    /// The columns of a table that columns of that name refer to by foreign keys, wherever these are. Looks through the
    /// whole schema; whoever has an index of the very same catalog gives what that says.
    fn referred_columns(&self, table: &QualifiedName, from_column: &str) -> BTreeSet<String> {
        let pairs = self.catalog().foreign_keys_to(table).flat_map(|(_, key)| key.column_pairs());
        let from_column = pairs.filter(|(from, _)| *from == from_column);
        from_column.map(|(_, to)| to.to_owned()).collect()
    }

    /// What a session without a setting gets.
    fn missing_setting(&self) -> MissingSetting;

    /// The policies that these are compared with, over the same catalog; see [`crate::equivalence`].
    fn compared_with(&self) -> Option<&dyn World> {
        None
    }
}

impl dyn World + '_ {
    /// The relation of that name.
    pub fn relation(&self, table: &QualifiedName) -> Option<&Relation> {
        self.catalog().relations.get(table)
    }

    /// Whether the table's NOT NULLs, keys and foreign keys hold for all that a query of it returns. They
    /// need not with inheritance children: a child may lack them.
    pub fn constraints_hold(&self, table: &QualifiedName) -> bool {
        self.relation(table).is_some_and(|relation| !relation.has_inheritance_children)
    }
}

impl GovernedTable {
    /// Why the predicates for `command` are not known, if so.
    pub fn undecidable_for(&self, command: Command) -> Option<&Undecidable> {
        self.undecidable.iter().find(|undecidable| undecidable.commands.contains(command))
    }
}

/// Which of a policy's expressions applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// USING, on a stored row.
    Using,
    /// WITH CHECK (which is USING where absent), on the row to be written.
    Check,
}

impl Side {
    /// The sides on which a command is judged.
    pub fn of(command: Command) -> &'static [Side] {
        match command {
            Command::Select | Command::Delete => &[Side::Using],
            Command::Insert => &[Side::Check],
            Command::Update => &[Side::Using, Side::Check],
        }
    }
}
