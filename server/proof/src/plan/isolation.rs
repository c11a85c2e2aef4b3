//! Questions about tenants.

use pgpe_config::Rule;
use pgpe_policy::source::PolicyKind;

use super::{Alike, IsolationScope, Planning};
use crate::goal::Goal;
use crate::tenancy::exemption;

impl Planning<'_> {
    /// The notions of tenant that are a matter of this table.
    pub(super) fn entries(&self) -> Vec<usize> {
        if !matches!(self.plan.isolation, IsolationScope::Inside { .. }) {
            return Vec::new();
        }
        let entries = self.config.isolation.iter().zip(&self.owned).enumerate();
        let concerns =
            entries.filter(|(_, (entry, owned))| owned.concerns && exemption(entry, self.table).is_none());
        concerns.map(|(index, _)| index).collect()
    }

    /// Whether rows pass that are not the session's own, by one notion of tenant.
    pub(super) fn plan_isolation(&mut self, alike: &Alike, entry: usize) {
        let Alike { side, commands, command, policies } = alike;
        let governed = self.governed;
        let (owners, unclear) = (self.owned[entry].owners.clone(), self.owned[entry].unclear.clone());
        for roles in self.role_cases(*command) {
            if owners.is_empty() {
                if let Some(reason) = &unclear {
                    self.push(Rule::TenantIsolation, commands, roles, Err(reason.clone()), None);
                    continue;
                }
                let goal = Goal::SharedRow { entry, roles: roles.clone() };
                let question = self.ask(*command, *side, goal);
                self.push(Rule::TenantIsolation, commands, roles, question, None);
                continue;
            }
            // A row passes through one clause of one permissive policy: asked for each alone, the
            // answers say which of them leaks.
            for index in policies.iter().copied() {
                let policy = &governed.policies[index];
                if policy.kind != PolicyKind::Permissive {
                    continue;
                }
                for clause in 0..side.expression(policy).clauses.len() {
                    let goal = Goal::ForeignRow {
                        entry,
                        owners: owners.clone(),
                        through: (index, clause),
                        roles: roles.clone(),
                    };
                    let question = self.ask(*command, *side, goal);
                    self.push(Rule::TenantIsolation, commands, roles.clone(), question, unclear.clone());
                }
            }
            if let Some(undecidable) = governed.undecidable_for(*command) {
                let reason = undecidable.reason.clone();
                self.push(Rule::TenantIsolation, commands, roles.clone(), Err(reason), None);
            }
        }
    }
}
