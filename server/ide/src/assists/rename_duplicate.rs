//! Two policies of one name: one of them gets another.

use pgpe_config::Rule;
use pgpe_report::Finding;

use super::{AssistKind, Assists, accepted};

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let context = assists.context;
    if finding.rule != Rule::DuplicatePolicy {
        return;
    }
    let Some(policy) = context.policy_of(finding).filter(|policy| policy.is_named_by(finding)) else {
        return;
    };
    let wanted = match context.tables(&policy) {
        [table] => format!("{}_{}", table.name, policy.name()),
        _ => policy.name().to_owned(),
    };
    let name = context.unused_name(&wanted);
    let title = format!("Rename it to `{name}`");
    let both = [policy.name().to_owned(), name.clone()];
    match accepted::by_configuration(context, policy.name(), &both) {
        Ok(more) => assists.mend(title, finding, || {
            let edit = policy.edit(policy.source.name.range, pgpe_import::written_name(&name));
            Some(std::iter::once(edit).chain(more).collect())
        }),
        Err(reason) => assists.disable((AssistKind::QuickFix, &title), Some(finding), reason.to_owned()),
    }
}
