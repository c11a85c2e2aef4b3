//! Planning and judging the tables that a change concerns, and putting their findings in words.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_proof::goal::Block;
use pgpe_proof::judge::{Judgement, Spot, Weight};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_proof::plan::Plan;

use super::entry::Entry;
use super::{IsolationCounts, ItemId, Ledger};
use crate::analysis::{EachTable, JudgementCache, Undecided, judgement_of};
use crate::database::{Db, Project};
use crate::findings::{proofs, removable, unprotected};
use crate::foreign;
use crate::queries::{self, ItemKey, TableKey};
use crate::world::DbWorld;

/// A governed table as it was at the last check.
pub(super) struct TableRecord {
    pub(super) plan: Arc<Plan>,
    pub(super) judgement: Arc<Judgement>,
    /// The tables that its questions looked at.
    consulted: Arc<BTreeSet<QualifiedName>>,
    /// Questions without an answer that decides, with what was answered.
    pub(super) undecided: Vec<Undecided>,
    /// Its part of the verdicts on isolation.
    isolation: IsolationCounts,
    /// The policies that select it, with what each is to the access to this table; whether something else that is said
    /// of it tells why.
    pub(super) weights: Vec<(ItemId, Weight, bool)>,
    /// The policies that it is judged by.
    pub(super) judged_by: Vec<ItemId>,
    /// Clauses of these that never hold on it.
    pub(super) dead_clauses: Vec<(ItemId, Block, usize)>,
    /// Tables without policies on which its isolation rests.
    pub(super) resting_on: Vec<QualifiedName>,
}

/// What is found of a governed table.
pub(super) struct TableFindings {
    /// About its existing policies.
    pub(super) foreign: Vec<Entry>,
    /// What was proved, and not.
    pub(super) findings: Vec<Entry>,
}

impl Ledger {
    /// Finds the tables that a new answer concerns.
    pub(super) fn take_answers(&mut self, outcome: &dyn Fn(&Obligation) -> Option<Outcome>) {
        for table in &self.undecided {
            let Some(record) = self.tables.get(table) else { continue };
            if record.undecided.iter().any(|(obligation, known)| outcome(obligation) != *known) {
                self.due.judge.insert(table.clone());
            }
        }
    }

    /// Tables whose questions looked at one that is due are due as well.
    pub(super) fn find_readers(&mut self) {
        let readers = self.due.plan.iter().filter_map(|table| self.readers.get(table));
        let readers: Vec<QualifiedName> = readers.flatten().cloned().collect();
        self.due.plan.extend(readers);
    }

    /// Plans and judges what has to be, where that is much.
    pub(super) fn judge_many(
        &mut self,
        project: Project,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
        cache: &Mutex<JudgementCache>,
        on_all_processors: &dyn Fn(&[QualifiedName], &EachTable<'_>),
    ) {
        let due: Vec<QualifiedName> = self.due.plan.union(&self.due.judge).cloned().collect();
        let records: Mutex<Vec<(QualifiedName, Option<TableRecord>)>> = Mutex::default();
        on_all_processors(&due, &|db, name| {
            let record = judged(db, project, name, outcome, cache);
            records.lock().unwrap_or_else(PoisonError::into_inner).push((name.clone(), record));
        });
        for (name, record) in records.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.take_table(name, record);
        }
    }

    /// Plans and judges what has to be.
    pub(super) fn judge_tables(
        &mut self,
        db: &dyn Db,
        project: Project,
        outcome: &dyn Fn(&Obligation) -> Option<Outcome>,
        cache: &Mutex<JudgementCache>,
    ) {
        while let Some(name) = self.due.plan.first().or(self.due.judge.first()).cloned() {
            let record = judged(db, project, &name, outcome, cache);
            self.take_table(name, record);
        }
    }

