//! `textDocument/signatureHelp`.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{SignatureHelp, SignatureHelpParams};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: SignatureHelpParams,
) -> Cancellable<Option<SignatureHelp>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let position = params.text_document_position_params.position;
    let offset = from_proto::offset(&lines, position, snapshot.client.columns);
    let help = snapshot.analysis.signature_help(path, offset.into())?;
    Ok(help.map(|help| to_proto::signature_help(help, &snapshot.client)))
}
