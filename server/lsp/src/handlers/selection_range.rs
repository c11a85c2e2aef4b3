//! `textDocument/selectionRange`: one chain for each place asked about.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{SelectionRange, SelectionRangeParams};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: SelectionRangeParams,
) -> Cancellable<Option<Vec<SelectionRange>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let mut found = Vec::new();
    for position in params.positions {
        let offset = from_proto::offset(&lines, position, snapshot.client.columns);
        let ranges = snapshot.analysis.selections(path, offset.into())?;
        found.push(to_proto::selection(&lines, offset.into(), &ranges, &snapshot.client));
    }
    Ok(Some(found))
}
