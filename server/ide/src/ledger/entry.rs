//! Findings as the configuration and comments want them told.

use std::collections::HashMap;
use std::sync::Arc;

use pgpe_config::Config;
use pgpe_report::{Finding, Standing, standing};

use crate::database::{Db, Project, SourceFile};
use crate::findings::suppressions;

/// A finding, and what the configuration makes of it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// As it was found: comments are about that.
    found: Arc<Finding>,
    told: Standing<Arc<Finding>>,
}

impl Entry {
    pub(super) fn new(finding: Finding, config: &Config) -> Entry {
        let found = Arc::new(finding);
        let told = standing(&found, config).map(|severity| match severity == found.severity {
            true => Arc::clone(&found),
            false => Arc::new(Finding { severity, ..(*found).clone() }),
        });
        Entry { found, told }
    }

    pub(super) fn all(findings: Vec<Finding>, config: &Config) -> Vec<Entry> {
        findings.into_iter().map(|finding| Entry::new(finding, config)).collect()
    }
}

/// Findings to be told, and those that somebody has accepted.
#[derive(Default)]
pub(super) struct Told {
    pub(super) findings: Vec<Arc<Finding>>,
    pub(super) accepted: Vec<Arc<Finding>>,
}

/// What is to be told of entries, and of the comments that silence some. `commented`: the files with such comments.
/// `complete`: all findings are there, so that a comment without effect is a finding.
pub(super) fn tell(
    db: &dyn Db,
    project: Project,
    entries: &[&Entry],
    commented: &[SourceFile],
    complete: bool,
) -> Told {
    let mut silenced = vec![false; entries.len()];
    let mut by_comments = Vec::new();
    let mut about_comments = Vec::new();
    if !commented.is_empty() {
        let mut by_file: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if let Some(place) = &entry.found.place {
                by_file.entry(&place.file).or_default().push(index);
            }
        }
        for file in commented {
            let here = by_file.get(file.path(db).as_str()).map_or(&[][..], Vec::as_slice);
            let findings: Vec<&Finding> =
                here.iter().filter_map(|index| entries.get(*index)).map(|entry| &*entry.found).collect();
            let applied = suppressions::apply(db, *file, &findings, complete);
            for index in applied.silenced.iter().filter_map(|at| here.get(*at)) {
                if let (Some(entry), Some(silenced)) = (entries.get(*index), silenced.get_mut(*index)) {
                    by_comments.push(Arc::clone(&entry.found));
                    *silenced = true;
                }
            }
            about_comments.extend(applied.about);
        }
    }
    let config = crate::queries::config(db, project);
    let about_comments = Entry::all(about_comments, config);
    let heard = entries.iter().zip(&silenced).filter(|(_, silenced)| !**silenced).map(|(entry, _)| *entry);
    let mut told = Told::default();
    for entry in heard.chain(&about_comments) {
        match &entry.told {
            Standing::Off => {}
            Standing::Reported(finding) => told.findings.push(Arc::clone(finding)),
            Standing::Accepted(finding) => told.accepted.push(Arc::clone(finding)),
        }
    }
    told.accepted.extend(by_comments);
    told
}
