//! A plan: the statements that bring a database to a state, each with its locks and what undoes it. A value
//! that is shown before it is applied.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, ExistingPolicy, QualifiedName, Relation};
use pgpe_config::Config;
use serde::{Serialize, Serializer};

use crate::blockers::Blocker;
use crate::change::{Change, Lock, LockMode, PolicyForms};
use crate::comparison::{QUARANTINE, TableComparison, compare, is_quarantined, quarantine_policy};
use crate::expected::Expected;
use crate::record::Record;
use crate::round_trip::ExpectedForm;

/// Version of the JSON form.
const JSON_VERSION: u32 = 1;

/// A plan for one target. Only the functions of this module make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The target.
    pub target: String,
    /// The state on which it was computed, as [`state_hash`] of the catalog.
    pub state: String,
    /// By table.
    pub tables: Vec<TablePlan>,
    /// What was the project's and is gone from the source, but stays on the database.
    pub gone: Vec<Gone>,
    /// The tables with statements as they were; what they are to be after it stands in `after`.
    pub(crate) before: BTreeMap<QualifiedName, Relation>,
    /// The tables with statements as they are to be.
    pub(crate) after: BTreeMap<QualifiedName, Relation>,
    /// Policies of which the server's form is not known, as they are written; `after` has the same.
    pub(crate) inexact: BTreeMap<(QualifiedName, String), ExistingPolicy>,
    /// The configuration by which those are read.
    pub(crate) config: Config,
}

/// The statements for one table.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePlan {
    /// The table.
    pub name: QualifiedName,
    /// In order.
    pub steps: Vec<Step>,
    /// Who holds or waits for locks that conflict with those of the steps, once that was looked up.
    pub blockers: Vec<Blocker>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it does.
    pub change: Change,
    /// The statement.
    pub sql: String,
    /// The locks that it takes.
    pub locks: Vec<Lock>,
    /// What it does to access, by command; only commands whose access it changes, or of which that is not
    /// known. Empty also until that was looked into.
    pub effects: BTreeMap<String, Effect>,
    /// Statements that undo it, in order.
    pub inverse: Vec<String>,
}

impl Step {
    /// Whose access it is about, if not that of all.
    pub fn concerns(&self) -> Option<&'static str> {
        matches!(self.change, Change::Force(_)).then_some("owner")
    }

    /// Whether more may pass after it, as far as was looked into.
    pub fn may_widen(&self) -> bool {
        // Policies that come into force take nothing away from nothing.
        let only_narrows = matches!(self.change, Change::Enable(true) | Change::Force(true));
        !only_narrows && self.effects.values().any(|effect| *effect != Effect::Narrows)
    }
}

/// What a statement does to access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// More passes.
    Widens,
    /// Less passes.
    Narrows,
    /// Something more passes, and something less.
    Changes,
    /// Not decided.
    Unknown,
}

impl Effect {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Effect::Widens => "widens",
            Effect::Narrows => "narrows",
            Effect::Changes => "changes",
            Effect::Unknown => "may change",
        }
    }
}

/// A policy or privileges that were the project's once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The statement that takes it away.
    pub removal: String,
}

/// The state of a database as a hash, in hexadecimal digits: of all but comments and those roles that nothing
/// in it names. Equal catalogs have equal hashes.
pub fn state_hash(catalog: &Catalog) -> String {
    let mut catalog = catalog.clone();
    let mut named: BTreeSet<String> = BTreeSet::new();
    for relation in catalog.relations.values_mut() {
        relation.comment = None;
        relation.columns.iter_mut().for_each(|column| column.comment = None);
        named.extend(relation.owner.clone());
        named.extend(relation.grants.iter().filter_map(|grant| grant.role.clone()));
        named.extend(relation.policies.values().flat_map(|policy| policy.roles.clone()));
    }
    catalog.roles.known.retain(|role, _| named.contains(role));
    let mut hasher = blake3::Hasher::new();
    // Writing to a hasher can't fail, and all keys of a catalog are strings.
    let _ = serde_json::to_writer(&mut hasher, &catalog);
    hasher.finalize().to_hex().to_string()
}

