//! What actions look at: the findings at a place, the policies of the project, and their texts.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_policy::source::{self, Clause, PolicyKind};
use pgpe_proof::judge::Weight;
use pgpe_report::{Edit, Finding, Place};
use pgpe_syntax::{TextRange, TextSize};

use crate::analysis::find_file;
use crate::database::{Db, Project, SourceFile};
use crate::findings::near::{Near, items_near};
use crate::findings::proofs::Judgements;
use crate::ledger::Ledger;
use crate::queries::{self, Item, ItemKey};

/// A place, and what is known there.
pub(super) struct Context<'db> {
    pub(super) db: &'db dyn Db,
    pub(super) project: Project,
    pub(super) file: SourceFile,
    pub(super) range: Range<u32>,
    /// The findings there.
    pub(super) findings: Vec<Finding>,
    /// The judgements on the tables that items there govern.
    pub(super) judgements: Judgements<'db>,
    /// What is found in the whole project.
    pub(super) ledger: &'db Ledger,
}

/// A policy of the project.
#[derive(Clone)]
pub(super) struct PolicyAt<'db> {
    pub(super) key: ItemKey<'db>,
    pub(super) source: Arc<source::Policy>,
    /// Its place in its file.
    pub(super) range: TextRange,
    /// The text of its file.
    file_text: &'db str,
    path: &'db str,
}

impl<'db> Context<'db> {
    pub(super) fn new(
        db: &'db dyn Db,
        project: Project,
        (path, range): (&str, &Range<u32>),
        ledger: &'db Ledger,
    ) -> Option<Context<'db>> {
        let file = find_file(db, project, path)?;
        let near = Near::of(db, project, ledger, (path, range));
        let (findings, judgements) = (near.findings, near.judgements);
        Some(Context { db, project, file, range: range.clone(), findings, judgements, ledger })
    }

    pub(super) fn catalog(&self) -> Option<&'db Catalog> {
        queries::catalog(self.db, self.project).as_deref()
    }

    /// The policy in which all of the range stands.
    pub(super) fn policy_here(&self) -> Option<PolicyAt<'db>> {
        match items_near(self.db, self.file, &self.range).as_slice() {
            [only] => self.policy(*only),
            _ => None,
        }
    }

    /// The whole policy that a finding stands in.
    pub(super) fn policy_of(&self, finding: &Finding) -> Option<PolicyAt<'db>> {
        self.policy(self.item_of(finding)?)
    }

    /// The policy that a finding stands in, be it broken.
    pub(super) fn written_policy_of(&self, finding: &Finding) -> Option<&'db source::Policy> {
        match queries::item(self.db, self.item_of(finding)?) {
            Some(Item::Policy(policy)) => Some(policy),
            _ => None,
        }
    }

    fn item_of(&self, finding: &Finding) -> Option<ItemKey<'db>> {
        let place = finding.place.as_ref()?;
        let file = self.project.policies(self.db).iter().find(|file| *file.path(self.db) == place.file)?;
        let range = TextRange::new(place.range.start.into(), place.range.end.into());
        let items = queries::item_ranges(self.db, *file);
        let index = items.iter().position(|item| item.contains_range(range))?;
        Some(ItemKey::new(self.db, *file, index))
    }

    /// A whole policy by its item; nothing is done to broken ones.
    pub(super) fn policy(&self, key: ItemKey<'db>) -> Option<PolicyAt<'db>> {
        let file = key.file(self.db);
        let range = *queries::item_ranges(self.db, file).get(key.index(self.db))?;
        match queries::item(self.db, key) {
            Some(Item::Policy(source)) if !source.broken => Some(PolicyAt {
                key,
                source: Arc::clone(source),
                range,
                file_text: file.text(self.db),
                path: file.path(self.db),
            }),
            _ => None,
        }
    }

    /// All whole policies of the project.
    pub(super) fn policies(&self) -> impl Iterator<Item = PolicyAt<'db>> {
        queries::project_items(self.db, self.project).filter_map(|key| self.policy(*key))
    }

    /// Whether access to all of a policy's tables is the same without it.
    pub(super) fn is_superfluous(&self, policy: &PolicyAt<'db>) -> bool {
        let overall = self.ledger.overall((policy.key.file(self.db), policy.key.index(self.db)));
        overall.is_some_and(|overall| overall.weight == Weight::Superfluous)
    }

    /// The tables that a policy governs.
    pub(super) fn tables(&self, policy: &PolicyAt<'db>) -> &'db [QualifiedName] {
        queries::selected(self.db, self.project, policy.key)
    }

    /// The table that a finding is about.
    pub(super) fn table_of(&self, finding: &Finding) -> Option<QualifiedName> {
        let name = finding.table.as_deref()?;
        self.catalog()?.relations.keys().find(|table| table.to_string() == name).cloned()
    }

    /// A name for a new policy: that, or that with a number behind it.
    pub(super) fn unused_name(&self, wanted: &str) -> String {
        let items = queries::project_items(self.db, self.project);
        let taken: BTreeSet<String> = items
            .filter_map(|key| match queries::item(self.db, *key) {
                Some(Item::Policy(policy)) => Some(policy.name.value.clone()),
                _ => None,
            })
            .collect();
        pgpe_import::unique(wanted, &taken)
    }

    /// A selector of one table alone.
    pub(super) fn selector_of(&self, table: &QualifiedName) -> Option<String> {
        self.catalog()?;
        Some(pgpe_import::selector(table, queries::candidates(self.db, self.project).tables()))
    }
}

