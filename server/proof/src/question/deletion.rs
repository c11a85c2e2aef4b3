//! Goals about rows that are marked as deleted.

use pgpe_policy::resolved::Conjunction;

use super::Asking;
use crate::encoder::{Encoded, Reading};
use crate::formula::Expr;
use crate::goal::{Mark, RoleCase};
use crate::scene::{RowId, SessionId};

impl Asking<'_, '_> {
    /// The session sees the row, which is marked.
    pub(super) fn deleted_visible(
        &mut self,
        mark: &Mark,
        roles: &RoleCase,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let seen = self.passes(row, session, Reading::Witness)?;
        let marked = self.marked(mark, row, session)?;
        Ok(Expr::and([seen, marked, self.role_case(roles, session)]))
    }

    /// The session finds a row, and its UPDATE of nothing but the mark passes.
    pub(super) fn mark_deleted(
        &mut self,
        mark: &Mark,
        readable: bool,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let mut parts = vec![self.written(row, session)?, self.marked(mark, row, session)?];
        if readable {
            parts.push(self.readable(row, session, Reading::Witness)?);
        }
        if let Some(old) = self.old_row {
            parts.push(self.readable(old, session, Reading::Witness)?);
            parts.push(self.encoder.same_but_for(old, row, &mark.column)?);
        }
        Ok(Expr::and(parts))
    }

    fn marked(&mut self, mark: &Mark, row: RowId, session: SessionId) -> Encoded<Expr> {
        let condition = Conjunction { atoms: vec![mark.condition.clone()], clause: 0 };
        self.encoder.conjunction(&condition, row, session, Reading::Witness)
    }
}
