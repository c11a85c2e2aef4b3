//! What the answers to a table's questions come to: one verdict per command and proof, and violations with
//! their places.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_policy::resolved::TablePolicy;
use pgpe_policy::source::PolicyKind;

use crate::counterexample::{Counterexample, is_confirmed, realise};
use crate::encoder::Fact;
use crate::goal::{Block, Goal, Mark, RoleCase};
use crate::grounds::{Gathering, Grounding, Grounds};
use crate::obligation::{Obligation, Outcome};
use crate::owner::IsolationEntry;
use crate::plan::{IsolationScope, Item, Plan};
use crate::question::{Extent, Question, ask};
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
    /// Why verdicts are UNKNOWN, by proof and command.
    pub unknown: BTreeMap<Rule, BTreeMap<Command, BTreeSet<String>>>,
    /// For each of the table's policies, whether access to this table depends on it.
    pub policies: Vec<Weight>,
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
    /// What the PROVEN among them rest on, by proof. A proof that a row can pass, or that one makes a
    /// difference, rests on nothing.
    pub grounds: BTreeMap<Rule, Arc<Grounds>>,
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

/// What a policy is to the access to one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// It is only for commands that nobody may use anyway.
    Moot,
    /// Access is the same without it.
    Superfluous,
    /// Not answered yet.
    Pending,
    /// Not decided.
    Unknown,
    /// Access changes without it.
    Matters,
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
    /// Another tenant reads what a session writes.
    CrossWrite,
    /// The foreign key of that name can point to another tenant's row.
    ForeignReference(String),
    /// A session does not see what it writes.
    UnreadableWrite,
    /// Rows marked by that column are visible.
    DeletedVisible(String),
    /// No row can be marked by that column.
    NeverMarked(String),
    /// Two roles reach the same rows.
    SharedByRoles(String, String),
}

impl Goal {
    /// Whether a scene of this kind is a violation. Of the others, it is one if there is none.
    fn is_violation(&self) -> bool {
        match self {
            Goal::ForeignRow { .. }
            | Goal::SharedRow { .. }
            | Goal::CrossWrite { .. }
            | Goal::ForeignReference { .. }
            | Goal::UnreadableWrite { .. }
            | Goal::PassesOnlyHere
            | Goal::Statement { .. }
            | Goal::DeletedVisible { .. }
            | Goal::SharedByRoles { .. } => true,
            Goal::Passes
            | Goal::Fails
            | Goal::ClauseHolds { .. }
            | Goal::PolicyFails { .. }
            | Goal::ClauseAlone { .. }
            | Goal::PolicyAlone { .. }
            | Goal::PolicyMatters { .. }
            | Goal::MarkDeleted { .. } => false,
        }
    }
}

/// What one item's answer says.
enum Answer {
    Pending,
    /// With what that rests on.
    Holds(Vec<Fact>),
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
        let Some(outcome) = outcomes(&question.obligation) else { return Answer::Pending };
        let answer = match (question.extent, &outcome) {
            (Extent::Full, _) | (Extent::Wider, Outcome::Unsatisfiable(_)) => {
                return self.answer_to(world, isolation, question, outcome);
            }
            (Extent::Narrower, Outcome::Satisfiable(_)) => {
                self.answer_to(world, isolation, question, outcome)
            }
            _ => Answer::Pending,
        };
        if let Answer::Holds(_) | Answer::Violated(_) = answer {
            return answer;
        }
        // What is left open matters.
        match ask(world, isolation, question.subject.clone()) {
            Err(reason) => Answer::Unknown(reason),
            Ok(in_full) => match outcomes(&in_full.obligation) {
                None => Answer::Pending,
                Some(outcome) => self.answer_to(world, isolation, &in_full, outcome),
            },
        }
    }

    /// What that outcome of a question says.
    fn answer_to(
        &self,
        world: &dyn World,
        isolation: &[IsolationEntry],
        question: &Question,
        outcome: Outcome,
    ) -> Answer {
        let violated_by_scene = question.subject.goal.is_violation();
        match outcome {
            Outcome::Unknown(reason) => Answer::Unknown(reason),
            Outcome::Unsatisfiable(needed) if violated_by_scene => match &self.caveat {
                Some(caveat) => Answer::Unknown(caveat.clone()),
                None => Answer::Holds(question.facts_of(&needed)),
            },
            Outcome::Unsatisfiable(_) => Answer::Violated(None),
            Outcome::Satisfiable(model) => {
                let answer = match violated_by_scene {
                    true => realise(world, isolation, question, &model)
                        .map(|counterexample| Answer::Violated(Some(Box::new(counterexample)))),
                    false => {
                        is_confirmed(world, isolation, question, &model).then_some(Answer::Holds(Vec::new()))
                    }
                };
                answer.unwrap_or_else(|| {
                    Answer::Unknown("whether it holds depends on something that is not modelled".to_owned())
                })
            }
        }
    }
}

