//! The server, and who is asking it.

use tokio_postgres::GenericClient;

use crate::error::DatabaseError;

/// A server and the role that is connected to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// `server_version_num`: 150004 is 15.4.
    pub version: u32,
    /// Whether it is a standby, which takes no changes.
    pub in_recovery: bool,
    /// The role whose privileges hold.
    pub current_role: String,
    /// Whether that role is a superuser.
    pub is_superuser: bool,
    /// The database.
    pub database: String,
    /// Whether the role may create temporary tables in it.
    pub can_create_temp: bool,
}

const QUERY: &str = "\
    SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version, \
      pg_catalog.pg_is_in_recovery() AS in_recovery, \
      current_user::pg_catalog.text AS current_role, \
      r.rolsuper AS is_superuser, \
      pg_catalog.current_database()::pg_catalog.text AS database, \
      pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') AS can_create_temp \
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user";

pub(super) async fn read(client: &impl GenericClient) -> Result<ServerInfo, DatabaseError> {
    let failed =
        |error: tokio_postgres::Error| DatabaseError::during("the server's version can't be read", &error);
    let row = client.query_one(QUERY, &[]).await.map_err(failed)?;
    let version: i32 = row.try_get("version").map_err(failed)?;
    Ok(ServerInfo {
        version: version.unsigned_abs(),
        in_recovery: row.try_get("in_recovery").map_err(failed)?,
        current_role: row.try_get("current_role").map_err(failed)?,
        is_superuser: row.try_get("is_superuser").map_err(failed)?,
        database: row.try_get("database").map_err(failed)?,
        can_create_temp: row.try_get("can_create_temp").map_err(failed)?,
    })
}
