//! Goals about roles, and what a verdict by role means.

use super::Asking;
use crate::encoder::{Encoded, Reading};
use crate::formula::Expr;
use crate::goal::RoleCase;
use crate::scene::{RowId, SessionId};

impl Asking<'_, '_> {
    /// The row passes in a session of the one role and in a session of the other.
    pub(super) fn shared_by_roles(
        &mut self,
        roles: [&str; 2],
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let other = self.another_session();
        let mut parts = Vec::new();
        for (role, session) in roles.into_iter().zip([session, other]) {
            parts.push(self.passes(row, session, Reading::Witness)?);
            parts.push(self.role_case(&RoleCase::Only(role.to_owned()), session));
        }
        Ok(Expr::and(parts))
    }

    /// Restricts the roles of a session. To be called when all roles that matter have been met.
    pub(super) fn role_case(&mut self, case: &RoleCase, session: SessionId) -> Expr {
        let (only, inherited) = match case {
            RoleCase::Any => return Expr::Bool(true),
            RoleCase::NoNamedRole => (None, Default::default()),
            RoleCase::Only(role) => {
                self.encoder.has_role(session, role);
                (Some(role), self.encoder.world().catalog().roles.privileges_of(role))
            }
        };
        let roles = self.encoder.scene().sessions[session.0].roles.clone();
        Expr::and(roles.into_iter().map(|(name, held)| {
            if Some(&name) == only {
                held
            } else if inherited.contains(&name) {
                // That it is held is a fact of the schema.
                Expr::Bool(true)
            } else {
                Expr::not(held)
            }
        }))
    }
}
