//! `textDocument/documentSymbol`.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{DocumentSymbolParams, DocumentSymbolResponse};

use crate::convert::to_proto;
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: DocumentSymbolParams,
) -> Cancellable<Option<DocumentSymbolResponse>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let symbols = snapshot.analysis.document_symbols(path)?;
    let client = &snapshot.client;
    Ok(Some(if client.nested_symbols {
        DocumentSymbolResponse::Nested(to_proto::nested_symbols(&lines, symbols, client))
    } else {
        let uri = &params.text_document.uri;
        DocumentSymbolResponse::Flat(to_proto::flat_symbols(&lines, uri, symbols, client))
    }))
}
