//! A table as it is to be and as it is: what drift, plan and reconciliation start from.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, ExistingPolicy, QualifiedName, Relation, RelationKind, TableGrant};

use crate::change::{Change, PolicyForms, can_alter};
use crate::expected::{Expected, ExpectedPolicy, ExpectedTable};
use crate::record::{Record, RecordedTable};
use crate::round_trip::Expressions;

/// The name that is reserved for the policy that closes a table.
pub const QUARANTINE: &str = "pgpe_quarantine";

static NOTHING_RECORDED: BTreeMap<QualifiedName, RecordedTable> = BTreeMap::new();
static NO_TABLE: ExpectedTable = ExpectedTable { policies: BTreeMap::new(), grants: BTreeMap::new() };

/// What differs on one table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableComparison<'a> {
    /// The table.
    pub name: &'a QualifiedName,
    /// As it is.
    pub observed: Relation,
    /// Policies that are to be there and are not.
    pub missing: Vec<(&'a str, &'a ExpectedPolicy)>,
    /// Policies under the project's names that are something else than they are to be.
    pub modified: Vec<(&'a str, &'a ExpectedPolicy)>,
    /// Missing policies of which the table has one of the project's earlier ones under another name: the name
    /// it has, and the one that it is to have. They are in `missing` and `extra`, too.
    pub renamed: Vec<(String, &'a str)>,
    /// Policies that are not the project's.
    pub extra: Vec<Extra>,
    /// Row-level security is to be enabled and is not.
    pub is_disabled: bool,
    /// Row-level security is to be forced and is not.
    pub is_unforced: bool,
    /// The table is closed by the quarantine's policy.
    pub is_quarantined: bool,
    /// For each role that is to have privileges, what it has and what it is to have, where that differs.
    pub grants: Vec<GrantComparison>,
    /// Privileges that were the project's and are not any more, by role.
    pub gone_grants: BTreeMap<Option<String>, BTreeSet<TableGrant>>,
}

/// A policy that is not the project's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// Its name.
    pub name: String,
    /// What it is.
    pub policy: ExistingPolicy,
    /// It was applied from the project once, and is gone from the source.
    pub was_ours: bool,
}

/// The privileges of one role on one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantComparison {
    /// The role; `None` is PUBLIC.
    pub role: Option<String>,
    /// What it is to have.
    pub expected: BTreeSet<TableGrant>,
    /// What it has.
    pub observed: BTreeSet<TableGrant>,
    /// What it lacks.
    pub missing: BTreeSet<TableGrant>,
    /// What it has besides.
    pub extra: BTreeSet<TableGrant>,
}

/// Compares the tables that the project concerns or concerned; without a record nothing else is known to be
/// the project's. Tables on which nothing differs are left out.
pub fn compare<'a>(
    expected: &'a Expected,
    observed: &Catalog,
    record: Option<&'a Record>,
) -> Vec<TableComparison<'a>> {
    let recorded = record.map_or(&NOTHING_RECORDED, |record| &record.tables);
    let no_record = RecordedTable::default();
    let names: BTreeSet<&QualifiedName> = expected.tables.keys().chain(recorded.keys()).collect();
    let compared = names.into_iter().filter_map(|name| {
        let relation = observed.relations.get(name);
        let expected = expected.tables.get(name);
        if relation.is_none() && expected.is_none() {
            return None;
        }
        let relation = relation.cloned().unwrap_or_else(|| Relation::new(RelationKind::Table));
        let recorded = recorded.get(name).unwrap_or(&no_record);
        Some(compare_table(name, expected.unwrap_or(&NO_TABLE), relation, recorded))
    });
    compared.filter(TableComparison::is_of_interest).collect()
}

/// The catalog with its closed tables as they are when they are opened again.
pub fn without_quarantine(mut catalog: Catalog) -> Catalog {
    for relation in catalog.relations.values_mut().filter(|relation| is_quarantined(relation)) {
        relation.policies.remove(QUARANTINE);
    }
    catalog
}

/// Whether the table is closed by the quarantine.
pub fn is_quarantined(relation: &Relation) -> bool {
    relation.policies.get(QUARANTINE).is_some_and(is_quarantine)
}

/// The policy that closes a table.
pub fn quarantine_policy() -> ExistingPolicy {
    ExistingPolicy {
        permissive: false,
        command: None,
        roles: Vec::new(),
        using: Some("false".to_owned()),
        check: None,
    }
}

/// Under the reserved name, anything else than what closes the table is a policy like any other.
fn is_quarantine(policy: &ExistingPolicy) -> bool {
    *policy == quarantine_policy()
}

fn compare_table<'a>(
    name: &'a QualifiedName,
    expected: &'a ExpectedTable,
    observed: Relation,
    recorded: &RecordedTable,
) -> TableComparison<'a> {
    let governed = !expected.policies.is_empty();
    let mut found = TableComparison {
        name,
        missing: Vec::new(),
        modified: Vec::new(),
        renamed: Vec::new(),
        extra: extra_policies(expected, &observed, recorded),
        is_disabled: governed && !observed.rls_enabled,
        is_unforced: governed && !observed.rls_forced,
        is_quarantined: is_quarantined(&observed),
        grants: compare_grants(expected, &observed),
        gone_grants: gone_grants(expected, &observed, recorded),
        observed,
    };
    for (policy, wanted) in &expected.policies {
        match found.observed.policies.get(policy) {
            None => found.missing.push((policy, wanted)),
            Some(there) if !is_same_policy(wanted, there) => found.modified.push((policy, wanted)),
            Some(_) => {}
        }
    }
    let mut old: Vec<&Extra> = found.extra.iter().filter(|extra| extra.was_ours).collect();
    for (policy, wanted) in &found.missing {
        if let Some(at) = old.iter().position(|extra| is_same_policy(wanted, &extra.policy)) {
            found.renamed.push((old.remove(at).name.clone(), policy));
        }
    }
    found
}

