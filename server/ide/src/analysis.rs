//! The entrance to this crate: a host that takes changes, and snapshots that answer questions.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::Config;
use pgpe_proof::judge::{Judgement, judge};
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_proof::owner::IsolationEntry;
use pgpe_proof::plan::Plan;
use pgpe_proof::question::Extent;
use pgpe_report::{Finding, TableVerdicts};
use pgpe_sqlgen::{Compiled, CompiledPolicy};
use pgpe_syntax::LineIndex;
use salsa::{Durability, Setter};

use crate::database::{
    Cancellable, Database, Db, Project, SourceFile, cancellable, set_durability, set_text,
};
use crate::findings::{self, proofs, schema, written};
use crate::foreign;
use crate::ledger::{IsolationCounts, Ledger};
use crate::queries::{self, TableKey};
use crate::verdicts;
use crate::world::DbWorld;

/// A file of the project, whatever it says. To be used with analyses of the host that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId(SourceFile);

/// What files say at one moment.
pub struct Texts<'db>(&'db dyn Db);

impl<'db> Texts<'db> {
    /// What a file says; nothing if it has left the project.
    pub fn of(&self, FileId(file): FileId) -> &'db Arc<str> {
        file.text(self.0)
    }
}

/// What a file is to the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileRole {
    /// Policies.
    Policies,
    /// The schema as SQL DDL. One file has this role.
    Schema,
    /// The schema as a snapshot, which `pgpe schema pull` writes. One file has this role.
    Snapshot,
    /// `pgpe.yaml`. One file has this role.
    Config,
}

/// Owns the project's state. Taking a change waits until snapshots are dropped or cancelled.
pub struct Host {
    db: Database,
    project: Project,
    /// The same project as it is saved. The two share the files that have no changes to be saved.
    saved_project: Project,
    files: BTreeMap<String, (FileRole, SourceFile)>,
    /// What the disk has of files that are edited; `None` of those that were never saved.
    saved: BTreeMap<String, Option<SourceFile>>,
    /// Files that have left the project, and texts of the disk that are not needed: they can't be freed, but be used
    /// again when they come back.
    spare: [HashMap<String, SourceFile>; 2],
    judgements: Arc<Mutex<JudgementCache>>,
    ledger: Arc<Mutex<Ledger>>,
}

/// Which of the files that were put aside.
const EDITED: usize = 0;
const SAVED: usize = 1;

/// The last judgement on each table, with the plan that it is of.
pub(crate) type JudgementCache = HashMap<QualifiedName, (Arc<Plan>, Arc<Judgement>)>;

/// An immutable view of the project at one moment.
#[derive(Clone)]
pub struct Analysis {
    db: Database,
    project: Project,
    /// The project as it is saved.
    pub(crate) saved_project: Project,
    pub(crate) judgements: Arc<Mutex<JudgementCache>>,
    ledger: Arc<Mutex<Ledger>>,
}

/// What is found in a project with the solver's answers so far; see [`Analysis::look`].
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// All findings, suppressed ones left out.
    pub findings: Vec<Arc<Finding>>,
    /// Verdicts on tenant isolation.
    pub isolation: IsolationCounts,
    /// What the solver has not answered yet. Empty: the findings are complete.
    pub open: Vec<Obligation>,
    /// What the solver could not decide, and the findings say so.
    pub unknown: HashSet<ObligationHash>,
}

/// Everything that is known of a project with the solver's answers so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checked {
    /// All findings, suppressed ones left out.
    pub findings: Vec<Finding>,
    /// Findings that a comment or the configuration accepts, with a reason.
    pub accepted: Vec<Finding>,
    /// Verdicts on governed tables.
    pub tables: Vec<TableVerdicts>,
    /// What the solver has not answered yet. Empty: the findings are complete.
    pub open: Vec<Obligation>,
    /// The solver was asked and could not decide: with more time it may.
    pub undecided: bool,
}

