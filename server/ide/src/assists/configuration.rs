//! Mends that are made in `pgpe.yaml`: functions that policies may call, whose rows are, which tables isolation leaves
//! out, which findings the project accepts.

use std::fmt::Display;

use pgpe_catalog::QualifiedName;
use pgpe_config::{Addition, Entry, PLACEHOLDER_REASON, Rule, Severity, Step};
use pgpe_proof::owner::{Owner, OwnerPath, owner_of};
use pgpe_report::{Edit, Finding, Place};

use super::context::Context;
use super::{AssistKind, Assists};
use crate::queries;
use crate::world::DbWorld;

/// Where a range has so many actions already, nobody reads more, and each of these reads the file.
const MOST: usize = 50;

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    match finding.rule {
        Rule::FunctionNotAllowed => allow_function(assists, finding),
        Rule::UnknownFunction => known_function(assists, finding),
        Rule::OwnerAmbiguous => name_owner(assists, finding),
        Rule::Coverage if finding.command.is_none() => exempt(assists, finding),
        _ => {}
    }
}

fn allow_function(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let rest = finding.message.strip_prefix("function `");
    let name =
        rest.and_then(|rest| rest.strip_suffix("` is not on the configuration's list of allowed functions"));
    let Some(name) = name else { return };
    let title = format!("Allow the function `{name}` in pgpe.yaml");
    let path = [Step::Key("functions"), Step::Key("allow")];
    offer(assists, finding, title, &path, &Addition::Items(vec![Entry::Text(name.to_owned())]));
}

/// The function that the schema defines takes the place of one that it does not.
fn known_function(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let context = assists.context;
    let rest = finding.message.strip_prefix("the schema does not define function `");
    let Some(name) = rest.and_then(|rest| rest.strip_suffix('`')) else { return };
    let (Some(catalog), Some(place)) = (context.catalog(), &finding.place) else { return };
    let known: Vec<(String, &QualifiedName)> =
        catalog.functions.keys().map(|function| (function.to_string(), function)).collect();
    let nearest = pgpe_config::nearest(name, known.iter().map(|(shown, _)| shown.as_str()));
    let Some((shown, function)) = known.iter().find(|(shown, _)| Some(shown.as_str()) == nearest) else {
        return;
    };
    let [schema, name] = [&function.schema, &function.name].map(|part| pgpe_import::written_name(part));
    let mut edits = vec![Edit { place: place.clone(), text: format!("{schema}.{name}") }];
    let mut title = format!("Replace with `{shown}` (changes access)");
    if !queries::config(context.db, context.project).allowed_functions.contains(shown) {
        let path = [Step::Key("functions"), Step::Key("allow")];
        title = format!("Replace with `{shown}`, allowed in pgpe.yaml (changes access)");
        match addition_to(context, &path, &Addition::Items(vec![Entry::Text(shown.clone())])) {
            Ok(edit) => edits.push(edit),
            Err(reason) => {
                return assists.disable((AssistKind::QuickFix, &title), Some(finding), reason.to_owned());
            }
        }
    }
    assists.mend(title, finding, || Some(edits));
}

/// One of the paths that lead to an owner is the one that counts.
fn name_owner(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let context = assists.context;
    let Some(table) = context.table_of(finding) else { return };
    let Some(world) = DbWorld::new(context.db, context.project) else { return };
    for (index, isolation) in queries::config(context.db, context.project).isolation.iter().enumerate() {
        let Owner::Ambiguous(paths) = owner_of(&table, isolation, &world) else { continue };
        for path in paths {
            let told = path.describe();
            if !finding.message.contains(&told) {
                continue;
            }
            let name = unambiguous(context, &table);
            let Some(written) = written(&path) else { continue };
            let mut decided = isolation.clone();
            decided.owners.insert(name.clone(), written.clone());
            // A foreign key of several columns can't be said in a path.
            if owner_of(&table, &decided, &world) != Owner::Known(path) {
                continue;
            }
            let title = format!("Let {told} say whose a row of {table} is, in pgpe.yaml");
            let steps = [Step::Key("isolation"), Step::Item(index), Step::Key("owners")];
            offer(assists, finding, title, &steps, &Addition::Pair(name, Entry::Text(written)));
        }
    }
}

