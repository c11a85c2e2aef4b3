//! `textDocument/semanticTokens`: all of a file, what differs from the last answer, or a range.
//!
//! Tokens depend on the text alone, so that nothing but its edits makes them stale, and no client need be asked to
//! fetch them anew.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{
    SemanticTokens, SemanticTokensDelta, SemanticTokensDeltaParams, SemanticTokensFullDeltaResult,
    SemanticTokensParams, SemanticTokensRangeParams, SemanticTokensRangeResult, SemanticTokensResult,
};

use crate::convert::to_proto::EncodedToken;
use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;
use crate::tokens::Answer;

pub(crate) fn full(
    snapshot: &Snapshot,
    path: &str,
    _: SemanticTokensParams,
) -> Cancellable<Option<SemanticTokensResult>> {
    let Some(data) = tokens(snapshot, path, None)? else { return Ok(None) };
    let (result_id, _) = keep(snapshot, path, &data);
    Ok(Some(SemanticTokens { result_id, data }.into()))
}

pub(crate) fn delta(
    snapshot: &Snapshot,
    path: &str,
    params: SemanticTokensDeltaParams,
) -> Cancellable<Option<SemanticTokensFullDeltaResult>> {
    let Some(data) = tokens(snapshot, path, None)? else { return Ok(None) };
    let (result_id, last) = keep(snapshot, path, &data);
    Ok(Some(match last.filter(|last| last.id == params.previous_result_id) {
        Some(last) => {
            SemanticTokensDelta { result_id, edits: to_proto::token_edits(&last.tokens, &data) }.into()
        }
        None => SemanticTokens { result_id, data }.into(),
    }))
}

pub(crate) fn range(
    snapshot: &Snapshot,
    path: &str,
    params: SemanticTokensRangeParams,
) -> Cancellable<Option<SemanticTokensRangeResult>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let range = from_proto::range(&lines, params.range, snapshot.client.columns);
    let data = tokens(snapshot, path, Some(range.start().into()..range.end().into()))?;
    Ok(data.map(|data| SemanticTokens { result_id: None, data }.into()))
}

fn tokens(
    snapshot: &Snapshot,
    path: &str,
    range: Option<std::ops::Range<u32>>,
) -> Cancellable<Option<Vec<EncodedToken>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let tokens = snapshot.analysis.coloured_tokens(path, range)?;
    Ok(tokens.map(|tokens| to_proto::encoded_tokens(&lines, &tokens, &snapshot.client)))
}

/// The answer's name, if it is kept, and the answer before it.
fn keep(snapshot: &Snapshot, path: &str, data: &[EncodedToken]) -> (Option<String>, Option<Answer>) {
    let key = snapshot.names.key(path);
    if !snapshot.client.navigation.token_deltas || !snapshot.open.contains_key(&key) {
        return (None, None);
    }
    let (id, last) = snapshot.tokens.keep(key, data.to_vec());
    (Some(id), last)
}
