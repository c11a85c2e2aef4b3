//! `pgpe/compiledSql`, and the command that does the same.

use pgpe_ide::Cancellable;
use serde_json::Value;

use crate::convert::custom::{CompiledSql, CompiledSqlParams};
use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: CompiledSqlParams,
) -> Cancellable<Option<CompiledSql>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let offset = |position| from_proto::offset(&lines, position, snapshot.client.columns).into();
    let offset = params.position.map(offset);
    let preview = snapshot.analysis.preview(path, offset, params.table.as_deref())?;
    preview.map(|preview| to_proto::compiled_sql(snapshot, preview)).transpose()
}

/// For clients that can send commands only.
pub(crate) fn handle_command(
    snapshot: &Snapshot,
    path: &str,
    params: CompiledSqlParams,
) -> Cancellable<Option<Value>> {
    let answer = handle(snapshot, path, params)?;
    // Fails only for maps whose keys are no strings, which it does not have.
    Ok(answer.and_then(|answer| serde_json::to_value(answer).ok()))
}
