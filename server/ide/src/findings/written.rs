//! What is wrong with policy files as they are written: syntax, structure, names, types, normal form.

use std::sync::Arc;

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_policy::resolved::TablePolicy;
use pgpe_policy::source::CommandSet;
use pgpe_policy::{Governing, NamedPolicy, Problem, Resolution, source};
use pgpe_report::{Edit, Finding, Fix};
use pgpe_syntax::{SyntaxRule, TextRange};

use super::{from_problem, place};
use crate::database::{Db, Project, SourceFile};
use crate::file_groups;
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
pub(crate) fn project_findings(db: &dyn Db, project: Project) -> Vec<Finding> {
    let with_name =
        |(file, index, problem): &ProblemOf| match queries::item(db, ItemKey::new(db, *file, *index)) {
            Some(Item::Policy(policy)) => {
                Some((*file, *index, Problem { range: policy.name.range, ..problem.clone() }))
            }
            _ => None,
        };
    let names = name_problems(db, project).iter().filter_map(with_name);
    let problems = names.chain(cycle_problems(db, project).iter().cloned());
    let finding = |(file, index, problem): ProblemOf| {
        from_problem(db, project, ItemKey::new(db, file, index), &problem)
    };
    problems.map(finding).collect()
}

/// A problem of an item, with the item's file and position.
type ProblemOf = (SourceFile, usize, Problem);

/// A policy's name, its commands and the tables that it is known to select. Where the name stands is no part of it, as
/// that changes with each comment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Naming {
    name: String,
    commands: Option<CommandSet>,
    tables: Vec<QualifiedName>,
}

/// Apart from the rest of the policy, most edits of which leave it as it is.
#[salsa::tracked(returns(ref))]
fn naming<'db>(db: &'db dyn Db, project: Project, key: ItemKey<'db>) -> Option<Arc<Naming>> {
    let Some(Item::Policy(policy)) = queries::item(db, key) else { return None };
    let tables = match queries::selector(db, project, key) {
        Some(_) => queries::selected(db, project, key).clone(),
        None => Vec::new(),
    };
    Some(Arc::new(Naming { name: policy.name.value.clone(), commands: policy.commands, tables }))
}

/// [`naming`] of a file's policies, by their positions. Between policies and project, so that an edit of one file has little
/// to look through.
#[salsa::tracked(returns(ref))]
fn naming_by_file(db: &dyn Db, project: Project, file: SourceFile) -> Vec<(usize, Arc<Naming>)> {
    let keys = queries::file_items(db, file).iter().enumerate();
    keys.filter_map(|(index, key)| Some((index, naming(db, project, *key).clone()?))).collect()
}

/// [`naming_by_file`] of a group's files.
#[salsa::tracked(returns(ref))]
fn naming_by_group(db: &dyn Db, project: Project, group: usize) -> Vec<(SourceFile, usize, Arc<Naming>)> {
    let of_file = |file: &SourceFile| {
        let file = *file;
        naming_by_file(db, project, file)
            .iter()
            .map(move |(index, naming)| (file, *index, Arc::clone(naming)))
    };
    file_groups::files(db, project, group).iter().flat_map(of_file).collect()
}

/// Policies that bear one name, in the source or once compiled. All are problems of their names; the ranges are not
/// theirs.
#[salsa::tracked(returns(ref))]
fn name_problems(db: &dyn Db, project: Project) -> Vec<ProblemOf> {
    let named: Vec<&(SourceFile, usize, Arc<Naming>)> =
        file_groups::all(db, project).flat_map(|group| naming_by_group(db, project, group)).collect();
    let tables: Vec<Vec<&QualifiedName>> = named.iter().map(|(.., it)| it.tables.iter().collect()).collect();
    let named_policies: Vec<NamedPolicy<'_>> = named
        .iter()
        .zip(&tables)
        .map(|((.., it), tables)| NamedPolicy {
            name: &it.name,
            range: TextRange::default(),
            commands: it.commands,
            tables,
        })
        .collect();
    let problems = pgpe_policy::duplicate_policies(&named_policies)
        .into_iter()
        .chain(pgpe_policy::compiled_name_collisions(&named_policies));
    let of_item = |(at, problem): (usize, Problem)| {
        let (file, index, _) = named.get(at)?;
        Some((*file, *index, problem))
    };
    problems.filter_map(of_item).collect()
}

/// A policy as written, and on tables.
type OnTables = (Arc<source::Policy>, Vec<(QualifiedName, TablePolicy)>);

/// A policy with a subquery, on each of its tables; none for other policies, which are no part of any circle.
#[salsa::tracked(returns(ref))]
fn with_subqueries<'db>(db: &'db dyn Db, project: Project, key: ItemKey<'db>) -> Option<Arc<OnTables>> {
    let Some(Item::Policy(policy)) = queries::item(db, key) else { return None };
    let initplan = queries::config(db, project).session.initplan;
    let resolved = |table: &QualifiedName| {
        let resolution = queries::resolution(db, project, key, TableKey::new(db, table.clone()));
        let policy = resolution.as_ref()?.policy.as_ref()?;
        pgpe_policy::has_subquery(policy, initplan).then(|| (table.clone(), policy.clone()))
    };
    let tables: Vec<_> = queries::selected(db, project, key).iter().filter_map(resolved).collect();
    (!tables.is_empty()).then(|| Arc::new((Arc::clone(policy), tables)))
}

/// [`with_subqueries`] of a file's policies, by their positions.
#[salsa::tracked(returns(ref))]
fn with_subqueries_by_file(db: &dyn Db, project: Project, file: SourceFile) -> Vec<(usize, Arc<OnTables>)> {
    let keys = queries::file_items(db, file).iter().enumerate();
    keys.filter_map(|(index, key)| Some((index, with_subqueries(db, project, *key).clone()?))).collect()
}

/// [`with_subqueries_by_file`] of a group's files.
#[salsa::tracked(returns(ref))]
fn with_subqueries_by_group(
    db: &dyn Db,
    project: Project,
    group: usize,
) -> Vec<(SourceFile, usize, Arc<OnTables>)> {
    let of_file = |file: &SourceFile| {
        let file = *file;
        let policies = with_subqueries_by_file(db, project, file).iter();
        policies.map(move |(index, policy)| (file, *index, Arc::clone(policy)))
    };
    file_groups::files(db, project, group).iter().flat_map(of_file).collect()
}

/// Policies that traverse each other in a circle.
#[salsa::tracked(returns(ref))]
fn cycle_problems(db: &dyn Db, project: Project) -> Vec<ProblemOf> {
    let policies: Vec<&(SourceFile, usize, Arc<OnTables>)> = file_groups::all(db, project)
        .flat_map(|group| with_subqueries_by_group(db, project, group))
        .collect();
    let governing: Vec<Governing<'_>> = policies
        .iter()
        .enumerate()
        .flat_map(|(item, (.., on_tables))| {
            let (source, tables) = &**on_tables;
            tables.iter().map(move |(table, policy)| Governing { item, source, table, policy })
        })
        .collect();
    let initplan = queries::config(db, project).session.initplan;
    let of_item = |(at, problem): (usize, Problem)| {
        let (file, index, _) = policies.get(at)?;
        Some((*file, *index, problem))
    };
    pgpe_policy::traversal_cycles(&governing, initplan).into_iter().filter_map(of_item).collect()
}
