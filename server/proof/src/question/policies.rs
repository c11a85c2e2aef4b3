//! Goals about policies and clauses, and about what all policies of a table together let through.

use pgpe_policy::resolved::{Conjunction, TablePolicy};
use pgpe_policy::source::PolicyKind;

use super::Asking;
use crate::encoder::{Encoded, Obstacle, Reading};
use crate::formula::Expr;
use crate::goal::Subject;
use crate::scene::{RowId, SessionId};
use crate::world::GovernedTable;

impl<'w> Asking<'_, 'w> {
    /// The table's effective predicate is TRUE.
    pub(super) fn passes(&mut self, row: RowId, session: SessionId, reading: Reading) -> Encoded<Expr> {
        let Subject { table, command, side, .. } = self.subject;
        self.encoder.effective(table, *command, *side, row, session, reading)
    }

    /// The table's effective predicate is TRUE, and that of the policies compared with is not.
    pub(super) fn passes_only_here(&mut self, row: RowId, session: SessionId) -> Encoded<Expr> {
        let here = self.passes(row, session, Reading::Witness)?;
        let this = self.encoder.world();
        let Some(other) = this.compared_with() else {
            return Err(Obstacle::Undecidable("there is nothing to compare with".to_owned()));
        };
        self.encoder.look_at(other);
        let there = self.passes(row, session, Reading::Instances);
        self.encoder.look_at(this);
        Ok(Expr::and([here, Expr::not(there?)]))
    }

    pub(super) fn clause_alone(
        &mut self,
        policy: usize,
        clause: usize,
        other: usize,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let (clause, other) = (self.clause(policy, clause)?, self.clause(policy, other)?);
        let holds = self.encoder.conjunction(clause, row, session, Reading::Witness)?;
        let covered = self.encoder.conjunction(other, row, session, Reading::Instances)?;
        Ok(Expr::and([holds, Expr::not(covered)]))
    }

    pub(super) fn policy_alone(
        &mut self,
        policy: usize,
        other: usize,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let (policy, other) = (self.policy(policy)?, self.policy(other)?);
        let holds = self.policy_passes(policy, row, session, Reading::Witness)?;
        let covered = self.policy_passes(other, row, session, Reading::Instances)?;
        Ok(Expr::and([holds, Expr::not(covered)]))
    }

    /// Without the policy another set of rows would pass: one more or one less.
    pub(super) fn policy_matters(&mut self, policy: usize, row: RowId, session: SessionId) -> Encoded<Expr> {
        let removed = self.policy(policy)?;
        let command = self.subject.command;
        let others: Vec<&TablePolicy> = self
            .governed()?
            .policies
            .iter()
            .enumerate()
            .filter(|(index, other)| *index != policy && other.commands.contains(command))
            .map(|(_, other)| other)
            .collect();
        let of = |kind: PolicyKind| others.iter().copied().filter(move |other| other.kind == kind);
        let restrictive: Vec<&TablePolicy> = of(PolicyKind::Restrictive).collect();
        let permissive: Vec<&TablePolicy> = of(PolicyKind::Permissive).collect();
        let mut parts = Vec::new();
        match removed.kind {
            // It lets in a row that no other lets in, and that no restrictive one keeps out.
            PolicyKind::Permissive => {
                parts.push(self.policy_passes(removed, row, session, Reading::Witness)?);
                parts.push(self.restrictions_of(&restrictive, row, session)?);
                for other in permissive {
                    parts.push(Expr::not(self.policy_passes(other, row, session, Reading::Instances)?));
                }
            }
            // It keeps out a row that would pass otherwise.
            PolicyKind::Restrictive => {
                let mut let_in = Vec::new();
                for other in permissive {
                    let_in.push(self.policy_passes(other, row, session, Reading::Witness)?);
                }
                parts.push(Expr::or(let_in));
                parts.push(self.restrictions_of(&restrictive, row, session)?);
                parts.push(self.encoder.applies(removed, session));
                let expression = self.subject.side.expression(removed);
                let holds = self.encoder.disjunction(expression, row, session, Reading::Instances)?;
                parts.push(Expr::not(holds));
            }
        }
        Ok(Expr::and(parts))
    }

    pub(super) fn governed(&self) -> Encoded<&'w GovernedTable> {
        let governed = self.encoder.world().governed(&self.subject.table);
        let governed =
            governed.ok_or_else(|| Obstacle::Undecidable("the table is not governed".to_owned()))?;
        match governed.undecidable_for(self.subject.command) {
            Some(undecidable) => Err(Obstacle::Undecidable(undecidable.reason.clone())),
            None => Ok(governed),
        }
    }

    pub(super) fn policy(&self, index: usize) -> Encoded<&'w TablePolicy> {
        self.encoder
            .world()
            .governed(&self.subject.table)
            .and_then(|governed| governed.policies.get(index))
            .ok_or_else(|| Obstacle::Undecidable("the policy is gone".to_owned()))
    }

    pub(super) fn clause(&self, policy: usize, clause: usize) -> Encoded<&'w Conjunction> {
        self.subject
            .side
            .expression(self.policy(policy)?)
            .clauses
            .get(clause)
            .ok_or_else(|| Obstacle::Undecidable("the clause is gone".to_owned()))
    }

    pub(super) fn policy_passes(
        &mut self,
        policy: &TablePolicy,
        row: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Encoded<Expr> {
        let applies = self.encoder.applies(policy, session);
        let holds = self.encoder.disjunction(self.subject.side.expression(policy), row, session, reading)?;
        Ok(Expr::and([applies, holds]))
    }

    /// All restrictive policies that apply hold.
    pub(super) fn restrictions(&mut self, row: RowId, session: SessionId) -> Encoded<Expr> {
        let command = self.subject.command;
        let restrictive: Vec<&TablePolicy> = self
            .governed()?
            .policies
            .iter()
            .filter(|policy| policy.kind == PolicyKind::Restrictive && policy.commands.contains(command))
            .collect();
        self.restrictions_of(&restrictive, row, session)
    }

    fn restrictions_of(
        &mut self,
        policies: &[&TablePolicy],
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let mut parts = Vec::new();
        for policy in policies {
            let applies = self.encoder.applies(policy, session);
            let expression = self.subject.side.expression(policy);
            let holds = self.encoder.disjunction(expression, row, session, Reading::Witness)?;
            parts.push(Expr::implies(applies, holds));
        }
        Ok(Expr::and(parts))
    }
}
