//! The findings that touch a range, and what they rest on: no more of the project is judged than they need.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Mutex;

use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_report::{Finding, Place};

use super::proofs::{self, Judgements};
use super::{finish, suppressions, written};
use crate::analysis::{JudgementCache, find_file, judgements, judgements_on, written_findings};
use crate::database::{Db, Project, SourceFile};
use crate::queries::{self, ItemKey, TableKey};

/// What is found near a range.
pub(crate) struct Near<'db> {
    /// The findings that touch it, in the order in which they are reported.
    pub(crate) findings: Vec<Finding>,
    /// The judgements on all tables that an item there governs.
    pub(crate) judgements: Judgements<'db>,
}

impl<'db> Near<'db> {
    /// Of a range of a file.
    pub(crate) fn of(
        db: &'db dyn Db,
        project: Project,
        (path, range): (&str, &Range<u32>),
        outcome: &dyn Fn(&Obligation) -> Option<Outcome>,
        cache: &Mutex<JudgementCache>,
    ) -> Near<'db> {
        let policies = project.policies(db).iter().find(|file| file.path(db) == path);
        let (mut findings, judged) = match policies {
            Some(file) => {
                let mut findings = written::project_findings(db, project).clone();
                findings.extend(written::file_findings(db, project, *file).iter().cloned());
                let tables = tables_near(db, project, *file, range);
                (findings, judgements_on(db, project, &tables, outcome, cache))
            }
            // Tables and the configuration concern anything.
            None if find_file(db, project, path).is_some() => {
                (written_findings(db, project), judgements(db, project, outcome, cache))
            }
            None => return Near { findings: Vec::new(), judgements: Vec::new() },
        };
        findings.extend(proofs::findings(db, project, &judged.judgements));
        let mut findings = finish(db, project, findings, judged.open.is_empty()).findings;
        findings.retain(|finding| finding.place.as_ref().is_some_and(|place| touches(place, path, range)));
        Near { findings, judgements: judged.judgements }
    }
}

fn touches(place: &Place, path: &str, range: &Range<u32>) -> bool {
    place.file == path && place.range.start <= range.end && range.start <= place.range.end
}

/// The items of a file that a range touches, or of which a comment there speaks.
pub(crate) fn items_near<'db>(db: &'db dyn Db, file: SourceFile, range: &Range<u32>) -> Vec<ItemKey<'db>> {
    let touches = |start: u32, end: u32| start <= range.end && range.start <= end;
    let spoken_of: Vec<_> = suppressions::suppressions(db, file)
        .iter()
        .filter(|comment| touches(comment.range.start().into(), comment.range.end().into()))
        .map(|comment| comment.target)
        .collect();
    let items = queries::item_ranges(db, file).iter().enumerate();
    items
        .filter(|(_, item)| {
            touches(item.start().into(), item.end().into())
                || spoken_of.iter().any(|target| item.contains_range(*target))
        })
        .map(|(index, _)| ItemKey::new(db, file, index))
        .collect()
}

/// The tables that those items govern.
fn tables_near<'db>(
    db: &'db dyn Db,
    project: Project,
    file: SourceFile,
    range: &Range<u32>,
) -> Vec<TableKey<'db>> {
    let items = items_near(db, file, range);
    let selected: BTreeSet<_> = items.iter().flat_map(|key| queries::selected(db, project, *key)).collect();
    let keys = selected.into_iter().map(|table| TableKey::new(db, table.clone()));
    keys.filter(|table| queries::governed(db, project, *table).is_some()).collect()
}
