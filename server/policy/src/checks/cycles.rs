//! Policies that traverse each other in a circle.
//!
//! When PostgreSQL rewrites a statement it expands the policies of each table that it meets, and those of
//! the tables that these policies traverse, for reading. It gives up with "infinite recursion detected in
//! policy" if it meets a table whose policies it is just expanding and whose policies for reading hold any
//! subquery, no matter where that would lead: a traversal, or a setting that is wrapped in one, be it in the
//! WITH CHECK of a policy for all commands.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_syntax::TextRange;

use crate::names;
use crate::problem::{Problem, RelatedPlace};
use crate::resolved::{Atom, Conjunction, Disjunction, Operand, TablePolicy};
use crate::source::{self, AtomKind, Clause, CommandSet, Policy};

/// A policy on a table that it governs.
#[derive(Debug, Clone, Copy)]
pub struct Governing<'a> {
    /// The index of the policy among the project's items.
    pub item: usize,
    /// The policy as written.
    pub source: &'a Policy,
    /// The table.
    pub table: &'a QualifiedName,
    /// The policy on that table.
    pub policy: &'a TablePolicy,
}

/// Policies whose traversals end in an infinite recursion, each with the index of the policy. Every role may
/// be held together with any other, so that policies for different roles meet too. `initplan`: settings are
/// compiled to subqueries.
pub fn traversal_cycles(policies: &[Governing<'_>], initplan: bool) -> Vec<(usize, Problem)> {
    let graph = Graph::new(policies);
    let mut found: BTreeMap<(usize, TextRangeKey), Found> = BTreeMap::new();
    for (index, governing) in policies.iter().enumerate() {
        for command in governing.policy.commands.iter() {
            for target in targets(governing.policy, command) {
                let reading = command == Command::Select;
                // A policy for reading too has been looked at as such.
                let known = !reading && governing.policy.commands.contains(Command::Select);
                let known = known && targets(governing.policy, Command::Select).contains(target);
                let Some(rest) = graph.path(target, governing.table).filter(|_| !known) else { continue };
                let last = graph.first_edge(governing.table);
                if last.is_none() && !holds_subquery(policies, governing.table, initplan) {
                    continue;
                }
                let mut steps = vec![Step { policy: index, target, command }];
                steps.extend(rest);
                if !reading {
                    steps.extend(last);
                }
                let range = traversal_range(governing.source, target);
                let key = (governing.item, (range.start().into(), range.end().into()));
                let entry =
                    found.entry(key).or_insert_with(|| Found { range, steps, tables: BTreeSet::new() });
                entry.tables.insert(governing.table.clone());
            }
        }
    }
    found.into_iter().map(|((item, _), found)| (item, found.problem(policies))).collect()
}

/// Sorts by position.
type TextRangeKey = (u32, u32);

/// A traversal that is part of a circle on some tables.
struct Found<'a> {
    range: TextRange,
    /// The circle on the first of the tables.
    steps: Vec<Step<'a>>,
    tables: BTreeSet<QualifiedName>,
}

/// One policy's way to another table.
#[derive(Clone, Copy)]
struct Step<'a> {
    policy: usize,
    target: &'a QualifiedName,
    command: Command,
}

/// The traversals of policies for reading.
struct Graph<'a> {
    edges: BTreeMap<&'a QualifiedName, Vec<Step<'a>>>,
    policies: &'a [Governing<'a>],
}

impl<'a> Graph<'a> {
    fn new(policies: &'a [Governing<'a>]) -> Graph<'a> {
        let mut edges: BTreeMap<&QualifiedName, Vec<Step<'a>>> = BTreeMap::new();
        for (index, governing) in policies.iter().enumerate() {
            if governing.policy.commands.contains(Command::Select) {
                for target in targets(governing.policy, Command::Select) {
                    let step = Step { policy: index, target, command: Command::Select };
                    edges.entry(governing.table).or_default().push(step);
                }
            }
        }
        // Policies that apply to everybody first, so that no roles are named without need.
        for steps in edges.values_mut() {
            steps.sort_by_key(|step| {
                let roles = policies.get(step.policy).map_or(0, |governing| governing.policy.roles.len());
                (step.target, roles, step.policy)
            });
        }
        Graph { edges, policies }
    }

    fn first_edge(&self, table: &QualifiedName) -> Option<Step<'a>> {
        self.edges.get(table)?.first().copied()
    }

    /// A shortest way from a table to another by traversals for reading; none are needed to where one is.
    fn path(&self, from: &QualifiedName, to: &QualifiedName) -> Option<Vec<Step<'a>>> {
        if from == to {
            return Some(Vec::new());
        }
        let mut reached_by: BTreeMap<&QualifiedName, Step<'a>> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(table) = queue.pop_front() {
            for step in self.edges.get(table).into_iter().flatten() {
                if step.target == from || reached_by.contains_key(step.target) {
                    continue;
                }
                reached_by.insert(step.target, *step);
                if step.target == to {
                    return Some(self.walk_back(from, to, &reached_by));
                }
                queue.push_back(step.target);
            }
        }
        None
    }

    fn walk_back(
        &self,
        from: &QualifiedName,
        to: &QualifiedName,
        reached_by: &BTreeMap<&QualifiedName, Step<'a>>,
    ) -> Vec<Step<'a>> {
        let mut path = Vec::new();
        let mut at = to;
        while at != from {
            let Some(step) = reached_by.get(at) else { break };
            path.push(*step);
            let Some(governing) = self.policies.get(step.policy) else { break };
            at = governing.table;
        }
        path.reverse();
        path
    }
}

