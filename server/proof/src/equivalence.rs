//! Whether two policy sets give the same access to a table, command by command.
//!
//! Both are read over one catalog: what the two schemas have alike. For each side of a command the solver looks
//! for a row that passes with the one and not with the other, in both directions.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{BaseType, Catalog, ColumnType, Command, QualifiedName, Relation};
use pgpe_config::MissingSetting;

use crate::counterexample::{Counterexample, realise};
use crate::goal::{Goal, Subject};
use crate::obligation::{Obligation, Outcome};
use crate::question::ask;
use crate::world::{GovernedTable, Side, World};

/// How access changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// The same rows pass in the same sessions.
    Same,
    /// More passes, and nothing less.
    Wider,
    /// Less passes, and nothing more.
    Narrower,
    /// Something more passes, and something less.
    Incomparable,
    /// Not decided.
    Unknown,
}

/// A row that passes with one policy set only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Whether it is the old or stored row, or the new one.
    pub side: Side,
    /// The row, a session and the rows of traversed tables.
    pub shown: Counterexample,
}

/// What became of one command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandAccess {
    /// A row that passes after the change only.
    pub gained: Option<Box<Witness>>,
    /// A row that passed before the change only.
    pub lost: Option<Box<Witness>>,
    /// What could not be decided.
    pub unknown: BTreeSet<String>,
    /// Questions that the solver has not answered.
    pub open: Vec<Obligation>,
}

impl CommandAccess {
    /// In a word; `None` while questions are open.
    pub fn access(&self) -> Option<Access> {
        if !self.open.is_empty() {
            return None;
        }
        Some(match (&self.gained, &self.lost) {
            (Some(_), Some(_)) => Access::Incomparable,
            _ if !self.unknown.is_empty() => Access::Unknown,
            (Some(_), None) => Access::Wider,
            (None, Some(_)) => Access::Narrower,
            (None, None) => Access::Same,
        })
    }
}

/// One of two policy sets, over the catalog that they share.
struct Revision<'w> {
    catalog: &'w Catalog,
    policies: &'w dyn World,
    other: Option<&'w dyn World>,
}

impl World for Revision<'_> {
    fn catalog(&self) -> &Catalog {
        self.catalog
    }

    fn governed(&self, table: &QualifiedName) -> Option<&GovernedTable> {
        self.policies.governed(table)
    }

    fn missing_setting(&self) -> MissingSetting {
        self.policies.missing_setting()
    }

    fn compared_with(&self) -> Option<&dyn World> {
        self.other
    }
}

/// Compares the access to one table before and after a change. `catalog` is what both schemas have alike,
/// see [`common_catalog`]; `outcomes` says what the solver found, if it was asked yet.
pub fn compare(
    catalog: &Catalog,
    (base, head): (&dyn World, &dyn World),
    table: &QualifiedName,
    outcomes: &dyn Fn(&Obligation) -> Option<Outcome>,
) -> BTreeMap<Command, CommandAccess> {
    let revision = |policies, other| Revision { catalog, policies, other };
    let (before, after) = (revision(base, None), revision(head, None));
    let mut commands: BTreeMap<Command, CommandAccess> = BTreeMap::new();
    for command in Command::ALL {
        let access = commands.entry(command).or_default();
        if base.missing_setting() != head.missing_setting() {
            access.unknown.insert("sessions without a setting are treated in two ways".to_owned());
            continue;
        }
        for side in Side::of(command) {
            let subject = |goal| Subject { table: table.clone(), command, side: *side, goal };
            let gained =
                seek(&revision(head, Some(&before)), subject(Goal::PassesOnlyHere), outcomes, access);
            access.gained = access.gained.take().or(gained);
            let lost = seek(&revision(base, Some(&after)), subject(Goal::PassesOnlyHere), outcomes, access);
            access.lost = access.lost.take().or(lost);
        }
    }
    commands
}

/// A row that passes in this world only, if there is one. What is not known goes into `access`.
fn seek(
    world: &dyn World,
    subject: Subject,
    outcomes: &dyn Fn(&Obligation) -> Option<Outcome>,
    access: &mut CommandAccess,
) -> Option<Box<Witness>> {
    let side = subject.side;
    let question = match ask(world, &[], subject) {
        Ok(question) => question,
        Err(reason) => {
            access.unknown.insert(reason);
            return None;
        }
    };
    match outcomes(&question.obligation) {
        None => access.open.push(question.obligation),
        Some(Outcome::Unsatisfiable(_)) => {}
        Some(Outcome::Unknown(reason)) => {
            access.unknown.insert(reason);
        }
        Some(Outcome::Satisfiable(model)) => match realise(world, &[], &question, &model) {
            Some(shown) => return Some(Box::new(Witness { side, shown })),
            None => {
                access.unknown.insert("a difference depends on something that is not modelled".to_owned());
            }
        },
    }
    None
}

/// What two schemas have alike: columns of one type, and the constraints and memberships that hold in both.
pub fn common_catalog(base: &Catalog, head: &Catalog) -> Catalog {
    let mut common = head.clone();
    let same_labels = |ty: &ColumnType| match &ty.base {
        BaseType::Enum(name) => head.enums.get(name) == base.enums.get(name),
        _ => true,
    };
    common.relations.retain(|name, _| base.relations.contains_key(name));
    for (name, relation) in &mut common.relations {
        let Some(before) = base.relations.get(name) else { continue };
        keep_common(relation, before);
        relation.columns.retain(|column| same_labels(&column.ty));
    }
    common.roles.complete &= base.roles.complete;
    for (name, role) in &mut common.roles.known {
        let before = base.roles.known.get(name);
        role.member_of.retain(|group, inherits| {
            before.is_some_and(|before| before.member_of.get(group) == Some(inherits))
        });
    }
    common
}

fn keep_common(relation: &mut Relation, before: &Relation) {
    relation.columns.retain(|column| before.column(&column.name).is_some_and(|known| known.ty == column.ty));
    for column in &mut relation.columns {
        column.not_null &= before.column(&column.name).is_some_and(|known| known.not_null);
    }
    relation
        .keys
        .retain(|key| before.keys.iter().any(|known| known.columns == key.columns && known.is_proof()));
    relation.foreign_keys.retain(|key| {
        before.foreign_keys.iter().any(|known| {
            known.columns == key.columns
                && known.target == key.target
                && known.target_columns == key.target_columns
                && known.validated
        })
    });
    relation.has_inheritance_children |= before.has_inheritance_children;
    // Of policies that are not the project's nothing is known, on whichever side they are.
    relation.rls_enabled |= before.rls_enabled;
}
