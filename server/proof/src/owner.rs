//! Whose a row is: the table's own owner column, the column that owner columns refer to, or the end of the
//! shortest foreign-key path to a table that has one of these.

use std::collections::BTreeSet;

use pgpe_catalog::{Catalog, ColumnType, ForeignKey, QualifiedName};
use pgpe_config::Isolation;
use pgpe_policy::resolved::Operand;

use crate::world::World;

/// One meaning of "tenant": an entry of the configuration, with its key resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IsolationEntry {
    /// The value that says which tenant a session is.
    pub key: Operand,
    /// The entry as configured.
    pub isolation: Isolation,
    /// The type in which tenants are told apart: that of the owner columns, if they agree.
    pub tenant_type: Option<ColumnType>,
}

impl IsolationEntry {
    /// An entry of the configuration over a schema, where one is known.
    pub fn new(key: Operand, isolation: Isolation, catalog: Option<&Catalog>) -> IsolationEntry {
        let tenant_type = catalog.and_then(|catalog| tenant_type(catalog, &isolation.owner));
        IsolationEntry { key, isolation, tenant_type }
    }
}

fn tenant_type(catalog: &Catalog, owner: &str) -> Option<ColumnType> {
    let tables = catalog.relations.values().filter(|relation| relation.kind.is_table());
    let mut types = tables.filter_map(|relation| relation.column(owner)).map(|column| &column.ty);
    let first = types.next()?;
    types.all(|ty| ty.base == first.base && ty.collation == first.collation).then(|| first.clone())
}

/// How to find a row's owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerPath {
    /// Foreign keys to follow; none if the row says itself.
    pub hops: Vec<Hop>,
    /// The column that names the owner, of the table at the end.
    pub column: String,
}

/// A foreign key to follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    /// The referencing table.
    pub table: QualifiedName,
    /// The foreign key.
    pub foreign_key: ForeignKey,
}

/// What is known of the owner of a table's rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Nothing says whose a row is.
    None,
    /// This does.
    Known(OwnerPath),
    /// Several foreign-key paths are equally good; the configuration must decide.
    Ambiguous(Vec<OwnerPath>),
    /// The configured path does not exist; says why.
    Misconfigured(String),
}

impl OwnerPath {
    /// For people: `project_id → projects.tenant_id`.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for hop in &self.hops {
            text.push_str(&hop.foreign_key.columns.join(", "));
            text.push_str(" → ");
        }
        if let Some(hop) = self.hops.last() {
            text.push_str(&hop.foreign_key.target.name);
            text.push('.');
        }
        text + &self.column
    }

    /// The type of the owner column.
    pub fn column_type<'c>(&self, table: &QualifiedName, catalog: &'c Catalog) -> Option<&'c ColumnType> {
        let end = self.hops.last().map_or(table, |hop| &hop.foreign_key.target);
        catalog.relations.get(end)?.column(&self.column).map(|column| &column.ty)
    }
}

/// How many hops a path may have; longer ones are no useful notion of ownership.
const MAX_HOPS: usize = 6;

/// How many paths of one length are followed.
const MAX_PATHS: usize = 1_000;

/// Finds whose a row of the table is.
pub fn owner_of(table: &QualifiedName, isolation: &Isolation, world: &dyn World) -> Owner {
    let catalog = world.catalog();
    let configured =
        isolation.owners.get(&table.to_string()).or_else(|| isolation.owners.get(table.name.as_str()));
    if let Some(path) = configured {
        return match configured_path(table, path, catalog) {
            Ok(path) => Owner::Known(path),
            Err(reason) => Owner::Misconfigured(reason),
        };
    }
    match direct_owner(table, isolation, world) {
        Direct::Column(column) => return Owner::Known(OwnerPath { hops: Vec::new(), column }),
        Direct::Several(columns) => {
            let path = |column| OwnerPath { hops: Vec::new(), column };
            return Owner::Ambiguous(columns.into_iter().map(path).collect());
        }
        Direct::None => {}
    }
    let Some(mut best) = shortest_paths(table, isolation, world) else {
        return Owner::Misconfigured(format!(
            "there are too many foreign-key paths from {table} to look for its owner: name one under `owners`"
        ));
    };
    // Among paths of one length, those that every row has come first.
    if best.iter().any(|path| is_certain(path, catalog)) {
        best.retain(|path| is_certain(path, catalog));
    }
    match best.len() {
        0 => Owner::None,
        1 => Owner::Known(best.remove(0)),
        _ => Owner::Ambiguous(best),
    }
}

