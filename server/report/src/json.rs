//! JSON: stable, versioned, for programs.

use serde::Serialize;

use crate::document::Document;
use crate::{Report, Sources};

/// The report of `check`.
pub fn check(report: &Report, sources: &dyn Sources) -> String {
    pretty(&Document::check(report, sources))
}

/// The report of `analyze`: `check` with the verdicts on every governed table.
pub fn analyze(report: &Report, sources: &dyn Sources) -> String {
    pretty(&Document::analyze(report, sources))
}

/// Indented JSON with a final line break.
pub(crate) fn pretty(document: &impl Serialize) -> String {
    // Fails only for maps whose keys are no strings, which no document has.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}
