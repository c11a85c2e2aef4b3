//! What is derived from the project's texts, step by step.
//!
//! The steps are cut so that an edit re-does little: a file is parsed as a whole, its items are lowered
//! without their places, and everything beyond depends on single items, tables and the catalog.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use pgpe_catalog::{Catalog, Command, NotASnapshot, QualifiedName, References, SkippedStatement, SourceMap};
use pgpe_config::{Config, ConfigError, Rule, Session};
use pgpe_policy::normal_form::RemovedWhy;
use pgpe_policy::resolved::{Disjunction, TablePolicy};
use pgpe_policy::source::{self, CommandSet, PolicyKind, Selector, Spanned};
use pgpe_policy::{Candidates, Resolution};
use pgpe_proof::owner::IsolationEntry;
use pgpe_proof::plan::{Plan, ProofConfig, plan};
use pgpe_proof::world::{GovernedTable, Undecidable};
use pgpe_sqlgen::{CompiledPolicy, CompiledTable, GrantInput, TableInput};
use pgpe_syntax::{LineIndex, Parse, TextRange};

use crate::database::{Db, Project, SourceFile};
use crate::file_groups;
use crate::foreign::{self, Foreign};
use crate::world::DbWorld;

/// A policy or grant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Item {
    Policy(Arc<source::Policy>),
    Grant(Arc<source::Grant>),
}

/// An item by its file and position among the file's items.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct ItemKey<'db> {
    #[returns(copy)]
    pub(crate) file: SourceFile,
    #[returns(copy)]
    pub(crate) index: usize,
}

/// A table by its name.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct TableKey<'db> {
    #[returns(ref)]
    pub(crate) name: QualifiedName,
}

/// The configuration as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigRead {
    pub(crate) config: Config,
    pub(crate) errors: Vec<ConfigError>,
}

/// What the schema's text says besides the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SchemaNotes {
    pub(crate) sources: SourceMap,
    pub(crate) skipped: Vec<SkippedStatement>,
}

#[salsa::tracked(returns(ref))]
pub(crate) fn parsed(db: &dyn Db, file: SourceFile) -> Parse {
    db.readings().parse(file, file.text(db))
}

/// The files of policies, the schema as SQL and the configuration, by their paths.
#[salsa::tracked(returns(ref))]
pub(crate) fn files_by_path(db: &dyn Db, project: Project) -> HashMap<String, SourceFile> {
    let others = [project.schema(db), project.config(db)].into_iter().flatten();
    let files = project.policies(db).iter().copied().chain(others);
    files.map(|file| (file.path(db).clone(), file)).collect()
}

#[salsa::tracked(returns(ref))]
pub(crate) fn line_index(db: &dyn Db, file: SourceFile) -> LineIndex {
    LineIndex::new(file.text(db))
}

/// With an unreadable configuration the defaults hold, and the errors say so.
#[salsa::tracked(returns(ref))]
pub(crate) fn config_read(db: &dyn Db, project: Project) -> ConfigRead {
    let Some(file) = project.config(db) else {
        return ConfigRead { config: Config::default(), errors: Vec::new() };
    };
    match Config::parse(file.text(db)) {
        Ok(config) => ConfigRead { config, errors: Vec::new() },
        Err(errors) => ConfigRead { config: Config::default(), errors },
    }
}

/// Kept apart from the errors, whose places move.
#[salsa::tracked(returns(ref))]
pub(crate) fn config(db: &dyn Db, project: Project) -> Arc<Config> {
    Arc::new(config_read(db, project).config.clone())
}

#[salsa::tracked(returns(ref))]
fn schema_read(db: &dyn Db, schema: SourceFile) -> (Arc<Catalog>, Arc<SchemaNotes>) {
    let read = pgpe_catalog::ddl::read_ddl(schema.text(db));
    (Arc::new(read.catalog), Arc::new(SchemaNotes { sources: read.sources, skipped: read.skipped }))
}

#[salsa::tracked(returns(ref))]
pub(crate) fn snapshot_read(db: &dyn Db, snapshot: SourceFile) -> Result<Arc<Catalog>, NotASnapshot> {
    Catalog::from_snapshot(snapshot.text(db)).map(Arc::new)
}

