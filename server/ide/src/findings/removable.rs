//! Policies without which access would be the same on all of their tables.

use std::collections::HashMap;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_proof::judge::{Judgement, Spot, Verdict, Weight};
use pgpe_report::Finding;

use super::proofs::Judgements;
use super::{policy_name, policy_name_place};
use crate::database::{Db, Project};
use crate::queries::{self, ItemKey, TableKey};

/// What each policy is to the access to all of its tables together.
pub(crate) struct Removable<'db> {
    /// In the order in which they are met.
    policies: Vec<(ItemKey<'db>, Overall)>,
    index: HashMap<ItemKey<'db>, usize>,
}

struct Overall {
    weight: Weight,
    tables: Vec<QualifiedName>,
    /// On every table where it is superfluous, something else that is said of it tells why.
    explained: bool,
}

impl<'db> Removable<'db> {
    pub(crate) fn of(db: &'db dyn Db, project: Project, judgements: &Judgements<'db>) -> Removable<'db> {
        let mut removable = Removable { policies: Vec::new(), index: HashMap::new() };
        for (table, _, judgement) in judgements {
            let Some(governed) = queries::governed(db, project, *table) else { continue };
            for (key, _) in queries::policies_of_table(db, project, *table) {
                let place = governed.keys.iter().position(|known| *known == key);
                // What can't be read may do anything.
                let weight = place.map_or(Weight::Unknown, |policy| {
                    judgement.policies.get(policy).copied().unwrap_or(Weight::Unknown)
                });
                let explained = place.is_some_and(|policy| is_explained(judgement, policy));
                removable.meet(key, table.name(db), weight, explained);
            }
        }
        removable
    }

    fn meet(&mut self, key: ItemKey<'db>, table: &QualifiedName, weight: Weight, explained: bool) {
        let at = *self.index.entry(key).or_insert(self.policies.len());
        if at == self.policies.len() {
            let overall = Overall { weight: Weight::Moot, tables: Vec::new(), explained: true };
            self.policies.push((key, overall));
        }
        let Some((_, overall)) = self.policies.get_mut(at) else { return };
        overall.weight = overall.weight.max(weight);
        if weight == Weight::Superfluous {
            overall.tables.push(table.clone());
            overall.explained &= explained;
        }
    }

    pub(super) fn findings(&self, db: &'db dyn Db) -> Vec<Finding> {
        let superfluous =
            self.policies.iter().filter(|(_, it)| it.weight == Weight::Superfluous && !it.explained);
        superfluous
            .map(|(key, overall)| {
                let tables = pgpe_policy::on_tables(&overall.tables);
                let message = format!("access{tables} is the same without this policy");
                let mut finding = Finding::new(Rule::Redundancy, message);
                finding.place = policy_name_place(db, *key);
                finding.policy = policy_name(db, *key).map(str::to_owned);
                finding.unnecessary = true;
                finding.help = Some(
                    "remove it, one policy at a time: of several that make each other superfluous one has to stay"
                        .to_owned(),
                );
                finding
            })
            .collect()
    }

    /// Whether access to all of a policy's tables is the same without it.
    pub(crate) fn is_superfluous(&self, key: ItemKey<'db>) -> bool {
        let overall = self.index.get(&key).and_then(|at| self.policies.get(*at));
        overall.is_some_and(|(_, overall)| overall.weight == Weight::Superfluous)
    }

    /// Whether each of a command's policies is needed somewhere; `None` while that is open.
    pub(crate) fn verdict(
        &self,
        db: &'db dyn Db,
        project: Project,
        table: TableKey<'db>,
        command: Command,
    ) -> Option<Verdict> {
        let mut verdict = Some(Verdict::Proven);
        for (key, policy) in queries::policies_of_table(db, project, table) {
            if policy.commands.is_some_and(|commands| !commands.contains(command)) {
                continue;
            }
            let Some((_, overall)) = self.index.get(&key).and_then(|at| self.policies.get(*at)) else {
                continue;
            };
            match overall.weight {
                Weight::Superfluous => return Some(Verdict::Failed),
                Weight::Pending => verdict = None,
                Weight::Unknown => verdict = verdict.map(|_| Verdict::Unknown),
                Weight::Moot | Weight::Matters => {}
            }
        }
        verdict
    }
}

/// Whether it is said already that another policy covers this one, or that nothing passes at all.
fn is_explained(judgement: &Judgement, policy: usize) -> bool {
    judgement.violations.iter().any(|violation| match (violation.rule, &violation.spot) {
        (Rule::Subsumption, Spot::Policy(covered)) => *covered == policy,
        (Rule::Contradiction, Spot::Clause(dead, ..)) => *dead == policy,
        (Rule::Contradiction, Spot::Table) => true,
        (Rule::Tautology, Spot::Policy(_)) => true,
        _ => false,
    })
}
