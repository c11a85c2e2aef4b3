//! Which questions a table raises.
//!
//! A pure function of the table's policies and the schema. Whoever has a solver answers the questions;
//! [`judge`](crate::judge::judge) makes verdicts of the answers.

use std::sync::Arc;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::{Rule, SoftDelete};
use pgpe_policy::source::PolicyKind;
use rustc_hash::FxHashSet;

use crate::encoder::Fact;
use crate::goal::{Goal, RoleCase, Subject};
use crate::grounds::{Gathering, Grounding};
use crate::owner::{IsolationEntry, OwnerPath};
use crate::question::{Question, ask_in_part};
use crate::tenancy::{exemption, mentions, owners_in};
use crate::world::{GovernedTable, Side, Undecidable, World};

mod deletion;
mod isolation;
mod policies;
mod roles;
mod writes;

/// What the configuration asks to be proved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProofConfig {
    /// The notions of tenant.
    pub isolation: Vec<IsolationEntry>,
    /// How rows are marked as deleted.
    pub soft_delete: Vec<SoftDelete>,
    /// Pairs of roles that must share no accessible row.
    pub role_separation: Vec<(String, String)>,
}

/// One question of a table, or why it can't be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The proof that it belongs to.
    pub rule: Rule,
    /// The commands whose verdicts it bears on.
    pub commands: Vec<Command>,
    /// The sessions that it is about.
    pub roles: RoleCase,
    /// The question; an error says why the answer can't be known.
    pub question: Result<Box<Question>, String>,
    /// Why the absence of a violation is not enough, if so.
    pub caveat: Option<String>,
}

/// All questions of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The table.
    pub table: QualifiedName,
    /// Commands without any permissive policy.
    pub denied: Vec<Command>,
    /// Whether isolation is a matter of this table.
    pub isolation: IsolationScope,
    /// The questions.
    pub items: Vec<Item>,
}

/// Whether isolation is a matter of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IsolationScope {
    /// Neither has it an owner nor does a policy mention a key.
    Outside,
    /// It is to be proved. `owned`: that each row is the session's own; else only that no two tenants share
    /// a row.
    Inside {
        /// Whether rows have an owner.
        owned: bool,
    },
    /// The configuration exempts it, with this reason.
    Exempt(String),
}

/// All questions that a governed table raises.
pub fn plan(world: &dyn World, config: &ProofConfig, table: &QualifiedName) -> Plan {
    let nothing = GovernedTable::default();
    let governed = world.governed(table).unwrap_or(&nothing);
    let permissive = |command: Command| {
        governed.policies.iter().enumerate().filter(move |(_, policy)| {
            policy.kind == PolicyKind::Permissive && policy.commands.contains(command)
        })
    };
    let denied = Command::ALL
        .into_iter()
        .filter(|command| {
            permissive(*command).next().is_none() && governed.undecidable_for(*command).is_none()
        })
        .collect();
    let owned: Vec<Ownership> =
        config.isolation.iter().map(|entry| Ownership::of(world, table, governed, entry)).collect();
    let isolation = isolation_scope(&config.isolation, &owned, table);
    let mut plan = Plan { table: table.clone(), denied, isolation, items: Vec::new() };
    let mut planning = Planning { world, config, table, governed, owned, plan: &mut plan };
    let alike = planning.alike();
    for alike in &alike {
        planning.plan_alike(alike);
    }
    for command in Command::ALL {
        if !planning.plan.denied.contains(&command) {
            planning.plan_command(command);
        }
    }
    planning.plan_policies();
    for alike in &alike {
        planning.plan_removals(alike);
    }
    look_at_grounds(world, &config.isolation, &plan);
    share_facts(&mut plan);
    plan
}

/// Most questions of a table may assume the same.
fn share_facts(plan: &mut Plan) {
    let mut known: FxHashSet<Arc<[Fact]>> = FxHashSet::default();
    for question in plan.items.iter_mut().filter_map(|item| item.question.as_mut().ok()) {
        match known.get(&question.facts) {
            Some(same) => question.facts = Arc::clone(same),
            None => {
                known.insert(Arc::clone(&question.facts));
            }
        }
    }
}

/// Asks for the policies of all tables that the plan's proofs rest on, foreign keys' targets among them, which no formula
/// is about. Whoever notices which tables a plan has asked for knows then what its judgement depends on, too.
fn look_at_grounds(world: &dyn World, isolation: &[IsolationEntry], plan: &Plan) {
    let mut grounding = Gathering::new(Grounding { world, isolation });
    for question in plan.items.iter().filter_map(|item| item.question.as_ref().ok()) {
        grounding.add(&question.subject, &[]);
    }
}

/// What one notion of tenant says of a table.
struct Ownership {
    /// Whose a row is.
    owners: Arc<[OwnerPath]>,
    /// Why that is not certain.
    unclear: Option<String>,
    /// Whether it is a matter of this table: rows have an owner, or a policy mentions the key.
    concerns: bool,
}

