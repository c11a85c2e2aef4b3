//! `textDocument/documentHighlight`.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{DocumentHighlight, DocumentHighlightParams};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: DocumentHighlightParams,
) -> Cancellable<Option<Vec<DocumentHighlight>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let columns = snapshot.client.columns;
    let offset = from_proto::offset(&lines, params.text_document_position_params.position, columns);
    let found = snapshot.analysis.highlights(path, offset.into())?;
    Ok(Some(to_proto::highlights(&lines, found, columns)))
}
