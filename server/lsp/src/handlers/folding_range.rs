//! `textDocument/foldingRange`.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{FoldingRange, FoldingRangeParams};

use crate::convert::to_proto;
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    _: FoldingRangeParams,
) -> Cancellable<Option<Vec<FoldingRange>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let folds = snapshot.analysis.folds(path)?;
    Ok(Some(to_proto::folds(&lines, folds, &snapshot.client)))
}
