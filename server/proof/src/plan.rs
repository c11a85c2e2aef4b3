//! Which questions a table raises.
//!
//! A pure function of the table's policies and the schema. Whoever has a solver answers the questions;
//! [`judge`](crate::judge::judge) makes verdicts of the answers.

use std::collections::BTreeSet;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_policy::source::PolicyKind;

use crate::owner::IsolationEntry;
use crate::question::{Goal, Question, RoleCase, Subject, ask, mentions, owners_in};
use crate::world::{GovernedTable, Side, World};

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
pub fn plan(world: &dyn World, isolation: &[IsolationEntry], table: &QualifiedName) -> Plan {
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
        isolation: isolation_scope(world, isolation, table, governed),
        items: Vec::new(),
    };
    let mut planning = Planning { world, isolation, table, governed, plan: &mut plan };
    for command in Command::ALL {
        if planning.plan.denied.contains(&command) {
            continue;
        }
        planning.plan_command(command);
    }
    planning.plan_policies();
    plan
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

/// Why the entry does not concern the table, if the configuration says so.
fn exemption<'e>(entry: &'e IsolationEntry, table: &QualifiedName) -> Option<&'e str> {
    let mut exempt = entry.isolation.exempt.iter();
    exempt
        .find(|exempt| exempt.table == table.to_string() || exempt.table == table.name)
        .map(|exempt| exempt.reason.as_str())
}

struct Planning<'p> {
    world: &'p dyn World,
    isolation: &'p [IsolationEntry],
    table: &'p QualifiedName,
    governed: &'p GovernedTable,
    plan: &'p mut Plan,
}

impl Planning<'_> {
    fn plan_command(&mut self, command: Command) {
        for side in Side::of(command) {
            self.add(Rule::Contradiction, command, *side, Goal::Passes);
            self.add(Rule::Tautology, command, *side, Goal::Fails);
        }
        if matches!(self.plan.isolation, IsolationScope::Inside { .. }) {
            for entry in 0..self.isolation.len() {
                for side in Side::of(command) {
                    self.plan_isolation(command, *side, entry);
                }
            }
        }
    }

    fn plan_isolation(&mut self, command: Command, side: Side, entry: usize) {
        let described = &self.isolation[entry];
        if exemption(described, self.table).is_some() {
            return;
        }
        let (owners, unclear) = owners_in(self.world, self.table, described);
        let in_scope = !owners.is_empty()
            || unclear.is_some()
            || self.governed.policies.iter().any(|policy| mentions(policy, &described.key));
        if !in_scope {
            return;
        }
        let mut cases = vec![RoleCase::Any];
        let named = self.named_roles(command);
        if !named.is_empty() {
            cases.push(RoleCase::NoNamedRole);
            cases.extend(named.into_iter().map(RoleCase::Only));
        }
        for roles in cases {
            if owners.is_empty() {
                if let Some(reason) = &unclear {
                    self.push(Rule::TenantIsolation, command, roles, Err(reason.clone()), None);
                    continue;
                }
                let goal = Goal::SharedRow { entry, roles: roles.clone() };
                let question = self.ask(command, side, goal);
                self.push(Rule::TenantIsolation, command, roles, question, None);
                continue;
            }
            // A row passes through one clause of one permissive policy: asked for each alone, the
            // answers say which of them leaks.
            for (index, policy) in self.governed.policies.iter().enumerate() {
                if policy.kind != PolicyKind::Permissive || !policy.commands.contains(command) {
                    continue;
                }
                for clause in 0..side.expression(policy).clauses.len() {
                    let goal = Goal::ForeignRow {
                        entry,
                        owners: owners.clone(),
                        through: (index, clause),
                        roles: roles.clone(),
                    };
                    let question = self.ask(command, side, goal);
                    self.push(Rule::TenantIsolation, command, roles.clone(), question, unclear.clone());
                }
            }
            if let Some(undecidable) = self.governed.undecidable_for(command) {
                let reason = undecidable.reason.clone();
                self.push(Rule::TenantIsolation, command, roles.clone(), Err(reason), None);
            }
        }
    }

    /// Roles that policies of this table for the command name.
    fn named_roles(&self, command: Command) -> BTreeSet<String> {
        self.governed
            .policies
            .iter()
            .filter(|policy| policy.commands.contains(command))
            .flat_map(|policy| policy.roles.iter().filter(|role| *role != "public").cloned())
            .collect()
    }

    /// Questions about single policies and clauses, which do not depend on the command.
    fn plan_policies(&mut self) {
        let governed = self.governed;
        for (index, policy) in governed.policies.iter().enumerate() {
            let commands: Vec<Command> = policy.commands.iter().collect();
            let Some(first) = commands.first().copied() else { continue };
            // INSERT has no USING: what is checked is all there is of a policy for nothing else.
            let blocks = match &policy.check {
                check if commands == [Command::Insert] => {
                    vec![(Side::Check, check.as_ref().unwrap_or(&policy.using))]
                }
                None => vec![(Side::Using, &policy.using)],
                Some(check) => vec![(Side::Using, &policy.using), (Side::Check, check)],
            };
            for (side, clauses) in blocks {
                for clause in 0..clauses.clauses.len() {
                    let goal = Goal::ClauseHolds { policy: index, clause };
                    self.add_for(Rule::Contradiction, &commands, first, side, goal);
                    for other in (0..clauses.clauses.len()).filter(|other| *other != clause) {
                        let goal = Goal::ClauseAlone { policy: index, clause, other };
                        self.add_for(Rule::Subsumption, &commands, first, side, goal);
                    }
                }
            }
            if policy.kind == PolicyKind::Permissive {
                self.plan_cover(index, &commands);
            }
        }
    }

    /// Whether a permissive policy is covered by another: for each of its commands, on each side.
    fn plan_cover(&mut self, index: usize, commands: &[Command]) {
        let governed = self.governed;
        let sides: BTreeSet<Side> = commands.iter().flat_map(|command| Side::of(*command)).copied().collect();
        for (other, other_policy) in governed.policies.iter().enumerate() {
            let comparable = other != index
                && other_policy.kind == PolicyKind::Permissive
                && commands.iter().all(|command| other_policy.commands.contains(*command));
            if !comparable {
                continue;
            }
            for side in &sides {
                let of_side = commands.iter().copied().find(|command| Side::of(*command).contains(side));
                let Some(command) = of_side else { continue };
                let goal = Goal::PolicyAlone { policy: index, other };
                self.add_for(Rule::Subsumption, commands, command, *side, goal);
            }
        }
        for side in sides {
            let of_side = commands.iter().copied().find(|command| Side::of(*command).contains(&side));
            let Some(command) = of_side else { continue };
            self.add_for(Rule::Tautology, commands, command, side, Goal::PolicyFails { policy: index });
        }
    }

    fn ask(&self, command: Command, side: Side, goal: Goal) -> Result<Box<Question>, String> {
        let subject = Subject { table: self.table.clone(), command, side, goal };
        ask(self.world, self.isolation, subject).map(Box::new)
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
