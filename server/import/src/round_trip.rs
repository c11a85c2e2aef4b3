//! Whether the SQL that an imported policy compiles to says what the original says, as far as reading it
//! again can tell.

use pgpe_catalog::{Catalog, ExistingPolicy, QualifiedName};
use pgpe_config::Config;
use pgpe_policy::resolved::{Atom, Disjunction, TablePolicy};
use pgpe_policy::source::PolicyKind;
use pgpe_sqlgen::CompiledPolicy;

use crate::policy::{Imported, read_policy};

/// Compares a compiled policy with the imported one that it comes from: the parts that are no expressions
/// with the original, the expressions after reading them again. The error says what differs.
pub fn compare_compiled(
    compiled: &CompiledPolicy,
    imported: &Imported,
    catalog: &Catalog,
    config: &Config,
) -> Result<(), String> {
    let original = catalog.table(&imported.table).and_then(|table| table.policies.get(&imported.name));
    let original = original.ok_or("the original is gone")?;
    let permissive = compiled.kind == PolicyKind::Permissive;
    let mut roles = compiled.roles.clone();
    roles.sort();
    if permissive != original.permissive || compiled.command != original.command || roles != original.roles {
        return Err("it is of another type, or for other commands or roles".to_owned());
    }
    let (using, check) = (compiled.using.clone(), compiled.check.clone());
    let command = compiled.command;
    let again = ExistingPolicy { permissive, command, roles, using, check };
    let again = read_policy(&imported.table, &imported.name, &again, catalog, config)
        .map_err(|outside| format!("the compiled SQL can't be read again: {outside}"))?;
    match is_same(&again.policy, &imported.policy) {
        true => Ok(()),
        false => Err("the compiled SQL says something else".to_owned()),
    }
}

/// Whether two forms of a policy's SQL say the same as far as reading them can tell, errors that settings raise
/// included. What the language can't say is never said to be the same.
pub fn reads_the_same(
    table: &QualifiedName,
    (one, other): (&ExistingPolicy, &ExistingPolicy),
    catalog: &Catalog,
    config: &Config,
) -> bool {
    let read = |policy| read_policy(table, "p", policy, catalog, config);
    let (Ok(read_one), Ok(read_other)) = (read(one), read(other)) else { return false };
    (one.permissive, one.command, &one.roles) == (other.permissive, other.command, &other.roles)
        && read_one.one_sided_errors == read_other.one_sided_errors
        && is_same(&read_one.policy, &read_other.policy)
}

/// Whether two policies say the same, whatever the order of their clauses was.
fn is_same(one: &TablePolicy, other: &TablePolicy) -> bool {
    atoms(&one.using) == atoms(&other.using) && atoms(checked(one)) == atoms(checked(other))
}

/// What a row to be written must pass. Where WITH CHECK says what USING says, it is not printed.
fn checked(policy: &TablePolicy) -> &Disjunction {
    policy.check.as_ref().unwrap_or(&policy.using)
}

fn atoms(clauses: &Disjunction) -> Vec<&[Atom]> {
    clauses.clauses.iter().map(|clause| clause.atoms.as_slice()).collect()
}
