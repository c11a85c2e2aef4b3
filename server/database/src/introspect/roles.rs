//! Roles and their memberships.

use pgpe_catalog::Roles;
use tokio_postgres::Row;

use super::query::get;
use crate::error::DatabaseError;

/// A row for each membership, and one for a role without any. Until PostgreSQL 15 the member decides whether
/// it inherits, since 16 each grant of the membership does. The database's owner is a member of
/// `pg_database_owner` without a grant.
pub(super) const QUERY: &str = "\
    SELECT r.rolname::text AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypass_rls, \
      r.rolcanlogin AS login, m.role::text AS member_of, coalesce(m.inherits, r.rolinherit) AS inherits \
    FROM pg_catalog.pg_roles r LEFT JOIN ( \
      SELECT g.rolname AS role, m.member, bool_or((to_jsonb(m) ->> 'inherit_option')::bool) AS inherits \
      FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid GROUP BY 1, 2 \
      UNION ALL \
      SELECT g.rolname, d.datdba, true FROM pg_catalog.pg_roles g, pg_catalog.pg_database d \
      WHERE g.rolname = 'pg_database_owner' AND d.datname = pg_catalog.current_database() \
    ) m ON m.member = r.oid";

pub(super) fn read(rows: &[Row]) -> Result<Roles, DatabaseError> {
    let mut roles = Roles { complete: true, ..Roles::default() };
    for row in rows {
        let role = roles.known.entry(get(row, "name")?).or_default();
        role.superuser = get(row, "superuser")?;
        role.bypass_rls = get(row, "bypass_rls")?;
        role.login = get(row, "login")?;
        if let Some(group) = get::<Option<String>>(row, "member_of")? {
            role.member_of.insert(group, get(row, "inherits")?);
        }
    }
    Ok(roles)
}
