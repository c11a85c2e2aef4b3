//! What views read.

use tokio_postgres::Row;

use super::query::get;
use super::relations::Relations;
use crate::error::DatabaseError;

/// A view depends on what it reads by way of its rule.
pub(super) const QUERY: &str = "\
    SELECT DISTINCT w.ev_class AS view, d.refobjid AS relation \
    FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_depend d ON d.objid = w.oid \
      AND d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass \
    WHERE w.rulename = '_RETURN' AND d.refobjid <> w.ev_class";

pub(super) fn add(relations: &mut Relations, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let Some(read) = relations.name(get(row, "relation")?).cloned() else { continue };
        if let Some(entry) = relations.get_mut(get(row, "view")?) {
            entry.relation.reads.insert(read);
        }
    }
    Ok(())
}
