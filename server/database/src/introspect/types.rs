//! Types, collations and extensions.

use pgpe_catalog::{BaseType, Catalog, Collation, ColumnType, Domain, QualifiedName};
use tokio_postgres::Row;

use super::query::{COLLATION, get};
use crate::error::DatabaseError;

pub(super) const ENUMS: &str = "\
    SELECT n.nspname::text AS schema, t.typname::text AS name, \
      ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid \
        ORDER BY e.enumsortorder) AS labels \
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
    WHERE t.typtype = 'e' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' \
        AND e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = t.oid)";

/// Domains with the type at the end of the chain of domains that they are over.
pub(super) fn domains() -> String {
    format!(
        "WITH RECURSIVE chain AS ( \
           SELECT t.oid AS domain, t.typbasetype AS base, t.typtypmod AS modifier, t.typnotnull AS not_null \
           FROM pg_catalog.pg_type t WHERE t.typtype = 'd' \
           UNION ALL \
           SELECT chain.domain, t.typbasetype, t.typtypmod, chain.not_null OR t.typnotnull \
           FROM chain JOIN pg_catalog.pg_type t ON t.oid = chain.base AND t.typtype = 'd') \
         SELECT n.nspname::text AS schema, d.typname::text AS name, chain.not_null AS not_null, \
           pg_catalog.format_type(chain.base, chain.modifier) AS base, {COLLATION} AS collation \
         FROM chain JOIN pg_catalog.pg_type d ON d.oid = chain.domain \
         JOIN pg_catalog.pg_type b ON b.oid = chain.base AND b.typtype <> 'd' \
         JOIN pg_catalog.pg_namespace n ON n.oid = d.typnamespace \
         LEFT JOIN pg_catalog.pg_collation l ON l.oid = d.typcollation \
         WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' \
             AND e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = d.oid)"
    )
}

pub(super) const COLLATIONS: &str = "\
    SELECT n.nspname::text AS schema, l.collname::text AS name \
    FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace \
    WHERE NOT l.collisdeterministic";

pub(super) const EXTENSIONS: &str = "\
    SELECT e.extname::text AS name, n.nspname::text AS schema \
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
    WHERE e.extname <> 'plpgsql'";

/// Adds the types to a catalog.
pub(super) fn add(
    catalog: &mut Catalog,
    enums: &[Row],
    domains: &[Row],
    collations: &[Row],
    extensions: &[Row],
) -> Result<(), DatabaseError> {
    let name = |row: &Row| -> Result<QualifiedName, DatabaseError> {
        Ok(QualifiedName::new(get::<String>(row, "schema")?, get::<String>(row, "name")?))
    };
    for row in extensions {
        catalog.extensions.insert(get(row, "name")?, get(row, "schema")?);
    }
    for row in enums {
        catalog.enums.insert(name(row)?, get(row, "labels")?);
    }
    for row in domains {
        let base = displayed(catalog, get(row, "base")?);
        let base = ColumnType { collation: collation(get(row, "collation")?), ..base };
        catalog.domains.insert(name(row)?, Domain { base, not_null: get(row, "not_null")? });
    }
    for row in collations {
        catalog.nondeterministic_collations.insert(name(row)?);
    }
    Ok(())
}

/// The type that PostgreSQL displays so with an empty search path.
pub(super) fn displayed(catalog: &Catalog, display: &str) -> ColumnType {
    catalog.displayed_type(display).unwrap_or_else(|| ColumnType::plain(BaseType::Other(display.to_owned())))
}

/// What [`COLLATION`] says.
pub(super) fn collation(word: &str) -> Collation {
    match word {
        "default" => Collation::Default,
        "bytewise" => Collation::Bytewise,
        "deterministic" => Collation::Deterministic,
        _ => Collation::Nondeterministic,
    }
}
