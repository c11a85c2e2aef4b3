//! `textDocument/codeAction`: the fixes of findings, and what can be done with targets.

use pgpe_ide::Cancellable;
use pgpe_syntax::TextRange;
use tower_lsp::ls_types::{CodeActionParams, CodeActionResponse, Diagnostic};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;
use crate::targets::Action;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: CodeActionParams,
) -> Cancellable<Option<CodeActionResponse>> {
    let (fixes, source) =
        (from_proto::wants_quick_fixes(&params.context), from_proto::wants_source_actions(&params.context));
    if !snapshot.client.code_action_literals || !(fixes || source) {
        return Ok(None);
    }
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let range = from_proto::range(&lines, params.range, snapshot.client.columns);
    let mut actions = if fixes { quick_fixes(snapshot, path, range, &params)? } else { Vec::new() };
    if source && snapshot.analysis.is_in_policy(path, range.start().into())? {
        actions.extend(target_actions(snapshot, &params)?);
    }
    Ok(Some(actions))
}

/// What can be done with each target of the project.
fn target_actions(snapshot: &Snapshot, params: &CodeActionParams) -> Cancellable<CodeActionResponse> {
    let uri = &params.text_document.uri;
    let targets = snapshot.analysis.config()?.targets;
    let actions = targets.iter().flat_map(|(name, target)| {
        let offered = Action::ON_POLICIES.into_iter();
        let offered = offered.filter(|action| *action != Action::Apply || !target.protected);
        offered.map(|action| to_proto::target_action(action, name, uri))
    });
    Ok(actions.collect())
}

fn quick_fixes(
    snapshot: &Snapshot,
    path: &str,
    range: TextRange,
    params: &CodeActionParams,
) -> Cancellable<CodeActionResponse> {
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
    Ok(actions)
}