/// The schema; `None` if there is none, or none that can be read.
#[salsa::tracked(returns(ref))]
pub(crate) fn catalog(db: &dyn Db, project: Project) -> Option<Arc<Catalog>> {
    match (project.catalog(db), project.snapshot(db)) {
        (Some(catalog), _) => Some(Arc::clone(catalog)),
        (None, Some(snapshot)) => snapshot_read(db, snapshot).as_ref().ok().cloned(),
        (None, None) => project.schema(db).map(|schema| Arc::clone(&schema_read(db, schema).0)),
    }
}

/// Which columns the schema's foreign keys refer to.
#[salsa::tracked(returns(ref))]
pub(crate) fn references(db: &dyn Db, project: Project) -> References {
    catalog(db, project).as_deref().map(References::of).unwrap_or_default()
}

/// The tables that policies can govern.
#[salsa::tracked(returns(ref))]
pub(crate) fn candidates(db: &dyn Db, project: Project) -> Candidates {
    let catalog = catalog(db, project).as_deref();
    catalog.map(|catalog| Candidates::of(catalog, config(db, project))).unwrap_or_default()
}

/// Where things stand in the schema's text; `None` if there is no text.
#[salsa::tracked(returns(ref))]
pub(crate) fn schema_notes(db: &dyn Db, project: Project) -> Option<Arc<SchemaNotes>> {
    if project.catalog(db).is_some() || project.snapshot(db).is_some() {
        return None;
    }
    project.schema(db).map(|schema| Arc::clone(&schema_read(db, schema).1))
}

/// The file's items, without their places.
#[salsa::tracked(returns(ref))]
pub(crate) fn items(db: &dyn Db, file: SourceFile) -> Vec<Item> {
    db.readings().lower(file, parsed(db, file))
}

/// The places of the file's items.
#[salsa::tracked(returns(ref))]
pub(crate) fn item_ranges(db: &dyn Db, file: SourceFile) -> Vec<TextRange> {
    use pgpe_syntax::AstNode;
    parsed(db, file).tree().items().map(|item| item.syntax().text_range()).collect()
}

#[salsa::tracked(returns(ref))]
pub(crate) fn item<'db>(db: &'db dyn Db, key: ItemKey<'db>) -> Option<Item> {
    items(db, key.file(db)).get(key.index(db)).cloned()
}

/// A file's items, in their order.
#[salsa::tracked(returns(ref))]
pub(crate) fn file_items<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<ItemKey<'db>> {
    (0..item_count(db, file)).map(|index| ItemKey::new(db, file, index)).collect()
}

/// All items, in the order of files and positions.
pub(crate) fn project_items<'db>(
    db: &'db dyn Db,
    project: Project,
) -> impl Iterator<Item = &'db ItemKey<'db>> {
    project.policies(db).iter().flat_map(|file| file_items(db, *file))
}

#[salsa::tracked(returns(copy))]
fn item_count(db: &dyn Db, file: SourceFile) -> usize {
    items(db, file).len()
}

/// Which tables an item governs; `None` if that can't be told, so that it may be any.
#[salsa::tracked(returns(ref))]
pub(crate) fn selector<'db>(
    db: &'db dyn Db,
    project: Project,
    key: ItemKey<'db>,
) -> Option<Spanned<Selector>> {
    let (selector, problems) = match item(db, key).as_ref()? {
        Item::Policy(policy) => {
            let catalog = catalog(db, project).as_deref();
            let (candidates, config) = (candidates(db, project), config(db, project));
            (&policy.selector, pgpe_policy::policy_problems(policy, catalog, candidates, config))
        }
        Item::Grant(grant) => {
            let catalog = catalog(db, project).as_deref();
            let (candidates, config) = (candidates(db, project), config(db, project));
            (&grant.selector, pgpe_policy::grant_problems(grant, catalog, candidates, config))
        }
    };
    let unknown = problems.iter().any(|problem| problem.rule == Rule::UnknownType);
    selector.clone().filter(|_| !unknown)
}

/// The tables that an item selects; of one whose selector is not known, those that it may select.
#[salsa::tracked(returns(ref))]
pub(crate) fn selected<'db>(db: &'db dyn Db, project: Project, key: ItemKey<'db>) -> Vec<QualifiedName> {
    let Some(catalog) = catalog(db, project) else { return Vec::new() };
    candidates(db, project).selected(selector(db, project, key).as_ref(), catalog, config(db, project))
}

