//! Single policies and clauses on the server: policies of a table are replaced by others for one command.

use std::collections::HashMap;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_policy::resolved::{Disjunction, TablePolicy};
use pgpe_policy::source::{CommandSet, PolicyKind};
use pgpe_proof::goal::{Goal, Subject};
use pgpe_proof::world::Side;
use serde_json::Value;

use crate::analysis::{Analysis, table_name};
use crate::case::{Case, Row, Session};
use crate::compare::Disagreement;
use crate::observe::{Seen, complete_sessions, seen};
use crate::server::Stage;

/// The sets of policies that a goal speaks of: a row is to pass in some and not in others.
pub enum Probe {
    /// Nothing passes these.
    Never(Vec<TablePolicy>),
    /// Everything passes these.
    Always(Vec<TablePolicy>),
    /// What passes the first passes the second.
    Within(Vec<TablePolicy>, Vec<TablePolicy>),
    /// The same passes both.
    Same(Vec<TablePolicy>, Vec<TablePolicy>),
}

impl Probe {
    /// What the absence of such a scene means; `None` for goals that are not about single policies.
    pub fn of(analysis: &Analysis, subject: &Subject) -> Option<Probe> {
        let policies = &analysis.governed.get(&subject.table)?.policies;
        let side = subject.side;
        let clause = |policy: usize, clause: usize| {
            let mut alone = policies[policy].clone();
            let clauses = vec![side.expression(&alone).clauses[clause].clone()];
            alone.kind = PolicyKind::Permissive;
            alone.roles = Vec::new();
            alone.using = Disjunction { clauses };
            alone.check = None;
            vec![alone]
        };
        let whole = |policy: usize| vec![policies[policy].clone()];
        Some(match &subject.goal {
            Goal::ClauseHolds { policy, clause: index } => Probe::Never(clause(*policy, *index)),
            Goal::ClauseAlone { policy, clause: index, other } => {
                Probe::Within(clause(*policy, *index), clause(*policy, *other))
            }
            Goal::PolicyFails { policy } => Probe::Always(whole(*policy)),
            Goal::PolicyAlone { policy, other } => Probe::Within(whole(*policy), whole(*other)),
            Goal::PolicyMatters { policy } => {
                let all = analysis.policies_for(&subject.table, subject.command);
                let without =
                    all.iter().filter(|other| other.policy != policies[*policy].policy).cloned().collect();
                Probe::Same(all, without)
            }
            _ => return None,
        })
    }

    fn sets(&self) -> Vec<&[TablePolicy]> {
        match self {
            Probe::Never(set) | Probe::Always(set) => vec![set],
            Probe::Within(first, second) | Probe::Same(first, second) => vec![first, second],
        }
    }

    /// Whether a row may have come out like this, of each set; an error says nothing.
    fn allows(&self, seen: &[Seen]) -> bool {
        match (self, seen) {
            (Probe::Never(_), [seen]) => *seen != Seen::Passes,
            (Probe::Always(_), [seen]) => *seen != Seen::Denied,
            (Probe::Within(..), [first, second]) => *first != Seen::Passes || *second != Seen::Denied,
            (Probe::Same(..), [first, second]) => {
                first == second || *first == Seen::Error || *second == Seen::Error
            }
            _ => true,
        }
    }

    /// Tries stored rows and rows to be written in all sessions: is there one that must not be?
    pub fn refute(
        &self,
        stage: &mut Stage<'_>,
        analysis: &Analysis,
        table: usize,
        side: Side,
        kept: &[usize],
    ) -> Option<String> {
        let case = stage.case;
        let rows = match side {
            Side::Using => stored(case, table, kept),
            Side::Check => written(case, table),
        };
        let sessions: Vec<&Session> =
            complete_sessions(case).into_iter().map(|at| &case.sessions[at]).collect();
        let outcomes: Vec<HashMap<(usize, i32), Seen>> = self
            .sets()
            .into_iter()
            .map(|set| try_policies(stage, analysis, table, set, side, &rows, &sessions))
            .collect();
        for (at, session) in sessions.iter().enumerate() {
            for (rid, row) in &rows {
                let seen: Vec<Seen> = outcomes.iter().map(|of_set| of_set[&(at, *rid)]).collect();
                if !self.allows(&seen) {
                    return Some(format!("row {:?}, session {session:?}: {seen:?}", row.values));
                }
            }
        }
        None
    }

