//! `textDocument/completion` and `completionItem/resolve`.

use pgpe_ide::{Cancellable, CompletionRequest};
use tower_lsp::ls_types::{CompletionParams, CompletionResponse, Documentation};

use crate::convert::{completion, from_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: CompletionParams,
) -> Cancellable<Option<CompletionResponse>> {
    let Some(file) = snapshot.file(path)? else { return Ok(None) };
    let place = params.text_document_position;
    let offset = from_proto::offset(&file.lines, place.position, snapshot.client.columns);
    let trigger = params.context.and_then(|context| context.trigger_character?.chars().next());
    let request = CompletionRequest { snippets: snapshot.client.snippets, trigger };
    let found = snapshot.analysis.completions(path, offset.into(), request)?;
    let asked =
        completion::Asked { uri: place.text_document.uri, version: file.version, offset: offset.into() };
    Ok(Some(completion::list(&file.lines, &asked, found, &snapshot.client)))
}

/// More about a completion, unless the text has changed since it was offered.
pub(crate) fn resolve(
    snapshot: &Snapshot,
    path: &str,
    subject: completion::Subject,
) -> Cancellable<Option<Documentation>> {
    let version = snapshot.file(path)?.and_then(|file| file.version);
    if version != subject.version {
        return Ok(None);
    }
    let analysis = &snapshot.analysis;
    let about = analysis.completion_documentation(path, subject.offset, subject.kind, &subject.name)?;
    Ok(about.map(|about| completion::documentation(about, &snapshot.client)))
}
