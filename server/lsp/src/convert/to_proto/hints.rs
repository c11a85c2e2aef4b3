//! Inlay hints.

use pgpe_ide::{InlayHint as PlainHint, InlayHintKind as PlainKind};
use pgpe_syntax::LineIndex;
use serde_json::json;
use tower_lsp::ls_types::*;

use super::range;
use crate::client::ClientProfile;
use crate::handlers::inlay_hint::HintOrigin;

/// How kinds of hints are called in data that comes back.
pub(crate) const HINT_KINDS: [(&str, PlainKind); 3] =
    [("tables", PlainKind::Tables), ("columnType", PlainKind::ColumnType), ("relation", PlainKind::Relation)];

/// A hint, with its tooltip or with what it takes to ask for that.
pub(crate) fn inlay_hint(
    lines: &LineIndex,
    hint: PlainHint,
    tooltip: Option<String>,
    origin: &HintOrigin,
    client: &ClientProfile,
) -> InlayHint {
    let is_type = hint.kind == PlainKind::ColumnType;
    let kind = HINT_KINDS.iter().find(|(_, kind)| *kind == hint.kind).map(|(name, _)| *name);
    let data = json!({
        "uri": origin.uri.as_str(),
        "version": origin.version,
        "offset": origin.offset,
        "kind": kind,
    });
    let converted = InlayHint {
        position: range(lines, &(hint.offset..hint.offset), client.columns).start,
        label: InlayHintLabel::String(hint.label),
        kind: is_type.then_some(InlayHintKind::TYPE),
        text_edits: None,
        tooltip: None,
        padding_left: Some(!is_type),
        padding_right: Some(false),
        data: client.resolves_tooltips.then_some(data),
    };
    with_tooltip(converted, tooltip)
}

/// A hint with its tooltip, if there is one.
pub(crate) fn with_tooltip(mut hint: InlayHint, tooltip: Option<String>) -> InlayHint {
    let markup = |value| MarkupContent { kind: MarkupKind::Markdown, value };
    hint.tooltip = tooltip.map(|text| InlayHintTooltip::MarkupContent(markup(text))).or(hint.tooltip);
    hint
}
