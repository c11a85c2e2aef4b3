//! Privileges on tables and columns.

use pgpe_catalog::TableGrant;
use tokio_postgres::Row;

use super::query::{RELATIONS, get};
use super::relations::Relations;
use crate::error::DatabaseError;

/// Those that are not the owner's own. PUBLIC is the role 0.
pub(super) fn query() -> String {
    let privilege = "CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee)::text END AS role, \
        a.privilege_type AS privilege";
    let kept = "a.grantee <> c.relowner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', \
        'TRUNCATE', 'REFERENCES', 'TRIGGER')";
    format!(
        "SELECT c.oid AS relation, NULL::text AS column, {privilege} \
         FROM {RELATIONS} CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a WHERE {kept} \
         UNION ALL \
         SELECT c.oid, t.attname::text, {privilege} \
         FROM {RELATIONS} JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid \
         CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a \
         WHERE t.attnum > 0 AND NOT t.attisdropped AND {kept}"
    )
}

pub(super) fn add(relations: &mut Relations, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let Some(entry) = relations.get_mut(get(row, "relation")?) else { continue };
        entry.relation.grants.insert(TableGrant {
            role: get(row, "role")?,
            privilege: get(row, "privilege")?,
            column: get(row, "column")?,
        });
    }
    Ok(())
}
