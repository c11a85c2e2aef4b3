//! Functions and procedures.

use pgpe_catalog::{Catalog, Function, QualifiedName, Volatility};
use tokio_postgres::Row;

use super::query::get;
use super::types::displayed;
use crate::error::DatabaseError;

/// Without those of extensions, and those that a range type brings with it: a dump has neither.
pub(super) const QUERY: &str = "\
    SELECT n.nspname::text AS schema, p.proname::text AS name, \
      ARRAY(SELECT pg_catalog.format_type(t.id, NULL) \
        FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t(id, at) ORDER BY t.at) AS arguments, \
      p.pronargdefaults AS defaults, \
      CASE WHEN p.prokind <> 'p' AND NOT p.proretset \
          AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) \
        THEN pg_catalog.format_type(p.prorettype, NULL) END AS returns, \
      p.provolatile::text AS volatility, p.prosecdef AS security_definer, p.proisstrict AS strict \
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
    WHERE p.prokind IN ('f', 'p', 'w') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype IN ('e', 'i') \
        AND e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid)";

/// Adds the functions to a catalog that has the types.
pub(super) fn add(catalog: &mut Catalog, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let name = QualifiedName::new(get::<String>(row, "schema")?, get::<String>(row, "name")?);
        let arguments: Vec<&str> = get(row, "arguments")?;
        let returns: Option<&str> = get(row, "returns")?;
        let function = Function {
            arguments: arguments.into_iter().map(|ty| displayed(catalog, ty)).collect(),
            defaults: usize::from(get::<i16>(row, "defaults")?.unsigned_abs()),
            returns: returns.map(|ty| displayed(catalog, ty)),
            volatility: match get::<&str>(row, "volatility")? {
                "i" => Volatility::Immutable,
                "s" => Volatility::Stable,
                _ => Volatility::Volatile,
            },
            security_definer: get(row, "security_definer")?,
            strict: get(row, "strict")?,
        };
        catalog.functions.entry(name).or_default().push(function);
    }
    for overloads in catalog.functions.values_mut() {
        overloads.sort_by(|one, other| one.arguments.cmp(&other.arguments));
    }
    Ok(())
}
