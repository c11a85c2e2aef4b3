//! Which items have changed since the last check.

use std::collections::BTreeSet;
use std::sync::Arc;

use pgpe_catalog::QualifiedName;
use pgpe_syntax::TextRange;

use super::Ledger;
use super::entry::Entry;
use super::ground::Ground;
use super::policies::Overall;
use crate::database::{Db, Project, SourceFile};
use crate::findings::{suppressions, written};
use crate::queries::{self, Item, ItemKey};

/// A file of policies as it was at the last check.
pub(super) struct FileRecord {
    text: Arc<str>,
    pub(super) items: Vec<ItemRecord>,
    /// The items of which something is told, by their positions.
    telling: BTreeSet<usize>,
    /// What is found in it without a solver.
    pub(super) findings: Vec<Entry>,
    /// Whether comments in it silence findings, or try to.
    pub(super) is_commented: bool,
}

/// An item as it was, and what was found of it on all of its tables together.
pub(super) struct ItemRecord {
    item: Item,
    /// Its place in the file.
    range: Option<TextRange>,
    /// The tables that it selects.
    pub(super) selected: Arc<Vec<QualifiedName>>,
    pub(super) weighed: Weighed,
}

/// What a policy is on all of its tables together, and what is told of that.
#[derive(Default)]
pub(super) struct Weighed {
    pub(super) overall: Overall,
    /// Of its clauses that never hold.
    pub(super) dead_clauses: Vec<Entry>,
    /// That access is the same without it.
    pub(super) superfluous: Option<Entry>,
}

impl FileRecord {
    /// `known`: the file as it was, of which this one keeps what is the same.
    fn read(
        db: &dyn Db,
        project: Project,
        file: SourceFile,
        ground: &Ground,
        known: Option<&FileRecord>,
    ) -> FileRecord {
        let selected = |index: usize| {
            let selected = queries::selected(db, project, ItemKey::new(db, file, index));
            let known = known.and_then(|known| known.items.get(index)).map(|known| &known.selected);
            known
                .filter(|known| known.as_slice() == selected)
                .cloned()
                .unwrap_or_else(|| Arc::new(selected.clone()))
        };
        let ranges = queries::item_ranges(db, file);
        let items = queries::items(db, file).iter().enumerate();
        FileRecord {
            text: Arc::clone(file.text(db)),
            items: items
                .map(|(index, item)| ItemRecord {
                    item: item.clone(),
                    range: ranges.get(index).copied(),
                    selected: selected(index),
                    weighed: Weighed::default(),
                })
                .collect(),
            telling: BTreeSet::new(),
            findings: Entry::all(written::file_findings(db, project, file).clone(), &ground.config),
            is_commented: !suppressions::suppressions(db, file).is_empty(),
        }
    }

    /// The items of which something is told.
    pub(super) fn telling_items(&self) -> impl Iterator<Item = &ItemRecord> {
        self.telling.iter().filter_map(|index| self.items.get(*index))
    }

    /// Takes over what a policy is on all of its tables together, and what is told of that. Gives the item, and what it
    /// was before.
    pub(super) fn take_weighed(&mut self, index: usize, weighed: Weighed) -> Option<(&ItemRecord, Overall)> {
        let item = self.items.get_mut(index)?;
        let before = std::mem::replace(&mut item.weighed, weighed);
        match item.weighed.tells() {
            true => self.telling.insert(index),
            false => self.telling.remove(&index),
        };
        Some((item, before.overall))
    }
}

impl Weighed {
    fn tells(&self) -> bool {
        !self.dead_clauses.is_empty() || self.superfluous.is_some()
    }
}

impl Ledger {
    /// Finds the files whose text is another one than at the last check, and what that concerns.
    pub(super) fn take_files(&mut self, db: &dyn Db, project: Project) {
        for file in project.policies(db) {
            let known = self.files.get(file);
            if known.is_some_and(|known| Arc::ptr_eq(&known.text, file.text(db))) {
                continue;
            }
            let Some(ground) = &self.ground else { return };
            let read = FileRecord::read(db, project, *file, ground, known);
            self.take_file(*file, read);
        }
    }

    fn take_file(&mut self, file: SourceFile, mut read: FileRecord) {
        let mut known = self.files.remove(&file).map(|known| known.items).unwrap_or_default().into_iter();
        for (index, item) in read.items.iter_mut().enumerate() {
            let was = known.next();
            match was {
                Some(was) if was.item == item.item && was.selected == item.selected => {
                    let moved = was.range != item.range;
                    let tells = was.weighed.tells();
                    item.weighed = was.weighed;
                    if tells {
                        read.telling.insert(index);
                    }
                    if moved {
                        self.moved((file, index), &was.selected, tells);
                    }
                }
                was => {
                    self.changed(&item.item, &item.selected);
                    if let Some(was) = was {
                        self.changed(&was.item, &was.selected);
                    }
                    self.due.policies.insert((file, index));
                }
            }
        }
        for gone in known {
            self.changed(&gone.item, &gone.selected);
        }
        let count = read.items.len();
        self.due.policies.retain(|(of, index)| *of != file || *index < count);
        self.files.insert(file, read);
    }

    /// An item has appeared, is another one or has gone.
    fn changed(&mut self, item: &Item, selected: &[QualifiedName]) {
        self.due.plan.extend(selected.iter().cloned());
        self.due.structure = true;
        if matches!(item, Item::Grant(_)) {
            self.due.unprotected = true;
        }
    }

    /// An item is at another place: what is told of it, too.
    fn moved(&mut self, item: (SourceFile, usize), selected: &[QualifiedName], tells: bool) {
        if tells {
            self.due.policies.insert(item);
        }
        let tells =
            |table: &&QualifiedName| self.telling.get(*table).is_some_and(|told| !told.findings.is_empty());
        self.due.state.extend(selected.iter().filter(tells).cloned());
        self.due.structure |= !self.structure.is_empty();
    }
}
