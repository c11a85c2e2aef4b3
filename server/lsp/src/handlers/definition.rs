//! `textDocument/definition`.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{GotoDefinitionParams, GotoDefinitionResponse};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: GotoDefinitionParams,
) -> Cancellable<Option<GotoDefinitionResponse>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let position = params.text_document_position_params.position;
    let offset = from_proto::offset(&lines, position, snapshot.client.columns);
    let found = snapshot.analysis.definition(path, offset.into())?;
    found.map(|found| to_proto::definition(snapshot, &lines, found)).transpose()
}
