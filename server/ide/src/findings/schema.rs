//! Findings about the schema and the configuration, and places in the schema's text.

use std::collections::BTreeSet;
use std::ops::Range;

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_report::{Edit, Finding, Fix, Place};

use crate::database::{Db, Project};
use crate::queries;

/// Where a relation's name stands in the schema's text.
pub(crate) fn relation_place(db: &dyn Db, project: Project, table: &QualifiedName) -> Option<Place> {
    let notes = queries::schema_notes(db, project).as_ref()?;
    schema_place(db, project, notes.sources.relations.get(table)?)
}

/// Where a column's name stands in the schema's text.
pub(crate) fn column_place(
    db: &dyn Db,
    project: Project,
    table: &QualifiedName,
    column: &str,
) -> Option<Place> {
    let notes = queries::schema_notes(db, project).as_ref()?;
    schema_place(db, project, notes.sources.columns.get(&(table.clone(), column.to_owned()))?)
}

/// Where an existing policy's name stands in the schema's text.
pub(crate) fn policy_place(
    db: &dyn Db,
    project: Project,
    table: &QualifiedName,
    policy: &str,
) -> Option<Place> {
    let notes = queries::schema_notes(db, project).as_ref()?;
    schema_place(db, project, notes.sources.policies.get(&(table.clone(), policy.to_owned()))?)
}

fn schema_place(db: &dyn Db, project: Project, range: &Range<u32>) -> Option<Place> {
    let file = project.schema(db)?;
    Some(Place { file: file.path(db).clone(), range: range.clone() })
}

/// What is to be said of the configuration and the schema, as far as no solver is needed.
pub(crate) fn findings(db: &dyn Db, project: Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(file) = project.config(db) {
        let errors = &queries::config_read(db, project).errors;
        findings.extend(pgpe_report::config_findings(file.path(db), errors));
        findings.extend(isolation_keys(db, project));
    }
    match queries::schema_notes(db, project) {
        None if queries::catalog(db, project).is_none() && !project.policies(db).is_empty() => {
            findings.push(no_schema(db, project));
        }
        None => {}
        Some(notes) => findings.extend(skipped(db, project, notes)),
    }
    findings
}

/// What to do where there is no schema.
pub(crate) const ADD_A_SCHEMA: &str =
    "put the output of `pg_dump --schema-only` into schema.sql, or name the file in pgpe.yaml under `schema`";

fn no_schema(db: &dyn Db, project: Project) -> Finding {
    let message = "no schema is known: names, types and proofs are not checked";
    let mut finding = Finding::new(Rule::NoSchema, message);
    let unreadable = project.snapshot(db).and_then(|file| {
        let error = queries::snapshot_read(db, file).as_ref().err()?;
        Some(format!("{} can't be used: {error}", file.path(db)))
    });
    finding.help = Some(unreadable.unwrap_or_else(|| ADD_A_SCHEMA.to_owned()));
    finding
}

/// Isolation keys that are no values of the language.
fn isolation_keys(db: &dyn Db, project: Project) -> Vec<Finding> {
    let Some(file) = project.config(db) else { return Vec::new() };
    let catalog = queries::catalog(db, project).as_deref();
    let text = file.text(db);
    queries::config(db, project)
        .isolation
        .iter()
        .filter_map(|isolation| {
            let reason = pgpe_policy::resolve_key(&isolation.key, catalog).err()?;
            let start = text.find(&isolation.key).unwrap_or(0);
            let end = if text.contains(&isolation.key) { start + isolation.key.len() } else { start };
            let message = format!("the isolation key {} can't be used: {reason}", isolation.key);
            let mut finding = Finding::new(Rule::Config, message)
                .at(file.path(db).clone(), u32::try_from(start).ok()?..u32::try_from(end).ok()?);
            finding.help = Some("write a session setting, like session('app.tenant_id')".to_owned());
            finding.fixes.extend(as_setting(&isolation.key, finding.place.as_ref(), text));
            Some(finding)
        })
        .collect()
}

/// The name of a setting that stands for its value becomes the value.
fn as_setting(key: &str, place: Option<&Place>, yaml: &str) -> Option<Fix> {
    let range = &place.filter(|_| crate::rename::is_setting(key))?.range;
    let before = yaml.get(..range.start as usize)?;
    // In quotes of one kind those of the other are just characters.
    let text = match before.ends_with('\'') {
        true => format!("session(''{key}'')"),
        false => format!("session('{key}')"),
    };
    let edit = Edit { place: Place { file: place?.file.clone(), range: range.clone() }, text };
    Some(Fix { title: format!("Replace with `session('{key}')`"), edits: vec![edit] })
}

/// One finding for all statements that could not be read, at the first of them.
fn skipped(db: &dyn Db, project: Project, notes: &queries::SchemaNotes) -> Option<Finding> {
    let first = notes.skipped.first()?;
    let message = match notes.skipped.len() {
        1 => format!("1 statement was skipped: {}", first.reason),
        count => format!("{count} statements were skipped; the first: {}", first.reason),
    };
    let mut finding = Finding::new(Rule::SchemaStatementSkipped, message);
    finding.place = schema_place(db, project, &first.range);
    finding.related = notes
        .skipped
        .iter()
        .skip(1)
        .take(20)
        .filter_map(|skipped| {
            let place = schema_place(db, project, &skipped.range)?;
            Some(pgpe_report::Related { place, message: format!("skipped: {}", skipped.reason) })
        })
        .collect();
    Some(finding)
}

/// Candidates that no policy governs and that nothing exempts.
pub(crate) fn coverage(
    db: &dyn Db,
    project: Project,
    is_governed: impl Fn(&QualifiedName) -> bool,
) -> Vec<Finding> {
    let finding = |table: QualifiedName| {
        let message =
            format!("no policy governs {table}: every role with privileges on it sees all of its rows");
        let mut finding = Finding::new(Rule::Coverage, message);
        finding.place = relation_place(db, project, &table);
        finding.help = Some(
            "write a policy for it, or exempt it with a reason under `isolation` in pgpe.yaml".to_owned(),
        );
        finding.table = Some(table.to_string());
        finding
    };
    uncovered_by(db, project, is_governed).into_iter().map(finding).collect()
}

/// The tables that [`coverage`] is about, sorted.
pub(crate) fn uncovered(db: &dyn Db, project: Project) -> Vec<QualifiedName> {
    let governed = queries::governed_tables(db, project);
    let governed: BTreeSet<&QualifiedName> = governed.iter().map(|table| table.name(db)).collect();
    uncovered_by(db, project, |table| governed.contains(table))
}

fn uncovered_by(
    db: &dyn Db,
    project: Project,
    is_governed: impl Fn(&QualifiedName) -> bool,
) -> Vec<QualifiedName> {
    let config = queries::config(db, project);
    let exempt = |table: &QualifiedName| {
        config
            .isolation
            .iter()
            .flat_map(|isolation| &isolation.exempt)
            .any(|exempt| exempt.table == table.name || exempt.table == table.to_string())
    };
    let candidates = queries::candidates(db, project).tables().iter();
    candidates.filter(|table| !is_governed(table) && !exempt(table)).cloned().collect()
}