fn written(path: &OwnerPath) -> Option<String> {
    let columns = path.hops.iter().map(|hop| match hop.foreign_key.columns.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    });
    let mut columns = columns.collect::<Option<Vec<String>>>()?;
    columns.push(path.column.clone());
    Some(columns.join("."))
}

/// The table's name, with its schema if there is another of that name.
fn unambiguous(context: &Context<'_>, table: &QualifiedName) -> String {
    let relations = context.catalog().into_iter().flat_map(|catalog| catalog.relations.keys());
    let count = relations.filter(|other| other.name == table.name).count();
    if count == 1 { table.name.to_string() } else { table.to_string() }
}

fn exempt(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let context = assists.context;
    let Some(table) = context.table_of(finding) else { return };
    if queries::config(context.db, context.project).isolation.is_empty() {
        return;
    }
    let title = format!("Exempt {table} from isolation in pgpe.yaml, with a reason to be written");
    let path = [Step::Key("isolation"), Step::Item(0), Step::Key("exempt")];
    let name = unambiguous(context, &table);
    let entry = Entry::record([("table", name), ("reason", PLACEHOLDER_REASON.to_owned())]);
    offer(assists, finding, title, &path, &Addition::Items(vec![entry]));
}

/// Where no comment can silence a finding, since it stands in no policy, `pgpe.yaml` can.
pub(super) fn accept(assists: &mut Assists<'_, '_>, finding: &Finding) {
    let context = assists.context;
    let is_of_policies = |place: &Place| {
        context.project.policies(context.db).iter().any(|file| *file.path(context.db) == place.file)
    };
    if finding.place.as_ref().is_none_or(is_of_policies) || finding.rule.default_severity() == Severity::Error
    {
        return;
    }
    let about = |what: &dyn Display| format!("`{}` of {what}", finding.rule);
    let what = match (&finding.table, &finding.policy) {
        (Some(table), _) => about(table),
        (None, Some(policy)) => about(&format!("the policy {policy}")),
        (None, None) => format!("`{}` everywhere", finding.rule),
    };
    let title = format!("Accept {what} in pgpe.yaml, with a reason to be written");
    let fields = [("rule", Some(finding.rule.id().to_owned())), ("policy", finding.policy.clone())];
    let more = [("table", finding.table.clone()), ("reason", Some(PLACEHOLDER_REASON.to_owned()))];
    let fields = fields.into_iter().chain(more).filter_map(|(name, text)| Some((name, text?)));
    offer(assists, finding, title, &[Step::Key("allow")], &Addition::Items(vec![Entry::record(fields)]));
}

fn offer(
    assists: &mut Assists<'_, '_>,
    finding: &Finding,
    title: String,
    path: &[Step<'_>],
    addition: &Addition,
) {
    if assists.found.len() > MOST {
        return;
    }
    match addition_to(assists.context, path, addition) {
        Ok(edit) => assists.mend(title, finding, || Some(vec![edit])),
        Err(reason) => assists.disable((AssistKind::QuickFix, &title), Some(finding), reason.to_owned()),
    }
}

/// The edit of `pgpe.yaml` that adds something where a path leads; says why if there is none.
pub(super) fn addition_to(
    context: &Context<'_>,
    path: &[Step<'_>],
    addition: &Addition,
) -> Result<Edit, &'static str> {
    let file = context.project.config(context.db).ok_or("the project has no pgpe.yaml")?;
    if !queries::config_read(context.db, context.project).errors.is_empty() {
        return Err("pgpe.yaml has errors");
    }
    let edit = addition.to(file.text(context.db), path);
    let edit = edit.ok_or("pgpe.yaml is written in a way that nothing can be added to")?;
    Ok(Edit { place: Place { file: file.path(context.db).clone(), range: edit.range }, text: edit.text })
}
