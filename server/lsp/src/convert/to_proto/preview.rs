//! Compiled SQL beside its source.

use pgpe_ide::{Cancellable, Preview};
use pgpe_syntax::LineIndex;

use super::{location, range};
use crate::convert::custom::{CompiledSql, MappedRange};
use crate::snapshot::Snapshot;

/// The SQL with its places in lines and columns.
pub(crate) fn compiled_sql(snapshot: &Snapshot, preview: Preview) -> Cancellable<CompiledSql> {
    let lines = LineIndex::new(&preview.text);
    let columns = snapshot.client.columns;
    let mut map = Vec::new();
    for mapped in &preview.map {
        if let Some(source) = location(snapshot, &mapped.source)? {
            let sql = range(&lines, &mapped.sql, columns);
            map.push(MappedRange { sql, policy: source.range, uri: source.uri });
        }
    }
    Ok(CompiledSql {
        changed: preview.changed.iter().map(|changed| range(&lines, changed, columns)).collect(),
        text: preview.text,
        policy: preview.policy,
        table: preview.table.map(|table| table.to_string()),
        tables: preview.tables.iter().map(ToString::to_string).collect(),
        map,
    })
}