impl Found<'_> {
    fn problem(self, policies: &[Governing<'_>]) -> Problem {
        let mut spelled = Vec::new();
        let mut roles: Vec<&String> = Vec::new();
        let mut related: Vec<RelatedPlace> = Vec::new();
        let own = self.steps.first().map(|step| step.policy);
        for step in &self.steps {
            let Some(governing) = policies.get(step.policy) else { continue };
            let policy = governing.policy;
            let command = match step.command {
                Command::Select => String::new(),
                other => format!(" for {other}"),
            };
            let table = governing.table;
            spelled.push(format!("`{}` on {table}{command} reads {}", policy.policy, step.target));
            if !policy.roles.iter().any(|role| role == "public") {
                roles.extend(policy.roles.first().filter(|role| !roles.contains(role)));
            }
            let note = format!("on {table} it reads {}", step.target);
            let is_own = own.and_then(|own| policies.get(own)).is_some_and(|own| own.item == governing.item);
            if !is_own && !related.iter().any(|place| names_policy(place, &policy.policy)) {
                related.push(RelatedPlace::Policy(policy.policy.clone(), note));
            }
        }
        let holders = match roles.as_slice() {
            [] => String::new(),
            [role] => format!(", for a session with role `{role}`"),
            several => format!(", for a session with roles {}", names::list(several, "and")),
        };
        let message = format!("PostgreSQL ends in infinite recursion here{holders}: {}", spelled.join(", "));
        let mut problem = Problem::new(Rule::TraversalCycle, self.range, message).with_help(
            "break the circle: give one of the tables a column that its policy can test without a traversal",
        );
        problem.tables = self.tables.into_iter().collect();
        problem.related = related;
        problem
    }
}

fn names_policy(place: &RelatedPlace, name: &str) -> bool {
    matches!(place, RelatedPlace::Policy(other, _) if other == name)
}

/// The tables that a policy traverses when it is applied to a command.
fn targets(policy: &TablePolicy, command: Command) -> BTreeSet<&QualifiedName> {
    let check = policy.check.as_ref().unwrap_or(&policy.using);
    let blocks: &[&Disjunction] = match command {
        Command::Select | Command::Delete => &[&policy.using],
        Command::Insert => &[check],
        Command::Update => &[&policy.using, check],
    };
    let mut found = BTreeSet::new();
    for clause in blocks.iter().flat_map(|block| &block.clauses) {
        collect_targets(clause, &mut found);
    }
    found
}

fn collect_targets<'a>(clause: &'a Conjunction, found: &mut BTreeSet<&'a QualifiedName>) {
    for atom in &clause.atoms {
        if let Atom::Exists(traversal) = atom {
            found.insert(&traversal.target);
            collect_targets(&traversal.condition, found);
        }
    }
}

/// Whether a policy that PostgreSQL looks at for reading the table holds a subquery, in WITH CHECK too: what
/// is for all commands is one policy to it.
fn holds_subquery(policies: &[Governing<'_>], table: &QualifiedName, initplan: bool) -> bool {
    let reading = policies
        .iter()
        .filter(|it| it.table == table && it.policy.commands.contains(Command::Select))
        .map(|it| it.policy);
    let mut clauses = reading.flat_map(|policy| {
        let check = policy.check.iter().filter(|_| policy.commands == CommandSet::ALL);
        policy.using.clauses.iter().chain(check.flat_map(|check| &check.clauses))
    });
    clauses.any(|clause| is_subquery(clause, initplan))
}

/// Whether a policy holds a subquery: others are no part of any circle, and need not be given to
/// [`traversal_cycles`]. `initplan`: settings are compiled to subqueries.
pub fn has_subquery(policy: &TablePolicy, initplan: bool) -> bool {
    let check = policy.check.iter().flat_map(|check| &check.clauses);
    policy.using.clauses.iter().chain(check).any(|clause| is_subquery(clause, initplan))
}

fn is_subquery(clause: &Conjunction, initplan: bool) -> bool {
    let traverses = clause.atoms.iter().any(|atom| matches!(atom, Atom::Exists(_)));
    traverses || initplan && has_setting(clause)
}

fn has_setting(clause: &Conjunction) -> bool {
    clause.atoms.iter().any(|atom| match atom {
        Atom::Compare { left, right, .. } => is_setting(left) || is_setting(right),
        Atom::In { operand, .. } | Atom::Null { operand, .. } => is_setting(operand),
        Atom::Like { operand, pattern, .. } => is_setting(operand) || is_setting(pattern),
        Atom::Exists(traversal) => has_setting(&traversal.condition),
    })
}

fn is_setting(operand: &Operand) -> bool {
    match operand {
        Operand::Session { .. } => true,
        Operand::Function { arguments, .. } => arguments.iter().any(|(argument, _)| is_setting(argument)),
        Operand::Column { .. } | Operand::Literal(_) => false,
    }
}

/// Where a policy says that it traverses a table.
fn traversal_range(policy: &Policy, target: &QualifiedName) -> TextRange {
    let blocks = [Some(&policy.clauses), policy.check.as_ref().map(|check| &check.value)];
    let mut clauses = blocks.into_iter().flatten().flatten();
    clauses.find_map(|clause| range_in(clause, target)).unwrap_or(policy.name.range)
}

fn range_in(clause: &Clause, target: &QualifiedName) -> Option<TextRange> {
    clause.atoms.iter().find_map(|atom| match &atom.kind {
        Some(AtomKind::Exists { rel, clause }) => {
            if is_meant(rel, target) {
                Some(rel.range)
            } else {
                range_in(clause, target)
            }
        }
        _ => None,
    })
}

fn is_meant(rel: &source::Rel, target: &QualifiedName) -> bool {
    rel.target.value == target.name
        && rel.target_schema.as_ref().is_none_or(|schema| schema.value == target.schema)
}
