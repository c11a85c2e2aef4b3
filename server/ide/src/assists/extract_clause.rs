//! A clause becomes a policy of its own: permissive policies are joined by OR just as clauses are.

use pgpe_report::Edit;
use pgpe_syntax::{TextEdit, TextRange, TextSize, apply_edits};

use super::context::{Context, Part, PolicyAt};
use super::{AssistKind, Assists, layout, remove_clause};

const TITLE: &str = "Extract the clause into a policy of its own (access stays the same)";

pub(super) fn add(assists: &mut Assists<'_, '_>, policy: &PolicyAt<'_>) {
    let context = assists.context;
    let range = TextRange::new(context.range.start.into(), context.range.end.into());
    let clauses = policy.part(Part::Clauses);
    let here = |clause: TextRange| (clause + policy.range.start()).contains_range(range);
    let Some(index) = clauses.iter().position(|clause| here(clause.range)) else { return };
    if !policy.is_permissive() {
        let reason = "restrictive policies are joined by AND, clauses by OR".to_owned();
        return assists.disable((AssistKind::Extract, TITLE), None, reason);
    }
    if clauses.len() == 1 {
        let reason = "it is the only clause of its policy".to_owned();
        return assists.disable((AssistKind::Extract, TITLE), None, reason);
    }
    assists.add((AssistKind::Extract, TITLE.to_owned()), None, || extract(context, policy, index));
}

fn extract(context: &Context<'_>, policy: &PolicyAt<'_>, index: usize) -> Option<Vec<Edit>> {
    let clauses = policy.part(Part::Clauses);
    let (first, clause) = (clauses.first()?.range, clauses.get(index)?.range);
    let name = context.unused_name(policy.name());
    let renamed = TextEdit { range: policy.source.name.range, insert: pgpe_import::written_name(&name) };
    let header = policy.text(TextRange::new(TextSize::new(0), first.start()));
    let mut text = apply_edits(header, &[renamed]) + policy.text(clause);
    if let Some(check) = &policy.source.check {
        text = format!("{text}\n{}", policy.text(check.range));
    }
    let removed = policy.edit(remove_clause::with_separator(policy, Part::Clauses, index)?, "");
    Some(vec![removed, layout::added_after(policy, &format!("{text}\n"))])
}
