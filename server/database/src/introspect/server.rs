//! The server, and who is asking it.

use tokio_postgres::{GenericClient, Row};

use super::query::{fetch, get};
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
    /// Its number, which no other database of the server has.
    pub database_oid: u32,
    /// The number that the server's cluster was given when it was made, which its copies share; `None` if the
    /// role may not ask for it.
    pub system_identifier: Option<String>,
    /// Where the server was reached, by its own account; `None` by a socket.
    pub own_address: Option<String>,
    /// Whether the role may create temporary tables in it.
    pub can_create_temp: bool,
    /// The system catalogs that the role may not read.
    unreadable: Vec<String>,
}

const QUERY: &str = "\
    SELECT pg_catalog.current_setting('server_version_num')::int4 AS version, \
      pg_catalog.pg_is_in_recovery() AS in_recovery, \
      current_user::text AS role, \
      pg_catalog.current_setting('is_superuser')::bool AS is_superuser, \
      pg_catalog.current_database()::text AS database, \
      (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) AS database_oid, \
      pg_catalog.host(pg_catalog.inet_server_addr()) || ':' || pg_catalog.inet_server_port() AS own_address, \
      COALESCE(pg_catalog.has_function_privilege( \
        pg_catalog.to_regprocedure('pg_catalog.pg_control_system()'), 'EXECUTE'), false) AS tells_system, \
      pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') AS can_create_temp, \
      ARRAY(SELECT name FROM pg_catalog.unnest(ARRAY['pg_class', 'pg_namespace', 'pg_attribute', 'pg_type', \
          'pg_collation', 'pg_index', 'pg_opclass', 'pg_constraint', 'pg_trigger', 'pg_inherits', \
          'pg_policy', 'pg_depend', 'pg_extension', 'pg_enum', 'pg_rewrite', 'pg_description', 'pg_proc', 'pg_roles', \
          'pg_auth_members', 'pg_cast', 'pg_operator']) AS name \
        WHERE NOT pg_catalog.has_table_privilege('pg_catalog.' || name, 'SELECT')) AS unreadable";

/// Kept apart, for a statement that mentions a function asks for the privilege even where it does not call it.
const SYSTEM: &str = "SELECT system_identifier::text AS system FROM pg_catalog.pg_control_system()";

pub(crate) async fn read(client: &impl GenericClient) -> Result<ServerInfo, DatabaseError> {
    let action = "the server's version can't be read";
    let rows = fetch(client, action, QUERY.to_owned()).await?;
    let Some(row) = rows.first() else {
        return Err(DatabaseError::Server { action, reason: "it gave no answer".to_owned(), code: None });
    };
    let mut system_identifier = None;
    if get(row, "tells_system")? {
        let rows = fetch(client, action, SYSTEM.to_owned()).await?;
        system_identifier = rows.first().map(|row| get(row, "system")).transpose()?;
    }
    Ok(ServerInfo {
        version: get::<i32>(row, "version")?.unsigned_abs(),
        in_recovery: get(row, "in_recovery")?,
        current_role: get(row, "role")?,
        is_superuser: get(row, "is_superuser")?,
        database: get(row, "database")?,
        database_oid: get(row, "database_oid")?,
        system_identifier,
        own_address: get(row, "own_address")?,
        can_create_temp: get(row, "can_create_temp")?,
        unreadable: get(row, "unreadable")?,
    })
}

impl ServerInfo {
    /// Whether the role may read a system catalog.
    pub(super) fn can_read(&self, catalog: &str) -> bool {
        !self.unreadable.iter().any(|unreadable| unreadable == catalog)
    }

    /// An error if the role may not read one of the system catalogs.
    pub(super) fn require_readable(&self, catalogs: &[&str]) -> Result<(), DatabaseError> {
        match catalogs.iter().find(|catalog| !self.can_read(catalog)) {
            None => Ok(()),
            Some(catalog) => Err(DatabaseError::NotReadable {
                role: self.current_role.clone(),
                catalog: (*catalog).to_owned(),
            }),
        }
    }

    /// Says that something can't be seen, which leaves no rows of it.
    pub(super) fn miss(&self, unseen: &mut Vec<String>, what: &str, catalogs: &str) -> Vec<Row> {
        unseen.push(format!("{what}: {} may not read {catalogs}", self.current_role));
        Vec::new()
    }
}
