//! Questions about rows that a session writes.

use pgpe_catalog::Command;
use pgpe_config::Rule;

use super::Planning;
use crate::goal::Goal;
use crate::tenancy::owners_in;
use crate::world::Side;

impl Planning<'_> {
    pub(super) fn plan_cross_write(&mut self, command: Command, entry: usize) {
        for roles in self.role_cases(command) {
            let goal = Goal::CrossWrite { entry, roles: roles.clone() };
            let question = self.ask(command, Side::Check, goal);
            self.push(Rule::CrossWrite, command, roles, question, None);
        }
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
                    self.push(Rule::CrossTenantReference, command, roles.clone(), question, unclear.clone());
                }
                if let (true, Some(reason)) = (owners.is_empty(), &unclear) {
                    self.push(Rule::CrossTenantReference, command, roles.clone(), Err(reason.clone()), None);
                }
            }
        }
    }

    /// Whether a session can read what it writes.
    pub(super) fn plan_readability(&mut self, command: Command) {
        for roles in self.role_cases(command) {
            let question = self.ask(command, Side::Check, Goal::UnreadableWrite { roles: roles.clone() });
            self.push(Rule::WriteRestriction, command, roles, question, None);
        }
    }
}
