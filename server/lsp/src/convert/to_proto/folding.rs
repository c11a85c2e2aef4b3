//! Folds.

use pgpe_ide::{Fold, FoldKind};
use pgpe_syntax::LineIndex;
use tower_lsp::ls_types::*;

use super::range;
use crate::client::ClientProfile;

/// Folds, outer ones first; of more than the client takes, the outermost.
pub(crate) fn folds(lines: &LineIndex, folds: Vec<Fold>, client: &ClientProfile) -> Vec<FoldingRange> {
    let kept = match client.navigation.most_folds {
        Some(limit) if folds.len() > limit => outermost(folds, limit),
        _ => folds,
    };
    kept.into_iter().map(|fold| folding_range(lines, &fold, client)).collect()
}

fn folding_range(lines: &LineIndex, fold: &Fold, client: &ClientProfile) -> FoldingRange {
    let place = range(lines, &fold.range, client.columns);
    let exact = !client.navigation.folds_lines_only;
    FoldingRange {
        start_line: place.start.line,
        start_character: exact.then_some(place.start.character),
        end_line: place.end.line,
        end_character: exact.then_some(place.end.character),
        kind: match fold.kind {
            FoldKind::Code => None,
            FoldKind::Comment => Some(FoldingRangeKind::Comment),
            FoldKind::Region => Some(FoldingRangeKind::Region),
        },
        collapsed_text: None,
    }
}

fn outermost(folds: Vec<Fold>, limit: usize) -> Vec<Fold> {
    let mut around: Vec<u32> = Vec::new();
    let mut by_depth: Vec<(usize, Fold)> = folds
        .into_iter()
        .map(|fold| {
            around.retain(|end| *end >= fold.range.end);
            around.push(fold.range.end);
            (around.len(), fold)
        })
        .collect();
    by_depth.sort_by_key(|(depth, _)| *depth);
    by_depth.truncate(limit);
    let mut kept: Vec<Fold> = by_depth.into_iter().map(|(_, fold)| fold).collect();
    kept.sort_by_key(|fold| fold.range.start);
    kept
}