    fn take_table(&mut self, name: QualifiedName, record: Option<TableRecord>) {
        let was = self.tables.remove(&name);
        if let Some(was) = &was {
            self.isolation = self.isolation.without(was.isolation);
        }
        if let Some(record) = &record {
            self.isolation = self.isolation.with(record.isolation);
        }
        let policies =
            |record: &TableRecord| record.weights.iter().map(|(item, ..)| *item).collect::<Vec<_>>();
        let resting = |record: &Option<TableRecord>| record.as_ref().map(|it| it.resting_on.clone());
        self.due.policies.extend(was.iter().chain(&record).flat_map(policies));
        self.due.unprotected |= resting(&was).unwrap_or_default() != resting(&record).unwrap_or_default();
        self.due.coverage |= was.is_some() != record.is_some();
        let looked_at = |record: &Option<TableRecord>| record.as_ref().map(|it| Arc::clone(&it.consulted));
        let (before, now) = (looked_at(&was), looked_at(&record));
        if before != now {
            for table in before.iter().flat_map(|tables| tables.iter()) {
                if let Some(readers) = self.readers.get_mut(table) {
                    readers.remove(&name);
                }
            }
            for table in now.iter().flat_map(|tables| tables.iter()) {
                self.readers.entry(table.clone()).or_default().insert(name.clone());
            }
        }
        match record {
            Some(record) => {
                match record.undecided.is_empty() {
                    true => self.undecided.remove(&name),
                    false => self.undecided.insert(name.clone()),
                };
                self.due.state.insert(name.clone());
                self.tables.insert(name.clone(), record);
            }
            None => {
                self.undecided.remove(&name);
                self.telling.remove(&name);
                self.due.state.remove(&name);
            }
        }
        self.due.plan.remove(&name);
        self.due.judge.remove(&name);
    }

    /// Puts what is found of tables in words. Their policies have been weighed.
    pub(super) fn state_tables(&mut self, db: &dyn Db, project: Project) {
        while let Some(name) = self.due.state.first().cloned() {
            let told = self.stated(db, project, &name);
            match told.filter(|told| !(told.findings.is_empty() && told.foreign.is_empty())) {
                Some(told) => self.telling.insert(name.clone(), told),
                None => self.telling.remove(&name),
            };
            self.due.state.remove(&name);
        }
    }

    fn stated(&self, db: &dyn Db, project: Project, name: &QualifiedName) -> Option<TableFindings> {
        let (record, ground) = (self.tables.get(name)?, self.ground.as_ref()?);
        let table = TableKey::new(db, name.clone());
        let is_dead = |key: ItemKey<'_>, block: Block, clause: usize| {
            self.overall((key.file(db), key.index(db))).is_some_and(|overall| overall.is_dead(block, clause))
        };
        let findings =
            proofs::table_findings(db, project, table, (&record.plan, &record.judgement), &is_dead);
        let foreign = foreign::table_findings(db, project, table);
        let entries = |findings| Entry::all(findings, &ground.config);
        Some(TableFindings { foreign: entries(foreign), findings: entries(findings) })
    }
}

/// A table as it is now; `None` if no policy governs it.
fn judged(
    db: &dyn Db,
    project: Project,
    name: &QualifiedName,
    outcome: &dyn Fn(&Obligation) -> Option<Outcome>,
    cache: &Mutex<JudgementCache>,
) -> Option<TableRecord> {
    let world = DbWorld::new(db, project)?;
    let table = TableKey::new(db, name.clone());
    let governed = queries::governed(db, project, table).as_ref()?;
    let planned = queries::planned(db, project, table).as_ref()?;
    let plan = &planned.plan;
    let isolation = &queries::proof_config(db, project).isolation;
    let (judgement, undecided) = judgement_of((db, table), &world, isolation, plan, outcome, cache);
    // Else the table is not judged again when a table changes that a question in full has looked at.
    debug_assert!(world.consulted().is_subset(&planned.consulted));
    let id = |key: &queries::ItemKey<'_>| (key.file(db), key.index(db));
    let dead_clauses = judgement.violations.iter().filter_map(|violation| match violation.spot {
        Spot::Clause(policy, block, clause) if violation.rule == Rule::Contradiction => {
            Some((id(governed.keys.get(policy)?), block, clause))
        }
        _ => None,
    });
    let policies = queries::policies_of_table(db, project, table);
    let weights = policies.map(|(key, _)| {
        let (weight, explained) = removable::weight(governed, &judgement, key);
        (id(&key), weight, explained)
    });
    Some(TableRecord {
        isolation: IsolationCounts::of(name, &judgement),
        undecided,
        weights: weights.collect(),
        judged_by: governed.keys.iter().map(id).collect(),
        dead_clauses: dead_clauses.collect(),
        resting_on: unprotected::resting_on(&judgement),
        plan: Arc::clone(plan),
        consulted: Arc::clone(&planned.consulted),
        judgement,
    })
}
