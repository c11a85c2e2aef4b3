//! Existing policies that are not part of the project: those that the language can say join the table's
//! policies in the proofs, the others make them UNKNOWN.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::{Config, Rule, Severity};
use pgpe_import::{Import, Imported, Outside, Present, Standing, TableStanding, missing_setting_matters};
use pgpe_policy::resolved::TablePolicy;
use pgpe_policy::source::{CommandSet, PolicyKind};
use pgpe_proof::world::{GovernedTable, Undecidable};
use pgpe_report::{Finding, Place};

use crate::analysis::Analysis;
use crate::database::{Cancellable, Db, Project};
use crate::findings::schema::{policy_place, relation_place};
use crate::queries::{self, Item, TableKey};

/// An existing policy that the project's policies are not compiled to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) name: String,
    /// The commands that it is for.
    commands: CommandSet,
    permissive: bool,
    /// What it says, if the language can say it.
    read: Result<Imported, Outside>,
}

/// All existing policies of a table, whether the project has them or not.
#[salsa::tracked(returns(ref))]
fn existing<'db>(db: &'db dyn Db, project: Project, table: TableKey<'db>) -> Vec<Foreign> {
    let Some(catalog) = queries::catalog(db, project).as_deref() else { return Vec::new() };
    read_all(table.name(db), catalog, queries::config(db, project))
}

fn read_all(table: &QualifiedName, catalog: &Catalog, config: &Config) -> Vec<Foreign> {
    let Some(relation) = catalog.table(table) else { return Vec::new() };
    let policies = relation.policies.iter();
    policies
        .map(|(name, policy)| Foreign {
            name: name.clone(),
            commands: pgpe_import::commands(policy),
            permissive: policy.permissive,
            read: pgpe_import::read_policy(table, name, policy, catalog, config),
        })
        .collect()
}

/// A table as a catalog's existing policies alone govern it, the project's own among them once they are applied;
/// `None` if its row-level security is not enabled.
pub(crate) fn governed_as_it_stands(
    table: &QualifiedName,
    catalog: &Catalog,
    config: &Config,
) -> Option<GovernedTable> {
    let enabled = catalog.table(table).is_some_and(|relation| relation.rls_enabled);
    let mut governed = GovernedTable::default();
    let mut policies = if enabled { read_all(table, catalog, config) } else { return None };
    refuse_where_settings_matter(table, &governed, &mut policies, config);
    add(&policies, &mut governed);
    governed.undecidable.extend(rewritten(table, catalog));
    Some(governed)
}

/// Why policies and statements may mean something else on a table than they say.
pub(crate) fn rewritten(table: &QualifiedName, catalog: &Catalog) -> Vec<Undecidable> {
    let undecidable = |reason| Undecidable { commands: CommandSet::ALL, reason };
    let meant_otherwise = |it: &String| undecidable(format!("{it} may change what conditions mean"));
    let rules = catalog.table(table).into_iter().flat_map(|relation| &relation.rules);
    let done_otherwise = |it: &String| undecidable(format!("{it} changes what statements do"));
    catalog.overrides.iter().map(meant_otherwise).chain(rules.map(done_otherwise)).collect()
}

/// Adds the foreign policies of a table to those of the project, of which it has nothing else yet.
pub(crate) fn join<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
    governed: &mut GovernedTable,
) -> Vec<Foreign> {
    let ours = compiled_names(&governed.policies, &table.name(db).name);
    let mut foreign: Vec<Foreign> =
        existing(db, project, table).iter().filter(|policy| !ours.contains(&policy.name)).cloned().collect();
    let config = queries::config(db, project);
    refuse_where_settings_matter(table.name(db), governed, &mut foreign, config);
    add(&foreign, governed);
    foreign
}

fn add(foreign: &[Foreign], governed: &mut GovernedTable) {
    for policy in foreign {
        match &policy.read {
            Ok(imported) => governed.policies.push(imported.policy.clone()),
            Err(_) => governed.undecidable.push(Undecidable {
                commands: policy.commands,
                reason: format!("the existing policy {} can't be read", policy.name),
            }),
        }
    }
}

/// The names that policies have in the database. Those that are not compiled are not there.
fn compiled_names(policies: &[TablePolicy], table: &str) -> BTreeSet<String> {
    let names = |policy: &TablePolicy| {
        let commands = pgpe_policy::compiled_commands(policy.commands).into_iter();
        let name = |command| pgpe_policy::compiled_name(&policy.policy, table, command).name;
        commands.map(name).collect::<Vec<String>>()
    };
    policies.iter().filter(|policy| queries::is_compiled(policy)).flat_map(names).collect()
}