/// The tables that each item of a file selects, by the item's position. Between items and project, so that an edit of one
/// file has little to look through; without keys, since each that is made or read is looked at after an edit.
#[salsa::tracked(returns(ref))]
fn selected_by_file(db: &dyn Db, project: Project, file: SourceFile) -> Vec<(usize, QualifiedName)> {
    let keys = file_items(db, file).iter().enumerate();
    keys.flat_map(|(index, key)| selected(db, project, *key).iter().map(move |table| (index, table.clone())))
        .collect()
}

/// [`selected_by_file`] of a group's files.
#[salsa::tracked(returns(ref))]
fn selected_by_group(db: &dyn Db, project: Project, group: usize) -> Vec<(SourceFile, usize, QualifiedName)> {
    let of_file = |file: &SourceFile| {
        let file = *file;
        selected_by_file(db, project, file).iter().map(move |(index, table)| (file, *index, table.clone()))
    };
    file_groups::files(db, project, group).iter().flat_map(of_file).collect()
}

/// The items that select each table, in the order of the tables' names and of the items.
#[salsa::tracked(returns(ref))]
fn items_by_table(db: &dyn Db, project: Project) -> Vec<(QualifiedName, Vec<(SourceFile, usize)>)> {
    let mut by_table: BTreeMap<&QualifiedName, Vec<(SourceFile, usize)>> = BTreeMap::new();
    for group in file_groups::all(db, project) {
        for (file, index, table) in selected_by_group(db, project, group) {
            by_table.entry(table).or_default().push((*file, *index));
        }
    }
    by_table.into_iter().map(|(table, items)| (table.clone(), items)).collect()
}

/// The items that select a table, in source order.
#[salsa::tracked(returns(ref))]
pub(crate) fn items_of_table<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
) -> Vec<ItemKey<'db>> {
    let by_table = items_by_table(db, project);
    let found = by_table.binary_search_by(|(known, _)| known.cmp(table.name(db)));
    let items = found.ok().and_then(|at| by_table.get(at)).map_or(&[][..], |(_, items)| items);
    items.iter().map(|(file, index)| ItemKey::new(db, *file, *index)).collect()
}

/// The policies that select a table, with their keys. In step with [`GovernedTable::policies`] but for those
/// that could not be resolved.
pub(crate) fn policies_of_table<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
) -> impl Iterator<Item = (ItemKey<'db>, &'db Arc<source::Policy>)> {
    items_of_table(db, project, table).iter().filter_map(move |key| match item(db, *key) {
        Some(Item::Policy(policy)) => Some((*key, policy)),
        _ => None,
    })
}

/// A policy on one of its tables.
#[salsa::tracked(returns(ref))]
pub(crate) fn resolution<'db>(
    db: &'db dyn Db,
    project: Project,
    key: ItemKey<'db>,
    table: TableKey<'db>,
) -> Option<Resolution> {
    let catalog = catalog(db, project).as_deref()?;
    match item(db, key) {
        Some(Item::Policy(policy)) => {
            Some(pgpe_policy::resolve(policy, table.name(db), catalog, config(db, project)))
        }
        _ => None,
    }
}

/// Tables that some policy selects, sorted.
#[salsa::tracked(returns(ref))]
pub(crate) fn governed_tables<'db>(db: &'db dyn Db, project: Project) -> Vec<TableKey<'db>> {
    concerned_tables(db, project).into_iter().filter(|table| is_governed(db, project, *table)).collect()
}

/// Whether some policy selects the table. One whose selector can't be read governs nothing by itself.
fn is_governed<'db>(db: &'db dyn Db, project: Project, table: TableKey<'db>) -> bool {
    policies_of_table(db, project, table).any(|(key, _)| selector(db, project, key).is_some())
}

/// A governed table's policies in normal form, with the keys of the items they come from.
#[derive(Debug, Clone, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct Governed<'db> {
    /// The project's policies come before those of `foreign` that joined them.
    pub(crate) table: GovernedTable,
    /// The item of each of the project's policies in `table.policies`.
    pub(crate) keys: Vec<ItemKey<'db>>,
    /// The existing policies that are not the project's.
    pub(crate) foreign: Vec<Foreign>,
}

