//! A comment that silences a finding, with room for the reason.

use pgpe_config::{PLACEHOLDER_REASON, Rule, Severity};
use pgpe_report::{Edit, Finding, Place};
use pgpe_syntax::{TextRange, TextSize, parse, suppressions};

use super::context::PolicyAt;
use super::{Assists, layout};

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let context = assists.context;
    let Some(policy) = context.policy_of(finding) else { return };
    if !can_be_allowed(finding, &policy) {
        return;
    }
    let title = format!("Allow `{}` here, with a reason to be written", finding.rule);
    if let Some(comment) = comment(&policy, finding) {
        assists.mend(title, finding, || Some(vec![comment]));
    }
}

/// Whether a policy means the same however loud the finding is. One that can't be compiled is an error, silenced or
/// not.
fn can_be_allowed(finding: &Finding, policy: &PolicyAt<'_>) -> bool {
    match finding.rule {
        Rule::TenantIsolation | Rule::CrossWrite | Rule::RoleSeparation => true,
        Rule::Contradiction => !policy.is_named_by(finding),
        Rule::UnusedSuppression | Rule::UnknownRule | Rule::MissingReason => false,
        rule => rule.default_severity() != Severity::Error,
    }
}

/// Above the line on which the finding begins if that silences it, else above the policy.
fn comment(policy: &PolicyAt<'_>, finding: &Finding) -> Option<Edit> {
    let text = policy.file_text();
    let place = finding.place.as_ref()?;
    let comment = format!("-- pgpe: allow({}) {PLACEHOLDER_REASON}", finding.rule);
    let item = usize::from(policy.range.start());
    let lines = [place.range.start as usize, item].map(|at| layout::line_start(text, at));
    lines.into_iter().find_map(|line| {
        let line = if line < item { item } else { line };
        let above = text.get(layout::line_start(text, line)..line)?;
        let rest = text.get(line..)?;
        let indent = rest.get(..rest.len() - rest.trim_start_matches([' ', '\t']).len())?;
        // In front of the policy there may be another.
        let is_first = above.trim().is_empty();
        let gap = if is_first { "" } else { "\n" };
        let at = line as u32;
        let edit = Edit {
            place: Place { file: place.file.clone(), range: at..at },
            text: format!("{gap}{indent}{comment}\n{}", if line == item && is_first { above } else { "" }),
        };
        ((is_first || line == item) && silences(policy, &edit, finding)).then_some(edit)
    })
}

/// Whether the comment speaks of the finding.
fn silences(policy: &PolicyAt<'_>, edit: &Edit, finding: &Finding) -> bool {
    let Some(place) = &finding.place else { return false };
    let start = u32::from(policy.range.start());
    let item = policy.text(TextRange::up_to(policy.range.len()));
    let (Some(at), Some(from)) =
        (edit.place.range.start.checked_sub(start), place.range.start.checked_sub(start))
    else {
        return false;
    };
    let mut text = item.to_owned();
    text.insert_str(at as usize, &edit.text);
    let moved = from + edit.text.len() as u32;
    let range = TextRange::at(TextSize::new(moved), (place.range.end - place.range.start).into());
    suppressions(&parse(&text).syntax_node(), &text).iter().any(|comment| {
        comment.rule_text == finding.rule.id()
            && u32::from(comment.range.start()) >= at
            && u32::from(comment.range.end()) <= at + edit.text.len() as u32
            && comment.target.contains_range(range)
    })
}
