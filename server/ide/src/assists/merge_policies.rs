//! Two policies that differ in their commands or their selectors alone become one.

use pgpe_catalog::Command;
use pgpe_policy::source::CommandSet;
use pgpe_report::Edit;
use pgpe_syntax::{TextRange, tokenize};

use super::context::{Part, PolicyAt, block};
use super::{AssistKind, Assists, accepted, add_check, add_commands, layout, remove_policy};

pub(super) fn add(assists: &mut Assists<'_, '_>, policy: &PolicyAt<'_>) {
    let context = assists.context;
    let mut any = false;
    for other in context.policies().filter(|other| other.key != policy.key && other.name() != policy.name()) {
        let Some((differing, edits)) = merged(policy, &other) else { continue };
        any = true;
        let is_accepted = [policy, &other].into_iter().any(|it| accepted::is_anything(context, it));
        let accepted = if is_accepted { "; what is accepted of one is accepted of both" } else { "" };
        let title = format!(
            "Merge with the policy `{}`, which differs in its {differing} (access stays the same{accepted})",
            other.name()
        );
        match accepted::by_configuration(context, other.name(), &[policy.name().to_owned()]) {
            Ok(more) => assists.add((AssistKind::Rewrite, title), None, || {
                let edits = layout::saving_comments(context, policy, edits);
                Some(edits.into_iter().chain(more).collect())
            }),
            Err(reason) => assists.disable((AssistKind::Rewrite, &title), None, reason.to_owned()),
        }
    }
    if !any {
        let reason = "no other policy differs in its commands or its selector alone".to_owned();
        assists.disable((AssistKind::Rewrite, "Merge with an equal policy"), None, reason);
    }
}

/// What differs, and the edits that make one of two policies.
fn merged(policy: &PolicyAt<'_>, other: &PolicyAt<'_>) -> Option<(&'static str, Vec<Edit>)> {
    let roles = |policy: &PolicyAt<'_>| {
        let mut roles: Vec<String> = policy.source.roles.iter().map(|role| role.value.clone()).collect();
        roles.sort();
        roles
    };
    if policy.source.kind != other.source.kind || roles(policy) != roles(other) {
        return None;
    }
    let selectors = (policy.source.selector.as_ref()?.range, other.source.selector.as_ref()?.range);
    let same_selector = words(policy.text(selectors.0)) == words(other.text(selectors.1));
    let (own, others) = (policy.source.commands?, other.source.commands?);
    if !same_selector {
        let same = own == others
            && [Part::Clauses, Part::Check].into_iter().all(|part| says(policy, part) == says(other, part));
        let selector = format!("{} OR {}", policy.text(selectors.0), other.text(selectors.1));
        let edits = || vec![policy.edit(selectors.0, selector), remove_policy::removal(other)];
        return same.then(|| ("selector", edits()));
    }
    let read = agreed([policy, other].map(|it| reads(it).then_some((it, Part::Clauses))))?;
    let written = agreed([policy, other].map(|it| writes(it).then(|| (it, add_check::checking_part(it)))))?;
    let all: CommandSet = own.iter().chain(others.iter()).collect();
    let mut edits = vec![
        policy.edit(policy.source.commands_range?, add_commands::list(all)),
        remove_policy::removal(other),
    ];
    edits.extend(blocks(policy, read, written)?);
    Some(("commands", edits))
}

/// A block of one of the two policies.
type Source<'p, 'db> = (&'p PolicyAt<'db>, Part);

/// What both say, as far as they need it; `None` if they say two things.
fn agreed<'p, 'db>(both: [Option<Source<'p, 'db>>; 2]) -> Option<Option<Source<'p, 'db>>> {
    match both {
        [Some(left), Some(right)] => (says(left.0, left.1) == says(right.0, right.1)).then_some(Some(left)),
        [left, right] => Some(left.or(right)),
    }
}

/// The edit that gives a policy its blocks; none if it has them.
fn blocks(
    policy: &PolicyAt<'_>,
    read: Option<Source<'_, '_>>,
    written: Option<Source<'_, '_>>,
) -> Option<Option<Edit>> {
    let clauses = read.or(written)?;
    let check = written.filter(|written| says(written.0, written.1) != says(clauses.0, clauses.1));
    let wanted_check = check.map(|(it, part)| says(it, part)).unwrap_or_default();
    if says(policy, Part::Clauses) == says(clauses.0, clauses.1) && says(policy, Part::Check) == wanted_check
    {
        return Some(None);
    }
    let first = policy.source.clauses.first()?.range;
    let last = policy.source.check.as_ref().map(|check| check.range);
    let end = last.unwrap_or(policy.source.clauses.last()?.range).end();
    let mut text = block(&clauses.0.clause_texts(clauses.1));
    if let Some((it, part)) = check {
        text = format!("{text}\n  WITH CHECK\n  {}", block(&it.clause_texts(part)));
    }
    let text = text.strip_prefix("CLAUSE ").unwrap_or(&text).to_owned();
    Some(Some(policy.edit(TextRange::new(first.start(), end), text)))
}

fn reads(policy: &PolicyAt<'_>) -> bool {
    !policy.source.commands.is_some_and(add_check::is_insert_alone)
}

fn writes(policy: &PolicyAt<'_>) -> bool {
    let writes =
        |commands: CommandSet| commands.contains(Command::Insert) || commands.contains(Command::Update);
    policy.source.commands.is_some_and(writes)
}

/// The clauses of a block, however they are laid out.
fn says(policy: &PolicyAt<'_>, part: Part) -> Vec<Vec<String>> {
    policy.clause_texts(part).into_iter().map(words).collect()
}

/// The tokens of a text that mean something.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut start = 0;
    let mut words = Vec::new();
    for token in tokenize(text).0 {
        let end = start + usize::from(token.len);
        if !token.kind.is_trivia() {
            words.push(text.get(start..end).unwrap_or_default().to_owned());
        }
        start = end;
    }
    words
}
