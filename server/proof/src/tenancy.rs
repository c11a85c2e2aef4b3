//! Which notion of tenant concerns which table, and whose its rows are.

use pgpe_catalog::{BaseType, Collation, ColumnType, Family, QualifiedName};
use pgpe_policy::resolved::{Atom, Conjunction, Operand, TablePolicy};

use crate::owner::{IsolationEntry, Owner, OwnerPath, owner_of};
use crate::world::World;

/// Why the entry does not concern the table, if the configuration says so.
pub(crate) fn exemption<'e>(entry: &'e IsolationEntry, table: &QualifiedName) -> Option<&'e str> {
    let mut exempt = entry.isolation.exempt.iter();
    exempt
        .find(|exempt| exempt.table == table.to_string() || exempt.table == table.name)
        .map(|exempt| exempt.reason.as_str())
}

/// Whether the value of a session's key stands anywhere in the policy.
pub(crate) fn mentions(policy: &TablePolicy, key: &Operand) -> bool {
    let clauses = policy.using.clauses.iter().chain(policy.check.iter().flat_map(|check| &check.clauses));
    clauses.into_iter().any(|clause| clause_mentions(clause, key))
}

fn clause_mentions(clause: &Conjunction, key: &Operand) -> bool {
    clause.atoms.iter().any(|atom| match atom {
        Atom::Compare { left, right, .. } => operand_mentions(left, key) || operand_mentions(right, key),
        Atom::In { operand, .. } | Atom::Null { operand, .. } => operand_mentions(operand, key),
        Atom::Like { operand, pattern, .. } => {
            operand_mentions(operand, key) || operand_mentions(pattern, key)
        }
        Atom::Exists(traversal) => clause_mentions(&traversal.condition, key),
    })
}

/// Whether the value of a session's key stands anywhere in the operand.
pub(crate) fn operand_mentions(operand: &Operand, key: &Operand) -> bool {
    if operand == key {
        return true;
    }
    match (operand, key) {
        // PostgreSQL does not tell settings apart by case.
        (Operand::Session { key: left }, Operand::Session { key: right }) => left.eq_ignore_ascii_case(right),
        // A call is the key whatever was found out about its result.
        (
            Operand::Function { schema, name, arguments, .. },
            Operand::Function { schema: key_schema, name: key_name, .. },
        ) if name == key_name && schema == key_schema && arguments.is_empty() => true,
        (Operand::Function { arguments, .. }, key) => {
            arguments.iter().any(|(argument, _)| operand_mentions(argument, key))
        }
        _ => false,
    }
}

/// The owners to prove isolation with, and whether the configuration leaves it open which.
pub(crate) fn owners_in(
    world: &dyn World,
    table: &QualifiedName,
    entry: &IsolationEntry,
) -> (Vec<OwnerPath>, Option<String>) {
    match owner_of(table, &entry.isolation, world) {
        Owner::None => (Vec::new(), None),
        Owner::Known(path) => {
            let unclear = coarser_than_referred(world, table, &path);
            (vec![path], unclear)
        }
        Owner::Ambiguous(paths) => {
            let listed: Vec<String> = paths.iter().map(OwnerPath::describe).collect();
            let reason = format!("it is open whose a row of {table} is: {}", listed.join(" or "));
            (paths, Some(reason))
        }
        Owner::Misconfigured(reason) => (Vec::new(), Some(reason)),
    }
}

/// An owner column may be of a type in which two tenants are one: `Acme` and `acme` in citext. Says so, if the
/// column that it refers to tells them apart.
fn coarser_than_referred(world: &dyn World, table: &QualifiedName, path: &OwnerPath) -> Option<String> {
    let end = path.hops.last().map_or(table, |hop| &hop.foreign_key.target);
    let relation = world.relation(end)?;
    let own = &relation.column(&path.column)?.ty;
    relation.foreign_keys.iter().find_map(|key| {
        let at = key.columns.iter().position(|column| *column == path.column)?;
        let target_column = key.target_columns.get(at)?;
        let referred = &world.relation(&key.target)?.column(target_column)?.ty;
        let alike = own.base == referred.base && own.collation == referred.collation;
        let same_values = |ty: &ColumnType| {
            matches!(ty.family(), Family::Integer | Family::Numeric)
                || matches!(ty.base, BaseType::Text | BaseType::Varchar)
                    && ty.collation != Collation::Nondeterministic
        };
        (!(alike || same_values(own) && same_values(referred))).then(|| {
            format!(
                "{end}.{} is {}, but it refers to {}, which may tell tenants apart that it does not",
                path.column, own.display, referred.display
            )
        })
    })
}
