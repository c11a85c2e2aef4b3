//! What each statement of a plan does to access, by proof.

use std::collections::BTreeMap;

use pgpe_catalog::{Catalog, Command, QualifiedName};
use pgpe_database::{Change, Effect, Plan};
use pgpe_proof::equivalence::Access;

/// Fills in the effects of all statements that change policies or flags, one after another. `compare` proves what
/// becomes of each command on a table between two states of the database.
pub fn add_effects<E>(
    plan: &mut Plan,
    observed: &Catalog,
    mut compare: impl FnMut((&Catalog, &Catalog), &QualifiedName) -> Result<BTreeMap<Command, Access>, E>,
) -> Result<(), E> {
    let mut now = observed.clone();
    for table in &mut plan.tables {
        for step in &mut table.steps {
            let Some(relation) = now.relations.get(&table.name) else { continue };
            let is_enabled = relation.rls_enabled;
            let mut changed = relation.clone();
            step.change.apply_to(&mut changed);
            let before = now.clone();
            now.relations.insert(table.name.clone(), changed);
            match &step.change {
                Change::Create { .. } | Change::Alter { .. } | Change::Drop { .. } if !is_enabled => {}
                Change::Create { .. } | Change::Alter { .. } | Change::Drop { .. } | Change::Enable(_) => {
                    step.effects = effects(&compare((&before, &now), &table.name)?);
                }
                Change::Force(force) if is_enabled => {
                    step.effects = effects_on_owner(*force, &now, &table.name, &mut compare)?;
                }
                // Nobody is concerned by a name; what privileges do is known without proof.
                Change::Force(_) | Change::Rename { .. } | Change::Grant(_) | Change::Revoke(_) => {}
            }
        }
    }
    Ok(())
}

/// FORCE does to the owner what enabling row-level security does to others. Where policies are for some roles
/// only, it is not known which of them the owner's sessions hold.
fn effects_on_owner<E>(
    force: bool,
    now: &Catalog,
    table: &QualifiedName,
    compare: &mut impl FnMut((&Catalog, &Catalog), &QualifiedName) -> Result<BTreeMap<Command, Access>, E>,
) -> Result<BTreeMap<String, Effect>, E> {
    let mut open = now.clone();
    let Some(relation) = open.relations.get_mut(table) else { return Ok(BTreeMap::new()) };
    relation.rls_enabled = false;
    let by_role = relation.policies.values().any(|policy| !policy.roles.is_empty());
    let states = if force { (&open, now) } else { (now, &open) };
    let mut effects = effects(&compare(states, table)?);
    if by_role {
        effects.values_mut().for_each(|effect| *effect = Effect::Unknown);
    }
    Ok(effects)
}

fn effects(found: &BTreeMap<Command, Access>) -> BTreeMap<String, Effect> {
    let effects = found.iter().filter_map(|(command, access)| {
        let effect = match access {
            Access::Same => return None,
            Access::Wider => Effect::Widens,
            Access::Narrower => Effect::Narrows,
            Access::Incomparable => Effect::Changes,
            Access::Unknown => Effect::Unknown,
        };
        Some((command.to_string(), effect))
    });
    effects.collect()
}
