//! Casts, operators and rules that somebody has added: what lets conditions and statements mean something else.

use pgpe_catalog::{COMPARISONS, Catalog, QualifiedName, cast_override, operator_override, rule_on};
use tokio_postgres::Row;

use super::query::get;
use super::relations::Relations;
use super::types::displayed;
use crate::error::DatabaseError;

/// What is PostgreSQL's own has numbers below that of the first object that users make. That of extensions is no
/// part of a dump, and left out here, too.
pub(super) fn overrides() -> String {
    let comparisons: Vec<String> = COMPARISONS.iter().map(|symbol| format!("'{symbol}'")).collect();
    format!(
        "SELECT NULL::text AS schema, NULL::text AS name, \
           pg_catalog.format_type(c.castsource, NULL) AS one, pg_catalog.format_type(c.casttarget, NULL) AS other \
         FROM pg_catalog.pg_cast c WHERE c.oid >= 16384 \
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' \
             AND e.classid = 'pg_catalog.pg_cast'::regclass AND e.objid = c.oid) \
         UNION ALL \
         SELECT n.nspname::text, o.oprname::text, \
           pg_catalog.format_type(o.oprleft, NULL), pg_catalog.format_type(o.oprright, NULL) \
         FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace \
         WHERE o.oid >= 16384 AND o.oprname::text IN ({}) AND o.oprleft <> 0 AND o.oprright <> 0 \
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' \
             AND e.classid = 'pg_catalog.pg_operator'::regclass AND e.objid = o.oid)",
        comparisons.join(", ")
    )
}

/// Each rule with the relations that it is on or mentions.
pub(super) const RULES: &str = "\
    WITH rules AS ( \
      SELECT w.oid, w.rulename, w.ev_class FROM pg_catalog.pg_rewrite w WHERE w.rulename <> '_RETURN' \
        AND w.oid >= 16384 AND pg_catalog.pg_get_ruledef(w.oid) !~ 'DO INSTEAD NOTHING;$') \
    SELECT rules.rulename::text AS name, rules.ev_class AS relation, rules.ev_class AS touched FROM rules \
    UNION \
    SELECT rules.rulename::text, rules.ev_class, d.refobjid \
    FROM rules JOIN pg_catalog.pg_depend d ON d.objid = rules.oid \
      AND d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass";

/// Adds the casts and operators; the catalog has the types already.
pub(super) fn add_overrides(catalog: &mut Catalog, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let (one, other) = (displayed(catalog, get(row, "one")?), displayed(catalog, get(row, "other")?));
        let schema: Option<String> = get(row, "schema")?;
        let name: Option<String> = get(row, "name")?;
        catalog.overrides.extend(match (schema, name) {
            (Some(schema), Some(name)) => operator_override(&QualifiedName::new(schema, name), &one, &other),
            _ => cast_override(&one, &other),
        });
    }
    Ok(())
}

/// Adds the rules.
pub(super) fn add_rules(relations: &mut Relations, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let Some(table) = relations.name(get(row, "relation")?).cloned() else { continue };
        if let Some(entry) = relations.get_mut(get(row, "touched")?) {
            entry.relation.rules.insert(rule_on(get(row, "name")?, &table));
        }
    }
    Ok(())
}
