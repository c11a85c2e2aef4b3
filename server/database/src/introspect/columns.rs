//! The columns of relations.

use pgpe_catalog::{BaseType, Catalog, Column, ColumnType, RelationKind};
use tokio_postgres::Row;

use super::query::{COLLATION, RELATIONS, get};
use super::relations::Relations;
use super::types::{collation, displayed};
use crate::error::DatabaseError;

/// Since PostgreSQL 18, NOT NULL is a constraint that may not be validated yet.
pub(super) fn query(comments: bool) -> String {
    let comment = if comments { "pg_catalog.col_description(c.oid, a.attnum)" } else { "NULL::text" };
    format!(
        "SELECT c.oid AS relation, a.attnum AS number, a.attname::text AS name, \
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, {COLLATION} AS collation, \
           a.attnotnull AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid \
             AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated) AS not_null, \
           {comment} AS comment \
         FROM {RELATIONS} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
         LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation \
         WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY c.oid, a.attnum"
    )
}

/// Adds the columns; the catalog has the types already.
pub(super) fn add(relations: &mut Relations, catalog: &Catalog, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let Some(entry) = relations.get_mut(get(row, "relation")?) else { continue };
        let name: String = get(row, "name")?;
        let is_view = matches!(entry.relation.kind, RelationKind::View | RelationKind::MaterializedView);
        let ty = match is_view {
            true => ColumnType::plain(BaseType::Other("unknown".to_owned())),
            false => {
                let ty = displayed(catalog, get(row, "type")?);
                ColumnType { collation: collation(get(row, "collation")?), ..ty }
            }
        };
        let not_null = get::<bool>(row, "not_null")? && !is_view;
        entry.columns.insert(get(row, "number")?, name.clone());
        entry.relation.columns.push(Column { name, ty, not_null, comment: get(row, "comment")? });
    }
    Ok(())
}
