//! Tables and the other relations.

use std::collections::BTreeMap;

use pgpe_catalog::{QualifiedName, Relation, RelationKind};
use tokio_postgres::{GenericClient, Row};

use crate::error::DatabaseError;

const QUERY: &str = "\
    SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, \
      c.relkind::pg_catalog.text AS kind, c.relrowsecurity AS rls_enabled, \
      c.relforcerowsecurity AS rls_forced, pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS owner \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') \
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'";

pub(super) async fn read(
    client: &impl GenericClient,
) -> Result<BTreeMap<QualifiedName, Relation>, DatabaseError> {
    let failed = |error: tokio_postgres::Error| DatabaseError::during("the tables can't be read", &error);
    let rows = client.query(QUERY, &[]).await.map_err(failed)?;
    rows.iter().map(|row| relation(row).map_err(failed)).collect()
}

fn relation(row: &Row) -> Result<(QualifiedName, Relation), tokio_postgres::Error> {
    let kind = match row.try_get::<_, &str>("kind")? {
        "p" => RelationKind::PartitionedTable,
        "v" => RelationKind::View,
        "m" => RelationKind::MaterializedView,
        "f" => RelationKind::ForeignTable,
        _ => RelationKind::Table,
    };
    let mut relation = Relation::new(kind);
    relation.rls_enabled = row.try_get("rls_enabled")?;
    relation.rls_forced = row.try_get("rls_forced")?;
    relation.owner = row.try_get("owner")?;
    let name = QualifiedName::new(row.try_get::<_, String>("schema")?, row.try_get::<_, String>("name")?);
    Ok((name, relation))
}
