//! Unique constraints and indexes.

use pgpe_catalog::{BaseType, Key};
use tokio_postgres::Row;

use super::query::get;
use super::relations::{Entry, Relations};
use crate::error::DatabaseError;

/// Keys without overlaps are exclusion constraints at heart: one key may have many rows.
pub(super) const QUERY: &str = "\
    SELECT i.indrelid AS relation, c.relname::text AS name, i.indisprimary AS is_primary, \
      NOT i.indimmediate AS deferrable, i.indpred IS NOT NULL AS partial, i.indisvalid AS valid, \
      e.numbers, e.collated, e.classes, e.inputs, e.builtin, e.usual \
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
    CROSS JOIN LATERAL ( \
      SELECT array_agg(k.number ORDER BY k.at) AS numbers, \
        array_agg(coalesce(k.rules <> a.attcollation AND NOT l.collisdeterministic, false) \
          ORDER BY k.at) AS collated, \
        array_agg(o.opcname::text ORDER BY k.at) AS classes, \
        array_agg(pg_catalog.format_type(o.opcintype, NULL) ORDER BY k.at) AS inputs, \
        array_agg(o.opcnamespace = 'pg_catalog'::regnamespace ORDER BY k.at) AS builtin, \
        array_agg(o.opcdefault ORDER BY k.at) AS usual \
      FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) \
        WITH ORDINALITY AS k(number, class, rules, at) \
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number \
      LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation \
      JOIN pg_catalog.pg_opclass o ON o.oid = k.class \
      WHERE k.at <= i.indnkeyatts) e \
    WHERE i.indisunique AND NOT i.indisexclusion AND i.indislive";

/// Adds the keys to relations that have their columns.
pub(super) fn add(relations: &mut Relations, rows: &[Row]) -> Result<(), DatabaseError> {
    for row in rows {
        let Some(entry) = relations.get_mut(get(row, "relation")?) else { continue };
        let columns = columns(entry, row)?;
        entry.relation.keys.push(Key {
            name: get(row, "name")?,
            expression: columns.is_none(),
            columns: columns.unwrap_or_default(),
            primary: get(row, "is_primary")?,
            deferrable: get(row, "deferrable")?,
            partial: get(row, "partial")?,
            valid: get(row, "valid")?,
        });
    }
    Ok(())
}

/// The columns of an index; none if one of its elements is an expression, or takes other values for equal
/// than the column's own `=` does.
fn columns(entry: &Entry, row: &Row) -> Result<Option<Vec<String>>, DatabaseError> {
    let numbers: Vec<i16> = get(row, "numbers")?;
    let (collated, classes): (Vec<bool>, Vec<&str>) = (get(row, "collated")?, get(row, "classes")?);
    let (inputs, builtin): (Vec<&str>, Vec<bool>) = (get(row, "inputs")?, get(row, "builtin")?);
    let usual: Vec<bool> = get(row, "usual")?;
    let Some(columns) = entry.column_names(&numbers) else { return Ok(None) };
    let classes = classes.into_iter().zip(inputs).zip(builtin.into_iter().zip(usual));
    let own_equality = columns.iter().zip(collated).zip(classes).all(|((column, collated), class)| {
        let ((name, input), (builtin, usual)) = class;
        let class = OperatorClass { name, input, builtin, usual };
        let column = entry.relation.column(column);
        !collated && column.is_some_and(|column| class.has_equality_of(&column.ty.base))
    });
    Ok(own_equality.then_some(columns))
}

/// An operator class.
struct OperatorClass<'r> {
    name: &'r str,
    /// The type that it is made for.
    input: &'r str,
    /// Whether it is one of PostgreSQL's own.
    builtin: bool,
    /// Whether it is the default for that type.
    usual: bool,
}

impl OperatorClass<'_> {
    /// Whether its `=` is the type's own.
    fn has_equality_of(&self, base: &BaseType) -> bool {
        match base {
            // The classes of text tell apart what citext does not.
            BaseType::Citext { .. } => {
                !self.builtin && matches!(self.name, "citext_ops" | "citext_pattern_ops")
            }
            // A type of an extension may be stored like text, and yet have an equality of its own.
            BaseType::Other(name) if name.contains('.') => {
                self.usual && (self.input == name || self.input.starts_with("any"))
            }
            _ => self.builtin && (self.usual || self.is_alternative()),
        }
    }

    /// Those that differ from the default in order alone.
    fn is_alternative(&self) -> bool {
        matches!(
            self.name,
            "varchar_ops" | "text_pattern_ops" | "varchar_pattern_ops" | "bpchar_pattern_ops" | "cidr_ops"
        )
    }
}
