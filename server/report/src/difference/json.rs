//! The difference as JSON.

use indexmap::IndexMap;
use serde::Serialize;

use super::{CommandDifference, Difference, Presence, VerdictChange};
use crate::json::pretty;

#[derive(Serialize)]
struct Document<'d> {
    version: u32,
    base: &'d str,
    changed: bool,
    tables: Vec<TableDocument<'d>>,
}

#[derive(Serialize)]
struct TableDocument<'d> {
    schema: &'d str,
    table: &'d str,
    presence: Presence,
    commands: &'d IndexMap<String, CommandDifference>,
    verdicts: &'d [VerdictChange],
}

/// All tables, unchanged ones too.
pub fn json(difference: &Difference) -> String {
    let tables = difference.tables.iter().map(|table| TableDocument {
        schema: &table.schema,
        table: &table.table,
        presence: table.presence,
        commands: &table.commands,
        verdicts: &table.verdicts,
    });
    pretty(&Document {
        version: 1,
        base: &difference.base,
        changed: difference.is_change(),
        tables: tables.collect(),
    })
}
