//! Tables without policies on which isolation rests, and which somebody may write.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::Rule;
use pgpe_proof::judge::Judgement;
use pgpe_report::{Finding, Related};

use super::schema;
use crate::database::{Db, Project};
use crate::queries::{self, Item, TableKey};

/// The proofs that stand for isolation between tenants.
const ISOLATION: [Rule; 3] = [Rule::TenantIsolation, Rule::CrossWrite, Rule::CrossTenantReference];

/// The tables without policies on which isolation of a table rests, sorted.
pub(crate) fn resting_on(judgement: &Judgement) -> Vec<QualifiedName> {
    let grounds = judgement.commands.values().flat_map(|command| &command.grounds);
    let grounds = grounds.filter(|(rule, _)| ISOLATION.contains(rule));
    let tables: BTreeSet<&QualifiedName> = grounds.flat_map(|(_, grounds)| &grounds.unprotected).collect();
    tables.into_iter().cloned().collect()
}

/// What tenants must not write, and is granted all the same. `resting`: each governed table with those it rests on.
pub(crate) fn findings<'a>(
    db: &dyn Db,
    project: Project,
    resting: impl Iterator<Item = (&'a QualifiedName, &'a Vec<QualifiedName>)>,
) -> Vec<Finding> {
    let Some(catalog) = queries::catalog(db, project) else { return Vec::new() };
    let mut dependents: BTreeMap<&QualifiedName, BTreeSet<&QualifiedName>> = BTreeMap::new();
    for (table, unprotected) in resting {
        for unprotected in unprotected {
            dependents.entry(unprotected).or_default().insert(table);
        }
    }
    dependents
        .into_iter()
        .filter_map(|(table, dependents)| {
            let writers = writers(db, project, catalog, table);
            (!writers.is_empty()).then(|| finding(db, project, table, &dependents, &writers))
        })
        .collect()
}

fn finding(
    db: &dyn Db,
    project: Project,
    table: &QualifiedName,
    dependents: &BTreeSet<&QualifiedName>,
    writers: &BTreeSet<String>,
) -> Finding {
    let list = |names: Vec<String>| names.join(", ");
    let message = format!(
        "isolation of {} rests on the rows of {table}, which no policy governs, and {} may write it",
        list(dependents.iter().map(ToString::to_string).collect()),
        list(writers.iter().cloned().collect()),
    );
    let mut finding = Finding::new(Rule::UnprotectedPath, message);
    finding.place = schema::relation_place(db, project, table);
    finding.table = Some(table.to_string());
    finding.help = Some(
        "govern it by policies, or revoke INSERT and UPDATE; a role that no tenant's session has may keep them"
            .to_owned(),
    );
    finding.related = dependents
        .iter()
        .filter_map(|dependent| {
            let place = schema::relation_place(db, project, dependent)?;
            Some(Related { place, message: "whose isolation rests on it".to_owned() })
        })
        .collect();
    finding
}

/// Roles that may add or change rows of a table, by the schema's grants or those of the policy set. Its owner
/// and superusers always may, and are trusted.
fn writers(db: &dyn Db, project: Project, catalog: &Catalog, table: &QualifiedName) -> BTreeSet<String> {
    let writes = |privilege: &str| matches!(privilege, "INSERT" | "UPDATE");
    let granted = catalog.relations.get(table).into_iter().flat_map(|relation| &relation.grants);
    let mut writers: BTreeSet<String> = granted
        .filter(|grant| writes(&grant.privilege))
        .map(|grant| grant.role.clone().unwrap_or_else(|| "PUBLIC".to_owned()))
        .collect();
    for key in queries::items_of_table(db, project, TableKey::new(db, table.clone())) {
        if let Some(Item::Grant(grant)) = queries::item(db, *key)
            && grant.commands.iter().any(|command| writes(command.keyword()))
        {
            writers.extend(grant.roles.iter().map(|role| role.value.clone()));
        }
    }
    writers.retain(|role| !catalog.roles.known.get(role).is_some_and(|known| known.superuser));
    writers
}