/// As [`state_hash`], but of that alone which the server's form of an expression depends on: not of policies,
/// flags, privileges and owners.
pub fn structure_hash(catalog: &Catalog) -> String {
    let mut structure = catalog.clone();
    structure.closed_schemas.clear();
    for relation in structure.relations.values_mut() {
        relation.policies.clear();
        relation.grants.clear();
        relation.owner = None;
        (relation.rls_enabled, relation.rls_forced) = (false, false);
    }
    state_hash(&structure)
}

/// What brings the database to the expected state. With `prune`, what was the project's and is gone from the
/// source is taken away, too.
pub fn plan(
    target: &str,
    expected: &Expected,
    observed: &Catalog,
    record: Option<&Record>,
    prune: bool,
) -> Plan {
    let mut plan = Plan { config: expected.config.clone(), ..Plan::empty(target, observed) };
    for table in compare(expected, observed, record) {
        let removals = table.removals();
        let mut changes = table.repairs();
        if prune {
            // Before row-level security is enabled, like all that concerns policies.
            let at = changes.iter().position(|change| !is_about_policies(change)).unwrap_or(changes.len());
            let (policies, grants) = removals.into_iter().partition::<Vec<_>, _>(is_about_policies);
            changes.splice(at..at, policies);
            changes.extend(grants);
        } else {
            plan.gone.extend(removals.iter().map(|change| Gone {
                schema: table.name.schema.to_string(),
                table: table.name.name.to_string(),
                removal: change.sql(table.name),
            }));
        }
        plan.add(&table, changes);
        if let Some(wanted) = expected.tables.get(table.name) {
            for (name, policy) in &wanted.policies {
                if let ExpectedForm::Written(_) = policy.form {
                    plan.inexact.insert((table.name.clone(), name.clone()), policy.written.clone());
                }
            }
        }
    }
    plan
}

/// What closes every drifted table that is not closed already: row-level security, and a restrictive policy
/// that nothing passes.
pub fn quarantine(target: &str, expected: &Expected, observed: &Catalog, record: Option<&Record>) -> Plan {
    let mut plan = Plan::empty(target, observed);
    for table in compare(expected, observed, record) {
        if !table.is_drifted() || !observed.relations.contains_key(table.name) {
            continue;
        }
        let relation = &table.observed;
        let mut changes = Vec::new();
        if !is_quarantined(relation) {
            let name = QUARANTINE.to_owned();
            if relation.policies.contains_key(&name) {
                changes.push(Change::Drop { name: name.clone() });
            }
            let policy = PolicyForms::observed(&quarantine_policy());
            changes.push(Change::Create { name, policy });
        }
        changes.extend((!relation.rls_enabled).then_some(Change::Enable(true)));
        changes.extend((!relation.rls_forced).then_some(Change::Force(true)));
        plan.add(&table, changes);
    }
    plan
}

/// What lifts a table's quarantine; `None` if it is not closed. Row-level security stays as it is.
pub fn lift(target: &str, observed: &Catalog, table: &QualifiedName) -> Option<Plan> {
    let relation = observed.relations.get(table).filter(|relation| is_quarantined(relation))?;
    let mut plan = Plan::empty(target, observed);
    plan.add_steps(table, relation, vec![Change::Drop { name: QUARANTINE.to_owned() }]);
    Some(plan)
}

fn is_about_policies(change: &Change) -> bool {
    use Change::{Alter, Create, Drop, Rename};
    matches!(change, Create { .. } | Alter { .. } | Rename { .. } | Drop { .. })
}

impl Plan {
    fn empty(target: &str, observed: &Catalog) -> Plan {
        Plan {
            target: target.to_owned(),
            state: state_hash(observed),
            tables: Vec::new(),
            gone: Vec::new(),
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            inexact: BTreeMap::new(),
            config: Config::default(),
        }
    }

    fn add(&mut self, table: &TableComparison<'_>, changes: Vec<Change>) {
        self.add_steps(table.name, &table.observed, changes);
    }

