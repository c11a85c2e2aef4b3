//! `textDocument/codeAction`: the fixes of findings.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{CodeActionParams, CodeActionResponse, Diagnostic};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: CodeActionParams,
) -> Cancellable<Option<CodeActionResponse>> {
    if !snapshot.client.code_action_literals || !from_proto::wants_quick_fixes(&params.context) {
        return Ok(None);
    }
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let range = from_proto::range(&lines, params.range, snapshot.client.columns);
    let range = range.start().into()..range.end().into();
    let mut actions = Vec::new();
    for found in snapshot.analysis.fixes(path, range, &snapshot.outcome())? {
        let Some(edit) = to_proto::workspace_edit(snapshot, &found.fix.edits)? else { continue };
        let own = to_proto::diagnostic(snapshot, &found.finding)?;
        let same = |known: &&Diagnostic| {
            own.as_ref().is_some_and(|own| {
                (known.range, &known.code, &known.message) == (own.range, &own.code, &own.message)
            })
        };
        let diagnostics = params.context.diagnostics.iter().filter(same).cloned().collect();
        let preferred = found.finding.fixes.len() == 1;
        actions.push(to_proto::quick_fix(found.fix.title, edit, diagnostics, preferred));
    }
    Ok(Some(actions))
}
