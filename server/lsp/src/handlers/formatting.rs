//! `textDocument/formatting`.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{DocumentFormattingParams, TextEdit};

use crate::convert::to_proto;
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    _: DocumentFormattingParams,
) -> Cancellable<Option<Vec<TextEdit>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let edits = snapshot.analysis.format(path)?;
    Ok(edits.map(|edits| to_proto::text_edits(&lines, edits, snapshot.client.columns)))
}
