//! A clause that no row passes, or that another covers, goes where that is so on all tables of its policy.

use pgpe_config::Rule;
use pgpe_proof::goal::Block;
use pgpe_proof::judge::Spot;
use pgpe_report::Finding;
use pgpe_syntax::TextRange;

use super::context::{Context, Part, PolicyAt};
use super::{Assists, layout};
use crate::queries::{self, TableKey};

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    if !matches!(finding.rule, Rule::Subsumption | Rule::Contradiction) || !finding.fixes.is_empty() {
        return;
    }
    let context = assists.context;
    let Some(policy) = context.policy_of(finding) else { return };
    let Some((part, index, _)) = policy.clause_of(finding) else { return };
    let Some(range) = with_separator(&policy, part, index) else { return };
    if is_superfluous(context, &policy, part, index) {
        assists.mend("Remove the clause".to_owned(), finding, || {
            Some(layout::minding(context, vec![policy.edit(range, "")]))
        });
    }
}

/// Whether a clause makes no difference on any table of its policy.
fn is_superfluous(context: &Context<'_>, policy: &PolicyAt<'_>, part: Part, index: usize) -> bool {
    let block = match part {
        Part::Clauses => Block::Using,
        Part::Check => Block::Check,
    };
    let on_table = |table: &TableKey<'_>| {
        let resolution = queries::resolution(context.db, context.project, policy.key, *table).as_ref();
        let removed = resolution.map(|resolution| match part {
            Part::Clauses => &resolution.removed,
            Part::Check => &resolution.removed_from_check,
        });
        if removed.into_iter().flatten().any(|removed| removed.clause == index) {
            return true;
        }
        let judged = context.judgements.iter().find(|(judged, ..)| judged == table);
        let governed = queries::governed(context.db, context.project, *table).as_ref();
        let (Some((_, _, judgement)), Some(governed)) = (judged, governed) else { return false };
        let Some(own) = governed.keys.iter().position(|key| *key == policy.key) else { return false };
        judgement.violations.iter().any(|violation| {
            matches!(violation.rule, Rule::Subsumption | Rule::Contradiction)
                && violation.spot == Spot::Clause(own, block, index)
        })
    };
    let tables = context.tables(policy);
    !tables.is_empty() && tables.iter().all(|table| on_table(&TableKey::new(context.db, table.clone())))
}

/// A clause and what joins it to the one before, or else to the one after; `None` if it is the only one.
pub(super) fn with_separator(policy: &PolicyAt<'_>, part: Part, index: usize) -> Option<TextRange> {
    let clauses = policy.part(part);
    let own = clauses.get(index)?.range;
    match index.checked_sub(1).and_then(|before| clauses.get(before)) {
        Some(before) => Some(TextRange::new(before.range.end(), own.end())),
        None => Some(TextRange::new(own.start(), clauses.get(index + 1)?.range.start())),
    }
}
