//! Policies.

use pgpe_catalog::{Command, ExistingPolicy};
use tokio_postgres::Row;

use super::query::get;
use super::relations::Relations;
use crate::error::DatabaseError;

/// PUBLIC is the role 0, and says all alone.
pub(super) const QUERY: &str = "\
    SELECT p.polrelid AS relation, p.polname::text AS name, p.polpermissive AS permissive, \
      p.polcmd::text AS command, \
      ARRAY(SELECT pg_catalog.pg_get_userbyid(r)::text FROM pg_catalog.unnest(p.polroles) AS r \
        WHERE 0 <> ALL (p.polroles)) AS roles, \
      pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS qual, \
      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS with_check \
    FROM pg_catalog.pg_policy p";

pub(super) fn add(relations: &mut Relations, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let Some(entry) = relations.get_mut(get(row, "relation")?) else { continue };
        let command = match get::<&str>(row, "command")? {
            "r" => Some(Command::Select),
            "a" => Some(Command::Insert),
            "w" => Some(Command::Update),
            "d" => Some(Command::Delete),
            _ => None,
        };
        let mut roles: Vec<String> = get(row, "roles")?;
        roles.sort();
        let policy = ExistingPolicy {
            permissive: get(row, "permissive")?,
            command,
            roles,
            using: get(row, "qual")?,
            check: get(row, "with_check")?,
        };
        entry.relation.policies.insert(get(row, "name")?, policy);
    }
    Ok(())
}
