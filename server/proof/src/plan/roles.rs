//! Which sessions a verdict tells apart, and roles that are to be kept apart.

use std::collections::BTreeSet;

use pgpe_catalog::Command;
use pgpe_config::Rule;

use super::Planning;
use crate::goal::{Goal, RoleCase};
use crate::world::Side;

impl Planning<'_> {
    /// Any session and, where policies name roles, one without any of them and one with each.
    pub(super) fn role_cases(&self, command: Command) -> Vec<RoleCase> {
        let mut cases = vec![RoleCase::Any];
        let named = self.named_roles(command);
        if !named.is_empty() {
            cases.push(RoleCase::NoNamedRole);
            cases.extend(named.into_iter().map(RoleCase::Only));
        }
        cases
    }

    /// Roles that policies of this table for the command name.
    fn named_roles(&self, command: Command) -> BTreeSet<String> {
        self.governed
            .policies
            .iter()
            .filter(|policy| policy.commands.contains(command))
            .flat_map(|policy| policy.roles.iter().filter(|role| *role != "public").cloned())
            .collect()
    }

    /// Whether roles that are to be kept apart reach the same rows.
    pub(super) fn plan_separation(&mut self, command: Command) {
        for roles in &self.config.role_separation {
            for side in Side::of(command) {
                let goal = Goal::SharedByRoles { roles: roles.clone() };
                self.add(Rule::RoleSeparation, command, *side, goal);
            }
        }
    }
}
