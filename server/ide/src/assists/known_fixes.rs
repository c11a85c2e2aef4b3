//! The mends that findings come with.

use pgpe_config::Rule;
use pgpe_report::Finding;

use super::{AssistKind, Assists};

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    for fix in &finding.fixes {
        let before = assists.found.len();
        assists.add((AssistKind::QuickFix, fix.title.clone()), Some(finding), || Some(fix.edits.clone()));
        let is_preferred = is_the_mend(finding);
        if let Some(added) = assists.found.get_mut(before) {
            added.preferred = is_preferred;
        }
    }
}

/// Whether a finding has one mend that is obviously meant. Where a choice is behind it, or access that is compiled
/// today would change, there is none.
pub(super) fn is_the_mend(finding: &Finding) -> bool {
    let is_obvious = matches!(
        finding.rule,
        Rule::Syntax
            | Rule::MissingPolicyType
            | Rule::UnknownRule
            | Rule::UnusedSuppression
            | Rule::UnknownColumn
            | Rule::UnknownTable
            | Rule::UnknownType
            | Rule::UnknownRole
            | Rule::UnknownFunction
            | Rule::TypeMismatch
            | Rule::InvalidLiteral
            | Rule::NullComparison
            | Rule::SelectorMatchesNothing
            | Rule::Subsumption
    );
    is_obvious && finding.fixes.len() == 1
}