    fn add_steps(&mut self, name: &QualifiedName, before: &Relation, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        let mut now = before.clone();
        let mut steps = Vec::new();
        for change in changes {
            let inverse = change.inverse(&now).iter().map(|change| change.sql(name)).collect();
            change.apply_to(&mut now);
            steps.push(Step {
                sql: change.sql(name),
                locks: change.locks(name),
                effects: structural_effects(&change),
                inverse,
                change,
            });
        }
        self.before.insert(name.clone(), before.clone());
        self.after.insert(name.clone(), now);
        self.tables.push(TablePlan { name: name.clone(), steps, blockers: Vec::new() });
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// All statements in order.
    pub fn steps(&self) -> impl Iterator<Item = (&QualifiedName, &Step)> {
        self.tables.iter().flat_map(|table| table.steps.iter().map(|step| (&table.name, step)))
    }

    /// All locks, one for each table, in the order in which they are taken; of two modes the stronger.
    pub fn locks(&self) -> Vec<Lock> {
        let mut modes: BTreeMap<(&str, &str), LockMode> = BTreeMap::new();
        for lock in self.steps().flat_map(|(_, step)| &step.locks) {
            let mode = modes.entry((&lock.schema, &lock.table)).or_insert(lock.mode);
            // The stronger one comes first.
            *mode = lock.mode.min(*mode);
        }
        let locks = modes.into_iter();
        locks
            .map(|((schema, table), mode)| Lock { schema: schema.to_owned(), table: table.to_owned(), mode })
            .collect()
    }

    /// A hash of what it does and on which state, in hexadecimal digits.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in std::iter::once(&self.state).chain(self.steps().map(|(_, step)| &step.sql)) {
            hasher.update(&part.len().to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// The statements that undo all of it, in order.
    pub fn inverse(&self) -> Vec<String> {
        let steps: Vec<&Step> = self.steps().map(|(_, step)| step).collect();
        steps.into_iter().rev().flat_map(|step| step.inverse.iter().cloned()).collect()
    }

    /// What the observed catalog is after it.
    pub fn catalog_after(&self, observed: &Catalog) -> Catalog {
        let mut catalog = observed.clone();
        catalog.relations.extend(self.after.iter().map(|(name, table)| (name.clone(), table.clone())));
        catalog
    }

    /// Indented JSON with a final line break.
    pub fn to_json(&self) -> String {
        // Fails only for maps whose keys are no strings.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// What can be told of a statement without proof.
fn structural_effects(change: &Change) -> BTreeMap<String, Effect> {
    let of_grants = |grants: &BTreeSet<pgpe_catalog::TableGrant>, effect| {
        grants.iter().map(|grant| (grant.privilege.clone(), effect)).collect()
    };
    match change {
        Change::Grant(grants) => of_grants(grants, Effect::Widens),
        Change::Revoke(grants) => of_grants(grants, Effect::Narrows),
        _ => BTreeMap::new(),
    }
}

#[derive(Serialize)]
struct PlanJson<'a> {
    version: u32,
    target: &'a str,
    state: &'a str,
    hash: String,
    tables: Vec<TableJson<'a>>,
    gone: &'a [Gone],
    inverse: Vec<String>,
}

#[derive(Serialize)]
struct TableJson<'a> {
    schema: &'a str,
    table: &'a str,
    statements: Vec<StepJson<'a>>,
    blockers: &'a [Blocker],
}

#[derive(Serialize)]
struct StepJson<'a> {
    sql: &'a str,
    locks: &'a [Lock],
    effects: &'a BTreeMap<String, Effect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concerns: Option<&'static str>,
    inverse: &'a [String],
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tables = self.tables.iter().map(|table| TableJson {
            schema: &table.name.schema,
            table: &table.name.name,
            statements: table
                .steps
                .iter()
                .map(|step| StepJson {
                    sql: &step.sql,
                    locks: &step.locks,
                    effects: &step.effects,
                    concerns: step.concerns(),
                    inverse: &step.inverse,
                })
                .collect(),
            blockers: &table.blockers,
        });
        let json = PlanJson {
            version: JSON_VERSION,
            target: &self.target,
            state: &self.state,
            hash: self.hash(),
            tables: tables.collect(),
            gone: &self.gone,
            inverse: self.inverse(),
        };
        json.serialize(serializer)
    }
}

#[cfg(test)]
#[path = "tests/plan.rs"]
mod tests;
