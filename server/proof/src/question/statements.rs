//! How a form of statement can come out.

use super::Asking;
use crate::encoder::{Encoded, Reading};
use crate::formula::Expr;
use crate::scene::{RowId, SessionId};
use crate::statements::{Ending, Failing, Form, Need, StatementRow};

impl Asking<'_, '_> {
    pub(super) fn statement(
        &mut self,
        form: Form,
        ending: Ending,
        row: RowId,
        session: SessionId,
    ) -> Encoded<Expr> {
        let needs = form.needs();
        let old = if form.writes() && needs.iter().any(|need| need.row == StatementRow::Old) {
            let old = self.encoder.new_stored_row(&self.subject.table, true);
            self.old_row = Some(old);
            old
        } else {
            row
        };
        let row_of = |need: &Need| match need.row {
            StatementRow::Old => old,
            StatementRow::New => row,
        };
        let (own, others): (Vec<Need>, Vec<Need>) =
            needs.into_iter().partition(|need| need.failing == Failing::OutOfReach);
        let mut parts = Vec::new();
        for need in &own {
            parts.push(self.satisfied(need, row_of(need), session, Reading::Witness)?);
        }
        match ending {
            Ending::Works => {
                for need in &others {
                    parts.push(self.satisfied(need, row_of(need), session, Reading::Witness)?);
                }
            }
            Ending::Fails(failing) => {
                // A row that is left out is not refused.
                let (failing, before): (Vec<Need>, Vec<Need>) =
                    others.into_iter().partition(|need| need.failing == failing);
                for need in before.iter().filter(|need| need.failing == Failing::LeftOut) {
                    parts.push(self.satisfied(need, row_of(need), session, Reading::Witness)?);
                }
                let mut unsatisfied = Vec::new();
                for need in &failing {
                    let satisfied = self.satisfied(need, row_of(need), session, Reading::Instances)?;
                    unsatisfied.push(Expr::not(satisfied));
                }
                parts.push(Expr::or(unsatisfied));
            }
        }
        Ok(Expr::and(parts))
    }

    fn satisfied(&mut self, need: &Need, row: RowId, session: SessionId, reading: Reading) -> Encoded<Expr> {
        let table = &self.subject.table;
        self.encoder.effective(table, need.command, need.side(), row, session, reading)
    }
}
