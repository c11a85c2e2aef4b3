//! A clause becomes a policy of its own: permissive policies are joined by OR just as clauses are.

use pgpe_report::Edit;
use pgpe_syntax::{TextEdit, TextRange, apply_edits};

use super::context::{Context, Part, PolicyAt};
use super::{AssistKind, Assists, accepted, layout, removal, remove_clause};

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
    let name = context.unused_name(policy.name());
    let both = [policy.name().to_owned(), name.clone()];
    match accepted::by_configuration(context, policy.name(), &both) {
        Ok(more) => assists.add((AssistKind::Extract, TITLE.to_owned()), None, || {
            let mut edits = extract(context, policy, index, &name)?;
            edits.extend(more);
            Some(edits)
        }),
        Err(reason) => assists.disable((AssistKind::Extract, TITLE), None, reason.to_owned()),
    }
}

fn extract(context: &Context<'_>, policy: &PolicyAt<'_>, index: usize, name: &str) -> Option<Vec<Edit>> {
    let clause = policy.part(Part::Clauses).get(index)?.range;
    let renamed = TextEdit { range: policy.source.name.range, insert: pgpe_import::written_name(name) };
    let header = policy.text(TextRange::up_to(policy.source.selector.as_ref()?.range.end()));
    let part = remove_clause::with_separator(policy, Part::Clauses, index)?;
    // What is accepted of the policy is accepted of both, what is said of the clause goes with it.
    let mut text = accepted::comments_above(context, policy) + &apply_edits(header, &[renamed]) + "\n";
    let gone = removal::of(policy.file_text(), policy.range, part + policy.range.start());
    let comments = gone.comments.into_iter();
    for comment in comments.filter(|comment| !policy.text(clause).contains(comment.as_str())) {
        text += &format!("  {comment}\n");
    }
    text += &format!("  CLAUSE {}\n", policy.text(clause));
    if let Some(check) = &policy.source.check {
        text += &format!("  {}\n", policy.text(check.range));
    }
    let mut edits = layout::minding(context, vec![policy.edit(part, "")]);
    edits.push(layout::added_after(policy, &text));
    Some(layout::saving_comments(context, policy, edits))
}