impl Default for Host {
    fn default() -> Host {
        Host::new()
    }
}

impl Host {
    /// An empty project.
    pub fn new() -> Host {
        Host::over(Database::default())
    }

    /// What a query is called.
    #[cfg(test)]
    pub(crate) fn query_name(&self, key: salsa::DatabaseKeyIndex) -> String {
        let db: &dyn salsa::Database = &self.db;
        db.ingredient_debug_name(key.ingredient_index()).into_owned()
    }

    /// An empty project in an empty database.
    pub(crate) fn over(db: Database) -> Host {
        let [project, saved_project] = [(); 2].map(|()| {
            Project::builder(Vec::new(), None, None, None, None).durability(Durability::HIGH).new(&db)
        });
        let (files, saved) = (BTreeMap::new(), BTreeMap::new());
        let (spare, judgements, ledger) = (Default::default(), Arc::default(), Arc::default());
        Host { db, project, saved_project, files, saved, spare, judgements, ledger }
    }

    /// Sets what a file says, adding it to the project if it is new. The path is relative to the project's
    /// root, with `/`.
    pub fn set_file(&mut self, path: &str, role: FileRole, text: &str) {
        match self.files.get(path) {
            Some((known, file)) if *known == role => {
                let (file, durability) = (*file, self.durability(path, role));
                set_text(&mut self.db, file, text, durability);
            }
            Some((_, file)) => {
                let (file, durability) = (*file, self.durability(path, role));
                set_text(&mut self.db, file, text, durability);
                self.files.insert(path.to_owned(), (role, file));
                self.update_project();
            }
            None => {
                let file = self.new_source(EDITED, path, text, self.durability(path, role));
                self.files.insert(path.to_owned(), (role, file));
                self.update_project();
            }
        }
    }

    /// Takes a file out of the project.
    pub fn remove_file(&mut self, path: &str) {
        let removed = self.files.remove(path);
        if let Some((_, file)) = removed {
            self.put_aside(EDITED, path, file);
        }
        if self.forget_saved(path) || removed.is_some() {
            self.update_project();
        }
    }

    /// Says what the disk has of a file whose text in the project may be another; `None` if it is not there. It holds
    /// until [`Host::set_as_saved`], or until the file is removed.
    pub fn set_saved(&mut self, path: &str, text: Option<&str>) {
        match (self.saved.get(path), text) {
            (Some(Some(file)), Some(text)) => set_text(&mut self.db, *file, text, Durability::HIGH),
            (Some(None), None) => {}
            _ => {
                self.forget_saved(path);
                let file = text.map(|text| self.new_source(SAVED, path, text, Durability::HIGH));
                self.saved.insert(path.to_owned(), file);
                if let Some((role, edited)) = self.files.get(path).copied() {
                    let durability = self.durability(path, role);
                    set_durability(&mut self.db, edited, durability);
                }
                self.update_project();
            }
        }
    }

    /// Whether [`Host::set_saved`] holds of a file.
    pub fn knows_saved(&self, path: &str) -> bool {
        self.saved.contains_key(path)
    }

    /// Says that the disk has of a file what the project has of it.
    pub fn set_as_saved(&mut self, path: &str) {
        if self.forget_saved(path) {
            self.update_project();
        }
    }

    /// Policies that an editor has open are expected to change at any time, what all of them depend on less often, and
    /// other files hardly ever.
    fn durability(&self, path: &str, role: FileRole) -> Durability {
        match (self.saved.contains_key(path), role) {
            (false, _) => Durability::HIGH,
            (true, FileRole::Policies) => Durability::LOW,
            (true, FileRole::Schema | FileRole::Snapshot | FileRole::Config) => Durability::MEDIUM,
        }
    }

    fn forget_saved(&mut self, path: &str) -> bool {
        let forgotten = self.saved.remove(path);
        if let (Some(_), Some((_, file))) = (&forgotten, self.files.get(path)) {
            set_durability(&mut self.db, *file, Durability::HIGH);
        }
        if let Some(Some(file)) = forgotten {
            self.put_aside(SAVED, path, file);
        }
        forgotten.is_some()
    }

