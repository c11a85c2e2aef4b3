//! The part of a project that is reported. What is analysed is always the whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::bail;
use pgpe_config::Rule;
use pgpe_ide::FileRole;
use pgpe_project::{LoadedFile, LoadedProject};
use pgpe_report::{Finding, TableVerdicts};

use crate::loading::absolute;

/// Files to report on, with the policies in them.
#[derive(Debug)]
pub struct Scope {
    files: BTreeSet<String>,
    policies: BTreeSet<String>,
}

impl Scope {
    /// The project's files at or below the paths; `None` without any path: everything.
    pub fn of_paths(paths: &[PathBuf], project: &LoadedProject) -> anyhow::Result<Option<Scope>> {
        if paths.is_empty() {
            return Ok(None);
        }
        let mut scope = Scope { files: BTreeSet::new(), policies: BTreeSet::new() };
        for path in paths {
            let found = files_at(path, project)?;
            if found.is_empty() {
                bail!("{}", nothing_found(path, project));
            }
            for file in found {
                scope.files.insert(file.path.clone());
                if file.role == FileRole::Policies {
                    scope.policies.extend(policy_names(&file.text));
                }
            }
        }
        Ok(Some(scope))
    }

    /// Keeps what is in scope: findings in the files or with a place in them, those about the project as a
    /// whole, and tables that the files' policies govern with their isolation.
    pub fn narrow(&self, findings: &mut Vec<Finding>, tables: &mut Vec<TableVerdicts>) {
        tables.retain(|table| table.policies.iter().any(|policy| self.policies.contains(policy)));
        let governed: BTreeSet<String> =
            tables.iter().map(|table| format!("{}.{}", table.schema, table.table)).collect();
        findings.retain(|finding| {
            let places = finding.place.iter().chain(finding.related.iter().map(|related| &related.place));
            let here = places.into_iter().any(|place| self.files.contains(&place.file));
            // A leak that these policies take part in is theirs too, wherever it is told.
            let leak = matches!(finding.rule, Rule::TenantIsolation | Rule::UnknownVerdict)
                && finding.table.as_ref().is_some_and(|table| governed.contains(table));
            here || leak || finding.place.is_none()
        });
    }
}

/// The project's files at or below a path.
pub fn files_at<'p>(path: &Path, project: &'p LoadedProject) -> anyhow::Result<Vec<&'p LoadedFile>> {
    let wanted = absolute(path)?;
    let below = |of: &dyn Fn(&LoadedFile) -> bool| project.files.iter().filter(|file| of(file)).collect();
    let found: Vec<&LoadedFile> = below(&|file| file.absolute.starts_with(&wanted));
    if !found.is_empty() {
        return Ok(found);
    }
    // Links may give one file several names.
    let Ok(wanted) = path.canonicalize() else { return Ok(Vec::new()) };
    Ok(below(&|file| file.absolute.canonicalize().is_ok_and(|file| file.starts_with(&wanted))))
}

fn nothing_found(path: &Path, project: &LoadedProject) -> String {
    let shown = path.display();
    let patterns = project.config.policies.join(", ");
    if !path.exists() {
        format!("there is no file or folder {shown}: check the path")
    } else if path.is_dir() {
        format!("no policies of this project under {shown}: `policies` in pgpe.yaml says {patterns}")
    } else {
        format!("{shown} is not part of this project: `policies` in pgpe.yaml says {patterns}")
    }
}

/// The names of the policies in a text, readable or not.
pub fn policy_names(text: &str) -> Vec<String> {
    let policies = pgpe_syntax::parse(text).tree().policies();
    policies.filter_map(|policy| Some(policy.name()?.text())).collect()
}

/// Whether a name, with or without its schema, means the table.
pub fn is_named(name: &str, schema: &str, table: &str) -> bool {
    name == table
        || name.strip_prefix(schema).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| rest == table)
}
