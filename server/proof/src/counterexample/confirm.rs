//! Whether concrete rows and sessions are what a question looked for, by the evaluator.

use pgpe_catalog::{BaseType, ColumnType, Command, ForeignKey};
use pgpe_policy::datum;
use pgpe_policy::resolved::{Conjunction, TablePolicy};
use pgpe_policy::source::PolicyKind;

use crate::evaluator::{Database, Evaluator, Row, Session, Truth, applies};
use crate::goal::{Goal, Mark, Subject};
use crate::owner::{Hop, IsolationEntry, OwnerPath};
use crate::question::Question;
use crate::statements::{Ending, Failing, Form, Need, StatementRow};
use crate::types::fits;
use crate::world::{Side, World};

/// Concrete rows and sessions for a question.
pub(super) struct Confirming<'a> {
    pub(super) world: &'a dyn World,
    pub(super) isolation: &'a [IsolationEntry],
    pub(super) question: &'a Question,
    pub(super) row: &'a Row,
    pub(super) old_row: Option<&'a Row>,
    pub(super) sessions: &'a [Session],
    /// All stored rows, before anything is written.
    pub(super) database: &'a Database,
}

/// An error keeps a row away just as well.
fn fails(truth: Truth) -> bool {
    !matches!(truth, Truth::True | Truth::Undetermined)
}

