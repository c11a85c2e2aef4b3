//! Foreign keys.

use std::collections::{HashMap, HashSet};

use pgpe_catalog::ForeignKey;
use tokio_postgres::Row;

use super::query::get;
use super::relations::Relations;
use crate::error::DatabaseError;

/// Newer servers know foreign keys that are not enforced, and temporal ones, which say that periods are
/// covered and not that one row exists.
pub(super) const QUERY: &str = "\
    SELECT f.oid AS id, f.conparentid AS parent, f.conrelid AS relation, f.conname::text AS name, \
      f.conkey AS columns, f.confrelid AS target, f.confkey AS target_columns, \
      f.convalidated AND coalesce((to_jsonb(f) ->> 'conenforced')::bool, true) \
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t \
          WHERE t.tgconstraint = f.oid AND t.tgenabled NOT IN ('O', 'A')) AS validated, \
      f.confupdtype NOT IN ('a', 'r') AS changed_with_target, \
      coalesce((to_jsonb(f) ->> 'conperiod')::bool, false) AS temporal \
    FROM pg_catalog.pg_constraint f WHERE f.contype = 'f'";

/// Adds the foreign keys to relations that have their columns.
pub(super) fn add(relations: &mut Relations, rows: &[Row]) -> Result<(), DatabaseError> {
    let mut parents: HashMap<u32, u32> = HashMap::new();
    let mut tables: HashMap<u32, u32> = HashMap::new();
    let mut unsure = Vec::new();
    for row in rows {
        let id: u32 = get(row, "id")?;
        parents.insert(id, get(row, "parent")?);
        tables.insert(id, get(row, "relation")?);
        if !get::<bool>(row, "validated")? {
            unsure.push(id);
        }
    }
    let broken = with_ancestors(unsure, &parents);
    for row in rows {
        let (id, table): (u32, u32) = (get(row, "id")?, get(row, "relation")?);
        // One that refers to a partition comes with the one that refers to the partitioned table.
        let of_partition = parents.get(&id).and_then(|parent| tables.get(parent)) == Some(&table);
        if of_partition || get::<bool>(row, "temporal")? {
            continue;
        }
        let key = foreign_key(relations, table, row, !broken.contains(&id))?;
        if let (Some(key), Some(entry)) = (key, relations.get_mut(table)) {
            entry.relation.foreign_keys.push(key);
        }
    }
    Ok(())
}

/// What does not hold for a partition does not hold for the partitioned table.
fn with_ancestors(ids: Vec<u32>, parents: &HashMap<u32, u32>) -> HashSet<u32> {
    let mut found = HashSet::new();
    for mut id in ids {
        while found.insert(id) {
            match parents.get(&id) {
                Some(parent) => id = *parent,
                None => break,
            }
        }
    }
    found
}

fn foreign_key(
    relations: &Relations,
    table: u32,
    row: &Row,
    validated: bool,
) -> Result<Option<ForeignKey>, DatabaseError> {
    let (columns, target_columns): (Vec<i16>, Vec<i16>) = (get(row, "columns")?, get(row, "target_columns")?);
    let target = relations.get(get(row, "target")?);
    let columns = relations.get(table).and_then(|entry| entry.column_names(&columns));
    let target_columns = target.and_then(|entry| entry.column_names(&target_columns));
    let (Some(target), Some(columns), Some(target_columns)) = (target, columns, target_columns) else {
        return Ok(None);
    };
    let target = target.name.clone();
    let changed_with_target = get(row, "changed_with_target")?;
    Ok(Some(ForeignKey {
        name: get(row, "name")?,
        columns,
        target,
        target_columns,
        validated,
        changed_with_target,
    }))
}
