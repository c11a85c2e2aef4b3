//! The explanation as JSON.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::{CommandWhy, Why};
use crate::json::pretty;
use crate::{SessionState, Witness};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'w> {
    version: u32,
    table: &'w str,
    row_level_security: bool,
    row: &'w BTreeMap<String, String>,
    session: Option<&'w SessionState>,
    with: &'w [Witness],
    commands: &'w IndexMap<String, CommandWhy>,
    notes: &'w [String],
}

/// The whole explanation.
pub fn json(why: &Why) -> String {
    pretty(&Document {
        version: 1,
        table: &why.table,
        row_level_security: why.row_level_security,
        row: &why.given.row,
        session: why.given.sessions.first(),
        with: &why.given.witnesses,
        commands: &why.commands,
        notes: &why.notes,
    })
}
