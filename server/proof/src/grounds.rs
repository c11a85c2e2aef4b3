//! What a proof rests on besides the policies that it is about.

use std::collections::BTreeSet;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_policy::resolved::{Atom, Conjunction, Operand, TablePolicy};
use pgpe_policy::source::CommandSet;

use crate::encoder::Fact;
use crate::goal::{Goal, Subject};
use crate::owner::{IsolationEntry, OwnerPath};
use crate::tenancy::owners_in;
use crate::world::World;

/// What a proof rests on. If one of these does not hold, the proof says nothing. Each list is sorted and says nothing
/// twice: there are many of these, and lists take little.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Grounds {
    /// Properties of the schema without which the proof fails.
    pub facts: Vec<Fact>,
    /// Settings that sessions must not choose for themselves.
    pub settings: Vec<String>,
    /// Tables whose row-level security must be in force, and complete.
    pub governed: Vec<QualifiedName>,
    /// Roles that must have no privileges of other named roles but those that the schema gives them.
    pub roles: Vec<String>,
    /// Tables without policies, the rows of which decide who reaches what: tenants must not write them.
    pub unprotected: Vec<QualifiedName>,
}

/// [`Grounds`] in the making.
#[derive(Default)]
struct Gathered {
    facts: BTreeSet<Fact>,
    settings: BTreeSet<String>,
    governed: BTreeSet<QualifiedName>,
    roles: BTreeSet<String>,
    unprotected: BTreeSet<QualifiedName>,
}

impl From<Gathered> for Grounds {
    fn from(gathered: Gathered) -> Grounds {
        Grounds {
            facts: gathered.facts.into_iter().collect(),
            settings: gathered.settings.into_iter().collect(),
            governed: gathered.governed.into_iter().collect(),
            roles: gathered.roles.into_iter().collect(),
            unprotected: gathered.unprotected.into_iter().collect(),
        }
    }
}

/// Finds what proofs rest on.
#[derive(Clone, Copy)]
pub(crate) struct Grounding<'w> {
    pub(crate) world: &'w dyn World,
    pub(crate) isolation: &'w [IsolationEntry],
}

/// What proofs about one table rest on, all of them together.
pub(crate) struct Gathering<'w> {
    grounding: Grounding<'w>,
    grounds: Gathered,
    /// The commands whose policies were looked through.
    read: CommandSet,
}

impl<'w> Gathering<'w> {
    pub(crate) fn new(grounding: Grounding<'w>) -> Gathering<'w> {
        Gathering { grounding, grounds: Gathered::default(), read: CommandSet::default() }
    }

    /// Adds what the absence of a scene rests on; the subject is of the same table each time. `facts`: those that the
    /// solver needed.
    pub(crate) fn add(&mut self, subject: &Subject, facts: &[Fact]) {
        let Gathering { grounding, grounds, read } = self;
        grounds.facts.extend(facts.iter().cloned());
        let reads_too = matches!(
            subject.goal,
            Goal::SharedRow { .. } | Goal::CrossWrite { .. } | Goal::UnreadableWrite { .. }
        );
        for command in std::iter::once(subject.command).chain(reads_too.then_some(Command::Select)) {
            if !read.contains(command) {
                *read = read.with(command);
                grounding.add_reads(grounds, &subject.table, command, &mut Vec::new());
            }
        }
        grounding.add_goal(grounds, subject);
    }

    pub(crate) fn into_grounds(self) -> Grounds {
        self.grounds.into()
    }
}

impl Grounding<'_> {
    /// Adds what a goal itself speaks of.
    fn add_goal(&self, grounds: &mut Gathered, subject: &Subject) {
        match &subject.goal {
            Goal::ForeignRow { entry, owners, .. } => {
                self.add_key(grounds, *entry);
                owners.iter().for_each(|owner| self.add_path(grounds, owner));
            }
            Goal::SharedRow { entry, .. } | Goal::CrossWrite { entry, .. } => {
                self.add_key(grounds, *entry);
                if let Some(entry) = self.isolation.get(*entry) {
                    let (owners, _) = owners_in(self.world, &subject.table, entry);
                    owners.iter().for_each(|owner| self.add_path(grounds, owner));
                }
            }
            Goal::ForeignReference { entry, foreign_key, owner, .. } => {
                self.add_key(grounds, *entry);
                // What a reference to a tenant itself says does not depend on the rest of that row.
                let is_tenant = owner.hops.is_empty() && foreign_key.target_columns.contains(&owner.column);
                if !is_tenant {
                    self.add_table(grounds, &foreign_key.target);
                }
                self.add_path(grounds, owner);
            }
            Goal::SharedByRoles { roles: (first, second) } => {
                grounds.roles.extend([first.clone(), second.clone()]);
            }
            _ => {}
        }
    }

