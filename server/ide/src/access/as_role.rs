//! The policies as they are for one role.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, Command, QualifiedName};
use pgpe_config::MissingSetting;
use pgpe_policy::resolved::{Conjunction, Disjunction, TablePolicy};
use pgpe_policy::source::{CommandSet, PolicyKind};
use pgpe_proof::counterexample::realise;
use pgpe_proof::goal::{Goal, Subject};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_proof::question::ask;
use pgpe_proof::world::{GovernedTable, Side, World};

/// What distinguishes one role from another, as far as policies go. Roles that do not differ in it get the
/// same rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    /// The roles that policies name and whose privileges it has.
    pub(super) held: BTreeSet<String>,
    /// Tables that policies govern, but not for this role, which owns them.
    pub(super) bypassed: BTreeSet<QualifiedName>,
}

/// The world in which every session is of one role, and of no other that policies name.
pub(super) struct AsRole<'w> {
    world: &'w dyn World,
    standing: &'w Standing,
    tables: BTreeMap<&'w QualifiedName, OnceCell<Option<GovernedTable>>>,
}

impl<'w> AsRole<'w> {
    pub(super) fn new(world: &'w dyn World, standing: &'w Standing) -> AsRole<'w> {
        let tables = world.catalog().relations.keys().map(|name| (name, OnceCell::new())).collect();
        AsRole { world, standing, tables }
    }

    fn seen(&self, table: &QualifiedName) -> Option<GovernedTable> {
        let governed = self.world.governed(table)?;
        if self.standing.bypassed.contains(table) {
            return Some(GovernedTable { policies: vec![everything()], ..GovernedTable::default() });
        }
        let mut seen = governed.clone();
        seen.policies.retain(|policy| self.applies(policy));
        for policy in &mut seen.policies {
            policy.roles.clear();
        }
        Some(seen)
    }

    fn applies(&self, policy: &TablePolicy) -> bool {
        let named = |role: &String| role == "public" || self.standing.held.contains(role);
        policy.roles.is_empty() || policy.roles.iter().any(named)
    }
}

impl World for AsRole<'_> {
    fn catalog(&self) -> &Catalog {
        self.world.catalog()
    }

    fn referred_columns(&self, table: &QualifiedName, from_column: &str) -> BTreeSet<String> {
        self.world.referred_columns(table, from_column)
    }

    fn governed(&self, table: &QualifiedName) -> Option<&GovernedTable> {
        self.tables.get(table)?.get_or_init(|| self.seen(table)).as_ref()
    }

    fn missing_setting(&self) -> MissingSetting {
        self.world.missing_setting()
    }
}

/// A policy that stands for there being none to pass.
fn everything() -> TablePolicy {
    TablePolicy {
        policy: "owner".to_owned(),
        kind: PolicyKind::Permissive,
        commands: CommandSet::ALL,
        roles: Vec::new(),
        using: Disjunction { clauses: vec![Conjunction::default()] },
        check: None,
    }
}

impl AsRole<'_> {
    /// What the policies for a command on a table read of other tables, by table: their subqueries, and those in
    /// the policies on what these read. It is read with the session's own privileges.
    pub(super) fn reads(
        &self,
        table: &QualifiedName,
        command: Command,
    ) -> BTreeMap<QualifiedName, BTreeSet<String>> {
        let mut reads: BTreeMap<QualifiedName, BTreeSet<String>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(table.clone(), command)];
        while let Some((table, command)) = open.pop() {
            let Some(governed) = self.governed(&table) else { continue };
            if !seen.insert((table.clone(), command)) {
                continue;
            }
            let policies = governed.policies.iter().filter(|policy| policy.commands.contains(command));
            for expression in policies.flat_map(|policy| expressions(policy, command)) {
                for (target, columns) in expression.reads() {
                    open.push((target.clone(), Command::Select));
                    let columns = columns.into_iter().map(str::to_owned);
                    reads.entry(target.clone()).or_default().extend(columns);
                }
            }
        }
        reads
    }
}

/// The expressions of a policy that a command evaluates.
fn expressions(policy: &TablePolicy, command: Command) -> impl Iterator<Item = &Disjunction> {
    Side::of(command).iter().map(|side| side.expression(policy))
}

/// Which rows pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rows {
    All,
    Some,
    /// With the reason.
    None(&'static str),
    /// Perhaps all, with the reason for the doubt.
    Undecided(String),
    /// The solver was not asked yet.
    Pending,
}

/// Which rows of a governed table pass a command's own policies. What the solver is to be asked goes into `open`.
pub(super) fn rows(
    world: &AsRole<'_>,
    table: &QualifiedName,
    command: Command,
    outcomes: &dyn Fn(&Obligation) -> Option<Outcome>,
    open: &mut Vec<Obligation>,
) -> Rows {
    let Some(governed) = world.governed(table) else { return Rows::All };
    let permissive =
        |policy: &TablePolicy| policy.kind == PolicyKind::Permissive && policy.commands.contains(command);
    if governed.undecidable_for(command).is_none() && !governed.policies.iter().any(permissive) {
        return Rows::None("no permissive policy");
    }
    let sides = Side::of(command).iter().map(|side| {
        let subject = |goal| Subject { table: table.clone(), command, side: *side, goal };
        let passes = seek(world, subject(Goal::Passes), outcomes, open);
        let fails = seek(world, subject(Goal::Fails), outcomes, open);
        match (passes, fails) {
            (Scene::Pending, _) | (_, Scene::Pending) => Rows::Pending,
            (Scene::Absent, _) => Rows::None("no row can pass"),
            (_, Scene::Absent) => Rows::All,
            (_, Scene::Found) => Rows::Some,
            (_, Scene::Undecided(reason)) => Rows::Undecided(reason),
        }
    });
    // An UPDATE has to get past both.
    sides.reduce(both).unwrap_or(Rows::Pending)
}

fn both(one: Rows, other: Rows) -> Rows {
    match (one, other) {
        (Rows::Pending, _) | (_, Rows::Pending) => Rows::Pending,
        (Rows::None(reason), _) | (_, Rows::None(reason)) => Rows::None(reason),
        (Rows::Some, _) | (_, Rows::Some) => Rows::Some,
        (Rows::Undecided(reason), _) | (_, Rows::Undecided(reason)) => Rows::Undecided(reason),
        (Rows::All, Rows::All) => Rows::All,
    }
}

/// What became of looking for a scene.
enum Scene {
    Found,
    Absent,
    Undecided(String),
    Pending,
}

fn seek(
    world: &dyn World,
    subject: Subject,
    outcomes: &dyn Fn(&Obligation) -> Option<Outcome>,
    open: &mut Vec<Obligation>,
) -> Scene {
    let question = match ask(world, &[], subject) {
        Ok(question) => question,
        Err(reason) => return Scene::Undecided(reason),
    };
    match outcomes(&question.obligation) {
        None => {
            open.push(question.obligation);
            Scene::Pending
        }
        Some(Outcome::Unsatisfiable(_)) => Scene::Absent,
        Some(Outcome::Unknown(reason)) => Scene::Undecided(reason),
        Some(Outcome::Satisfiable(model)) => match realise(world, &[], &question, &model) {
            Some(_) => Scene::Found,
            None => Scene::Undecided("it depends on something that is not modelled".to_owned()),
        },
    }
}
