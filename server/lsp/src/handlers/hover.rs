//! `textDocument/hover`.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{Hover, HoverParams};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(snapshot: &Snapshot, path: &str, params: HoverParams) -> Cancellable<Option<Hover>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let position = params.text_document_position_params.position;
    let offset = from_proto::offset(&lines, position, snapshot.client.columns);
    let hover = snapshot.analysis.hover(path, offset.into(), &snapshot.outcome())?;
    Ok(hover.map(|hover| to_proto::hover(&lines, hover, &snapshot.client)))
}