/// Folds the answers to a table's questions. `outcomes` says what the solver found, if it was asked yet.
pub fn judge<'p>(
    world: &'p dyn World,
    isolation: &'p [IsolationEntry],
    plan: &'p Plan,
    outcomes: &dyn Fn(&Obligation) -> Option<Outcome>,
) -> Judgement {
    let nothing = GovernedTable::default();
    let governed = world.governed(&plan.table).unwrap_or(&nothing);
    let grounding = Grounding { world, isolation };
    let mut judging = Judging { governed, grounding, folded: BTreeMap::new(), answers: Vec::new() };
    let mut unknown: BTreeMap<Rule, BTreeMap<Command, BTreeSet<String>>> = BTreeMap::new();
    let mut pending = false;
    for item in &plan.items {
        let answer = item.answer(world, isolation, outcomes);
        if let Answer::Unknown(reason) = &answer {
            let of_rule = unknown.entry(item.rule).or_default();
            for command in &item.commands {
                of_rule.entry(*command).or_default().insert(reason.clone());
            }
        }
        pending |= matches!(answer, Answer::Pending);
        if let Ok(question) = &item.question {
            question.drop_legend();
        }
        judging.fold(item, &answer);
        judging.answers.push((item, answer));
    }
    let violations = judging.violations();
    let mut commands = judging.command_judgements(plan, &violations);
    for command in Command::ALL {
        let judgement: &mut CommandJudgement = commands.entry(command).or_default();
        if plan.denied.contains(&command) {
            judgement.verdicts = denied_verdicts(&plan.isolation, command);
            judgement.by_role.clear();
        } else if let IsolationScope::Exempt(_) = plan.isolation {
            let exempt = isolation_rules(command).iter().map(|rule| (*rule, Verdict::Exempt));
            judgement.verdicts.extend(exempt);
        }
    }
    let policies = (0..governed.policies.len()).map(|policy| judging.weight(policy)).collect();
    Judgement { table: plan.table.clone(), commands, violations, unknown, policies, pending }
}

/// The proofs of a command that are a matter of isolation.
fn isolation_rules(command: Command) -> &'static [Rule] {
    match command {
        Command::Select | Command::Delete => &[Rule::TenantIsolation],
        Command::Insert | Command::Update => {
            &[Rule::TenantIsolation, Rule::CrossWrite, Rule::CrossTenantReference]
        }
    }
}

fn denied_verdicts(isolation: &IsolationScope, command: Command) -> BTreeMap<Rule, Verdict> {
    let mut rules = vec![Rule::Contradiction, Rule::Tautology, Rule::Subsumption, Rule::Redundancy];
    if matches!(command, Command::Insert | Command::Update) {
        rules.push(Rule::WriteRestriction);
    }
    let mut verdicts: BTreeMap<Rule, Verdict> =
        rules.into_iter().map(|rule| (rule, Verdict::Denied)).collect();
    let of_isolation = match isolation {
        IsolationScope::Outside => return verdicts,
        IsolationScope::Inside { .. } => Verdict::Denied,
        IsolationScope::Exempt(_) => Verdict::Exempt,
    };
    verdicts.extend(isolation_rules(command).iter().map(|rule| (*rule, of_isolation)));
    verdicts
}

/// `None` while an answer is missing.
type Folded = Option<Verdict>;

struct Judging<'p> {
    governed: &'p GovernedTable,
    grounding: Grounding<'p>,
    folded: BTreeMap<(Command, RoleCase, Rule), Folded>,
    answers: Vec<(&'p Item, Answer)>,
}

