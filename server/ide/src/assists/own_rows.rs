//! A clause by which other tenants' rows pass: it asks for the session's own besides.

use pgpe_config::Rule;
use pgpe_report::Finding;

use super::Assists;
use super::owner_condition::{self, OwnerCondition};

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    if finding.rule != Rule::TenantIsolation {
        return;
    }
    let context = assists.context;
    let Some(policy) = context.policy_of(finding) else { return };
    let Some((_, _, clause)) = policy.clause_of(finding) else { return };
    let conditions =
        context.tables(&policy).iter().map(|table| owner_condition::of(context, table, &table.schema));
    let Some(conditions) = conditions.collect::<Option<Vec<OwnerCondition>>>() else { return };
    let Some((first, others)) = conditions.split_first() else { return };
    // One clause can't say two things of two tables.
    if others.iter().all(|other| other.text == first.text) {
        let title = format!("Let only the session's own rows pass, by {} (narrows access)", first.way);
        let more = format!(" AND {}", first.text);
        assists.mend(title, finding, || Some(vec![policy.insert(clause.range.end(), more)]));
    }
}
