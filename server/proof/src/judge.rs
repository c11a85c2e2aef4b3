//! What the answers to a table's questions come to: one verdict per command and proof, and violations with
//! their places.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;

use crate::counterexample::{Counterexample, realise};
use crate::obligation::{Obligation, Outcome};
use crate::owner::IsolationEntry;
use crate::plan::{IsolationScope, Item, Plan};
use crate::question::{Block, Goal, Question, RoleCase};
use crate::world::{GovernedTable, Side, World};

/// What a proof comes to. Ordered from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Not asked, by configuration.
    Exempt,
    /// No permissive policy: nothing is accessible.
    Denied,
    /// The good property holds.
    Proven,
    /// Not decided.
    Unknown,
    /// It does not hold.
    Failed,
}

/// Verdicts and violations of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The table.
    pub table: QualifiedName,
    /// By command.
    pub commands: BTreeMap<Command, CommandJudgement>,
    /// What is wrong, in a fixed order.
    pub violations: Vec<Violation>,
    /// Why isolation is UNKNOWN, by command.
    pub unknown: BTreeMap<Command, BTreeSet<String>>,
    /// Some questions have no answer yet: absent verdicts may follow, none will be taken back.
    pub pending: bool,
}

/// Verdicts of one command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandJudgement {
    /// The worst over all sessions, by proof.
    pub verdicts: BTreeMap<Rule, Verdict>,
    /// By role where the roles differ: `public` is a session without any named role.
    pub by_role: BTreeMap<String, BTreeMap<Rule, Verdict>>,
}

impl CommandJudgement {
    /// Keeps the verdicts by role of those proofs in which the roles differ.
    fn drop_agreeing_roles(&mut self) {
        let differing: BTreeSet<Rule> = self
            .by_role
            .values()
            .flatten()
            .filter(|(rule, verdict)| self.verdicts.get(rule) != Some(verdict))
            .map(|(rule, _)| *rule)
            .collect();
        for verdicts in self.by_role.values_mut() {
            verdicts.retain(|rule, _| differing.contains(rule));
        }
        self.by_role.retain(|_, verdicts| !verdicts.is_empty());
    }
}

/// Where in the policy set a violation stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// A clause: index of the policy among those of the table, block, source index of the clause.
    Clause(usize, Block, usize),
    /// A policy, by its index among those of the table.
    Policy(usize),
    /// The table as such.
    Table,
}

/// A property that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The proof that failed.
    pub rule: Rule,
    /// For which commands.
    pub commands: Vec<Command>,
    /// Where.
    pub spot: Spot,
    /// What is wrong.
    pub kind: ViolationKind,
    /// Rows and sessions that show it.
    pub counterexample: Option<Box<Counterexample>>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViolationKind {
    /// Rows of other owners pass; says how the owner is found.
    ForeignRows(Vec<String>),
    /// Sessions of two tenants share rows.
    SharedRows,
    /// No row ever passes.
    NeverPasses,
    /// Every row passes in every session.
    AlwaysPasses,
    /// Covered by the clause of that source index in the same block, or by the policy of that index.
    CoveredBy(usize),
}

/// What one item's answer says.
enum Answer {
    Pending,
    Holds,
    Violated(Option<Box<Counterexample>>),
    Unknown(String),
}

impl Item {
    fn answer(
        &self,
        world: &dyn World,
        isolation: &[IsolationEntry],
        outcomes: &dyn Fn(&Obligation) -> Option<Outcome>,
    ) -> Answer {
        let question = match &self.question {
            Ok(question) => question,
            Err(reason) => return Answer::Unknown(reason.clone()),
        };
        let violated_by_scene =
            matches!(question.subject.goal, Goal::ForeignRow { .. } | Goal::SharedRow { .. });
        match outcomes(&question.obligation) {
            None => Answer::Pending,
            Some(Outcome::Unknown(reason)) => Answer::Unknown(reason),
            Some(Outcome::Unsatisfiable) if violated_by_scene => match &self.caveat {
                Some(caveat) => Answer::Unknown(caveat.clone()),
                None => Answer::Holds,
            },
            Some(Outcome::Unsatisfiable) => Answer::Violated(None),
            Some(Outcome::Satisfiable(model)) => match realise(world, isolation, question, &model) {
                Some(counterexample) if violated_by_scene => Answer::Violated(Some(Box::new(counterexample))),
                Some(_) => Answer::Holds,
                None => {
                    Answer::Unknown("whether it holds depends on something that is not modelled".to_owned())
                }
            },
        }
    }
}

