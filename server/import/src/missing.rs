//! Settings that are missing or empty: for those that are missing, `current_setting(k, true)` is NULL where
//! `session(k)` compiles to SQL that raises an error; with `session.missing: deny` it is the other way round
//! for `''::uuid` and the like.
//!
//! An error lets nothing pass. So both come to the same if nothing else lets a row pass in such a session:
//! neither another clause nor another policy.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Command, QualifiedName};
use pgpe_policy::resolved::{Atom, Disjunction, Operand, TablePolicy};
use pgpe_policy::source::{CommandSet, PolicyKind};

/// A policy among those of its table.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The policy.
    pub policy: &'a TablePolicy,
    /// See [`Imported::one_sided_errors`](crate::Imported::one_sided_errors).
    pub one_sided_errors: &'a BTreeSet<String>,
}

/// The policies of one table.
#[derive(Debug, Clone, Default)]
pub struct TableStanding<'a> {
    /// Those that are known.
    pub policies: Vec<Standing<'a>>,
    /// Commands of permissive policies of which nothing is known.
    pub unknown: CommandSet,
}

/// The policies of all tables that are looked at.
pub type Standings<'a> = BTreeMap<&'a QualifiedName, TableStanding<'a>>;

/// Traversals into tables whose policies traverse are followed so far; beyond, rows may pass.
const MAX_STEPS: usize = 4;

/// A setting for which only one of a policy's original and its compiled SQL raises an error, while the table's
/// other policies or clauses let rows pass.
pub fn missing_setting_matters(
    standings: &Standings<'_>,
    table: &QualifiedName,
    standing: Standing<'_>,
) -> Option<String> {
    let sides = [
        (Command::Select, false),
        (Command::Insert, true),
        (Command::Update, false),
        (Command::Update, true),
        (Command::Delete, false),
    ];
    for (command, writes) in sides {
        if !standing.policy.commands.contains(command) {
            continue;
        }
        let judging = Judging { standings, writes };
        let expression = judging.expression(standing.policy);
        for key in judging.one_sided(expression, standing.one_sided_errors, &mut BTreeSet::new()) {
            let narrows = standing.policy.kind == PolicyKind::Restrictive;
            let closed = narrows && judging.fails_without(expression, &key, 0)
                || judging.table_fails_without(table, command, &key, 0);
            if !closed {
                return Some(key);
            }
        }
    }
    None
}

struct Judging<'s, 'a> {
    standings: &'s Standings<'a>,
    /// Whether the row is to be written, or else is there.
    writes: bool,
}

impl Judging<'_, '_> {
    fn expression<'p>(&self, policy: &'p TablePolicy) -> &'p Disjunction {
        policy.check.as_ref().filter(|_| self.writes).unwrap_or(&policy.using)
    }

    /// The settings of which an error of one side comes into the expression.
    fn one_sided(
        &self,
        expression: &Disjunction,
        errors: &BTreeSet<String>,
        seen: &mut BTreeSet<QualifiedName>,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Atom> = expression.clauses.iter().flat_map(|clause| &clause.atoms).collect();
        while let Some(atom) = open.pop() {
            found.extend(errors.iter().filter(|key| mentions(atom, key)).cloned());
            let Atom::Exists(traversal) = atom else { continue };
            open.extend(&traversal.condition.atoms);
            if !seen.insert(traversal.target.clone()) {
                continue;
            }
            let reads = Judging { writes: false, ..*self };
            let target = self.standings.get(&traversal.target).into_iter();
            let policies = target.flat_map(|standing| &standing.policies);
            for it in policies.filter(|it| it.policy.commands.contains(Command::Select)) {
                found.extend(reads.one_sided(&it.policy.using, it.one_sided_errors, seen));
            }
        }
        found
    }

    /// Whether no row passes where the setting is missing.
    fn fails_without(&self, expression: &Disjunction, key: &str, steps: usize) -> bool {
        expression
            .clauses
            .iter()
            .all(|clause| clause.atoms.iter().any(|atom| self.atom_fails_without(atom, key, steps)))
    }

    fn atom_fails_without(&self, atom: &Atom, key: &str, steps: usize) -> bool {
        let Atom::Exists(traversal) = atom else { return fails_without(atom, key) };
        let reads = Judging { writes: false, ..*self };
        traversal.condition.atoms.iter().any(|atom| reads.atom_fails_without(atom, key, steps))
            || reads.table_fails_without(&traversal.target, Command::Select, key, steps + 1)
    }

    /// Whether a table's policies together let no row pass where the setting is missing.
    fn table_fails_without(&self, table: &QualifiedName, command: Command, key: &str, steps: usize) -> bool {
        let Some(standing) = self.standings.get(table).filter(|_| steps < MAX_STEPS) else { return false };
        let mut policies = standing.policies.iter().filter(|it| it.policy.commands.contains(command));
        let fails = |it: &Standing<'_>| self.fails_without(self.expression(it.policy), key, steps);
        let for_all = |policy: &TablePolicy| policy.roles.is_empty();
        let narrowed = policies
            .clone()
            .any(|it| it.policy.kind == PolicyKind::Restrictive && for_all(it.policy) && fails(it));
        narrowed
            || !standing.unknown.contains(command)
                && policies.all(|it| it.policy.kind == PolicyKind::Restrictive || fails(it))
    }
}

/// Whether the condition itself reads the setting.
fn mentions(atom: &Atom, key: &str) -> bool {
    match atom {
        Atom::Compare { left, right, .. } => is_setting(left, key) || is_setting(right, key),
        Atom::In { operand, .. } | Atom::Null { operand, .. } => is_setting(operand, key),
        Atom::Like { operand, pattern, .. } => is_setting(operand, key) || is_setting(pattern, key),
        Atom::Exists(_) => false,
    }
}

/// Whether the condition is not TRUE of a setting that is NULL or an error. What a function makes of it is not
/// known.
fn fails_without(atom: &Atom, key: &str) -> bool {
    !matches!(atom, Atom::Null { negated: false, .. }) && mentions(atom, key)
}

fn is_setting(operand: &Operand, key: &str) -> bool {
    matches!(operand, Operand::Session { key: own } if own == key)
}
