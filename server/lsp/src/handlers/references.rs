//! `textDocument/references`.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{Location, ReferenceParams};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: ReferenceParams,
) -> Cancellable<Option<Vec<Location>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let position = params.text_document_position.position;
    let offset = from_proto::offset(&lines, position, snapshot.client.columns);
    let with_definitions = params.context.include_declaration;
    let found = snapshot.analysis.references(path, offset.into(), with_definitions)?;
    found.map(|found| to_proto::locations(snapshot, &found)).transpose()
}
