//! A policy for several commands becomes one for each.

use pgpe_catalog::Command;
use pgpe_report::Edit;
use pgpe_syntax::{TextEdit, TextRange, apply_edits};

use super::context::{Context, PolicyAt};
use super::{AssistKind, Assists};

const TITLE: &str = "Split into a policy per command (access stays the same)";

pub(super) fn add(assists: &mut Assists<'_, '_>, policy: &PolicyAt<'_>) {
    let context = assists.context;
    let Some(commands) = policy.source.commands else { return };
    if commands.iter().nth(1).is_none() {
        let reason = "the policy is for one command only".to_owned();
        return assists.disable((AssistKind::Rewrite, TITLE), None, reason);
    }
    assists.add((AssistKind::Rewrite, TITLE.to_owned()), None, || split(context, policy));
}

fn split(context: &Context<'_>, policy: &PolicyAt<'_>) -> Option<Vec<Edit>> {
    let commands = policy.source.commands?;
    let parts = commands.iter().map(|command| one(context, policy, command)).collect::<Option<Vec<_>>>()?;
    let whole = TextRange::up_to(policy.range.len());
    Some(vec![policy.edit(whole, parts.join("\n\n"))])
}

/// The policy for one of its commands.
fn one(context: &Context<'_>, policy: &PolicyAt<'_>, command: Command) -> Option<String> {
    let source = &policy.source;
    let name = context.unused_name(&format!("{}_{}", policy.name(), command.keyword().to_lowercase()));
    let edit = |range, insert: String| TextEdit { range, insert };
    let mut edits = vec![
        edit(source.name.range, pgpe_import::written_name(&name)),
        edit(source.commands_range?, format!("FOR {}", command.keyword())),
    ];
    if let Some(check) = &source.check {
        let (first, last) = (source.clauses.first()?.range, source.clauses.last()?.range);
        match command {
            Command::Select | Command::Delete => {
                edits.push(edit(TextRange::new(last.end(), check.range.end()), String::new()));
            }
            // What is checked becomes what the clauses say.
            Command::Insert => {
                let checked = check.value.first()?.range;
                edits.push(edit(TextRange::new(first.start(), checked.start()), String::new()));
            }
            Command::Update => {}
        }
    }
    Some(apply_edits(policy.text(TextRange::up_to(policy.range.len())), &edits))
}