impl Governed<'_> {
    /// The policies of the project.
    pub(crate) fn ours(&self) -> &[TablePolicy] {
        self.table.policies.get(..self.keys.len()).unwrap_or_default()
    }

    /// The name of the existing policy that joined the project's as the one of that index.
    pub(crate) fn foreign_name(&self, index: usize) -> Option<&str> {
        let policy = self.table.policies.get(index).filter(|_| index >= self.keys.len())?;
        Some(&policy.policy)
    }
}

/// A governed table as it is now.
pub(crate) fn governed<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
) -> &'db Option<Governed<'db>> {
    match doubts(db, project).is_empty() {
        true => governed_for_certain(db, project, table),
        false => governed_in_doubt(db, project, table),
    }
}

/// [`governed`] but for what is doubtful in the whole project: that comes and goes while one types, and nothing of what
/// is known without it is to be found out again then.
#[salsa::tracked(returns(ref))]
pub(crate) fn governed_for_certain<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
) -> Option<Governed<'db>> {
    govern(db, project, table, &[])
}

#[salsa::tracked(returns(ref))]
fn governed_in_doubt<'db>(db: &'db dyn Db, project: Project, table: TableKey<'db>) -> Option<Governed<'db>> {
    govern(db, project, table, doubts(db, project))
}

fn govern<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
    doubts: &[Undecidable],
) -> Option<Governed<'db>> {
    let schema = catalog(db, project).as_ref()?;
    if !is_governed(db, project, table) {
        return None;
    }
    let mut governed = Governed { table: GovernedTable::default(), keys: Vec::new(), foreign: Vec::new() };
    for (key, policy) in policies_of_table(db, project, table) {
        let commands = policy.commands.unwrap_or(CommandSet::ALL);
        let resolution = resolution(db, project, key, table).as_ref();
        match resolution.and_then(|resolution| resolution.policy.as_ref()) {
            Some(_) if duplicate_names(db, project).contains(&policy.name.value) => {
                let reason = format!("there are several policies {}", policy.name.value);
                governed.table.undecidable.push(Undecidable { commands, reason });
            }
            // Nothing that is not compiled narrows what passes.
            Some(resolved) if resolved.kind == PolicyKind::Restrictive && !is_compiled(resolved) => {
                let reason =
                    format!("no row can pass the policy {}, so that it is not compiled", resolved.policy);
                governed.table.undecidable.push(Undecidable { commands, reason });
            }
            Some(resolved) if !policy.broken && selector(db, project, key).is_some() => {
                if resolution.is_some_and(absorbs) {
                    governed.table.absorbed = commands.iter().chain(governed.table.absorbed.iter()).collect();
                }
                governed.table.policies.push(resolved.clone());
                governed.keys.push(key);
            }
            _ => governed.table.undecidable.push(Undecidable {
                commands,
                reason: format!("the policy {} has an error", policy.name.value),
            }),
        }
    }
    governed.table.undecidable.extend(doubts.iter().cloned());
    governed.table.undecidable.extend(foreign::rewritten(table.name(db), schema));
    governed.foreign = foreign::join(db, project, table, &mut governed.table);
    Some(governed)
}

/// The existing policies of a table that the project does not govern, if row-level security is on for it, with
/// what is doubtful in the project; [`foreign::governed_as_it_stands`] is for any catalog and any table.
#[salsa::tracked(returns(ref))]
pub(crate) fn governed_by_others<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
) -> Option<GovernedTable> {
    let catalog = catalog(db, project).as_deref()?;
    let relation = catalog.relations.get(table.name(db))?;
    if !relation.rls_enabled || is_governed(db, project, table) {
        return None;
    }
    let mut governed = GovernedTable { undecidable: doubts(db, project).clone(), ..Default::default() };
    governed.undecidable.extend(foreign::rewritten(table.name(db), catalog));
    foreign::join(db, project, table, &mut governed);
    Some(governed)
}

/// The names of a file's policies.
#[salsa::tracked(returns(ref))]
fn policy_names(db: &dyn Db, file: SourceFile) -> Vec<String> {
    let name = |item: &Item| match item {
        Item::Policy(policy) => Some(policy.name.value.clone()),
        Item::Grant(_) => None,
    };
    items(db, file).iter().filter_map(name).collect()
}

