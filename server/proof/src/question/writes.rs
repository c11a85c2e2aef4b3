//! Goals about rows that a session writes: who can read them, and what they refer to.

use pgpe_catalog::{Command, ForeignKey};

use super::Asking;
use crate::encoder::{Encoded, Reading};
use crate::formula::Expr;
use crate::goal::RoleCase;
use crate::owner::OwnerPath;
use crate::scene::{RowId, SessionId};
use crate::world::Side;

impl Asking<'_, '_> {
    /// The session writes the row, and a session of another tenant reads it.
    pub(super) fn cross_write(
        &mut self,
        entry: usize,
        roles: &RoleCase,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let reader = self.another_session();
        let mut parts = vec![self.written(row, session)?, self.readable(row, reader, Reading::Witness)?];
        let ((has_key, reader_has_key), same) = self.same_tenant(entry, session, reader)?;
        parts.extend([reader_has_key, Expr::not(same), self.role_case(roles, session)]);
        // A session without a tenant is a less telling one.
        self.preferences.push(has_key);
        Ok(Expr::and(parts))
    }

    /// The session writes the row, which refers to a row that somebody else owns.
    pub(super) fn foreign_reference(
        &mut self,
        entry: usize,
        foreign_key: &ForeignKey,
        owner: &OwnerPath,
        roles: &RoleCase,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let other = self.another_session();
        let mut parts = vec![self.written(row, session)?];
        let target = self.encoder.new_stored_row(&foreign_key.target, true);
        for (column, target_column) in foreign_key.columns.iter().zip(&foreign_key.target_columns) {
            parts.push(self.encoder.link(row, column, target, target_column, None)?);
        }
        let (known, value, ty) = self.owner_value(target, owner)?;
        let (has_key, key) = self.key(entry, &ty, session)?;
        parts.push(known);
        parts.push(Expr::not(Expr::and([has_key.clone(), Expr::eq(key, value.clone())])));
        parts.push(self.role_case(roles, session));
        let (other_has_key, other_key) = self.key(entry, &ty, other)?;
        self.preferences.extend([has_key, Expr::and([other_has_key, Expr::eq(other_key, value)])]);
        Ok(Expr::and(parts))
    }

    /// The session writes the row and does not see it afterwards.
    pub(super) fn unreadable_write(
        &mut self,
        roles: &RoleCase,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        // A row without what it refers to is refused anyway.
        self.encoder.lasts(row);
        let written = self.written(row, session)?;
        let readable = self.readable(row, session, Reading::Instances)?;
        Ok(Expr::and([written, Expr::not(readable), self.role_case(roles, session)]))
    }

    /// The command may write the row: its check is TRUE and, for UPDATE, there is a row to begin with.
    pub(super) fn written(&mut self, row: RowId, session: SessionId) -> Encoded<Expr> {
        let (table, command) = (&self.subject.table, self.subject.command);
        let mut parts =
            vec![self.encoder.effective(table, command, Side::Check, row, session, Reading::Witness)?];
        if command == Command::Update {
            let old = self.encoder.new_stored_row(table, true);
            self.old_row = Some(old);
            parts.push(self.encoder.effective(
                table,
                command,
                Side::Using,
                old,
                session,
                Reading::Witness,
            )?);
        }
        Ok(Expr::and(parts))
    }

    /// The SELECT policies let the session see the row.
    pub(super) fn readable(&mut self, row: RowId, session: SessionId, reading: Reading) -> Encoded<Expr> {
        self.encoder.effective(&self.subject.table, Command::Select, Side::Using, row, session, reading)
    }
}