/// Folds the answers to a table's questions. `outcomes` says what the solver found, if it was asked yet.
pub fn judge(
    world: &dyn World,
    isolation: &[IsolationEntry],
    plan: &Plan,
    outcomes: &dyn Fn(&Obligation) -> Option<Outcome>,
) -> Judgement {
    let nothing = GovernedTable::default();
    let governed = world.governed(&plan.table).unwrap_or(&nothing);
    let mut judging = Judging { governed, folded: BTreeMap::new(), answers: Vec::new() };
    let mut unknown: BTreeMap<Command, BTreeSet<String>> = BTreeMap::new();
    let mut pending = false;
    for item in &plan.items {
        let answer = item.answer(world, isolation, outcomes);
        if let (Answer::Unknown(reason), Rule::TenantIsolation) = (&answer, item.rule) {
            for command in &item.commands {
                unknown.entry(*command).or_default().insert(reason.clone());
            }
        }
        pending |= matches!(answer, Answer::Pending);
        judging.fold(item, &answer);
        judging.answers.push((item, answer));
    }
    let violations = judging.violations();
    let mut commands = judging.command_judgements(plan, &violations);
    for command in Command::ALL {
        let judgement: &mut CommandJudgement = commands.entry(command).or_default();
        if plan.denied.contains(&command) {
            judgement.verdicts = denied_verdicts(&plan.isolation);
            judgement.by_role.clear();
        } else if let IsolationScope::Exempt(_) = plan.isolation {
            judgement.verdicts.insert(Rule::TenantIsolation, Verdict::Exempt);
        }
    }
    Judgement { table: plan.table.clone(), commands, violations, unknown, pending }
}

fn denied_verdicts(isolation: &IsolationScope) -> BTreeMap<Rule, Verdict> {
    let mut verdicts: BTreeMap<Rule, Verdict> = [Rule::Contradiction, Rule::Tautology, Rule::Subsumption]
        .into_iter()
        .map(|rule| (rule, Verdict::Denied))
        .collect();
    match isolation {
        IsolationScope::Outside => {}
        IsolationScope::Inside { .. } => {
            verdicts.insert(Rule::TenantIsolation, Verdict::Denied);
        }
        IsolationScope::Exempt(_) => {
            verdicts.insert(Rule::TenantIsolation, Verdict::Exempt);
        }
    }
    verdicts
}

/// `None` while an answer is missing.
type Folded = Option<Verdict>;

struct Judging<'p> {
    governed: &'p GovernedTable,
    folded: BTreeMap<(Command, RoleCase, Rule), Folded>,
    answers: Vec<(&'p Item, Answer)>,
}

impl<'p> Judging<'p> {
    /// The command's verdict is the worst of its items'. Clauses that never pass and clauses or policies
    /// that cover each other are judged by the violations found, see [`Judging::command_judgements`].
    fn fold(&mut self, item: &Item, answer: &Answer) {
        let single_clause = item
            .question
            .as_ref()
            .is_ok_and(|question| matches!(question.subject.goal, Goal::ClauseHolds { .. }));
        if single_clause || item.rule == Rule::Subsumption {
            return;
        }
        let verdict = match answer {
            Answer::Pending => None,
            Answer::Holds => Some(Verdict::Proven),
            Answer::Violated(_) => Some(Verdict::Failed),
            Answer::Unknown(_) => Some(Verdict::Unknown),
        };
        for command in &item.commands {
            let folded = self.folded.entry((*command, item.roles.clone(), item.rule)).or_insert(verdict);
            *folded = match (*folded, verdict) {
                // A failure stands whatever else is still open.
                (Some(Verdict::Failed), _) | (_, Some(Verdict::Failed)) => Some(Verdict::Failed),
                (Some(known), Some(new)) => Some(known.max(new)),
                _ => None,
            };
        }
    }

    fn command_judgements(
        &self,
        plan: &Plan,
        violations: &[Violation],
    ) -> BTreeMap<Command, CommandJudgement> {
        let mut commands: BTreeMap<Command, CommandJudgement> = BTreeMap::new();
        for command in Command::ALL {
            let judgement = commands.entry(command).or_default();
            if let Some(verdict) = self.subsumption(command, violations) {
                judgement.verdicts.insert(Rule::Subsumption, verdict);
            }
            // A table without permissive clauses for the command has no isolation items, and nothing to leak.
            let asked =
                self.folded.keys().any(|(of, _, rule)| *of == command && *rule == Rule::TenantIsolation);
            if matches!(plan.isolation, IsolationScope::Inside { .. }) && !asked {
                judgement.verdicts.insert(Rule::TenantIsolation, Verdict::Proven);
            }
        }
        for ((command, roles, rule), verdict) in &self.folded {
            let Some(verdict) = verdict else { continue };
            let judgement = commands.entry(*command).or_default();
            let verdicts = match roles {
                RoleCase::Any => &mut judgement.verdicts,
                RoleCase::NoNamedRole => judgement.by_role.entry("public".to_owned()).or_default(),
                RoleCase::Only(role) => judgement.by_role.entry(role.clone()).or_default(),
            };
            verdicts.insert(*rule, *verdict);
        }
        for judgement in commands.values_mut() {
            judgement.drop_agreeing_roles();
        }
        commands
    }

