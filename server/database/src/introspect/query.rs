//! What the queries have in common.

use tokio_postgres::types::FromSql;
use tokio_postgres::{GenericClient, Row};

use crate::error::DatabaseError;

/// The relations of a schema `n` that are read: not PostgreSQL's own, not temporary, and not part of an
/// extension, which a dump leaves out too.
pub(super) const RELATIONS: &str = "\
    pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' \
        AND e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid)";

/// What is known of the collation with the alias `l`, which may be absent; see [`super::types::collation`].
pub(super) const COLLATION: &str = "\
    CASE WHEN l.oid IS NULL OR l.collprovider = 'd' THEN 'default' \
      WHEN l.collname IN ('C', 'POSIX', 'ucs_basic') AND l.collnamespace = 'pg_catalog'::regnamespace \
        THEN 'bytewise' \
      WHEN l.collisdeterministic THEN 'deterministic' ELSE 'nondeterministic' END";

/// Runs a query without parameters in one round trip; `action` says what failed if it does.
pub(crate) async fn fetch(
    client: &impl GenericClient,
    action: &'static str,
    query: String,
) -> Result<Vec<Row>, DatabaseError> {
    let rows = client.query_typed(&query, &[]).await;
    rows.map_err(|error| DatabaseError::during(action, &error))
}

/// A column of a row.
pub(crate) fn get<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Result<T, DatabaseError> {
    let value = row.try_get(column);
    value.map_err(|error| DatabaseError::during("an answer of the server was not understood", &error))
}
