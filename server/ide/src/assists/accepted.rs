//! What is accepted of a policy, by `pgpe.yaml` or by comments, and what becomes of that when the policy does.

use pgpe_config::{Addition, Allow, Config, Entry, ReferenceKind, Step};
use pgpe_report::{Edit, Place};

use super::configuration::addition_to;
use super::context::{Context, PolicyAt};
use crate::findings::suppressions;
use crate::names::Entity;
use crate::queries;
use crate::rename::Notation;

/// The edits of `pgpe.yaml` by which it accepts of each of some policies what it accepts of one now. Fails with the
/// reason if it can't be edited so.
pub(super) fn by_configuration(
    context: &Context<'_>,
    policy: &str,
    becomes: &[String],
) -> Result<Vec<Edit>, &'static str> {
    let entries = entries(context, policy);
    let (Some(file), false) = (context.project.config(context.db), entries.is_empty()) else {
        return Ok(Vec::new());
    };
    let yaml: &str = file.text(context.db);
    let mut edits = Vec::new();
    if let Some(first) = becomes.first().filter(|first| *first != policy) {
        let named = Config::references(yaml).into_iter();
        let named = named.filter(|it| it.kind == ReferenceKind::Policy && it.name == policy);
        let entity = Entity::Policy(policy.to_owned());
        let replaced = named.map(|it| {
            let (range, text) = Notation::Yaml.replacement(yaml, it.range?, &entity, first)?;
            Some(Edit { place: Place { file: file.path(context.db).clone(), range }, text })
        });
        let replaced = replaced.collect::<Option<Vec<Edit>>>().filter(|it| it.len() >= entries.len());
        edits.extend(replaced.ok_or("pgpe.yaml names the policy in a way that can't be edited")?);
    }
    let others = becomes.iter().skip(1);
    let more: Vec<Entry> =
        others.flat_map(|name| entries.iter().map(move |entry| record(entry, name))).collect();
    if !more.is_empty() {
        edits.push(addition_to(context, &[Step::Key("allow")], &Addition::Items(more))?);
    }
    Ok(edits)
}

fn record(entry: &Allow, policy: &str) -> Entry {
    let fields = [
        ("rule", Some(entry.rule.id().to_owned())),
        ("policy", Some(policy.to_owned())),
        ("table", entry.table.clone()),
        ("reason", Some(entry.reason.clone())),
    ];
    Entry::record(fields.into_iter().filter_map(|(name, text)| Some((name, text?))))
}

fn entries<'c>(context: &Context<'c>, policy: &str) -> Vec<&'c Allow> {
    let allow = queries::config(context.db, context.project).allow.iter();
    allow.filter(|entry| entry.policy.as_deref() == Some(policy)).collect()
}

/// The comments above a policy that silence something in all of it, a line each.
pub(super) fn comments_above(context: &Context<'_>, policy: &PolicyAt<'_>) -> String {
    let all = suppressions::suppressions(context.db, policy.key.file(context.db)).iter();
    let above = all.filter(|comment| {
        comment.range.end() <= policy.range.start() && comment.target.contains_range(policy.range)
    });
    let text =
        |range: pgpe_syntax::TextRange| policy.file_text().get(range.start().into()..range.end().into());
    above.filter_map(|comment| text(comment.range)).map(|comment| format!("{comment}\n")).collect()
}

/// Whether anything is accepted of a policy as such.
pub(super) fn is_anything(context: &Context<'_>, policy: &PolicyAt<'_>) -> bool {
    let all = suppressions::suppressions(context.db, policy.key.file(context.db)).iter();
    let mut here = all.filter(|comment| {
        policy.range.contains_range(comment.target) || comment.target.contains_range(policy.range)
    });
    here.next().is_some() || !entries(context, policy.name()).is_empty()
}