impl Confirming<'_> {
    pub(super) fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(self.world, self.database)
    }

    /// Whether they show what was looked for, and are possible.
    pub(super) fn holds(&self) -> bool {
        self.is_possible() && self.shows_goal()
    }

    fn shows_goal(&self) -> bool {
        let session = &self.sessions[0];
        let table = &self.question.subject.table;
        match &self.question.subject.goal {
            Goal::Passes => self.effective(session) == Truth::True,
            Goal::Fails => fails(self.effective(session)),
            Goal::ClauseHolds { policy, clause } => self.clause(*policy, *clause, session) == Truth::True,
            Goal::PolicyFails { policy } => fails(self.policy_passes(*policy, session)),
            Goal::ClauseAlone { policy, clause, other } => {
                self.clause(*policy, *clause, session) == Truth::True
                    && fails(self.clause(*policy, *other, session))
            }
            Goal::PolicyAlone { policy, other } => {
                self.policy_passes(*policy, session) == Truth::True
                    && fails(self.policy_passes(*other, session))
            }
            Goal::PolicyMatters { policy } => self.policy_matters(*policy, session),
            Goal::SharedRow { entry, .. } => self.all_pass() && self.different_tenants(*entry, true),
            Goal::ForeignRow { entry, owners, .. } => {
                self.effective(session) == Truth::True
                    && owners.iter().all(|owner| self.is_foreign(*entry, (table, self.row), owner, session))
            }
            Goal::CrossWrite { entry, .. } => {
                let [writer, reader] = self.sessions else { return false };
                self.writes(writer)
                    && self.reads_written(reader) == Truth::True
                    && self.different_tenants(*entry, false)
            }
            Goal::ForeignReference { entry, foreign_key, owner, .. } => {
                self.writes(session) && self.refers_to_foreign_row(*entry, foreign_key, owner, session)
            }
            Goal::UnreadableWrite { .. } => self.writes(session) && fails(self.reads_written(session)),
            Goal::DeletedVisible { mark, .. } => {
                self.effective(session) == Truth::True && self.is_marked(mark, session)
            }
            Goal::MarkDeleted { mark, readable } => {
                self.writes(session)
                    && self.is_marked(mark, session)
                    && self.old_row.is_some_and(|old| self.reads(old, session) == Truth::True)
                    && (!readable || self.reads_written(session) == Truth::True)
            }
            Goal::Statement { form, ending } => self.comes_out(*form, *ending, session),
            Goal::PassesOnlyHere => {
                let Subject { table, command, side, .. } = &self.question.subject;
                self.effective(session) == Truth::True
                    && self.world.compared_with().is_some_and(|other| {
                        let evaluator = Evaluator::new(other, self.database);
                        fails(evaluator.effective(table, *command, *side, self.row, session))
                    })
            }
            Goal::SharedByRoles { .. } => self.all_pass(),
        }
    }

    fn all_pass(&self) -> bool {
        self.sessions.len() == 2 && self.sessions.iter().all(|session| self.effective(session) == Truth::True)
    }

    fn policy(&self, index: usize) -> Option<&TablePolicy> {
        self.world.governed(&self.question.subject.table)?.policies.get(index)
    }

    fn clause(&self, policy: usize, index: usize, session: &Session) -> Truth {
        let side = self.question.subject.side;
        self.policy(policy)
            .and_then(|policy| side.expression(policy).clauses.get(index))
            .map_or(Truth::Undetermined, |clause| self.evaluator().clause(clause, self.row, session))
    }

    fn policy_passes(&self, index: usize, session: &Session) -> Truth {
        let side = self.question.subject.side;
        match self.policy(index) {
            None => Truth::Undetermined,
            Some(policy) if !applies(policy, session) => Truth::False,
            Some(policy) => self.evaluator().policy(policy, side, self.row, session),
        }
    }

    /// Whether the row passes with the policy and not without it, or the other way about.
    fn policy_matters(&self, removed: usize, session: &Session) -> bool {
        let Subject { table, command, .. } = &self.question.subject;
        let Some(governed) = self.world.governed(table) else { return false };
        let others = |kind: PolicyKind| {
            governed
                .policies
                .iter()
                .enumerate()
                .filter(move |(index, policy)| {
                    *index != removed && policy.kind == kind && policy.commands.contains(*command)
                })
                .map(|(index, _)| index)
        };
        let kept_in = others(PolicyKind::Restrictive).all(|index| {
            self.policy(index).is_some_and(|policy| !applies(policy, session))
                || self.policy_passes(index, session) == Truth::True
        });
        let mut let_in = others(PolicyKind::Permissive);
        match self.policy(removed).map(|policy| policy.kind) {
            Some(PolicyKind::Permissive) => {
                kept_in
                    && self.policy_passes(removed, session) == Truth::True
                    && let_in.all(|index| fails(self.policy_passes(index, session)))
            }
            Some(PolicyKind::Restrictive) => {
                kept_in
                    && self.policy(removed).is_some_and(|policy| applies(policy, session))
                    && fails(self.policy_passes(removed, session))
                    && let_in.any(|index| self.policy_passes(index, session) == Truth::True)
            }
            None => false,
        }
    }

    /// Whether the statement ends like that in the session.
    fn comes_out(&self, form: Form, ending: Ending, session: &Session) -> bool {
        let satisfied = |need: &Need| {
            let table = &self.question.subject.table;
            match need.row {
                StatementRow::New if need.command == Command::Select => self.reads_written(session),
                StatementRow::New => {
                    self.evaluator().effective(table, need.command, need.side(), self.row, session)
                }
                StatementRow::Old => {
                    let old = self.old_row.unwrap_or(self.row);
                    self.evaluator().effective(table, need.command, need.side(), old, session)
                }
            }
        };
        let (failing, needed): (Vec<Need>, Vec<Need>) =
            form.needs().into_iter().partition(|need| match ending {
                Ending::Works => false,
                Ending::Fails(failing) => need.failing == failing,
            });
        let needed = needed.iter().filter(|need| {
            ending == Ending::Works || matches!(need.failing, Failing::OutOfReach | Failing::LeftOut)
        });
        needed.into_iter().all(|need| satisfied(need) == Truth::True)
            && (ending == Ending::Works || failing.iter().any(|need| fails(satisfied(need))))
    }

    fn effective(&self, session: &Session) -> Truth {
        let Subject { table, command, side, .. } = &self.question.subject;
        self.evaluator().effective(table, *command, *side, self.row, session)
    }

    /// Whether the command may write the row; an UPDATE needs one to replace.
    fn writes(&self, session: &Session) -> bool {
        let Subject { table, command, .. } = &self.question.subject;
        let passes = |side: Side, row: &Row| {
            self.evaluator().effective(table, *command, side, row, session) == Truth::True
        };
        passes(Side::Check, self.row)
            && (*command != Command::Update || self.old_row.is_some_and(|old| passes(Side::Using, old)))
    }

    fn reads(&self, row: &Row, session: &Session) -> Truth {
        let table = &self.question.subject.table;
        self.evaluator().effective(table, Command::Select, Side::Using, row, session)
    }

    /// Whether the session sees the row once it is written.
    fn reads_written(&self, session: &Session) -> Truth {
        let table = &self.question.subject.table;
        let mut after = self.database.clone();
        let stored = after.entry(table.clone()).or_default();
        stored.retain(|row| Some(row) != self.old_row);
        stored.push(self.row.clone());
        Evaluator::new(self.world, &after).effective(table, Command::Select, Side::Using, self.row, session)
    }

    fn is_marked(&self, mark: &Mark, session: &Session) -> bool {
        let condition = Conjunction { atoms: vec![mark.condition.clone()], clause: 0 };
        self.evaluator().clause(&condition, self.row, session) == Truth::True
    }

    fn refers_to_foreign_row(
        &self,
        entry: usize,
        foreign_key: &ForeignKey,
        owner: &OwnerPath,
        session: &Session,
    ) -> bool {
        let table = self.question.subject.table.clone();
        let hop = Hop { table, foreign_key: foreign_key.clone() };
        let target = &foreign_key.target;
        let rows = self.database.get(target).map_or(&[][..], Vec::as_slice);
        rows.iter().any(|found| {
            self.refers(&hop, self.row, found)
                && self.is_somebody_elses(entry, (target, found), owner, session)
        })
    }

    /// Whether PostgreSQL could hold these rows: values fit, and NOT NULL is kept. (Rows that share a key were
    /// merged.)
    fn is_possible(&self) -> bool {
        let stored = self.database.iter().flat_map(|(table, rows)| rows.iter().map(move |row| (table, row)));
        stored.chain([(&self.question.subject.table, self.row)]).all(|(table, row)| {
            let Some(relation) = self.world.relation(table) else { return false };
            let checked = self.world.constraints_hold(table);
            relation.columns.iter().all(|column| match row.get(&column.name) {
                Some(Some(value)) => fits(value, &column.ty),
                Some(None) => !(checked && column.not_null),
                None => true,
            })
        })
    }

    /// Whether the sessions are of different tenants; the first must be of one only if `both`.
    fn different_tenants(&self, entry: usize, both: bool) -> bool {
        let Some(entry) = self.isolation.get(entry) else { return false };
        let ty = entry.tenant_type.clone().unwrap_or_else(|| ColumnType::plain(BaseType::Text));
        let value = |session| self.evaluator().key_value(session, &entry.key, &ty);
        let [first, second] = self.sessions else { return false };
        match (value(first), value(second)) {
            (Ok(Some(first)), Ok(Some(second))) => {
                datum::compare(&first, &second, &ty).equal() == Some(false)
            }
            (Ok(None) | Err(Truth::Error), Ok(Some(_))) => !both,
            _ => false,
        }
    }

    /// The permissive policy and clause that let the row pass in the session of that index.
    pub(super) fn let_in(&self, index: usize) -> Option<(usize, usize)> {
        let Subject { table, command, side, goal } = &self.question.subject;
        let governed = self.world.governed(table)?;
        let session = &self.sessions[index];
        let (command, side) = match goal {
            Goal::CrossWrite { .. } if index == 1 => (Command::Select, Side::Using),
            Goal::ForeignReference { .. } if index == 1 => return None,
            _ => (*command, *side),
        };
        let evaluator = self.evaluator();
        if evaluator.effective(table, command, side, self.row, session) != Truth::True {
            return None;
        }
        if let (Goal::ForeignRow { through, .. }, 0) = (goal, index) {
            return Some(*through);
        }
        let candidates = governed.policies.iter().enumerate().filter(|(_, policy)| {
            policy.kind == PolicyKind::Permissive
                && policy.commands.contains(command)
                && applies(policy, session)
        });
        for (index, policy) in candidates {
            for (at, clause) in side.expression(policy).clauses.iter().enumerate() {
                if evaluator.clause(clause, self.row, session) == Truth::True {
                    return Some((index, at));
                }
            }
        }
        None
    }
}
