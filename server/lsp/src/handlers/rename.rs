//! `textDocument/prepareRename` and `textDocument/rename`. The sentence of a refusal is for the user.

use pgpe_ide::{Cancellable, RenameError};
use tower_lsp::ls_types::{PrepareRenameResponse, RenameParams, TextDocumentPositionParams, WorkspaceEdit};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn prepare(
    snapshot: &Snapshot,
    path: &str,
    params: TextDocumentPositionParams,
) -> Cancellable<Option<Result<PrepareRenameResponse, String>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let columns = snapshot.client.columns;
    let offset = from_proto::offset(&lines, params.position, columns);
    Ok(match snapshot.analysis.prepare_rename(path, offset.into())? {
        Ok(found) => Some(Ok(to_proto::renamable(&lines, found, columns))),
        Err(RenameError::Nothing) => None,
        Err(error) => Some(Err(error.to_string())),
    })
}

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: RenameParams,
) -> Cancellable<Option<Result<WorkspaceEdit, String>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let position = params.text_document_position.position;
    let offset = from_proto::offset(&lines, position, snapshot.client.columns);
    Ok(match snapshot.analysis.rename(path, offset.into(), &params.new_name)? {
        Ok(edits) => to_proto::workspace_edit(snapshot, &edits)?.map(Ok),
        Err(error) => Some(Err(error.to_string())),
    })
}
