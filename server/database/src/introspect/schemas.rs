//! Schemas that not everybody may use.

use pgpe_catalog::{Catalog, ClosedSchema};
use tokio_postgres::Row;

use super::query::get;
use crate::error::DatabaseError;

/// The owner has its privileges by default. That of `public`, who is not the same in all versions, is none to
/// speak of: a dump does not tell it either.
pub(super) const QUERY: &str = "\
    SELECT n.nspname::text AS name, \
      CASE WHEN n.nspname <> 'public' THEN pg_catalog.pg_get_userbyid(n.nspowner)::text END AS owner, \
      ARRAY(SELECT pg_catalog.pg_get_userbyid(a.grantee)::text FROM pg_catalog.aclexplode(n.nspacl) a \
        WHERE a.privilege_type = 'USAGE' AND a.grantee <> n.nspowner AND a.grantee <> 0) AS usage \
    FROM pg_catalog.pg_namespace n \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) a \
        WHERE a.privilege_type = 'USAGE' AND a.grantee = 0) \
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' \
        AND e.classid = 'pg_catalog.pg_namespace'::regclass AND e.objid = n.oid)";

pub(super) fn add(catalog: &mut Catalog, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let usage: Vec<String> = get(row, "usage")?;
        let closed = ClosedSchema { owner: get(row, "owner")?, usage: usage.into_iter().collect() };
        catalog.closed_schemas.insert(get(row, "name")?, closed);
    }
    Ok(())
}
