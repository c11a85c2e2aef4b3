//! Questions about tenants.

use pgpe_catalog::Command;
use pgpe_config::Rule;
use pgpe_policy::source::PolicyKind;

use super::Planning;
use crate::goal::Goal;
use crate::tenancy::{exemption, mentions, owners_in};
use crate::world::Side;

impl Planning<'_> {
    /// All that one notion of tenant asks of a command.
    pub(super) fn plan_entry(&mut self, command: Command, entry: usize) {
        let described = &self.config.isolation[entry];
        if exemption(described, self.table).is_some() {
            return;
        }
        let (owners, unclear) = owners_in(self.world, self.table, described);
        let in_scope = !owners.is_empty()
            || unclear.is_some()
            || self.governed.policies.iter().any(|policy| mentions(policy, &described.key));
        if !in_scope {
            return;
        }
        for side in Side::of(command) {
            self.plan_isolation(command, *side, entry);
        }
        if matches!(command, Command::Insert | Command::Update) {
            self.plan_cross_write(command, entry);
            self.plan_references(command, entry);
        }
    }

    fn plan_isolation(&mut self, command: Command, side: Side, entry: usize) {
        let described = &self.config.isolation[entry];
        let (owners, unclear) = owners_in(self.world, self.table, described);
        for roles in self.role_cases(command) {
            if owners.is_empty() {
                if let Some(reason) = &unclear {
                    self.push(Rule::TenantIsolation, command, roles, Err(reason.clone()), None);
                    continue;
                }
                let goal = Goal::SharedRow { entry, roles: roles.clone() };
                let question = self.ask(command, side, goal);
                self.push(Rule::TenantIsolation, command, roles, question, None);
                continue;
            }
            // A row passes through one clause of one permissive policy: asked for each alone, the
            // answers say which of them leaks.
            for (index, policy) in self.governed.policies.iter().enumerate() {
                if policy.kind != PolicyKind::Permissive || !policy.commands.contains(command) {
                    continue;
                }
                for clause in 0..side.expression(policy).clauses.len() {
                    let goal = Goal::ForeignRow {
                        entry,
                        owners: owners.clone(),
                        through: (index, clause),
                        roles: roles.clone(),
                    };
                    let question = self.ask(command, side, goal);
                    self.push(Rule::TenantIsolation, command, roles.clone(), question, unclear.clone());
                }
            }
            if let Some(undecidable) = self.governed.undecidable_for(command) {
                let reason = undecidable.reason.clone();
                self.push(Rule::TenantIsolation, command, roles.clone(), Err(reason), None);
            }
        }
    }
}
