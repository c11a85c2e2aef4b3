//! What a policy is on all of its tables together: needed, superfluous, with clauses that never hold.

use std::collections::BTreeSet;

use pgpe_catalog::QualifiedName;
use pgpe_proof::goal::Block;
use pgpe_proof::judge::Weight;

use super::entry::Entry;
use super::files::Weighed;
use super::{ItemId, Ledger};
use crate::database::Db;
use crate::findings::{dead_clauses, removable};
use crate::queries::ItemKey;

/// What a policy is on all of its tables together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Overall {
    /// The greatest weight that it has on one of them; [`Weight::Moot`] for one that governs nothing.
    pub(crate) weight: Weight,
    /// The tables on which it is superfluous.
    superfluous_on: Vec<QualifiedName>,
    /// On each of these, something else that is said of it tells why.
    explained: bool,
    /// Clauses that hold on none of them, in their order. One that holds on some is no mistake: a policy may select
    /// tables that differ.
    dead: BTreeSet<(Block, usize)>,
}

impl Default for Overall {
    fn default() -> Overall {
        Overall { weight: Weight::Moot, superfluous_on: Vec::new(), explained: true, dead: BTreeSet::new() }
    }
}

impl Overall {
    /// Whether a clause never holds.
    pub(crate) fn is_dead(&self, block: Block, clause: usize) -> bool {
        self.dead.contains(&(block, clause))
    }
}

impl Ledger {
    /// Weighs the policies of tables that were judged anew.
    pub(super) fn weigh_policies(&mut self, db: &dyn Db) {
        let due: Vec<ItemId> = self.due.policies.iter().copied().collect();
        for item in due {
            if let Some((overall, judged_on)) = self.weighed(item) {
                let key = ItemKey::new(db, item.0, item.1);
                let Some(ground) = &self.ground else { return };
                let dead = overall.dead.iter();
                let dead = dead.filter_map(|clause| dead_clauses::finding(db, key, *clause, &judged_on));
                let dead_entries = Entry::all(dead.collect(), &ground.config);
                let is_told = overall.weight == Weight::Superfluous && !overall.explained;
                let finding = is_told.then(|| removable::finding(db, key, &overall.superfluous_on));
                let superfluous = finding.map(|finding| Entry::new(finding, &ground.config));
                self.take_weighed(item, Weighed { overall, dead_clauses: dead_entries, superfluous });
            }
            self.due.policies.remove(&item);
        }
    }

    /// What a policy is on the tables that it selects, and those of them that it is judged on.
    fn weighed(&self, item: ItemId) -> Option<(Overall, Vec<QualifiedName>)> {
        let record = self.files.get(&item.0)?.items.get(item.1)?;
        let mut overall = Overall::default();
        let mut judged_on = Vec::new();
        let mut dead: Option<BTreeSet<(Block, usize)>> = None;
        for name in record.selected.iter() {
            let Some(table) = self.tables.get(name) else { continue };
            for (_, weight, explained) in table.weights.iter().filter(|(of, ..)| *of == item) {
                overall.weight = overall.weight.max(*weight);
                if *weight == Weight::Superfluous {
                    overall.superfluous_on.push(name.clone());
                    overall.explained &= explained;
                }
            }
            if table.judged_by.contains(&item) {
                judged_on.push(name.clone());
                let here = table.dead_clauses.iter().filter(|(of, ..)| *of == item);
                let here: BTreeSet<(Block, usize)> =
                    here.map(|(_, block, clause)| (*block, *clause)).collect();
                dead = Some(match dead {
                    Some(dead) => &dead & &here,
                    None => here,
                });
            }
        }
        overall.dead = dead.unwrap_or_default();
        Some((overall, judged_on))
    }

    fn take_weighed(&mut self, (file, index): ItemId, weighed: Weighed) {
        let taken = self.files.get_mut(&file).and_then(|file| file.take_weighed(index, weighed));
        let Some((item, before)) = taken else { return };
        // Which violations need no words of their own depends on it.
        if before.dead != item.weighed.overall.dead {
            self.due.state.extend(item.selected.iter().cloned());
        }
    }
}
