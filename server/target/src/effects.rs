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
            let matters = match &step.change {
                Change::Create { .. } | Change::Alter { .. } | Change::Drop { .. } => is_enabled,
                Change::Enable(enable) => {
                    let effect = if *enable { Effect::Narrows } else { Effect::Widens };
                    step.effects = Command::ALL.map(|command| (command.to_string(), effect)).into();
                    false
                }
                // The owner alone is concerned by FORCE, and nobody by a name.
                Change::Rename { .. } | Change::Force(_) | Change::Grant(_) | Change::Revoke(_) => false,
            };
            if matters {
                let before = now.clone();
                now.relations.insert(table.name.clone(), changed);
                step.effects = effects(&compare((&before, &now), &table.name)?);
            } else {
                now.relations.insert(table.name.clone(), changed);
            }
        }
    }
    Ok(())
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
