//! Goals about tenants: whose a row is, and who else reaches it.

use pgpe_catalog::{BaseType, ColumnType};
use pgpe_policy::resolved::Operand;
use smol_str::SmolStr;

use super::Asking;
use crate::encoder::{Encoded, Fact, Obstacle, Reading};
use crate::formula::Expr;
use crate::goal::RoleCase;
use crate::owner::OwnerPath;
use crate::scene::{RowId, SessionId};
use crate::world::Side;

impl Asking<'_, '_> {
    /// The row passes in both sessions, which are of different tenants.
    pub(super) fn shared_row(
        &mut self,
        entry: usize,
        roles: &RoleCase,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let other = self.another_session();
        let mut parts = Vec::new();
        for session in [session, other] {
            parts.push(self.passes(row, session, Reading::Witness)?);
        }
        parts.push(self.different_tenants(entry, session, other)?);
        parts.push(self.role_case(roles, session));
        Ok(Expr::and(parts))
    }

    /// The row passes through the clause and is not the session's own.
    pub(super) fn foreign_row(
        &mut self,
        entry: usize,
        owners: &[OwnerPath],
        through: (usize, usize),
        roles: &RoleCase,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let policy = self.policy(through.0)?;
        let clause = self.clause(through.0, through.1)?;
        let applies = self.encoder.applies(policy, session);
        let holds = self.encoder.conjunction(clause, row, session, Reading::Witness)?;
        let mut parts = vec![applies, holds, self.restrictions(row, session)?];
        let mut found = Vec::new();
        for owner in owners {
            let (known, value, ty) = self.owner_value(row, owner)?;
            let (has_key, key) = self.key(entry, &ty, session)?;
            let own = Expr::and([known.clone(), has_key, Expr::eq(key, value.clone())]);
            parts.push(Expr::not(own));
            found.push((known, value, ty));
        }
        parts.push(self.role_case(roles, session));
        if self.encoder.has_left_open() {
            return Ok(Expr::and(parts));
        }
        // What makes a model more telling is no reason to ask twice.
        self.encoder.leave_nothing_open();
        // The most telling leak: another tenant's row, of somebody who can see it himself.
        let other = self.another_session();
        for (known, value, ty) in found {
            let (has_key, key) = self.key(entry, &ty, other)?;
            self.preferences.push(Expr::and([known, has_key, Expr::eq(key, value)]));
        }
        match self.passes(row, other, Reading::Witness) {
            // Through which other clause somebody might see it is not the question.
            Err(Obstacle::Undecidable(_)) => {}
            seen => self.preferences.push(seen?),
        }
        Ok(Expr::and(parts))
    }

    /// Whether the row's owner is known, its value as compared, and its type.
    pub(super) fn owner_value(&mut self, row: RowId, owner: &OwnerPath) -> Encoded<(Expr, Expr, ColumnType)> {
        let mut at = row;
        let mut known = Vec::new();
        for hop in &owner.hops {
            let key = &hop.foreign_key;
            // The row reached may be the written row itself, or an old version that it replaces.
            if self.subject.side == Side::Check && key.target == self.subject.table {
                let reason = format!("a new row of {} may decide whose it is", self.subject.table);
                return Err(Obstacle::Undecidable(reason));
            }
            let target = self.encoder.new_stored_row(&key.target, false);
            let mut linked = Vec::new();
            let mut referring = Vec::new();
            for (column, target_column) in key.columns.iter().zip(&key.target_columns) {
                linked.push(self.encoder.link(at, column, target, target_column, None)?);
                let column = self.encoder.column(at, column)?;
                referring.push(Expr::not(column.null));
            }
            let (from, to) = {
                let rows = &self.encoder.scene().rows;
                (rows[at.0].present.clone(), rows[target.0].present.clone())
            };
            let reached = Expr::and([to, Expr::and(linked)]);
            if self.encoder.world().constraints_hold(&hop.table) {
                let fact = Fact::ForeignKey { table: hop.table.clone(), constraint: SmolStr::new(&key.name) };
                let refers = Expr::and([from, Expr::and(referring)]);
                self.encoder.add_fact(fact, Expr::implies(refers, reached.clone()));
            }
            known.push(reached);
            at = target;
        }
        let column = self.encoder.column(at, &owner.column)?;
        known.push(Expr::not(column.null.clone()));
        let value = self.encoder.comparable(&column.value, &column.ty, &column.ty, None)?;
        Ok((Expr::and(known), value, column.ty))
    }

    pub(super) fn key(&mut self, entry: usize, ty: &ColumnType, session: SessionId) -> Encoded<(Expr, Expr)> {
        let key = self.isolation_key(entry)?.clone();
        self.encoder.key(&key, ty, session)
    }

    pub(super) fn isolation_key(&self, entry: usize) -> Encoded<&Operand> {
        self.isolation
            .get(entry)
            .map(|entry| &entry.key)
            .ok_or_else(|| Obstacle::Undecidable("the isolation entry is gone".to_owned()))
    }

    /// The two sessions have keys, and different ones.
    pub(super) fn different_tenants(
        &mut self,
        entry: usize,
        first: SessionId,
        second: SessionId,
    ) -> Encoded<Expr> {
        let ((has_first, has_second), same) = self.same_tenant(entry, first, second)?;
        Ok(Expr::and([has_first, has_second, Expr::not(same)]))
    }

    /// Whether each of the two sessions has a key, and whether they have the same. Where owner columns are of
    /// one type, the values count in that type; else the texts do.
    pub(super) fn same_tenant(
        &mut self,
        entry: usize,
        first: SessionId,
        second: SessionId,
    ) -> Encoded<((Expr, Expr), Expr)> {
        let ty = self
            .isolation
            .get(entry)
            .and_then(|entry| entry.tenant_type.clone())
            .unwrap_or_else(|| ColumnType::plain(BaseType::Text));
        let (has_first, first) = self.key(entry, &ty, first)?;
        let (has_second, second) = self.key(entry, &ty, second)?;
        let same = Expr::and([has_first.clone(), has_second.clone(), Expr::eq(first, second)]);
        Ok(((has_first, has_second), same))
    }
}
