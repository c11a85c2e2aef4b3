//! What is wrong with policy files as they are written: syntax, structure, names, types, normal form.

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_policy::{Governing, Problem, Resolution, source};
use pgpe_report::{Edit, Finding, Fix};
use pgpe_syntax::SyntaxRule;

use super::{from_problem, place};
use crate::database::{Db, Project, SourceFile};
use crate::queries::{self, Item, ItemKey, TableKey};

/// The findings of one file that need no solver.
#[salsa::tracked(returns(ref))]
pub(crate) fn file_findings(db: &dyn Db, project: Project, file: SourceFile) -> Vec<Finding> {
    let mut findings = syntax_findings(db, file);
    for index in 0..queries::items(db, file).len() {
        let key = ItemKey::new(db, file, index);
        for problem in item_problems(db, project, key) {
            findings.push(from_problem(db, project, key, problem));
        }
    }
    findings
}

fn syntax_findings(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let errors = queries::parsed(db, file).errors();
    let finding = |error: &pgpe_syntax::SyntaxError| {
        let rule = match error.rule {
            SyntaxRule::Syntax => Rule::Syntax,
            SyntaxRule::MissingPolicyType => Rule::MissingPolicyType,
        };
        let mut finding = Finding::new(rule, error.message.clone());
        finding.place = Some(place(db, file, error.range));
        finding.fixes = error
            .fix
            .iter()
            .map(|fix| Fix {
                title: fix.title.clone(),
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| Edit { place: place(db, file, edit.range), text: edit.insert.clone() })
                    .collect(),
            })
            .collect();
        // The two are opposites, so that one must not be offered without the other.
        let other = finding.fixes.iter().find(|_| rule == Rule::MissingPolicyType).and_then(restrictive);
        finding.fixes.extend(other);
        finding
    };
    errors.iter().map(finding).collect()
}

/// The fix that says RESTRICTIVE where another says PERMISSIVE.
fn restrictive(fix: &Fix) -> Option<Fix> {
    let replaced = |text: &str| text.replace("PERMISSIVE", "RESTRICTIVE");
    let is_choice = fix.edits.iter().all(|edit| edit.place.range.is_empty());
    is_choice.then(|| Fix {
        title: replaced(&fix.title),
        edits: fix
            .edits
            .iter()
            .map(|edit| Edit { place: edit.place.clone(), text: replaced(&edit.text) })
            .collect(),
    })
}

/// What is wrong with one item, relative to its start.
#[salsa::tracked(returns(ref))]
fn item_problems<'db>(db: &'db dyn Db, project: Project, key: ItemKey<'db>) -> Vec<Problem> {
    let config = queries::config(db, project);
    let catalog = queries::catalog(db, project).as_deref();
    let candidates = queries::candidates(db, project);
    match queries::item(db, key) {
        None => Vec::new(),
        Some(Item::Grant(grant)) => pgpe_policy::grant_problems(grant, catalog, candidates, config),
        Some(Item::Policy(policy)) => {
            let mut problems = pgpe_policy::policy_problems(policy, catalog, candidates, config);
            problems.extend(problems_on_tables(db, project, key, policy));
            problems
        }
    }
}

/// What is wrong with a policy on the tables that it selects.
fn problems_on_tables<'db>(
    db: &'db dyn Db,
    project: Project,
    key: ItemKey<'db>,
    policy: &source::Policy,
) -> Vec<Problem> {
    if queries::catalog(db, project).is_none() {
        return pgpe_policy::resolve_without_schema(policy, queries::config(db, project)).problems;
    }
    // What may select anything would be blamed for every table.
    if queries::selector(db, project, key).is_none() {
        return Vec::new();
    }
    let tables = queries::selected(db, project, key);
    let resolutions: Vec<(&QualifiedName, &Resolution)> = tables
        .iter()
        .filter_map(|table| {
            let resolution = queries::resolution(db, project, key, TableKey::new(db, table.clone()));
            Some((table, resolution.as_ref()?))
        })
        .collect();
    let mut problems = pgpe_policy::merge(
        resolutions.iter().map(|(table, resolution)| (*table, resolution.problems.as_slice())),
    );
    problems.extend(pgpe_policy::long_names(policy, tables));
    problems
}

/// Findings about policies as parts of the project.
#[salsa::tracked(returns(ref))]
pub(crate) fn project_findings(db: &dyn Db, project: Project) -> Vec<Finding> {
    let policies: Vec<(ItemKey<'_>, &source::Policy)> = queries::project_items(db, project)
        .iter()
        .filter_map(|key| match queries::item(db, *key) {
            Some(Item::Policy(policy)) => Some((*key, &**policy)),
            _ => None,
        })
        .collect();
    let sources: Vec<&source::Policy> = policies.iter().map(|(_, policy)| *policy).collect();
    let selecting: Vec<(&source::Policy, &[QualifiedName])> = policies
        .iter()
        .map(|(key, policy)| {
            let tables = queries::selected(db, project, *key).as_slice();
            let known = queries::selector(db, project, *key).is_some();
            (*policy, if known { tables } else { &[] })
        })
        .collect();
    let governing: Vec<Governing<'_>> = policies
        .iter()
        .enumerate()
        .flat_map(|(item, (key, source))| {
            queries::selected(db, project, *key).iter().filter_map(move |table| {
                let resolution = queries::resolution(db, project, *key, TableKey::new(db, table.clone()));
                let policy = resolution.as_ref()?.policy.as_ref()?;
                Some(Governing { item, source, table, policy })
            })
        })
        .collect();
    let initplan = queries::config(db, project).session.initplan;
    let problems = pgpe_policy::duplicate_policies(&sources)
        .into_iter()
        .chain(pgpe_policy::compiled_name_collisions(&selecting))
        .chain(pgpe_policy::traversal_cycles(&governing, initplan));
    problems
        .filter_map(|(index, problem)| {
            policies.get(index).map(|(key, _)| from_problem(db, project, *key, &problem))
        })
        .collect()
}
