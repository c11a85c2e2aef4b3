//! WITH CHECK: as a start the same as the clauses, and how it is written for the mends that narrow it.

use pgpe_catalog::Command;
use pgpe_policy::source::CommandSet;
use pgpe_report::Edit;
use pgpe_syntax::{TextRange, TextSize};

use super::context::{Part, PolicyAt, block};
use super::{AssistKind, Assists, surroundings};

pub(super) fn add(assists: &mut Assists<'_, '_>, policy: &PolicyAt<'_>) {
    let Some(commands) = policy.source.commands else { return };
    let title =
        "Add WITH CHECK with the same clauses, to restrict what may be written (access stays the same)";
    if policy.source.check.is_some() || policy.source.clauses.is_empty() {
        return;
    }
    let has_use = commands.contains(Command::Update)
        || commands.contains(Command::Insert) && !is_insert_alone(commands);
    if !has_use {
        let reason = match commands.contains(Command::Insert) {
            true => "the clauses of a policy for INSERT alone are what is checked",
            false => "the policy is for no command that writes rows",
        };
        return assists.disable((AssistKind::Rewrite, title), None, reason.to_owned());
    }
    assists.add((AssistKind::Rewrite, title.to_owned()), None, || {
        Some(vec![checked_by(policy, &policy.clause_texts(Part::Clauses))?])
    });
}

pub(super) fn is_insert_alone(commands: CommandSet) -> bool {
    commands == CommandSet::default().with(Command::Insert)
}

/// What decides about the rows that a policy writes.
pub(super) fn checking_part(policy: &PolicyAt<'_>) -> Part {
    if policy.source.check.is_some() { Part::Check } else { Part::Clauses }
}

/// Where something can be added behind a clause and the comments about it.
pub(super) fn behind(policy: &PolicyAt<'_>, clause: TextRange) -> TextSize {
    let is_last = clause.end() == policy.range.len();
    let end = usize::from(policy.range.start() + clause.end());
    let end = surroundings::behind_comments(policy.file_text(), end, is_last);
    TextSize::new(end as u32) - policy.range.start()
}

/// Lets these clauses, and no others, decide about the rows that a policy writes.
pub(super) fn checked_by<T: AsRef<str>>(policy: &PolicyAt<'_>, clauses: &[T]) -> Option<Edit> {
    let checking = checking_part(policy);
    let written = policy.part(checking);
    let (first, last) = (written.first()?.range, written.last()?.range);
    let in_place = checking == Part::Check || policy.source.commands.is_some_and(is_insert_alone);
    let text = block(clauses);
    Some(match in_place {
        // The first keyword stands there already.
        true => policy
            .edit(TextRange::new(first.start(), last.end()), text.strip_prefix("CLAUSE ").unwrap_or(&text)),
        false => policy.insert(behind(policy, last), format!("\n  WITH CHECK\n  {text}")),
    })
}