enum Direct {
    None,
    Column(String),
    Several(Vec<String>),
}

/// The table's own owner column, or the one of its columns that owner columns of other tables refer to.
fn direct_owner(table: &QualifiedName, isolation: &Isolation, world: &dyn World) -> Direct {
    let Some(relation) = world.relation(table) else { return Direct::None };
    if relation.column(&isolation.owner).is_some() {
        return Direct::Column(isolation.owner.clone());
    }
    let referred = world.referred_columns(table, &isolation.owner);
    match referred.len() {
        0 => Direct::None,
        1 => Direct::Column(referred.into_iter().next().unwrap_or_default()),
        _ => Direct::Several(referred.into_iter().collect()),
    }
}

/// All paths of the least length to a table with a direct owner; `None` if there are too many to look at.
fn shortest_paths(table: &QualifiedName, isolation: &Isolation, world: &dyn World) -> Option<Vec<OwnerPath>> {
    let mut level: Vec<(QualifiedName, Vec<Hop>)> = vec![(table.clone(), Vec::new())];
    let mut visited = BTreeSet::from([table.clone()]);
    for _ in 0..MAX_HOPS {
        let mut next = Vec::new();
        let mut reached = BTreeSet::new();
        let mut found = BTreeSet::new();
        for (at, hops) in &level {
            for foreign_key in world.relation(at).map_or(&[][..], |relation| &relation.foreign_keys) {
                let target = &foreign_key.target;
                if !foreign_key.validated || visited.contains(target) {
                    continue;
                }
                let mut hops = hops.clone();
                let hop = Hop { table: at.clone(), foreign_key: foreign_key.clone() };
                // Two constraints over the same columns say the same.
                let same = |known: &Hop| {
                    known.foreign_key.columns == hop.foreign_key.columns
                        && known.foreign_key.target_columns == hop.foreign_key.target_columns
                };
                let repeated = next.iter().any(|(name, path): &(QualifiedName, Vec<Hop>)| {
                    name == target
                        && path.len() == hops.len() + 1
                        && path[..hops.len()] == hops[..]
                        && path.last().is_some_and(same)
                });
                if repeated {
                    continue;
                }
                hops.push(hop);
                match direct_owner(target, isolation, world) {
                    Direct::Column(column) => {
                        found.insert(OwnerPath { hops: hops.clone(), column });
                    }
                    Direct::Several(columns) => {
                        found.extend(
                            columns.into_iter().map(|column| OwnerPath { hops: hops.clone(), column }),
                        );
                    }
                    Direct::None => {}
                }
                reached.insert(target.clone());
                next.push((target.clone(), hops));
            }
        }
        if !found.is_empty() {
            return Some(found.into_iter().collect());
        }
        if next.len() > MAX_PATHS {
            return None;
        }
        visited.extend(reached);
        level = next;
    }
    Some(Vec::new())
}

/// Whether every row has the whole path: no column on it may be NULL.
fn is_certain(path: &OwnerPath, catalog: &Catalog) -> bool {
    path.hops.iter().all(|hop| {
        catalog.relations.get(&hop.table).is_some_and(|relation| {
            let not_null = |name: &String| relation.column(name).is_some_and(|column| column.not_null);
            hop.foreign_key.columns.iter().all(not_null)
        })
    })
}

/// A path as configured: columns joined by dots, all but the last of which are foreign keys.
fn configured_path(table: &QualifiedName, path: &str, catalog: &Catalog) -> Result<OwnerPath, String> {
    let mut parts: Vec<&str> = path.split('.').map(str::trim).collect();
    let column = parts.pop().unwrap_or_default().to_owned();
    let mut at = table.clone();
    let mut hops = Vec::new();
    for part in parts {
        let relation = catalog.relations.get(&at).ok_or_else(|| format!("there is no table {at}"))?;
        let foreign_key = relation
            .foreign_keys
            .iter()
            .find(|key| key.validated && key.columns.len() == 1 && key.columns[0] == part)
            .ok_or_else(|| format!("{at} has no validated foreign key on {part} alone"))?;
        hops.push(Hop { table: at.clone(), foreign_key: foreign_key.clone() });
        at = foreign_key.target.clone();
    }
    match catalog.relations.get(&at).and_then(|relation| relation.column(&column)) {
        Some(_) => Ok(OwnerPath { hops, column }),
        None => Err(format!("{at} has no column {column}")),
    }
}

#[cfg(test)]
mod tests;
