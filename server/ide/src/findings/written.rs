//! What is wrong with policy files as they are written: syntax, structure, names, types, normal form.

use pgpe_config::Rule;
use pgpe_policy::{Problem, Resolution};
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
        finding
    };
    errors.iter().map(finding).collect()
}

/// What is wrong with one item, relative to its start.
#[salsa::tracked(returns(ref))]
fn item_problems<'db>(db: &'db dyn Db, project: Project, key: ItemKey<'db>) -> Vec<Problem> {
    let config = queries::config(db, project);
    let catalog = queries::catalog(db, project).as_deref();
    let Some(item) = queries::item(db, key) else { return Vec::new() };
    let tables: Vec<TableKey<'db>> =
        queries::selected(db, project, key).iter().map(|table| TableKey::new(db, table.clone())).collect();
    match item {
        Item::Grant(_) => Vec::new(),
        Item::Policy(policy) => {
            if catalog.is_none() {
                return pgpe_policy::resolve_without_schema(policy, config).problems;
            }
            // What may select anything would be blamed for every table.
            if policy.selector.is_none() {
                return Vec::new();
            }
            let resolutions: Vec<(TableKey<'db>, &Resolution)> = tables
                .iter()
                .filter_map(|table| Some((*table, queries::resolution(db, project, key, *table).as_ref()?)))
                .collect();
            pgpe_policy::merge(
                resolutions
                    .iter()
                    .map(|(table, resolution)| (table.name(db), resolution.problems.as_slice())),
            )
        }
    }
}

/// Findings about policies as parts of the project.
pub(crate) fn project_findings(_db: &dyn Db, _project: Project) -> Vec<Finding> {
    Vec::new()
}