    /// Whether anything of the command's policies is covered by something else.
    fn subsumption(&self, command: Command, violations: &[Violation]) -> Option<Verdict> {
        let covered = |violation: &Violation| {
            violation.rule == Rule::Subsumption && violation.commands.contains(&command)
        };
        if self.governed.absorbed.contains(command) || violations.iter().any(covered) {
            return Some(Verdict::Failed);
        }
        let mut verdict = Verdict::Proven;
        for (_, answer) in self
            .answers
            .iter()
            .filter(|(item, _)| item.rule == Rule::Subsumption && item.commands.contains(&command))
        {
            match answer {
                Answer::Pending => return None,
                Answer::Unknown(_) => verdict = Verdict::Unknown,
                Answer::Holds | Answer::Violated(_) => {}
            }
        }
        let undecidable = self.governed.undecidable_for(command).is_some();
        Some(if undecidable { Verdict::Unknown } else { verdict })
    }

    fn violations(&self) -> Vec<Violation> {
        let mut violations: Vec<Violation> = Vec::new();
        let mut add = |violation: Violation| {
            let same = violations.iter_mut().find(|known| {
                known.rule == violation.rule && known.spot == violation.spot && known.kind == violation.kind
            });
            match same {
                Some(known) => {
                    known.commands.extend(violation.commands);
                    known.commands.sort();
                    known.commands.dedup();
                    known.counterexample = known.counterexample.take().or(violation.counterexample);
                }
                None => violations.push(violation),
            }
        };
        for (item, answer) in &self.answers {
            let (Answer::Violated(counterexample), Ok(question)) = (answer, &item.question) else { continue };
            if item.roles != RoleCase::Any {
                continue;
            }
            let Some((spot, kind)) = self.place(question, counterexample.as_deref()) else { continue };
            add(Violation {
                rule: item.rule,
                commands: item.commands.clone(),
                spot,
                kind,
                counterexample: counterexample.clone(),
            });
        }
        violations
    }

    fn place(&self, question: &Question, shown: Option<&Counterexample>) -> Option<(Spot, ViolationKind)> {
        let subject = &question.subject;
        let clause_spot = |policy: usize, clause: usize| {
            let found = self.governed.policies.get(policy)?;
            let block = if subject.side == Side::Check && found.check.is_some() {
                Block::Check
            } else {
                Block::Using
            };
            let source = subject.side.expression(found).clauses.get(clause)?.clause;
            Some(Spot::Clause(policy, block, source))
        };
        Some(match &subject.goal {
            Goal::ForeignRow { owners, through, .. } => (
                clause_spot(through.0, through.1)?,
                ViolationKind::ForeignRows(owners.iter().map(|owner| owner.describe()).collect()),
            ),
            Goal::SharedRow { .. } => {
                let through = shown.and_then(|shown| shown.let_in.first().copied().flatten());
                let spot = through.and_then(|(policy, clause)| clause_spot(policy, clause));
                (spot.unwrap_or(Spot::Table), ViolationKind::SharedRows)
            }
            Goal::Passes => (Spot::Table, ViolationKind::NeverPasses),
            Goal::Fails => (Spot::Table, ViolationKind::AlwaysPasses),
            Goal::ClauseHolds { policy, clause } => {
                (clause_spot(*policy, *clause)?, ViolationKind::NeverPasses)
            }
            Goal::PolicyFails { policy } => (Spot::Policy(*policy), ViolationKind::AlwaysPasses),
            Goal::ClauseAlone { policy, clause, other } => {
                if self.is_mutual(question) && clause < other {
                    return None;
                }
                let Some(Spot::Clause(_, _, source)) = clause_spot(*policy, *other) else { return None };
                (clause_spot(*policy, *clause)?, ViolationKind::CoveredBy(source))
            }
            Goal::PolicyAlone { policy, other } => {
                // Covered only if it is on every side, and of two equal ones the later is superfluous.
                if !self.is_covered(*policy, *other) || (policy < other && self.is_covered(*other, *policy)) {
                    return None;
                }
                (Spot::Policy(*policy), ViolationKind::CoveredBy(*other))
            }
        })
    }

    /// Whether the two clauses of the question cover each other.
    fn is_mutual(&self, question: &Question) -> bool {
        let Goal::ClauseAlone { policy, clause, other } = question.subject.goal else { return false };
        let reverse = Goal::ClauseAlone { policy, clause: other, other: clause };
        self.answers.iter().any(|(item, answer)| {
            matches!(answer, Answer::Violated(_))
                && item.question.as_ref().is_ok_and(|asked| {
                    asked.subject.goal == reverse && asked.subject.side == question.subject.side
                })
        })
    }

    /// Whether one policy is covered by the other on every side on which that was asked.
    fn is_covered(&self, policy: usize, other: usize) -> bool {
        let goal = Goal::PolicyAlone { policy, other };
        let mut asked = self
            .answers
            .iter()
            .filter(|(item, _)| item.question.as_ref().is_ok_and(|question| question.subject.goal == goal))
            .peekable();
        asked.peek().is_some() && asked.all(|(_, answer)| matches!(answer, Answer::Violated(_)))
    }
}