/// [`policy_names`] of a group's files.
#[salsa::tracked(returns(ref))]
fn policy_names_by_group(db: &dyn Db, project: Project, group: usize) -> Vec<String> {
    file_groups::files(db, project, group).iter().flat_map(|file| policy_names(db, *file)).cloned().collect()
}

/// Names that several policies bear.
#[salsa::tracked(returns(ref))]
pub(crate) fn duplicate_names(db: &dyn Db, project: Project) -> BTreeSet<String> {
    let mut seen = HashSet::new();
    let names = file_groups::all(db, project).flat_map(|group| policy_names_by_group(db, project, group));
    names.filter(|name| !seen.insert(*name)).cloned().collect()
}

/// What keeps every table's predicates, or what isolation means, from being known.
#[salsa::tracked(returns(ref))]
pub(crate) fn doubts(db: &dyn Db, project: Project) -> Vec<Undecidable> {
    let mut reasons = Vec::new();
    // Text that is no item may have been meant as a policy for anything.
    for file in file_groups::all(db, project).flat_map(|group| with_stray_text(db, project, group)) {
        reasons.push(format!("{} has text that can't be read as a policy", file.path(db)));
    }
    let notes = schema_notes(db, project).as_ref();
    let doubtful = notes.and_then(|notes| notes.skipped.iter().find(|skipped| skipped.doubtful));
    if let Some(skipped) = doubtful {
        reasons.push(format!("the schema has a statement that was skipped: {}", skipped.reason));
    }
    let read = config_read(db, project);
    let catalog = catalog(db, project).as_deref();
    let unusable_key = |key: &str| pgpe_policy::resolve_key(key, catalog).is_err();
    if !read.errors.is_empty() || read.config.isolation.iter().any(|entry| unusable_key(&entry.key)) {
        reasons.push("the configuration has an error".to_owned());
    }
    reasons.into_iter().map(|reason| Undecidable { commands: CommandSet::ALL, reason }).collect()
}

/// The files of a group that have something wrong outside of all items.
#[salsa::tracked(returns(ref))]
fn with_stray_text(db: &dyn Db, project: Project, group: usize) -> Vec<SourceFile> {
    let files = file_groups::files(db, project, group).iter().copied();
    files.filter(|file| has_stray_text(db, *file)).collect()
}

/// Whether something is wrong with a file outside of all its items.
#[salsa::tracked(returns(copy))]
fn has_stray_text(db: &dyn Db, file: SourceFile) -> bool {
    let items = item_ranges(db, file);
    let is_in_item = |range: TextRange| {
        let behind = items.partition_point(|item| item.start() <= range.start());
        items.get(..behind).and_then(<[_]>::last).is_some_and(|item| item.contains_range(range))
    };
    parsed(db, file).errors().iter().any(|error| !is_in_item(error.range))
}

/// Whether the normal form did without a clause because another covers it.
fn absorbs(resolution: &Resolution) -> bool {
    resolution
        .removed
        .iter()
        .chain(&resolution.removed_from_check)
        .any(|removed| !matches!(removed.why, RemovedWhy::Contradiction { .. }))
}

/// What is to be proved: the configured notions of tenant whose keys can be read, and what else there is.
#[salsa::tracked(returns(ref))]
pub(crate) fn proof_config(db: &dyn Db, project: Project) -> ProofConfig {
    let catalog = catalog(db, project).as_deref();
    let config = config(db, project);
    let isolation = config.isolation.iter().filter_map(|isolation| {
        let key = pgpe_policy::resolve_key(&isolation.key, catalog).ok()?;
        Some(IsolationEntry::new(key, isolation.clone(), catalog))
    });
    ProofConfig {
        isolation: isolation.collect(),
        soft_delete: config.soft_delete.clone(),
        role_separation: config.role_separation.clone(),
    }
}

/// The questions that a table raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    /// The questions.
    pub(crate) plan: Arc<Plan>,
    /// The tables whose policies, or lack of policies, they depend on.
    pub(crate) consulted: Arc<BTreeSet<QualifiedName>>,
}

/// The questions that a governed table raises. No solver runs here.
pub(crate) fn planned<'db>(db: &'db dyn Db, project: Project, table: TableKey<'db>) -> &'db Option<Planned> {
    match doubts(db, project).is_empty() {
        true => planned_for_certain(db, project, table),
        false => planned_in_doubt(db, project, table),
    }
}