    /// The tables that the policies of a table for any of the commands look at.
    pub(crate) fn traversed(&self, table: &QualifiedName, commands: &[Command]) -> BTreeSet<QualifiedName> {
        let mut grounds = Gathered::default();
        let policies = self.world.governed(table).map_or(&[][..], |governed| &governed.policies);
        let concerned = |policy: &&TablePolicy| commands.iter().any(|it| policy.commands.contains(*it));
        for clause in policies.iter().filter(concerned).flat_map(clauses) {
            self.add_clause(&mut grounds, clause, &mut Vec::new());
        }
        grounds.governed.into_iter().chain(grounds.unprotected).collect()
    }

    fn add_key(&self, grounds: &mut Gathered, entry: usize) {
        if let Some(entry) = self.isolation.get(entry) {
            add_operand(grounds, &entry.key);
        }
    }

    /// The tables that say whose a row is.
    fn add_path(&self, grounds: &mut Gathered, owner: &OwnerPath) {
        for hop in &owner.hops {
            self.add_table(grounds, &hop.foreign_key.target);
        }
    }

    fn add_table(&self, grounds: &mut Gathered, table: &QualifiedName) {
        match self.world.governed(table) {
            Some(_) => grounds.governed.insert(table.clone()),
            None => grounds.unprotected.insert(table.clone()),
        };
    }

    /// What the policies of a table for a command look at. `above`: tables on whose behalf it is read.
    fn add_reads<'s>(
        &'s self,
        grounds: &mut Gathered,
        table: &'s QualifiedName,
        command: Command,
        above: &mut Vec<&'s QualifiedName>,
    ) {
        let Some(governed) = self.world.governed(table) else { return };
        grounds.governed.insert(table.clone());
        for policy in governed.policies.iter().filter(|policy| policy.commands.contains(command)) {
            for clause in clauses(policy) {
                self.add_clause(grounds, clause, above);
            }
        }
    }

    fn add_clause<'s>(
        &'s self,
        grounds: &mut Gathered,
        clause: &'s Conjunction,
        above: &mut Vec<&'s QualifiedName>,
    ) {
        for atom in &clause.atoms {
            match atom {
                Atom::Compare { left, right, .. } => {
                    [left, right].into_iter().for_each(|it| add_operand(grounds, it))
                }
                Atom::In { operand, .. } | Atom::Null { operand, .. } => add_operand(grounds, operand),
                Atom::Like { operand, pattern, .. } => {
                    [operand, pattern].into_iter().for_each(|it| add_operand(grounds, it));
                }
                Atom::Exists(traversal) => {
                    self.add_clause(grounds, &traversal.condition, above);
                    let target = &traversal.target;
                    self.add_table(grounds, target);
                    if !above.contains(&target) {
                        above.push(target);
                        self.add_reads(grounds, target, Command::Select, above);
                        above.pop();
                    }
                }
            }
        }
    }
}

fn clauses(policy: &TablePolicy) -> impl Iterator<Item = &Conjunction> {
    policy.using.clauses.iter().chain(policy.check.iter().flat_map(|check| &check.clauses))
}

fn add_operand(grounds: &mut Gathered, operand: &Operand) {
    match operand {
        // PostgreSQL does not tell settings apart by case.
        Operand::Session { key } => {
            grounds.settings.insert(key.to_ascii_lowercase());
        }
        Operand::Function { arguments, .. } => {
            arguments.iter().for_each(|(argument, _)| add_operand(grounds, argument));
        }
        Operand::Column { .. } | Operand::Literal(_) => {}
    }
}
