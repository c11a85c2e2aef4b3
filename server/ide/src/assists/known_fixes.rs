//! The mends that findings come with.

use pgpe_config::Rule;
use pgpe_policy::source::PolicyKind;
use pgpe_report::{Finding, Fix};

use super::context::Context;
use super::{AssistKind, Assists, layout};

/// Words that a policy is made of, whatever it says.
const FRAME: [&str; 7] = ["POLICY", "GRANT", "FOR", "SELECTOR", "CLAUSE", "WITH", "CHECK"];

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let context = assists.context;
    for fix in &finding.fixes {
        let before = assists.found.len();
        let title = format!("{}{}", fix.title, effect(context, finding, fix));
        assists.add((AssistKind::QuickFix, title), Some(finding), || {
            Some(layout::minding(context, fix.edits.clone()))
        });
        let is_preferred = is_the_mend(finding);
        if let Some(added) = assists.found.get_mut(before) {
            added.preferred = is_preferred;
        }
    }
}

/// Whether a finding has one mend that is obviously meant. Where a choice is behind it, or access that is compiled
/// today would change, there is none.
fn is_the_mend(finding: &Finding) -> bool {
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
            | Rule::Config
    );
    is_obvious && finding.fixes.len() == 1
}

/// The mend of a finding that needs nobody's judgement: it guesses no name, silences nothing, and gives nothing a
/// meaning that it did not have in so many words.
pub(super) fn safe<'f>(context: &Context<'_>, finding: &'f Finding) -> Option<&'f Fix> {
    let fix = finding.fixes.first().filter(|_| is_the_mend(finding))?;
    let is_safe = match finding.rule {
        Rule::Syntax => !guesses_word(context, fix),
        Rule::UnusedSuppression | Rule::TypeMismatch | Rule::Subsumption => true,
        _ => false,
    };
    is_safe.then_some(fix)
}

/// Whether one word takes the place of another that could have been meant otherwise.
fn guesses_word(context: &Context<'_>, fix: &Fix) -> bool {
    let text = context.file.text(context.db);
    fix.edits.iter().any(|edit| {
        let range = edit.place.range.start as usize..edit.place.range.end as usize;
        let replaced = text.get(range).unwrap_or_default().trim();
        let new = edit.text.trim();
        let is_word = |text: &str| !text.is_empty() && text.chars().all(char::is_alphabetic);
        !replaced.is_empty() && is_word(new) && !FRAME.contains(&new)
    })
}

/// What a mend does to access where it is a guess at what was meant; of what can't be compiled nothing is in force.
fn effect(context: &Context<'_>, finding: &Finding, fix: &Fix) -> &'static str {
    match finding.rule {
        Rule::Syntax if !guesses_word(context, fix) => return "",
        // Other sessions have it.
        Rule::UnknownRole => return " (changes access)",
        Rule::Syntax
        | Rule::UnknownColumn
        | Rule::UnknownTable
        | Rule::UnknownType
        | Rule::InvalidLiteral
        | Rule::NullComparison
        | Rule::SelectorMatchesNothing => {}
        _ => return "",
    }
    match context.written_policy_of(finding).and_then(|policy| policy.kind) {
        Some(PolicyKind::Restrictive) => " (narrows access)",
        _ => " (may widen access)",
    }
}
