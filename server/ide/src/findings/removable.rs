//! Policies without which access would be the same on all of their tables.

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_proof::judge::{Judgement, Spot, Weight};
use pgpe_report::Finding;

use super::{policy_name, policy_name_place};
use crate::database::Db;
use crate::queries::{Governed, ItemKey};

/// What a policy is to the access to one of its tables, and whether something else that is said of it tells why.
pub(crate) fn weight(governed: &Governed<'_>, judgement: &Judgement, key: ItemKey<'_>) -> (Weight, bool) {
    let place = governed.keys.iter().position(|known| *known == key);
    // What can't be read may do anything.
    let weight = place
        .map_or(Weight::Unknown, |policy| judgement.policies.get(policy).copied().unwrap_or(Weight::Unknown));
    (weight, place.is_some_and(|policy| is_explained(judgement, policy)))
}

/// That access to these tables, all that it governs where it matters, is the same without a policy.
pub(crate) fn finding(db: &dyn Db, key: ItemKey<'_>, tables: &[QualifiedName]) -> Finding {
    let tables = pgpe_policy::on_tables(tables);
    let message = format!("access{tables} is the same without this policy");
    let mut finding = Finding::new(Rule::Redundancy, message);
    finding.place = policy_name_place(db, key);
    finding.policy = policy_name(db, key).map(str::to_owned);
    finding.unnecessary = true;
    finding.help = Some(
        "remove it, one policy at a time: of several that make each other superfluous one has to stay"
            .to_owned(),
    );
    finding
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