    /// A file that says so, perhaps one that was put aside.
    fn new_source(&mut self, kind: usize, path: &str, text: &str, durability: Durability) -> SourceFile {
        match self.spare.get_mut(kind).and_then(|spare| spare.remove(path)) {
            Some(file) => {
                set_text(&mut self.db, file, text, durability);
                file
            }
            None => {
                SourceFile::builder(path.to_owned(), Arc::from(text)).durability(durability).new(&self.db)
            }
        }
    }

    fn put_aside(&mut self, kind: usize, path: &str, file: SourceFile) {
        set_text(&mut self.db, file, "", Durability::HIGH);
        if let Some(spare) = self.spare.get_mut(kind) {
            spare.insert(path.to_owned(), file);
        }
    }

    /// Sets a schema that was read from elsewhere, such as a live database, in place of the schema file.
    pub fn set_catalog(&mut self, catalog: Option<Arc<Catalog>>) {
        for project in [self.project, self.saved_project] {
            if *project.catalog(&self.db) != catalog {
                project.set_catalog(&mut self.db).with_durability(Durability::HIGH).to(catalog.clone());
            }
        }
    }

    /// The paths of all files with their roles.
    pub fn files(&self) -> impl Iterator<Item = (&str, FileRole)> {
        self.files.iter().map(|(path, (role, _))| (path.as_str(), *role))
    }

    /// A view of the project as it is now.
    pub fn analysis(&self) -> Analysis {
        Analysis {
            db: self.db.clone(),
            project: self.project,
            saved_project: self.saved_project,
            judgements: Arc::clone(&self.judgements),
            ledger: Arc::clone(&self.ledger),
        }
    }

    fn update_project(&mut self) {
        let now: Vec<(FileRole, SourceFile)> = self.files.values().copied().collect();
        let saved: Vec<(FileRole, SourceFile)> = self
            .files
            .iter()
            .filter_map(|(path, (role, file))| match self.saved.get(path) {
                Some(saved) => saved.map(|saved| (*role, saved)),
                None => Some((*role, *file)),
            })
            .collect();
        set_files(&mut self.db, self.project, &now);
        set_files(&mut self.db, self.saved_project, &saved);
    }
}

/// Makes a project consist of these files.
fn set_files(db: &mut Database, project: Project, files: &[(FileRole, SourceFile)]) {
    let of = |role: FileRole| files.iter().filter(move |(of, _)| *of == role).map(|(_, file)| *file);
    let policies: Vec<SourceFile> = of(FileRole::Policies).collect();
    if *project.policies(db) != policies {
        project.set_policies(db).with_durability(Durability::HIGH).to(policies);
    }
    let schema = of(FileRole::Schema).next();
    if project.schema(db) != schema {
        project.set_schema(db).with_durability(Durability::HIGH).to(schema);
    }
    let snapshot = of(FileRole::Snapshot).next();
    if project.snapshot(db) != snapshot {
        project.set_snapshot(db).with_durability(Durability::HIGH).to(snapshot);
    }
    let config = of(FileRole::Config).next();
    if project.config(db) != config {
        project.set_config(db).with_durability(Durability::HIGH).to(config);
    }
}

impl Analysis {
    /// What a file says.
    pub fn text(&self, path: &str) -> Cancellable<Option<Arc<str>>> {
        self.with(|db, project| find_file(db, project, path).map(|file| Arc::clone(file.text(db))))
    }

    /// The file of a path.
    pub fn file_id(&self, path: &str) -> Cancellable<Option<FileId>> {
        self.with(|db, project| find_file(db, project, path).map(FileId))
    }

