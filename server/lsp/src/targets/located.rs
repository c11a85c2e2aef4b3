//! Drift, with what it takes to find the policy that it concerns, also after edits.

use std::collections::BTreeMap;

use pgpe_database::{Drift, DriftKind, Expected};
use pgpe_ide::{Analysis, Cancellable};
use pgpe_report::Place;

/// A difference, and the policies at which it is to be shown: at the first of them that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocatedDrift {
    /// The difference.
    pub(crate) drift: Drift,
    /// Names in the source.
    policies: Vec<String>,
}

impl LocatedDrift {
    /// Looks for the policies of each difference: its own one; of what is not a policy of the project, those
    /// that govern the table and the fewest others.
    pub(crate) fn locate(drift: Vec<Drift>, expected: &Expected) -> Vec<LocatedDrift> {
        let mut tables: BTreeMap<&str, usize> = BTreeMap::new();
        for policy in expected.tables.values().flat_map(|table| table.policies.values()) {
            *tables.entry(&policy.source).or_default() += 1;
        }
        let locate = |drift: Drift| {
            let table = drift.table_name();
            let policies = match expected.policy(&table, &drift.name) {
                Some(own) if is_of_policy(drift.kind) => vec![own.source.clone()],
                _ => {
                    let governing =
                        expected.tables.get(&table).into_iter().flat_map(|it| it.policies.values());
                    let governing: Vec<&str> = governing.map(|policy| policy.source.as_str()).collect();
                    let count = |name: &&str| tables.get(name).copied().unwrap_or_default();
                    let fewest = governing.iter().map(count).min();
                    let nearest = governing.iter().filter(|name| Some(count(name)) == fewest);
                    nearest.map(|name| (*name).to_owned()).collect()
                }
            };
            LocatedDrift { drift, policies }
        };
        drift.into_iter().map(locate).collect()
    }

    /// Where it is to be shown in the project as it is now.
    pub(crate) fn place(&self, analysis: &Analysis) -> Cancellable<Option<Place>> {
        if matches!(self.drift.kind, DriftKind::MissingGrant | DriftKind::ExtraGrant)
            && let Some(place) = analysis.grant_place(&self.drift.name, &self.drift.table_name())?
        {
            return Ok(Some(place));
        }
        analysis.policy_place(&self.policies)
    }
}

fn is_of_policy(kind: DriftKind) -> bool {
    matches!(kind, DriftKind::MissingPolicy | DriftKind::ModifiedPolicy)
}
