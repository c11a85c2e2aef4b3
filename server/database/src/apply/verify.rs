//! Whether tables are as planned.

use pgpe_catalog::{Catalog, QualifiedName, Relation};
use pgpe_import::reads_the_same;

use crate::plan::Plan;

/// Whether all tables of the plan are as it says; else what differs, in words.
pub(super) fn verify(plan: &Plan, found: &Catalog) -> Result<(), String> {
    for (name, wanted) in &plan.after {
        let Some(there) = as_written_where_it_reads_the_same(plan, name, found) else {
            return Err(format!("{name} is gone"));
        };
        if there != *wanted {
            return Err(difference(name, wanted, &there));
        }
    }
    Ok(())
}

/// Whether all tables of the plan are as they were.
pub(super) fn is_as_before(plan: &Plan, found: &Catalog) -> bool {
    plan.before.iter().all(|(name, before)| found.relations.get(name) == Some(before))
}

/// The table with policies as they are written in place of those that read the same.
fn as_written_where_it_reads_the_same(
    plan: &Plan,
    table: &QualifiedName,
    found: &Catalog,
) -> Option<Relation> {
    let mut there = found.relations.get(table)?.clone();
    for (name, policy) in &mut there.policies {
        let Some(written) = plan.inexact.get(&(table.clone(), name.clone())) else { continue };
        if reads_the_same(table, (written, policy), found, &plan.config) {
            *policy = written.clone();
        }
    }
    Some(there)
}

fn difference(name: &QualifiedName, wanted: &Relation, there: &Relation) -> String {
    let names = wanted.policies.keys().chain(there.policies.keys());
    let policy = names.into_iter().find(|name| wanted.policies.get(*name) != there.policies.get(*name));
    if let Some(policy) = policy {
        return format!("the policy {policy} on {name} differs");
    }
    if (wanted.rls_enabled, wanted.rls_forced) != (there.rls_enabled, there.rls_forced) {
        return format!("row-level security of {name} is not enabled and forced as planned");
    }
    if wanted.grants != there.grants {
        return format!("the privileges on {name} differ, perhaps because this role may not grant them");
    }
    format!("{name} was altered meanwhile")
}
