//! What the last check has found, by table and by policy, so that the next one does again only what has changed since.
//!
//! The incremental database knows what follows from texts. What solvers answer is no part of it, so that what follows
//! from their answers has to be remembered elsewhere; and to ask it about ten thousand tables whether each is still the
//! same takes longer than typing allows. The ledger finds out itself what an edit concerns: files whose text is another
//! one, the items in them that differ, the tables which those select or have selected, and the tables whose questions
//! looked at one of these. Those it asks about. What it goes by is [`Ground`], [`FileRecord`] and
//! [`Planned::consulted`](crate::queries::Planned): a new thing that findings depend on has to be part of one of them.
//!
//! A check may be cut short by an edit at any time. Each step first computes, then takes over what came of it; what is
//! still [`Due`] waits for the next check.

mod entry;
mod files;
mod ground;
mod isolation;
mod policies;
mod tables;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use pgpe_catalog::{Command, QualifiedName};
use pgpe_proof::judge::{Judgement, Verdict, Weight};
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_proof::plan::Plan;
use pgpe_report::Finding;
use rustc_hash::FxHashMap;

use crate::analysis::{EachTable, JudgementCache};
use crate::database::{Db, Project, SourceFile};
use crate::findings::{schema, unprotected, without_consequences, written};
use crate::queries::{self, TableKey};
use entry::Entry;
use files::{FileRecord, ItemRecord};
use ground::Ground;
pub use isolation::IsolationCounts;
pub(crate) use policies::Overall;
use tables::{TableFindings, TableRecord};

/// So many tables are judged on several processors; fewer are not worth the threads.
const MANY: usize = 32;

/// A policy or grant by its file and position among the file's items.
pub(crate) type ItemId = (SourceFile, usize);

/// What the last check has found, and what the next one has to do again.
#[derive(Default)]
pub(crate) struct Ledger {
    ground: Option<Ground>,
    files: FxHashMap<SourceFile, FileRecord>,
    /// The governed tables.
    tables: BTreeMap<QualifiedName, TableRecord>,
    /// The tables whose questions looked at each table.
    readers: HashMap<QualifiedName, BTreeSet<QualifiedName>>,
    /// Tables with questions that have no answer, or none that decides.
    undecided: BTreeSet<QualifiedName>,
    isolation: IsolationCounts,
    /// What is found of tables, where something is.
    telling: BTreeMap<QualifiedName, TableFindings>,
    due: Due,
    /// Findings about the configuration and the schema's text.
    schema: Vec<Entry>,
    /// About tables that no policy governs.
    coverage: Vec<Entry>,
    /// About policies as parts of the project.
    structure: Vec<Entry>,
    /// About tables without policies on which proofs rest.
    unprotected: Vec<Entry>,
}

/// What has to be done again.
#[derive(Default)]
struct Due {
    /// Tables to be planned and judged.
    plan: BTreeSet<QualifiedName>,
    /// Tables to be judged, since an answer has come.
    judge: BTreeSet<QualifiedName>,
    /// Tables whose findings are to be put in words again.
    state: BTreeSet<QualifiedName>,
    /// Policies to be weighed over all of their tables.
    policies: HashSet<ItemId>,
    schema: bool,
    coverage: bool,
    structure: bool,
    unprotected: bool,
}

/// What a check has come to, by reference to the ledger's entries.
pub(crate) struct Found {
    /// All findings that are to be told.
    pub(crate) findings: Vec<Arc<Finding>>,
    /// Findings that a comment or the configuration accepts.
    pub(crate) accepted: Vec<Arc<Finding>>,
    /// What the solver has not answered.
    pub(crate) open: Vec<Obligation>,
    /// What it could not decide.
    pub(crate) unknown: HashSet<ObligationHash>,
}

