//! Questions about single policies and clauses: whether they say anything, and anything new.

use std::collections::BTreeSet;

use pgpe_catalog::Command;
use pgpe_config::Rule;
use pgpe_policy::source::PolicyKind;

use super::{Alike, Planning};
use crate::goal::Goal;
use crate::world::Side;

impl Planning<'_> {
    /// Questions about single policies and clauses, which do not depend on the command.
    pub(super) fn plan_policies(&mut self) {
        let governed = self.governed;
        for (index, policy) in governed.policies.iter().enumerate() {
            let commands: Vec<Command> = policy.commands.iter().collect();
            let Some(first) = commands.first().copied() else { continue };
            // INSERT has no USING: what is checked is all there is of a policy for nothing else.
            let blocks = match &policy.check {
                check if commands == [Command::Insert] => {
                    vec![(Side::Check, check.as_ref().unwrap_or(&policy.using))]
                }
                None => vec![(Side::Using, &policy.using)],
                Some(check) => vec![(Side::Using, &policy.using), (Side::Check, check)],
            };
            for (side, clauses) in blocks {
                for clause in 0..clauses.clauses.len() {
                    let goal = Goal::ClauseHolds { policy: index, clause };
                    self.add_for(Rule::Contradiction, &commands, first, side, goal);
                    for other in (0..clauses.clauses.len()).filter(|other| *other != clause) {
                        let goal = Goal::ClauseAlone { policy: index, clause, other };
                        self.add_for(Rule::Subsumption, &commands, first, side, goal);
                    }
                }
            }
            if policy.kind == PolicyKind::Permissive {
                self.plan_cover(index, &commands);
            }
        }
    }

    /// Whether a permissive policy is covered by another: for each of its commands, on each side.
    fn plan_cover(&mut self, index: usize, commands: &[Command]) {
        let governed = self.governed;
        let sides: BTreeSet<Side> = commands.iter().flat_map(|command| Side::of(*command)).copied().collect();
        for (other, other_policy) in governed.policies.iter().enumerate() {
            let comparable = other != index
                && other_policy.kind == PolicyKind::Permissive
                && commands.iter().all(|command| other_policy.commands.contains(*command));
            if !comparable {
                continue;
            }
            for side in &sides {
                let of_side = commands.iter().copied().find(|command| Side::of(*command).contains(side));
                let Some(command) = of_side else { continue };
                let goal = Goal::PolicyAlone { policy: index, other };
                self.add_for(Rule::Subsumption, commands, command, *side, goal);
            }
        }
        for side in sides {
            let of_side = commands.iter().copied().find(|command| Side::of(*command).contains(&side));
            let Some(command) = of_side else { continue };
            self.add_for(Rule::Tautology, commands, command, side, Goal::PolicyFails { policy: index });
        }
    }

    /// Whether access would change without a policy.
    pub(super) fn plan_removals(&mut self, Alike { side, commands, command, policies }: &Alike) {
        for policy in policies.iter().copied() {
            self.add_for(Rule::Redundancy, commands, *command, *side, Goal::PolicyMatters { policy });
        }
    }
}