/// [`planned`] where nothing is doubtful.
#[salsa::tracked(returns(ref))]
fn planned_for_certain<'db>(db: &'db dyn Db, project: Project, table: TableKey<'db>) -> Option<Planned> {
    make_plan(db, project, DbWorld::for_certain(db, project)?, table)
}

#[salsa::tracked(returns(ref))]
fn planned_in_doubt<'db>(db: &'db dyn Db, project: Project, table: TableKey<'db>) -> Option<Planned> {
    make_plan(db, project, DbWorld::new(db, project)?, table)
}

fn make_plan(db: &dyn Db, project: Project, world: DbWorld<'_>, table: TableKey<'_>) -> Option<Planned> {
    let mut plan = plan(&world, proof_config(db, project), table.name(db));
    let questions = plan.items.iter_mut().filter_map(|item| item.question.as_mut().ok());
    questions.for_each(|question| db.share(&mut question.obligation));
    Some(Planned { plan: Arc::new(plan), consulted: Arc::new(world.consulted()) })
}

/// The SQL of one table; `None` if nothing of the project concerns it.
#[salsa::tracked(returns(ref))]
pub(crate) fn compiled<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
) -> Option<CompiledTable> {
    with_input(db, project, table, |_| true, pgpe_sqlgen::compile_table)
}

/// The part of [`compiled`] that comes from one file.
#[salsa::tracked(returns(ref))]
pub(crate) fn compiled_of_file<'db>(
    db: &'db dyn Db,
    project: Project,
    file: SourceFile,
    table: TableKey<'db>,
) -> Option<CompiledTable> {
    with_input(db, project, table, |key| key.file(db) == file, pgpe_sqlgen::compile_table)
}

/// The policies of [`compiled`] as they are created on a temporary table of the same name.
#[salsa::tracked(returns(ref))]
pub(crate) fn compiled_on_clone<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
) -> Vec<CompiledPolicy> {
    let clone = QualifiedName::new("pg_temp", &table.name(db).name);
    let compile = |input: &TableInput<'_>, catalog: &Catalog, session| {
        pgpe_sqlgen::compile_table_on_clone(input, &clone, catalog, session)
    };
    with_input(db, project, table, |_| true, compile).unwrap_or_default()
}

/// What is to be compiled of a table's items, or of some of them; `None` if nothing is.
fn with_input<'db, T>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
    is_wanted: impl Fn(ItemKey<'db>) -> bool,
    compile: impl FnOnce(&TableInput<'_>, &Catalog, Session) -> T,
) -> Option<T> {
    let catalog = catalog(db, project).as_deref()?;
    let governed = governed(db, project, table).as_ref();
    let policies: Vec<&TablePolicy> = governed
        .into_iter()
        .flat_map(|governed| governed.keys.iter().zip(governed.ours()))
        .filter(|(key, policy)| is_wanted(**key) && is_compiled(policy))
        .map(|(_, policy)| policy)
        .collect();
    let grants: Vec<GrantInput> = items_of_table(db, project, table)
        .iter()
        .filter(|key| is_wanted(**key))
        .filter_map(|key| match item(db, *key) {
            Some(Item::Grant(grant)) if !grant.broken && selector(db, project, *key).is_some() => {
                Some((&**grant).into())
            }
            _ => None,
        })
        .collect();
    if policies.is_empty() && grants.is_empty() {
        return None;
    }
    let input = TableInput { name: table.name(db), policies: &policies, grants: &grants };
    Some(compile(&input, catalog, config(db, project).session))
}

/// Whether SQL is made of a policy. One that nothing passes is an error, and is not to be made.
pub(crate) fn is_compiled(policy: &TablePolicy) -> bool {
    let block = |clauses: &Disjunction| !clauses.clauses.is_empty();
    match &policy.check {
        Some(check) if policy.commands.iter().eq([Command::Insert]) => block(check),
        check => block(&policy.using) && check.as_ref().is_none_or(block),
    }
}

/// Every table that an item selects, sorted.
pub(crate) fn concerned_tables<'db>(db: &'db dyn Db, project: Project) -> Vec<TableKey<'db>> {
    items_by_table(db, project).iter().map(|(table, _)| TableKey::new(db, table.clone())).collect()
}