/// Whether the server has what it is to have.
fn is_same_policy(expected: &ExpectedPolicy, observed: &ExistingPolicy) -> bool {
    let wanted = &expected.stored;
    wanted.permissive == observed.permissive
        && wanted.command == observed.command
        && wanted.roles == observed.roles
        && expected.form.matches(&expressions(observed))
}

/// The expressions of a policy.
pub(crate) fn expressions(policy: &ExistingPolicy) -> Expressions {
    Expressions { using: policy.using.clone(), check: policy.check.clone() }
}

/// Policies besides the project's, on tables that it governs, and those that it left on others.
fn extra_policies(expected: &ExpectedTable, observed: &Relation, recorded: &RecordedTable) -> Vec<Extra> {
    let others = observed.policies.iter().filter(|(name, _)| !expected.policies.contains_key(*name));
    let extra = others.map(|(name, policy)| Extra {
        name: name.clone(),
        policy: policy.clone(),
        was_ours: recorded.policies.contains_key(name),
    });
    let concerns = |extra: &Extra| extra.was_ours || !expected.policies.is_empty();
    extra.filter(concerns).filter(|extra| extra.name != QUARANTINE || !is_quarantine(&extra.policy)).collect()
}

fn compare_grants(expected: &ExpectedTable, observed: &Relation) -> Vec<GrantComparison> {
    let compared = expected.grants.iter().filter_map(|(role, wanted)| {
        // The owner has all privileges, and the catalog does not list them.
        if role.is_some() && *role == observed.owner {
            return None;
        }
        let there: BTreeSet<TableGrant> =
            observed.grants.iter().filter(|grant| grant.role == *role).cloned().collect();
        let missing: BTreeSet<TableGrant> = wanted.difference(&there).cloned().collect();
        // A privilege on the table has those on its columns in it.
        let covered = |grant: &TableGrant| wanted.contains(&TableGrant { column: None, ..grant.clone() });
        let extra: BTreeSet<TableGrant> = there.iter().filter(|grant| !covered(grant)).cloned().collect();
        (!missing.is_empty() || !extra.is_empty()).then(|| GrantComparison {
            role: role.clone(),
            expected: wanted.clone(),
            observed: there,
            missing,
            extra,
        })
    });
    compared.collect()
}

fn gone_grants(
    expected: &ExpectedTable,
    observed: &Relation,
    recorded: &RecordedTable,
) -> BTreeMap<Option<String>, BTreeSet<TableGrant>> {
    let mut gone: BTreeMap<Option<String>, BTreeSet<TableGrant>> = BTreeMap::new();
    for grant in recorded.grants.intersection(&observed.grants) {
        let wanted = expected.grants.get(&grant.role).is_some_and(|wanted| wanted.contains(grant));
        if !wanted {
            gone.entry(grant.role.clone()).or_default().insert(grant.clone());
        }
    }
    gone
}

impl TableComparison<'_> {
    fn is_of_interest(&self) -> bool {
        self.is_drifted() || self.is_quarantined || !self.gone_grants.is_empty()
    }

    /// Whether anything is not as it is to be. A quarantine is not counted.
    pub fn is_drifted(&self) -> bool {
        !self.missing.is_empty()
            || !self.modified.is_empty()
            || !self.extra.is_empty()
            || self.is_disabled
            || self.is_unforced
            || !self.grants.is_empty()
    }

    /// What makes a policy that is something else what it is to be.
    pub fn correct(&self, name: &str, wanted: &ExpectedPolicy) -> Vec<Change> {
        let to = PolicyForms::from(wanted);
        let name = name.to_owned();
        match self.observed.policies.get(&name) {
            None => vec![Change::Create { name, policy: to }],
            Some(from) if can_alter(from, &wanted.stored) => {
                vec![Change::Alter { name, from: from.clone(), to }]
            }
            Some(_) => vec![Change::Drop { name: name.clone() }, Change::Create { name, policy: to }],
        }
    }

    /// What brings the table to what it is to be, in order; policies that are not the project's and privileges
    /// that it does not grant are left alone. Policies come first, so that the table is never enabled without
    /// them.
    pub fn repairs(&self) -> Vec<Change> {
        let renamed = |name: &str| self.renamed.iter().any(|(_, to)| *to == name);
        let renames =
            self.renamed.iter().map(|(from, to)| Change::Rename { from: from.clone(), to: (*to).to_owned() });
        let modified = self.modified.iter().flat_map(|(name, wanted)| self.correct(name, wanted));
        let missing = self.missing.iter().filter(|(name, _)| !renamed(name));
        let missing = missing.flat_map(|(name, wanted)| self.correct(name, wanted));
        let flags = [
            self.is_disabled.then_some(Change::Enable(true)),
            self.is_unforced.then_some(Change::Force(true)),
        ];
        let grants = self.grants.iter().filter(|grant| !grant.missing.is_empty());
        renames
            .chain(modified)
            .chain(missing)
            .chain(flags.into_iter().flatten())
            .chain(grants.map(|grant| Change::Grant(grant.missing.clone())))
            .collect()
    }

    /// What takes away that which was the project's and is gone from the source.
    pub fn removals(&self) -> Vec<Change> {
        let renamed = |name: &str| self.renamed.iter().any(|(from, _)| from == name);
        let gone = self.extra.iter().filter(|extra| extra.was_ours && !renamed(&extra.name));
        let policies = gone.map(|extra| Change::Drop { name: extra.name.clone() });
        policies.chain(self.gone_grants.values().cloned().map(Change::Revoke)).collect()
    }
}
