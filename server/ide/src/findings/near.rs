//! The findings that touch a range, and what they rest on: no more of the project is judged than they need.

use std::collections::BTreeSet;
use std::ops::Range;

use pgpe_report::{Finding, Place};

use super::proofs::Judgements;
use super::suppressions;
use crate::database::{Db, Project, SourceFile};
use crate::ledger::Ledger;
use crate::queries::{self, ItemKey, TableKey};

/// What is found near a range.
pub(crate) struct Near<'db> {
    /// The findings that touch it, in the order in which they are reported.
    pub(crate) findings: Vec<Finding>,
    /// The judgements on all tables that an item there governs.
    pub(crate) judgements: Judgements<'db>,
}

impl<'db> Near<'db> {
    /// Of a range of a file. The ledger is up to date.
    pub(crate) fn of(
        db: &'db dyn Db,
        project: Project,
        ledger: &Ledger,
        (path, range): (&str, &Range<u32>),
    ) -> Near<'db> {
        let found = ledger.found(db, project).findings;
        let near = found.iter().filter(|it| it.place.as_ref().is_some_and(|it| touches(it, path, range)));
        let policies = project.policies(db).iter().find(|file| file.path(db) == path);
        let judgements = match policies {
            Some(file) => tables_near(db, project, *file, range)
                .into_iter()
                .filter_map(|table| ledger.judgement(db, table))
                .collect(),
            // Tables and the configuration concern anything.
            None => ledger.judgements(db),
        };
        Near { findings: near.map(|it| Finding::clone(it)).collect(), judgements }
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
