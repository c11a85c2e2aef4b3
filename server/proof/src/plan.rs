//! Which questions a table raises.
//!
//! A pure function of the table's policies and the schema. Whoever has a solver answers the questions;
//! [`judge`](crate::judge::judge) makes verdicts of the answers.

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::{Rule, SoftDelete};
use pgpe_policy::source::PolicyKind;

use crate::goal::{Goal, RoleCase, Subject};
use crate::grounds::{Grounding, Grounds};
use crate::owner::IsolationEntry;
use crate::question::{Question, ask};
use crate::tenancy::{exemption, mentions, owners_in};
use crate::world::{GovernedTable, Side, World};

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
    let mut plan = Plan {
        table: table.clone(),
        denied,
        isolation: isolation_scope(world, &config.isolation, table, governed),
        items: Vec::new(),
    };
    let mut planning = Planning { world, config, table, governed, plan: &mut plan };
    for command in Command::ALL {
        if !planning.plan.denied.contains(&command) {
            planning.plan_command(command);
        }
    }
    planning.plan_policies();
    planning.plan_removals();
    look_at_grounds(world, &config.isolation, &plan);
    plan
}

/// Asks for the policies of all tables that the plan's proofs rest on, foreign keys' targets among them, which no formula
/// is about. Whoever notices which tables a plan has asked for knows then what its judgement depends on, too.
fn look_at_grounds(world: &dyn World, isolation: &[IsolationEntry], plan: &Plan) {
    let grounding = Grounding { world, isolation };
    for question in plan.items.iter().filter_map(|item| item.question.as_ref().ok()) {
        grounding.extend(&mut Grounds::default(), &question.subject, &[]);
    }
}

fn isolation_scope(
    world: &dyn World,
    isolation: &[IsolationEntry],
    table: &QualifiedName,
    governed: &GovernedTable,
) -> IsolationScope {
    let mut inside = None;
    let mut exempt = None;
    for entry in isolation {
        if let Some(reason) = exemption(entry, table) {
            exempt = Some(reason.to_owned());
            continue;
        }
        let (owners, unclear) = owners_in(world, table, entry);
        let owned = !owners.is_empty() || unclear.is_some();
        if owned || governed.policies.iter().any(|policy| mentions(policy, &entry.key)) {
            inside = Some(inside.unwrap_or(true) && owned);
        }
    }
    match (inside, exempt) {
        (Some(owned), _) => IsolationScope::Inside { owned },
        (None, Some(reason)) => IsolationScope::Exempt(reason),
        (None, None) => IsolationScope::Outside,
    }
}

struct Planning<'p> {
    world: &'p dyn World,
    config: &'p ProofConfig,
    table: &'p QualifiedName,
    governed: &'p GovernedTable,
    plan: &'p mut Plan,
}

impl Planning<'_> {
    /// Questions about a command that somebody may use.
    fn plan_command(&mut self, command: Command) {
        for side in Side::of(command) {
            self.add(Rule::Contradiction, command, *side, Goal::Passes);
            self.add(Rule::Tautology, command, *side, Goal::Fails);
        }
        if matches!(self.plan.isolation, IsolationScope::Inside { .. }) {
            for entry in 0..self.config.isolation.len() {
                self.plan_entry(command, entry);
            }
        }
        if matches!(command, Command::Insert | Command::Update) {
            self.plan_readability(command);
        }
        self.plan_deletion(command);
        self.plan_separation(command);
    }

    fn ask(&self, command: Command, side: Side, goal: Goal) -> Result<Box<Question>, String> {
        let subject = Subject { table: self.table.clone(), command, side, goal };
        ask(self.world, &self.config.isolation, subject).map(Box::new)
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
        command: Command,
        roles: RoleCase,
        question: Result<Box<Question>, String>,
        caveat: Option<String>,
    ) {
        self.plan.items.push(Item { rule, commands: vec![command], roles, question, caveat });
    }
}
