//! `workspace/symbol`, over all folders.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{SymbolInformation, WorkspaceSymbolParams, WorkspaceSymbolResponse};

use crate::convert::to_proto;
use crate::snapshot::Snapshot;

/// More than anybody reads; a longer query finds the others.
const MOST_SYMBOLS: usize = 500;

pub(crate) fn handle(
    snapshots: &[Snapshot],
    params: WorkspaceSymbolParams,
) -> Cancellable<Option<WorkspaceSymbolResponse>> {
    let mut found = Vec::new();
    for snapshot in snapshots {
        let symbols = snapshot.analysis.project_symbols(&params.query)?;
        found.extend(symbols.into_iter().map(|symbol| (snapshot, symbol)));
    }
    found.sort_by_key(|(_, symbol)| symbol.distance);
    let mut shown: Vec<SymbolInformation> = Vec::new();
    for (snapshot, symbol) in found.iter().take(MOST_SYMBOLS) {
        // A file may belong to more than one folder.
        if let Some(symbol) = to_proto::project_symbol(snapshot, symbol)?
            && !shown.contains(&symbol)
        {
            shown.push(symbol);
        }
    }
    Ok(Some(shown.into()))
}