    /// Looks at what files say.
    pub fn with_texts<T>(
        &self,
        look: impl FnOnce(&Texts<'_>) -> T + std::panic::UnwindSafe,
    ) -> Cancellable<T> {
        self.with(|db, _| look(&Texts(db)))
    }

    /// Lines of a file.
    pub fn line_index(&self, path: &str) -> Cancellable<Option<LineIndex>> {
        self.with(|db, project| {
            find_file(db, project, path).map(|file| queries::line_index(db, file).clone())
        })
    }

    /// The configuration in force.
    pub fn config(&self) -> Cancellable<Arc<Config>> {
        self.with(|db, project| Arc::clone(queries::config(db, project)))
    }

    /// Whether the configuration can't be read, so that its defaults stand in for it.
    pub fn configuration_is_broken(&self) -> Cancellable<bool> {
        self.with(|db, project| !queries::config_read(db, project).errors.is_empty())
    }

    /// The schema, if one is known.
    pub fn catalog(&self) -> Cancellable<Option<Arc<Catalog>>> {
        self.with(|db, project| queries::catalog(db, project).clone())
    }

    /// The file that the schema is read from, and what it is.
    pub fn schema_file(&self) -> Cancellable<Option<(FileRole, String)>> {
        self.with(|db, project| {
            let snapshot = project.snapshot(db).map(|file| (FileRole::Snapshot, file));
            let schema = project.schema(db).map(|file| (FileRole::Schema, file));
            snapshot.or(schema).map(|(role, file)| (role, file.path(db).clone()))
        })
    }

    /// The tables that policies can govern by the configuration, sorted.
    pub fn candidates(&self) -> Cancellable<Vec<QualifiedName>> {
        self.with(|db, project| queries::candidates(db, project).tables().to_vec())
    }

    /// The findings that need no solver.
    pub fn written_findings(&self) -> Cancellable<Vec<Finding>> {
        self.with(|db, project| findings::finish(db, project, written_findings(db, project), false).findings)
    }

    /// All findings and verdicts, as far as the solver's answers so far allow. `outcome` says what the solver
    /// found of an obligation, if it was asked; it must not wait for one.
    pub fn check(&self, outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync)) -> Cancellable<Checked> {
        self.with_ledger(outcome, |db, project, ledger| {
            let found = ledger.found(db, project);
            let owned = |findings: Vec<Arc<Finding>>| findings.iter().map(|it| Finding::clone(it)).collect();
            Checked {
                findings: owned(found.findings),
                accepted: owned(found.accepted),
                tables: verdicts::tables(db, project, ledger),
                open: found.open,
                undecided: !found.unknown.is_empty(),
            }
        })
    }

    /// What [`Analysis::check`] finds, without the verdicts: what is still as it was at the last look is the same value,
    /// and takes no time.
    pub fn look(&self, outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync)) -> Cancellable<Look> {
        self.with_ledger(outcome, |db, project, ledger| {
            let found = ledger.found(db, project);
            Look {
                findings: found.findings,
                isolation: ledger.isolation(),
                open: found.open,
                unknown: found.unknown,
            }
        })
    }

    /// Brings the ledger up to date and looks into it.
    pub(crate) fn with_ledger<T>(
        &self,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
        look: impl FnOnce(&dyn Db, Project, &Ledger) -> T + std::panic::UnwindSafe,
    ) -> Cancellable<T> {
        // The closure only reads from a map of decided outcomes; the ledger bears being cut short.
        let given = std::panic::AssertUnwindSafe((outcome, &self.ledger, &self.judgements, &self.db));
        self.with(move |db, project| {
            let given = given;
            let (outcome, ledger, cache, database) = *given;
            let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
            let on_all_processors = |tables: &[QualifiedName], each: &EachTable<'_>| {
                on_all_processors(database, tables, each);
            };
            ledger.update(db, project, outcome, cache, &on_all_processors);
            look(db, project, &ledger)
        })
    }

    /// The compiled SQL of all tables, or of one (`table` or `schema.table`). Policies with errors are left
    /// out: ask for the findings first.
    pub fn compile(&self, table: Option<&str>) -> Cancellable<Compiled> {
        self.with(|db, project| {
            let wanted = |name: &QualifiedName| {
                table.is_none_or(|table| table == name.name || table == name.to_string())
            };
            let tables = queries::concerned_tables(db, project)
                .iter()
                .filter(|key| wanted(key.name(db)))
                .filter_map(|key| queries::compiled(db, project, *key).clone())
                .collect();
            Compiled { tables }
        })
    }

    /// The policies that [`Analysis::compile`] gives a table, in the same order, as they are created on a
    /// temporary table of the same name (`pg_temp`).
    pub fn compile_on_clone(&self, table: &QualifiedName) -> Cancellable<Vec<CompiledPolicy>> {
        let table = table.clone();
        self.with(|db, project| queries::compiled_on_clone(db, project, TableKey::new(db, table)).clone())
    }

    /// Runs a computation that a later change of the project cancels.
    pub(crate) fn with<T>(
        &self,
        compute: impl FnOnce(&dyn Db, Project) -> T + std::panic::UnwindSafe,
    ) -> Cancellable<T> {
        let db = std::panic::AssertUnwindSafe(&self.db);
        let project = self.project;
        cancellable(move || {
            let db = db;
            compute(*db, project)
        })
    }
}