impl<'p> Judging<'p> {
    /// The command's verdict is the worst of its items'. Clauses that never pass, clauses or policies that
    /// cover each other and rows that can't be marked are judged by the violations found, see
    /// [`Judging::command_judgements`]; policies without effect by what they are to all of their tables.
    fn fold(&mut self, item: &Item, answer: &Answer) {
        let judged_apart = item.question.as_ref().is_ok_and(|question| {
            matches!(question.subject.goal, Goal::ClauseHolds { .. } | Goal::MarkDeleted { .. })
        });
        if judged_apart || matches!(item.rule, Rule::Subsumption | Rule::Redundancy) {
            return;
        }
        let verdict = match answer {
            Answer::Pending => None,
            Answer::Holds(_) => Some(Verdict::Proven),
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
            // A table without permissive clauses for the command has no isolation items, and nothing to leak;
            // one without foreign keys to rows with owners refers to none.
            let asked =
                |rule: Rule| self.folded.keys().any(|(of, _, asked)| *of == command && *asked == rule);
            if matches!(plan.isolation, IsolationScope::Inside { .. }) {
                let unasked = isolation_rules(command).iter().filter(|rule| !asked(**rule));
                judgement.verdicts.extend(unasked.map(|rule| (*rule, Verdict::Proven)));
            }
            if let Some(verdict) = self.marking(command, violations) {
                let known = judgement.verdicts.entry(Rule::SoftDelete).or_insert(verdict);
                *known = verdict.max(*known);
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
        let mut known = HashSet::new();
        for (command, judgement) in &mut commands {
            judgement.drop_agreeing_roles();
            judgement.grounds = self.grounds(*command, judgement, &mut known);
        }
        commands
    }

    /// What the proofs of a command rest on whose answers are that there is no scene of a kind. `known`: those of the table's
    /// other commands, which are often the same.
    fn grounds(
        &self,
        command: Command,
        judgement: &CommandJudgement,
        known: &mut HashSet<Arc<Grounds>>,
    ) -> BTreeMap<Rule, Arc<Grounds>> {
        let is_proven = |rule: Rule| {
            let by_role = judgement.by_role.values().map(|verdicts| verdicts.get(&rule));
            std::iter::once(judgement.verdicts.get(&rule))
                .chain(by_role)
                .flatten()
                .any(|it| *it == Verdict::Proven)
        };
        let mut gathered: BTreeMap<Rule, Gathering> = BTreeMap::new();
        for (item, answer) in &self.answers {
            let (Answer::Holds(facts), Ok(question)) = (answer, &item.question) else { continue };
            if !item.commands.contains(&command) || !is_proven(item.rule) {
                continue;
            }
            if question.subject.goal.is_violation() {
                let gathering = gathered.entry(item.rule).or_insert_with(|| Gathering::new(self.grounding));
                gathering.add(&question.subject, facts);
            }
        }
        let mut shared = |grounds: Grounds| {
            let grounds = Arc::new(grounds);
            match known.get(&grounds) {
                Some(same) => Arc::clone(same),
                None => {
                    known.insert(Arc::clone(&grounds));
                    grounds
                }
            }
        };
        gathered.into_iter().map(|(rule, gathering)| (rule, shared(gathering.into_grounds()))).collect()
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
                Answer::Holds(_) | Answer::Violated(_) => {}
            }
        }
        let undecidable = self.governed.undecidable_for(command).is_some();
        Some(if undecidable { Verdict::Unknown } else { verdict })
    }

    /// Whether rows can be marked as deleted; `None` if nothing asks for that, or not all is answered.
    fn marking(&self, command: Command, violations: &[Violation]) -> Option<Verdict> {
        let is_violation = |violation: &Violation| {
            matches!(violation.kind, ViolationKind::NeverMarked(_)) && violation.commands.contains(&command)
        };
        if violations.iter().any(is_violation) {
            return Some(Verdict::Failed);
        }
        let mut verdict = None;
        for (item, answer) in &self.answers {
            let asks = item.commands.contains(&command)
                && match &item.question {
                    Ok(question) => {
                        matches!(question.subject.goal, Goal::MarkDeleted { readable: true, .. })
                    }
                    Err(_) => item.rule == Rule::SoftDelete,
                };
            if !asks {
                continue;
            }
            verdict = match answer {
                Answer::Pending => return None,
                Answer::Unknown(_) => Some(Verdict::Unknown),
                Answer::Holds(_) | Answer::Violated(_) => verdict.or(Some(Verdict::Proven)),
            };
        }
        verdict
    }

