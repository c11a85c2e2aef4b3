//! Questions about rows that a session writes.

use std::collections::BTreeSet;

use pgpe_catalog::{Command, QualifiedName, Relation, RelationKind};
use pgpe_config::Rule;

use super::Planning;
use crate::goal::Goal;
use crate::grounds::Grounding;
use crate::tenancy::owners_in;
use crate::world::Side;

impl Planning<'_> {
    pub(super) fn plan_cross_write(&mut self, command: Command, entry: usize) {
        let caveat = (command == Command::Update).then(|| self.changed_on_the_way()).flatten();
        for roles in self.role_cases(command) {
            let goal = Goal::CrossWrite { entry, roles: roles.clone() };
            let question = self.ask(command, Side::Check, goal);
            self.push(Rule::CrossWrite, &[command], roles, question, caveat.clone());
        }
    }

    /// Why a row that was updated may be read by others than it could be read by when it was checked: the UPDATE changes,
    /// by ON UPDATE, rows that the policies look at.
    fn changed_on_the_way(&self) -> Option<String> {
        let grounding = Grounding { world: self.world, isolation: &self.config.isolation };
        let traversed = grounding.traversed(self.table, &[Command::Select, Command::Update]);
        let changed = traversed.iter().find(|table| self.follows_an_update(table))?;
        Some(format!(
            "an UPDATE of {} changes {changed}, which its policies look at, by a foreign key's ON UPDATE",
            self.table
        ))
    }

    /// Whether rows of another table are changed, by foreign keys, when this one is updated. A foreign key of a partition,
    /// or to one, concerns the whole.
    fn follows_an_update(&self, other: &QualifiedName) -> bool {
        let updated = self.ancestry(self.table);
        let (mut seen, mut pending) = (BTreeSet::new(), vec![other]);
        while let Some(table) = pending.pop() {
            for relation in self.family(table) {
                for key in relation.foreign_keys.iter().filter(|key| key.changed_with_target) {
                    if !updated.is_disjoint(&self.ancestry(&key.target)) {
                        return true;
                    }
                    if seen.insert(&key.target) {
                        pending.push(&key.target);
                    }
                }
            }
        }
        false
    }

    /// A table and all that it is a partition of or inherits from.
    fn ancestry<'t>(&'t self, table: &'t QualifiedName) -> BTreeSet<&'t QualifiedName> {
        let (mut found, mut pending) = (BTreeSet::new(), vec![table]);
        while let Some(table) = pending.pop() {
            if found.insert(table)
                && let Some(relation) = self.world.relation(table)
            {
                pending.extend(relation.partition_of.iter().chain(&relation.inherits));
            }
        }
        found
    }

    /// The tables whose rows a query of a table may return, and those that it is a part of.
    fn family<'t>(&'t self, table: &'t QualifiedName) -> Vec<&'t Relation> {
        let above = self.ancestry(table);
        let mut family: Vec<&Relation> =
            above.iter().filter_map(|table| self.world.relation(table)).collect();
        let has_parts = self.world.relation(table).is_some_and(|relation| {
            relation.has_inheritance_children || relation.kind == RelationKind::PartitionedTable
        });
        if has_parts {
            let all = &self.world.catalog().relations;
            let parts = all.iter().filter(|(name, _)| *name != table && self.ancestry(name).contains(table));
            family.extend(parts.map(|(_, relation)| relation));
        }
        family
    }

    /// Each foreign key to a table whose rows have owners.
    pub(super) fn plan_references(&mut self, command: Command, entry: usize) {
        let Some(relation) = self.world.relation(self.table) else { return };
        for foreign_key in &relation.foreign_keys {
            let described = &self.config.isolation[entry];
            let (owners, unclear) = owners_in(self.world, &foreign_key.target, described);
            for roles in self.role_cases(command) {
                for owner in &owners {
                    let goal = Goal::ForeignReference {
                        entry,
                        foreign_key: foreign_key.clone(),
                        owner: owner.clone(),
                        roles: roles.clone(),
                    };
                    let question = self.ask(command, Side::Check, goal);
                    self.push(
                        Rule::CrossTenantReference,
                        &[command],
                        roles.clone(),
                        question,
                        unclear.clone(),
                    );
                }
                if let (true, Some(reason)) = (owners.is_empty(), &unclear) {
                    self.push(
                        Rule::CrossTenantReference,
                        &[command],
                        roles.clone(),
                        Err(reason.clone()),
                        None,
                    );
                }
            }
        }
    }

    /// Whether a session can read what it writes.
    pub(super) fn plan_readability(&mut self, command: Command) {
        for roles in self.role_cases(command) {
            let question = self.ask(command, Side::Check, Goal::UnreadableWrite { roles: roles.clone() });
            self.push(Rule::WriteRestriction, &[command], roles, question, None);
        }
    }
}
