//! Questions about rows that are marked as deleted.

use pgpe_catalog::Command;
use pgpe_config::Rule;

use super::Planning;
use crate::goal::{Goal, Mark, RoleCase};
use crate::world::Side;

impl Planning<'_> {
    /// For each way of marking that the table has the column for: whether SELECT shows marked rows, and whether
    /// UPDATE can mark one.
    pub(super) fn plan_deletion(&mut self, command: Command) {
        let Some(relation) = self.world.relation(self.table) else { return };
        for configured in &self.config.soft_delete {
            if relation.column(&configured.column).is_none() {
                continue;
            }
            let condition = match pgpe_policy::resolve_mark(configured, self.table, self.world.catalog()) {
                Ok(condition) => condition,
                Err(reason) => {
                    if matches!(command, Command::Select | Command::Update) {
                        self.push(Rule::SoftDelete, &[command], RoleCase::Any, Err(reason), None);
                    }
                    continue;
                }
            };
            let mark = Mark { column: configured.column.clone(), condition };
            match command {
                Command::Select => self.plan_deleted_visible(&mark),
                Command::Update => {
                    for readable in [true, false] {
                        let goal = Goal::MarkDeleted { mark: mark.clone(), readable };
                        self.add(Rule::SoftDelete, command, Side::Check, goal);
                    }
                }
                Command::Insert | Command::Delete => {}
            }
        }
    }

    fn plan_deleted_visible(&mut self, mark: &Mark) {
        for roles in self.role_cases(Command::Select) {
            let goal = Goal::DeletedVisible { mark: mark.clone(), roles: roles.clone() };
            let question = self.ask(Command::Select, Side::Using, goal);
            self.push(Rule::SoftDelete, &[Command::Select], roles, question, None);
        }
    }
}
