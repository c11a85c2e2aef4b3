//! The condition under the cursor, resolved by itself on a governed table: its types and its SQL.

use pgpe_catalog::{ColumnType, QualifiedName};
use pgpe_policy::resolved::{Atom, Conjunction, Disjunction, Operand};
use pgpe_policy::source::{self, AtomKind, Clause, CommandSet, PolicyKind};
use pgpe_syntax::TextSize;

use super::Context;
use crate::queries::{self, Item};

/// A condition on one table.
pub(super) struct Condition {
    /// The table whose columns it speaks of.
    pub(super) table: QualifiedName,
    /// What it says.
    pub(super) atom: Atom,
}

/// The innermost condition at the cursor, once for each governed table on which it can be resolved.
pub(super) fn conditions(context: &Context<'_>) -> Vec<Condition> {
    let (Some(Item::Policy(policy)), Some(catalog)) =
        (queries::item(context.db, context.key), queries::catalog(context.db, context.project).as_deref())
    else {
        return Vec::new();
    };
    let Some(clause) = alone(policy, context.relative_offset()) else { return Vec::new() };
    // Everything that could keep it from being resolved is left out.
    let alone = source::Policy {
        kind: Some(PolicyKind::Permissive),
        commands: Some(CommandSet::ALL),
        clauses: vec![clause],
        check: None,
        broken: false,
        ..(**policy).clone()
    };
    let config = queries::config(context.db, context.project);
    let resolve = |table: QualifiedName| {
        let resolved = pgpe_policy::resolve(&alone, &table, catalog, config).policy?;
        let mut atom = resolved.using.clauses.into_iter().next()?.atoms.into_iter().next()?;
        let mut table = table;
        while let Atom::Exists(traversal) = &atom {
            let Some(inner) = traversal.condition.atoms.first() else { break };
            table = traversal.target.clone();
            atom = inner.clone();
        }
        Some(Condition { table, atom })
    };
    context.governed().iter().cloned().filter_map(resolve).collect()
}

/// The clause at a place with nothing in it but the condition there.
fn alone(policy: &source::Policy, offset: TextSize) -> Option<Clause> {
    let checks = policy.check.iter().flat_map(|check| &check.value);
    let clause =
        policy.clauses.iter().chain(checks).find(|clause| clause.range.contains_inclusive(offset))?;
    narrowed(clause, offset)
}

fn narrowed(clause: &Clause, offset: TextSize) -> Option<Clause> {
    let mut atom = clause.atoms.iter().find(|atom| atom.range.contains_inclusive(offset))?.clone();
    if let Some(AtomKind::Exists { clause, .. }) = &mut atom.kind
        && let Some(inner) = narrowed(clause, offset)
    {
        *clause = inner;
    }
    Some(Clause { atoms: vec![atom], range: clause.range })
}

impl Condition {
    /// Its SQL.
    pub(super) fn sql(&self, context: &Context<'_>) -> Option<String> {
        let catalog = queries::catalog(context.db, context.project).as_deref()?;
        let session = queries::config(context.db, context.project).session;
        let clause = Conjunction { atoms: vec![self.atom.clone()], clause: 0 };
        let clauses = Disjunction { clauses: vec![clause] };
        Some(pgpe_sqlgen::compile_clauses(&self.table, &clauses, catalog, session))
    }

    /// What both sides are read as.
    pub(super) fn ty(&self) -> Option<&ColumnType> {
        match &self.atom {
            Atom::Compare { ty, .. } | Atom::In { ty, .. } | Atom::Like { ty, .. } => ty.as_ref(),
            Atom::Null { .. } | Atom::Exists(_) => None,
        }
    }

    /// All values in it, those in calls included.
    pub(super) fn operands(&self) -> Vec<&Operand> {
        let mut found: Vec<&Operand> = match &self.atom {
            Atom::Compare { left, right, .. } => vec![left, right],
            Atom::Like { operand, pattern, .. } => vec![operand, pattern],
            Atom::In { operand, .. } | Atom::Null { operand, .. } => vec![operand],
            Atom::Exists(_) => Vec::new(),
        };
        let mut next = 0;
        while let Some(operand) = found.get(next).copied() {
            if let Operand::Function { arguments, .. } = operand {
                found.extend(arguments.iter().map(|(argument, _)| argument));
            }
            next += 1;
        }
        found
    }
}