/// Something done for a table.
pub(crate) type EachTable<'e> = dyn Fn(&dyn Db, &QualifiedName) + Sync + 'e;

/// Does something for each of the tables, on all processors. In threads of its own: one of a common pool that waits for
/// a query takes on another table meanwhile, and the query within itself looks like a circle.
fn on_all_processors(db: &Database, tables: &[QualifiedName], each: &EachTable<'_>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // Tables differ in what they take, so that each thread fetches some more when it has done its own.
    let fetched = Mutex::new(tables.chunks(AT_A_TIME));
    let next = || fetched.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let db = db.clone();
            scope.spawn(move || {
                // What a change overtakes, or a panic ends, is not done here; who needs it meets that again.
                let _ = catch_unwind(AssertUnwindSafe(|| {
                    while let Some(some) = next() {
                        some.iter().for_each(|table| each(&db, table));
                    }
                }));
            });
        }
    });
}

/// So many tables are fetched at a time by a thread that does something for each of many.
const AT_A_TIME: usize = 8;

/// The file of that path.
pub(crate) fn find_file(db: &dyn Db, project: Project, path: &str) -> Option<SourceFile> {
    queries::files_by_path(db, project).get(path).copied()
}

pub(crate) fn written_findings(db: &dyn Db, project: Project) -> Vec<Finding> {
    let mut findings = schema::findings(db, project);
    let governed = queries::governed_tables(db, project);
    let names: HashSet<&QualifiedName> = governed.iter().map(|table| table.name(db)).collect();
    findings.extend(schema::coverage(db, project, |table| names.contains(table)));
    findings.extend(governed.iter().flat_map(|table| foreign::table_findings(db, project, *table)));
    findings.extend(written::project_findings(db, project));
    for file in project.policies(db) {
        findings.extend(written::file_findings(db, project, *file).iter().cloned());
    }
    findings
}

/// The judgements on all governed tables, and what they still ask.
pub(crate) struct Judged<'db> {
    pub(crate) judgements: proofs::Judgements<'db>,
    pub(crate) open: Vec<Obligation>,
}

/// Judges all governed tables.
pub(crate) fn judgements<'db>(
    db: &'db dyn Db,
    project: Project,
    outcome: &dyn Fn(&Obligation) -> Option<Outcome>,
    cache: &Mutex<JudgementCache>,
) -> Judged<'db> {
    judgements_on(db, project, queries::governed_tables(db, project), outcome, cache)
}