    /// Whether one row in one session shows that there is such a scene; `None` if an error keeps it open.
    pub fn shows(
        &self,
        stage: &mut Stage<'_>,
        analysis: &Analysis,
        table: usize,
        side: Side,
        row: (i32, Row),
        session: &Session,
    ) -> Option<bool> {
        let rid = row.0;
        let outcomes: Vec<Seen> = self
            .sets()
            .into_iter()
            .map(|set| {
                try_policies(stage, analysis, table, set, side, std::slice::from_ref(&row), &[session])
                    [&(0, rid)]
            })
            .collect();
        (!outcomes.contains(&Seen::Error)).then(|| !self.allows(&outcomes))
    }
}

fn stored(case: &Case, table: usize, kept: &[usize]) -> Vec<(i32, Row)> {
    case.rows_of(table)
        .filter(|(rid, _)| kept.contains(&(*rid as usize)))
        .map(|(rid, row)| (rid, row.clone()))
        .collect()
}

fn written(case: &Case, table: usize) -> Vec<(i32, Row)> {
    let updates = case.updates.iter().filter(|(_, row)| row.table == table).map(|(_, row)| row);
    let updates = updates.enumerate().map(|(at, row)| (2000 + at as i32, row.clone()));
    case.new_rows_of(table).map(|(rid, row)| (rid, row.clone())).chain(updates).collect()
}

/// The policy for one command only, saying of rows what it says on that side.
fn as_command(policy: &TablePolicy, prefix: &str, at: usize, command: Command, side: Side) -> TablePolicy {
    TablePolicy {
        policy: format!("{prefix}{at}"),
        kind: policy.kind,
        commands: CommandSet::default().with(command),
        roles: policy.roles.clone(),
        using: side.expression(policy).clone(),
        check: None,
    }
}

/// Puts policies in the place of all that a table has but for reading.
pub fn replace_policies(
    stage: &mut Stage<'_>,
    analysis: &Analysis,
    name: &QualifiedName,
    set: &[TablePolicy],
    command: Command,
    side: Side,
) {
    let mut sql = String::new();
    for existing in
        stage.texts(&format!("SELECT policyname::text FROM pg_policies WHERE tablename = '{}'", name.name))
    {
        sql.push_str(&format!("DROP POLICY {} ON {};\n", existing.unwrap(), name.name));
    }
    let reading = analysis.policies_for(name, Command::Select);
    let reading = reading
        .iter()
        .enumerate()
        .map(|(at, policy)| as_command(policy, "s", at, Command::Select, Side::Using));
    let set = set.iter().enumerate().map(|(at, policy)| as_command(policy, "x", at, command, side));
    let policies: Vec<TablePolicy> = reading.chain(set).collect();
    sql.push_str(&analysis.compile_policies(name, &policies).join("\n"));
    stage.run(&sql);
}

/// What becomes of rows under some policies: stored rows by DELETE, others by INSERT.
fn try_policies(
    stage: &mut Stage<'_>,
    analysis: &Analysis,
    table: usize,
    set: &[TablePolicy],
    side: Side,
    rows: &[(i32, Row)],
    sessions: &[&Session],
) -> HashMap<(usize, i32), Seen> {
    let name = stage.case.tables[table].name.clone();
    let command = if side == Side::Using { Command::Delete } else { Command::Insert };
    stage.run("SAVEPOINT probe");
    replace_policies(stage, analysis, &table_name(&name), set, command, side);
    let mut jobs: Vec<Value> = Vec::new();
    let mut asked = Vec::new();
    for (at, session) in sessions.iter().enumerate() {
        for (rid, row) in rows {
            jobs.push(match side {
                Side::Using => stage.statement_on(session, table, *rid, &format!("DELETE FROM {name}")),
                Side::Check => stage.statement(session, &stage.insert(row, *rid)),
            });
            asked.push((at, *rid));
        }
    }
    let attempts = stage.attempts(&jobs);
    stage.run("ROLLBACK TO probe; RELEASE probe");
    let outcomes = asked.into_iter().zip(&attempts);
    outcomes.map(|((at, rid), attempt)| ((at, rid), seen(&attempt.outcome, rid))).collect()
}

/// As a disagreement.
pub fn refuted(subject: &Subject, details: String) -> Disagreement {
    let goal = format!("{:?}", subject.goal);
    let goal = goal.split([' ', '{']).next().unwrap_or_default().to_owned();
    Disagreement {
        kind: format!("proof: no scene of {goal} on side {:?} is said to be", subject.side),
        details: format!("table {}, {:?}: {details}", subject.table, subject.goal),
    }
}