impl Ledger {
    /// Brings everything up to date. `outcome` says what the solver has answered to an obligation; `on_all_processors` does
    /// something for each of many tables.
    pub(crate) fn update(
        &mut self,
        db: &dyn Db,
        project: Project,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
        cache: &Mutex<JudgementCache>,
        on_all_processors: &dyn Fn(&[QualifiedName], &EachTable<'_>),
    ) {
        self.take_ground(db, project);
        self.take_files(db, project);
        self.take_answers(outcome);
        self.find_readers();
        if self.due.plan.len() + self.due.judge.len() >= MANY {
            self.judge_many(project, outcome, cache, on_all_processors);
        }
        self.judge_tables(db, project, outcome, cache);
        self.weigh_policies(db);
        self.state_tables(db, project);
        self.state_project(db, project);
    }

    /// All that was found. To be asked after [`Ledger::update`], on the same snapshot.
    pub(crate) fn found(&self, db: &dyn Db, project: Project) -> Found {
        let (open, unknown) = self.unanswered();
        let mut entries: Vec<&Entry> = Vec::new();
        entries.extend(self.schema.iter().chain(&self.coverage));
        entries.extend(self.telling.values().flat_map(|told| &told.foreign));
        entries.extend(&self.structure);
        let files: Vec<(SourceFile, &FileRecord)> =
            project.policies(db).iter().filter_map(|file| Some((*file, self.files.get(file)?))).collect();
        entries.extend(files.iter().flat_map(|(_, file)| &file.findings));
        let telling: Vec<&ItemRecord> = files.iter().flat_map(|(_, file)| file.telling_items()).collect();
        entries.extend(telling.iter().flat_map(|item| &item.weighed.dead_clauses));
        entries.extend(telling.iter().flat_map(|item| &item.weighed.superfluous));
        entries.extend(&self.unprotected);
        entries.extend(self.telling.values().flat_map(|told| &told.findings));
        let commented = files.iter().filter(|(_, file)| file.is_commented);
        let commented: Vec<SourceFile> = commented.map(|(file, _)| *file).collect();
        let told = entry::tell(db, project, &entries, &commented, open.is_empty());
        let findings = without_consequences(told.findings);
        Found { findings, accepted: told.accepted, open, unknown }
    }

    /// The verdicts on tenant isolation.
    pub(crate) fn isolation(&self) -> IsolationCounts {
        self.isolation
    }

    /// What the policies of a command are to access, as one verdict: whether each is needed somewhere; `None` while
    /// that is open.
    pub(crate) fn redundancy(
        &self,
        db: &dyn Db,
        project: Project,
        table: TableKey<'_>,
        command: Command,
    ) -> Option<Verdict> {
        let mut verdict = Some(Verdict::Proven);
        for (key, policy) in queries::policies_of_table(db, project, table) {
            if policy.commands.is_some_and(|commands| !commands.contains(command)) {
                continue;
            }
            let Some(overall) = self.overall((key.file(db), key.index(db))) else { continue };
            match overall.weight {
                Weight::Superfluous => return Some(Verdict::Failed),
                Weight::Pending => verdict = None,
                Weight::Unknown => verdict = verdict.map(|_| Verdict::Unknown),
                Weight::Moot | Weight::Matters => {}
            }
        }
        verdict
    }

    /// The judgements on all governed tables.
    pub(crate) fn judgements<'db>(&self, db: &'db dyn Db) -> Vec<(TableKey<'db>, Arc<Plan>, Arc<Judgement>)> {
        let judged = |(name, record): (&QualifiedName, &TableRecord)| {
            (TableKey::new(db, name.clone()), Arc::clone(&record.plan), Arc::clone(&record.judgement))
        };
        self.tables.iter().map(judged).collect()
    }

    /// The judgement on a governed table.
    pub(crate) fn judgement<'db>(
        &self,
        db: &'db dyn Db,
        table: TableKey<'db>,
    ) -> Option<(TableKey<'db>, Arc<Plan>, Arc<Judgement>)> {
        let record = self.tables.get(table.name(db))?;
        Some((table, Arc::clone(&record.plan), Arc::clone(&record.judgement)))
    }

    /// The verdicts on a governed table.
    pub(crate) fn judgement_on(&self, table: &QualifiedName) -> Option<&Judgement> {
        self.tables.get(table).map(|record| &*record.judgement)
    }

    /// What a policy is to the access to all of its tables together.
    pub(crate) fn overall(&self, (file, index): ItemId) -> Option<&Overall> {
        Some(&self.files.get(&file)?.items.get(index)?.weighed.overall)
    }

    /// Obligations without an answer, each once, and those whose answer decides nothing.
    fn unanswered(&self) -> (Vec<Obligation>, HashSet<ObligationHash>) {
        let (mut open, mut unknown, mut asked) = (Vec::new(), HashSet::new(), HashSet::new());
        let undecided = self.undecided.iter().filter_map(|table| self.tables.get(table));
        for (obligation, outcome) in undecided.flat_map(|table| &table.undecided) {
            match outcome {
                Some(_) => {
                    unknown.insert(obligation.hash);
                }
                None if asked.insert(obligation.hash) => open.push(obligation.clone()),
                None => {}
            }
        }
        (open, unknown)
    }

    /// What concerns the project as a whole.
    fn state_project(&mut self, db: &dyn Db, project: Project) {
        let Some(ground) = &self.ground else { return };
        let config = Arc::clone(&ground.config);
        let entries = |findings: Vec<Finding>| Entry::all(findings, &config);
        if self.due.schema {
            self.schema = entries(schema::findings(db, project));
            self.due.schema = false;
        }
        if self.due.coverage {
            let is_governed = |table: &QualifiedName| self.tables.contains_key(table);
            self.coverage = entries(schema::coverage(db, project, is_governed));
            self.due.coverage = false;
        }
        if self.due.structure {
            self.structure = entries(written::project_findings(db, project));
            self.due.structure = false;
        }
        if self.due.unprotected {
            let resting = self.tables.iter().map(|(table, record)| (table, &record.resting_on));
            self.unprotected = entries(unprotected::findings(db, project, resting));
            self.due.unprotected = false;
        }
    }
}

#[cfg(test)]
mod tests;