/// Judges some tables.
pub(crate) fn judgements_on<'db>(
    db: &'db dyn Db,
    project: Project,
    tables: &[TableKey<'db>],
    outcome: &dyn Fn(&Obligation) -> Option<Outcome>,
    cache: &Mutex<JudgementCache>,
) -> Judged<'db> {
    let mut judged = Judged { judgements: Vec::new(), open: Vec::new() };
    let Some(world) = DbWorld::new(db, project) else { return judged };
    let isolation = &queries::proof_config(db, project).isolation;
    let mut asked = std::collections::HashSet::new();
    for table in tables {
        let Some(planned) = queries::planned(db, project, *table) else { continue };
        let plan = &planned.plan;
        let (judgement, undecided) = judgement_of((db, *table), &world, isolation, plan, outcome, cache);
        let open = undecided.into_iter().filter(|(_, answer)| answer.is_none());
        judged.open.extend(open.map(|(open, _)| open).filter(|open| asked.insert(open.hash)));
        judged.judgements.push((*table, Arc::clone(plan), judgement));
    }
    judged
}

/// An obligation that the solver has not decided, with what it answered.
pub(crate) type Undecided = (Obligation, Option<Outcome>);

/// The judgement on a table by its plan, and what it lacked for it.
pub(crate) fn judgement_of<'db>(
    (db, table): (&'db dyn Db, TableKey<'db>),
    world: &DbWorld<'db>,
    isolation: &[IsolationEntry],
    plan: &Arc<Plan>,
    outcome: &dyn Fn(&Obligation) -> Option<Outcome>,
    cache: &Mutex<JudgementCache>,
) -> (Arc<Judgement>, Vec<Undecided>) {
    if let Some(judgement) = remembered(cache, table.name(db), plan) {
        return (judgement, Vec::new());
    }
    // Noted as they are given: an answer that comes later is one that the judgement lacks.
    let undecided: RefCell<Vec<Undecided>> = RefCell::default();
    let noting = |obligation: &Obligation| {
        let answer = outcome(obligation);
        if !answer.as_ref().is_some_and(Outcome::is_decided) {
            let mut obligation = obligation.clone();
            db.share(&mut obligation);
            undecided.borrow_mut().push((obligation, answer.clone()));
        }
        answer
    };
    let judgement = Arc::new(judge(world, isolation, plan, &noting));
    remember(cache, table, db, plan, &judgement);
    let mut undecided = undecided.into_inner();
    // What was asked in full instead does not miss an answer.
    undecided.retain(|(obligation, answer)| answer.is_none() || !is_asked_in_part(plan, obligation));
    (judgement, undecided)
}

/// Whether a plan asks this of questions in part only.
fn is_asked_in_part(plan: &Plan, obligation: &Obligation) -> bool {
    let questions = plan.items.iter().filter_map(|item| item.question.as_ref().ok());
    let mut extents = questions
        .filter(|question| question.obligation.hash == obligation.hash)
        .map(|question| question.extent)
        .peekable();
    extents.peek().is_some() && extents.all(|extent| extent != Extent::Full)
}

/// What was judged by this very plan. An equal one is not enough: its questions may speak of other columns or literals, so
/// that counterexamples and grounds say something else.
fn remembered(
    cache: &Mutex<JudgementCache>,
    table: &QualifiedName,
    plan: &Arc<Plan>,
) -> Option<Arc<Judgement>> {
    let cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    cache.get(table).filter(|(known, _)| Arc::ptr_eq(known, plan)).map(|(_, judgement)| Arc::clone(judgement))
}

/// Only final judgements are kept: nothing pending, and nothing unknown that may be tried again.
fn remember(
    cache: &Mutex<JudgementCache>,
    table: TableKey<'_>,
    db: &dyn Db,
    plan: &Arc<Plan>,
    judgement: &Arc<Judgement>,
) {
    if !judgement.pending && judgement.unknown.is_empty() {
        let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(table.name(db).clone(), (Arc::clone(plan), Arc::clone(judgement)));
    }
}
