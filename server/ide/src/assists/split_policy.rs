//! A policy for several commands becomes one for each.

use pgpe_catalog::Command;
use pgpe_report::Edit;
use pgpe_syntax::{TextEdit, TextRange, apply_edits};

use super::context::{Context, PolicyAt};
use super::{AssistKind, Assists, accepted, layout, removal};

const TITLE: &str = "Split into a policy per command (access stays the same)";

pub(super) fn add(assists: &mut Assists<'_, '_>, policy: &PolicyAt<'_>) {
    let context = assists.context;
    let Some(commands) = policy.source.commands else { return };
    if commands.iter().nth(1).is_none() {
        let reason = "the policy is for one command only".to_owned();
        return assists.disable((AssistKind::Rewrite, TITLE), None, reason);
    }
    let names: Vec<String> = commands.iter().map(|command| name(context, policy, command)).collect();
    match accepted::by_configuration(context, policy.name(), &names) {
        Ok(more) => assists.add((AssistKind::Rewrite, TITLE.to_owned()), None, || {
            let mut edits = layout::saving_comments(context, policy, vec![split(context, policy)?]);
            edits.extend(more);
            Some(edits)
        }),
        Err(reason) => assists.disable((AssistKind::Rewrite, TITLE), None, reason.to_owned()),
    }
}

fn split(context: &Context<'_>, policy: &PolicyAt<'_>) -> Option<Edit> {
    let commands = policy.source.commands?;
    let parts = commands.iter().map(|command| one(context, policy, command)).collect::<Option<Vec<_>>>()?;
    let whole = TextRange::up_to(policy.range.len());
    // What is accepted of the whole is accepted of each part.
    let accepted = accepted::comments_above(context, policy);
    Some(policy.edit(whole, parts.join(&format!("\n\n{accepted}"))))
}

fn name(context: &Context<'_>, policy: &PolicyAt<'_>, command: Command) -> String {
    context.unused_name(&format!("{}_{}", policy.name(), command.keyword().to_lowercase()))
}

/// The policy for one of its commands.
fn one(context: &Context<'_>, policy: &PolicyAt<'_>, command: Command) -> Option<String> {
    let source = &policy.source;
    let name = name(context, policy, command);
    let text = policy.text(TextRange::up_to(policy.range.len()));
    let whole = TextRange::up_to(policy.range.len());
    let edit = |range, insert: String| TextEdit { range, insert };
    let mut edits = vec![
        edit(source.name.range, pgpe_import::written_name(&name)),
        edit(source.commands_range?, format!("FOR {}", command.keyword())),
    ];
    if let Some(check) = &source.check {
        let (first, last) = (source.clauses.first()?.range, source.clauses.last()?.range);
        match command {
            Command::Select | Command::Delete => {
                edits.extend(removal::of(text, whole, TextRange::new(last.end(), check.range.end())).edits);
            }
            // What is checked becomes what the clauses say.
            Command::Insert => {
                let checked = check.value.first()?.range;
                let unused = TextRange::new(first.start(), checked.start());
                edits.extend(removal::of(text, whole, unused).edits);
            }
            Command::Update => {}
        }
    }
    Some(apply_edits(text, &edits))
}