impl Ownership {
    fn of(
        world: &dyn World,
        table: &QualifiedName,
        governed: &GovernedTable,
        entry: &IsolationEntry,
    ) -> Ownership {
        let (owners, unclear) = owners_in(world, table, entry);
        let mut ownership = Ownership { owners: owners.into(), unclear, concerns: false };
        ownership.concerns =
            ownership.owned() || governed.policies.iter().any(|policy| mentions(policy, &entry.key));
        ownership
    }

    fn owned(&self) -> bool {
        !self.owners.is_empty() || self.unclear.is_some()
    }
}

fn isolation_scope(
    isolation: &[IsolationEntry],
    owned: &[Ownership],
    table: &QualifiedName,
) -> IsolationScope {
    let mut inside = None;
    let mut exempt = None;
    for (entry, ownership) in isolation.iter().zip(owned) {
        if let Some(reason) = exemption(entry, table) {
            exempt = Some(reason.to_owned());
        } else if ownership.concerns {
            inside = Some(inside.unwrap_or(true) && ownership.owned());
        }
    }
    match (inside, exempt) {
        (Some(owned), _) => IsolationScope::Inside { owned },
        (None, Some(reason)) => IsolationScope::Exempt(reason),
        (None, None) => IsolationScope::Outside,
    }
}

/// Commands that the same policies apply to on one side, with nothing unknown about them or the same, so that the answers
/// about the first hold for all of them.
struct Alike {
    side: Side,
    commands: Vec<Command>,
    /// The first of them.
    command: Command,
    /// The policies, by their index.
    policies: Vec<usize>,
}

struct Planning<'p> {
    world: &'p dyn World,
    config: &'p ProofConfig,
    table: &'p QualifiedName,
    governed: &'p GovernedTable,
    /// By notion of tenant.
    owned: Vec<Ownership>,
    plan: &'p mut Plan,
}

impl Planning<'_> {
    /// The commands that somebody may use, by side and the policies that apply.
    fn alike(&self) -> Vec<Alike> {
        let mut all: Vec<(Option<&Undecidable>, Alike)> = Vec::new();
        for command in Command::ALL.into_iter().filter(|command| !self.plan.denied.contains(command)) {
            let policies = self.governed.policies.iter().enumerate();
            let policies = policies.filter(|(_, policy)| policy.commands.contains(command));
            let policies: Vec<usize> = policies.map(|(index, _)| index).collect();
            let undecidable = self.governed.undecidable_for(command);
            for side in Side::of(command) {
                let known = all.iter_mut().find(|(other, alike)| {
                    alike.side == *side && alike.policies == policies && *other == undecidable
                });
                match known {
                    Some((_, alike)) => alike.commands.push(command),
                    None => {
                        let policies = policies.clone();
                        let alike = Alike { side: *side, commands: vec![command], command, policies };
                        all.push((undecidable, alike));
                    }
                }
            }
        }
        all.into_iter().map(|(_, alike)| alike).collect()
    }

    /// Questions about what the policies of a side let through.
    fn plan_alike(&mut self, alike: &Alike) {
        let Alike { side, commands, command, .. } = alike;
        self.add_for(Rule::Contradiction, commands, *command, *side, Goal::Passes);
        self.add_for(Rule::Tautology, commands, *command, *side, Goal::Fails);
        for entry in self.entries() {
            self.plan_isolation(alike, entry);
        }
    }

    /// Questions about a command that somebody may use.
    fn plan_command(&mut self, command: Command) {
        if matches!(command, Command::Insert | Command::Update) {
            for entry in self.entries() {
                self.plan_cross_write(command, entry);
                self.plan_references(command, entry);
            }
            self.plan_readability(command);
        }
        self.plan_deletion(command);
        self.plan_separation(command);
    }

    fn ask(&self, command: Command, side: Side, goal: Goal) -> Result<Box<Question>, String> {
        let subject = Subject { table: self.table.clone(), command, side, goal };
        ask_in_part(self.world, &self.config.isolation, subject).map(Box::new)
    }

    fn add(&mut self, rule: Rule, command: Command, side: Side, goal: Goal) {
        self.add_for(rule, &[command], command, side, goal);
    }

    fn add_for(&mut self, rule: Rule, commands: &[Command], command: Command, side: Side, goal: Goal) {
        let question = self.ask(command, side, goal);
        self.plan.items.push(Item {
            rule,
            commands: commands.to_vec(),
            roles: RoleCase::Any,
            question,
            caveat: None,
        });
    }

    fn push(
        &mut self,
        rule: Rule,
        commands: &[Command],
        roles: RoleCase,
        question: Result<Box<Question>, String>,
        caveat: Option<String>,
    ) {
        self.plan.items.push(Item { rule, commands: commands.to_vec(), roles, question, caveat });
    }
}
