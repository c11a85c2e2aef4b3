//! `textDocument/formatting`, of a range, and of a line that was just begun.

use pgpe_ide::{Cancellable, TextEdit as PlainEdit};
use pgpe_syntax::LineIndex;
use tower_lsp::ls_types::{
    DocumentFormattingParams, DocumentOnTypeFormattingParams, DocumentRangeFormattingParams, TextEdit,
};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    _: DocumentFormattingParams,
) -> Cancellable<Option<Vec<TextEdit>>> {
    with_lines(snapshot, path, |_| snapshot.analysis.format(path))
}

pub(crate) fn range(
    snapshot: &Snapshot,
    path: &str,
    params: DocumentRangeFormattingParams,
) -> Cancellable<Option<Vec<TextEdit>>> {
    with_lines(snapshot, path, |lines| {
        let range = from_proto::range(lines, params.range, snapshot.client.columns);
        snapshot.analysis.format_range(path, range.start().into()..range.end().into())
    })
}

pub(crate) fn on_type(
    snapshot: &Snapshot,
    path: &str,
    params: DocumentOnTypeFormattingParams,
) -> Cancellable<Option<Vec<TextEdit>>> {
    with_lines(snapshot, path, |lines| {
        let position = params.text_document_position.position;
        let offset = from_proto::offset(lines, position, snapshot.client.columns);
        snapshot.analysis.indent_new_line(path, offset.into())
    })
}

fn with_lines(
    snapshot: &Snapshot,
    path: &str,
    edits: impl FnOnce(&LineIndex) -> Cancellable<Option<Vec<PlainEdit>>>,
) -> Cancellable<Option<Vec<TextEdit>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let edits = edits(&lines)?;
    Ok(edits.map(|edits| to_proto::text_edits(&lines, edits, snapshot.client.columns)))
}
