//! A policy without which access is the same goes, or is made to narrow access as it was perhaps meant.

use pgpe_config::Rule;
use pgpe_report::{Edit, Finding, Place};
use pgpe_syntax::ast::HasName;
use pgpe_syntax::{AstNode, TextRange, ast};

use super::Assists;
use super::context::{Context, PolicyAt};
use super::surroundings;
use crate::queries;

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    if !matches!(finding.rule, Rule::Subsumption | Rule::Redundancy) {
        return;
    }
    let context = assists.context;
    let Some(policy) = context.policy_of(finding).filter(|policy| policy.is_named_by(finding)) else {
        return;
    };
    if context.is_superfluous(&policy) {
        let title = format!("Remove the policy `{}` (access stays the same)", policy.name());
        assists.mend(title, finding, || Some(vec![removal(&policy)]));
    }
    if finding.rule == Rule::Subsumption && policy.is_permissive() {
        let title = "Make the policy RESTRICTIVE (narrows access)".to_owned();
        assists.mend(title, finding, || Some(vec![restriction(context, &policy)?]));
    }
}

/// Takes a policy out, with the comments above it.
pub(super) fn removal(policy: &PolicyAt<'_>) -> Edit {
    let range = surroundings::with_comments(policy.file_text(), policy.range);
    let file = policy.whole().file;
    Edit { place: Place { file, range: range.start().into()..range.end().into() }, text: String::new() }
}

fn restriction(context: &Context<'_>, policy: &PolicyAt<'_>) -> Option<Edit> {
    let kind = syntax(context, policy)?.policy_type()?;
    let range: TextRange = kind.syntax().text_range() - policy.range.start();
    Some(policy.edit(range, "RESTRICTIVE"))
}

/// The policy as it is written.
pub(super) fn syntax(context: &Context<'_>, policy: &PolicyAt<'_>) -> Option<ast::Policy> {
    let tree = queries::parsed(context.db, policy.key.file(context.db)).tree();
    tree.policies().find(|it| {
        it.syntax().text_range() == policy.range && it.name_text().as_deref() == Some(policy.name())
    })
}