/// Those that read a setting which may be missing or empty say something else then, if other policies of the
/// table let rows pass. Each may matter to others.
fn refuse_where_settings_matter(
    table: &QualifiedName,
    governed: &GovernedTable,
    foreign: &mut [Foreign],
    config: &Config,
) {
    let none = BTreeSet::new();
    loop {
        let matters = {
            let mut standing = TableStanding::default();
            let ours = governed.policies.iter();
            standing.policies.extend(ours.map(|policy| Standing { policy, one_sided_errors: &none }));
            let unreadable = foreign.iter().filter(|it| it.read.is_err() && it.permissive);
            let undecidable = governed.undecidable.iter().map(|it| it.commands);
            let unknown = unreadable.map(|it| it.commands).chain(undecidable);
            standing.unknown = unknown.flat_map(CommandSet::iter).collect();
            let read = foreign.iter().enumerate().filter_map(|(at, it)| Some((at, it.read.as_ref().ok()?)));
            let read: Vec<(usize, Standing<'_>)> = read
                .map(|(at, it)| (at, Standing { policy: &it.policy, one_sided_errors: &it.one_sided_errors }))
                .collect();
            standing.policies.extend(read.iter().map(|(_, standing)| *standing));
            let standings = BTreeMap::from([(table, standing)]);
            read.iter()
                .find_map(|(at, it)| missing_setting_matters(&standings, table, *it).map(|key| (*at, key)))
        };
        let Some((at, key)) = matters else { return };
        if let Some(policy) = foreign.get_mut(at) {
            policy.read = Err(pgpe_import::missing_setting(&key, config));
        }
    }
}

/// What is to be said of the foreign policies of a governed table.
pub(crate) fn table_findings(db: &dyn Db, project: Project, table: TableKey<'_>) -> Vec<Finding> {
    let Some(governed) = queries::governed(db, project, table) else { return Vec::new() };
    let name = table.name(db);
    let finding = |policy: &Foreign| {
        let mut finding = finding(policy, name);
        finding.place = place(db, project, name, &policy.name);
        finding.table = Some(name.to_string());
        finding
    };
    governed.foreign.iter().map(finding).collect()
}

fn finding(foreign: &Foreign, table: &QualifiedName) -> Finding {
    let policy = &foreign.name;
    match &foreign.read {
        Ok(imported) => {
            let effect = match imported.policy.kind {
                PolicyKind::Permissive => "lets rows pass besides",
                PolicyKind::Restrictive => "narrows what passes",
            };
            let message = format!(
                "the existing policy {policy} on {table} is not part of this policy set; the proofs count it: it {effect}"
            );
            let mut finding = Finding::new(Rule::ForeignPolicy, message);
            finding.severity = Severity::Info;
            finding.help =
                Some("drop it, or make it part of the project: `pgpe import` writes it down".to_owned());
            finding
        }
        Err(outside) => {
            let message = format!(
                "the existing policy {policy} on {table} is not part of this policy set, and it can't be read, so \
                 that isolation of its commands can't be proved: {outside}"
            );
            let mut finding = Finding::new(Rule::ForeignPolicy, message);
            finding.help =
                Some(outside.help.clone().unwrap_or_else(|| {
                    "drop it, or write what it says as a policy of the project".to_owned()
                }));
            finding
        }
    }
}

/// Where an existing policy stands, or else its table.
pub(crate) fn place(db: &dyn Db, project: Project, table: &QualifiedName, policy: &str) -> Option<Place> {
    policy_place(db, project, table, policy).or_else(|| relation_place(db, project, table))
}

impl Analysis {
    /// The existing policies of the schema that the project does not have, as files of policies; `None`
    /// without a schema.
    pub fn import(&self) -> Cancellable<Option<Import>> {
        self.with(|db, project| {
            let catalog = queries::catalog(db, project).as_deref()?;
            let mut present = Present::default();
            for table in queries::governed_tables(db, project) {
                let Some(governed) = queries::governed(db, project, *table) else { continue };
                let name = table.name(db);
                let policies = governed.ours().to_vec();
                let compiled = compiled_names(&policies, &name.name).into_iter();
                present.compiled.extend(compiled.map(|compiled| (name.clone(), compiled)));
                present.policies.insert(name.clone(), policies);
            }
            for key in queries::project_items(db, project) {
                if let Some(Item::Policy(policy)) = queries::item(db, *key) {
                    present.names.insert(policy.name.value.clone());
                }
            }
            Some(pgpe_import::import(catalog, queries::config(db, project), &present))
        })
    }
}