    /// What a policy is to the access to the table: what it is on the side and for the command for which it is
    /// the most.
    fn weight(&self, index: usize) -> Weight {
        let goal = Goal::PolicyMatters { policy: index };
        let mut weight = Weight::Moot;
        for (item, answer) in self.answers.iter().filter(|(item, _)| item.rule == Rule::Redundancy) {
            let concerns = match &item.question {
                Ok(question) => question.subject.goal == goal,
                Err(_) => self
                    .governed
                    .policies
                    .get(index)
                    .is_some_and(|policy| item.commands.iter().any(|it| policy.commands.contains(*it))),
            };
            if concerns {
                weight = weight.max(match answer {
                    Answer::Pending => Weight::Pending,
                    Answer::Holds(_) => Weight::Matters,
                    Answer::Violated(_) => Weight::Superfluous,
                    Answer::Unknown(_) => Weight::Unknown,
                });
            }
        }
        weight
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
        // The clause that let the row pass in the first session.
        let spot_of = |shown: Option<&Counterexample>| {
            let through = shown.and_then(|shown| shown.let_in.first().copied().flatten());
            let spot = through.and_then(|(policy, clause)| clause_spot(policy, clause));
            spot.unwrap_or(Spot::Table)
        };
        Some(match &subject.goal {
            Goal::ForeignRow { owners, through, .. } => (
                clause_spot(through.0, through.1)?,
                ViolationKind::ForeignRows(owners.iter().map(|owner| owner.describe()).collect()),
            ),
            Goal::SharedRow { .. } => (spot_of(shown), ViolationKind::SharedRows),
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
            Goal::CrossWrite { .. } => (spot_of(shown), ViolationKind::CrossWrite),
            Goal::ForeignReference { foreign_key, .. } => {
                (spot_of(shown), ViolationKind::ForeignReference(foreign_key.name.clone()))
            }
            Goal::UnreadableWrite { .. } => (spot_of(shown), ViolationKind::UnreadableWrite),
            Goal::DeletedVisible { mark, .. } => {
                (spot_of(shown), ViolationKind::DeletedVisible(mark.column.clone()))
            }
            Goal::SharedByRoles { roles: (first, second) } => {
                (spot_of(shown), ViolationKind::SharedByRoles(first.clone(), second.clone()))
            }
            Goal::MarkDeleted { mark, readable } => {
                if !readable || !self.could_be_marked(mark) {
                    return None;
                }
                (self.hiding(&mark.column), ViolationKind::NeverMarked(mark.column.clone()))
            }
            // Told elsewhere: by what it is on all of the policy's tables, by who compares or asks for statements.
            Goal::PolicyMatters { .. } | Goal::PassesOnlyHere | Goal::Statement { .. } => return None,
            Goal::PolicyAlone { policy, other } => {
                // Covered only if it is on every side, and of two equal ones the later is superfluous.
                if !self.is_covered(*policy, *other) || (policy < other && self.is_covered(*other, *policy)) {
                    return None;
                }
                (Spot::Policy(*policy), ViolationKind::CoveredBy(*other))
            }
        })
    }

    /// Whether rows could be marked if the marked row did not have to be readable. (That UPDATE allows it to
    /// nobody at all is no matter of marks.)
    fn could_be_marked(&self, mark: &Mark) -> bool {
        let goal = Goal::MarkDeleted { mark: mark.clone(), readable: false };
        self.answers.iter().any(|(item, answer)| {
            matches!(answer, Answer::Holds(_))
                && item.question.as_ref().is_ok_and(|question| question.subject.goal == goal)
        })
    }

    /// The policy that hides rows by a column from SELECT.
    fn hiding(&self, column: &str) -> Spot {
        let policies = self.governed.policies.iter();
        let hides = |policy: &TablePolicy| {
            policy.kind == PolicyKind::Restrictive
                && policy.commands.contains(Command::Select)
                && policy.using.mentions_column(column)
        };
        policies.clone().position(hides).map_or(Spot::Table, Spot::Policy)
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