/// The blocks of clauses that a policy may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Clauses,
    Check,
}

impl PolicyAt<'_> {
    pub(super) fn name(&self) -> &str {
        &self.source.name.value
    }

    pub(super) fn is_permissive(&self) -> bool {
        self.source.kind == Some(PolicyKind::Permissive)
    }

    /// A place, from a range that counts from the policy's start.
    pub(super) fn place(&self, relative: TextRange) -> Place {
        let range = relative + self.range.start();
        Place { file: self.path.to_owned(), range: range.start().into()..range.end().into() }
    }

    /// The place of the whole policy.
    pub(super) fn whole(&self) -> Place {
        self.place(TextRange::up_to(self.range.len()))
    }

    pub(super) fn file_text(&self) -> &str {
        self.file_text
    }

    /// What stands in a range that counts from the policy's start.
    pub(super) fn text(&self, relative: TextRange) -> &str {
        let range = relative + self.range.start();
        self.file_text.get(usize::from(range.start())..usize::from(range.end())).unwrap_or_default()
    }

    /// The replacement of such a range.
    pub(super) fn edit(&self, relative: TextRange, text: impl Into<String>) -> Edit {
        Edit { place: self.place(relative), text: text.into() }
    }

    /// Something put at such an offset.
    pub(super) fn insert(&self, at: TextSize, text: impl Into<String>) -> Edit {
        self.edit(TextRange::empty(at), text)
    }

    pub(super) fn part(&self, part: Part) -> &[Clause] {
        match part {
            Part::Clauses => &self.source.clauses,
            Part::Check => self.source.check.as_ref().map_or(&[], |check| &check.value),
        }
    }

    /// The clause that a finding covers, with its block and index.
    pub(super) fn clause_of(&self, finding: &Finding) -> Option<(Part, usize, &Clause)> {
        let place = finding.place.as_ref()?;
        [Part::Clauses, Part::Check].into_iter().find_map(|part| {
            let mut clauses = self.part(part).iter().enumerate();
            let (index, clause) = clauses.find(|(_, clause)| self.place(clause.range) == *place)?;
            Some((part, index, clause))
        })
    }

    /// Whether a finding is about the policy as such.
    pub(super) fn is_named_by(&self, finding: &Finding) -> bool {
        finding.place.as_ref().is_some_and(|place| *place == self.place(self.source.name.range))
    }

    /// The texts of a block's clauses.
    pub(super) fn clause_texts(&self, part: Part) -> Vec<&str> {
        self.part(part).iter().map(|clause| self.text(clause.range)).collect()
    }
}

/// Clauses as a block.
pub(super) fn block<T: AsRef<str>>(clauses: &[T]) -> String {
    let clauses: Vec<String> = clauses.iter().map(|clause| format!("CLAUSE {}", clause.as_ref())).collect();
    clauses.join("\n  OR ")
}
