//! `textDocument/inlayHint` and `inlayHint/resolve`, which gives the tooltip.

use pgpe_ide::{Cancellable, InlayHintKind};
use tower_lsp::ls_types::{InlayHint, InlayHintParams};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

/// Where a hint comes from, by which its tooltip is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HintOrigin {
    /// The document.
    pub(crate) uri: to_proto::Uri,
    /// Its version, if it was open.
    pub(crate) version: Option<i32>,
    /// The hint's place in bytes.
    pub(crate) offset: u32,
    /// What it says.
    pub(crate) kind: InlayHintKind,
}

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: InlayHintParams,
) -> Cancellable<Option<Vec<InlayHint>>> {
    let (Some(lines), Some(file)) = (snapshot.analysis.line_index(path)?, snapshot.file(path)?) else {
        return Ok(None);
    };
    let range = from_proto::range(&lines, params.range, snapshot.client.columns);
    let range = range.start().into()..range.end().into();
    let hints = snapshot.analysis.inlay_hints(path, range, &wanted(snapshot))?;
    let mut converted = Vec::new();
    for hint in hints {
        let tooltip = match snapshot.client.resolves_tooltips {
            true => None,
            false => snapshot.analysis.inlay_hint_tooltip(path, hint.offset, hint.kind)?,
        };
        let origin = HintOrigin {
            uri: params.text_document.uri.clone(),
            version: file.version,
            offset: hint.offset,
            kind: hint.kind,
        };
        converted.push(to_proto::inlay_hint(&lines, hint, tooltip, &origin, &snapshot.client));
    }
    Ok(Some(converted))
}

pub(crate) fn resolve(
    snapshot: &Snapshot,
    path: &str,
    (hint, origin): (InlayHint, HintOrigin),
) -> Cancellable<Option<InlayHint>> {
    // Of another text, the place may be another.
    if snapshot.file(path)?.is_none_or(|file| file.version != origin.version) {
        return Ok(None);
    }
    let tooltip = snapshot.analysis.inlay_hint_tooltip(path, origin.offset, origin.kind)?;
    Ok(Some(to_proto::with_tooltip(hint, tooltip)))
}

/// The kinds that are not switched off.
fn wanted(snapshot: &Snapshot) -> Vec<InlayHintKind> {
    let settings = &snapshot.settings.inlay_hints;
    let kinds = [
        (InlayHintKind::Tables, settings.tables),
        (InlayHintKind::ColumnType, settings.column_types),
        (InlayHintKind::Relation, settings.relations),
    ];
    kinds.into_iter().filter(|(_, wanted)| *wanted).map(|(kind, _)| kind).collect()
}
