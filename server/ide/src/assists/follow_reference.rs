//! References to other tenants' rows: what is checked follows the foreign key.

use pgpe_catalog::ForeignKey;
use pgpe_config::Rule;
use pgpe_report::Finding;
use pgpe_syntax::ast::quote_string;

use super::Assists;
use super::add_check::{checked_by, checking_part};
use super::owner_condition::{allowed_depth, of, traversal};

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    if finding.rule != Rule::CrossTenantReference {
        return;
    }
    let context = assists.context;
    let Some(policy) = context.policy_of(finding) else { return };
    let Some(table) = context.table_of(finding) else { return };
    let Some(relation) = context.catalog().and_then(|catalog| catalog.relations.get(&table)) else { return };
    // The columns of the key are not those of other tables.
    if context.tables(&policy).len() != 1 || policy.clause_of(finding).is_none() {
        return;
    }
    let is_meant = |key: &&ForeignKey| {
        let told =
            format!("whose {} refers to another tenant's row of {} ", key.columns.join(", "), key.target);
        finding.message.contains(&told)
    };
    let Some(key) = relation.foreign_keys.iter().find(is_meant) else { return };
    let Some(owner) = of(context, &key.target, &table.schema) else { return };
    if owner.depth >= allowed_depth(context) {
        return;
    }
    let title = format!(
        "Check that `{}` refers to a row of the session's own (narrows what may be written)",
        key.columns.join(", ")
    );
    let is_nullable = |name: &&String| relation.column(name).is_some_and(|column| !column.not_null);
    let without = key.columns.iter().filter(is_nullable);
    let mut ways: Vec<String> = without.map(|name| format!("col({}) IS NULL", quote_string(name))).collect();
    ways.push(traversal(&key.columns, &key.target, &key.target_columns, &table.schema, &owner.text));
    assists.mend(title, finding, || {
        let clauses = policy.clause_texts(checking_part(&policy)).into_iter();
        let clauses = clauses.flat_map(|clause| ways.iter().map(move |way| format!("{clause} AND {way}")));
        Some(vec![checked_by(&policy, &clauses.collect::<Vec<_>>())?])
    });
}
