//! Edits of texts, and actions that make them.

use std::collections::HashMap;

use pgpe_ide::{Assist, AssistKind, Cancellable, Effect, TextEdit as PlainEdit};
use pgpe_report::Edit;
use pgpe_syntax::{ColumnUnit, LineIndex};
use serde_json::json;
use tower_lsp::ls_types::*;

use super::range;
use crate::client::ClientProfile;
use crate::handlers::code_action::DeferredAction;
use crate::snapshot::Snapshot;
use crate::targets::Action;

/// Edits of one text.
pub(crate) fn text_edits(lines: &LineIndex, edits: Vec<PlainEdit>, columns: ColumnUnit) -> Vec<TextEdit> {
    let edit = |edit: PlainEdit| TextEdit::new(range(lines, &edit.range, columns), edit.text);
    edits.into_iter().map(edit).collect()
}

/// Edits of any files of the workspace; `None` if one of them has no name that the client knows.
pub(crate) fn workspace_edit(snapshot: &Snapshot, edits: &[Edit]) -> Cancellable<Option<WorkspaceEdit>> {
    let columns = snapshot.client.columns;
    let mut by_file: Vec<(&str, Vec<&Edit>)> = Vec::new();
    for edit in edits {
        match by_file.iter_mut().find(|(file, _)| *file == edit.place.file) {
            Some((_, edits)) => edits.push(edit),
            None => by_file.push((&edit.place.file, vec![edit])),
        }
    }
    let (mut versioned, mut plain) = (Vec::new(), HashMap::new());
    for (name, edits) in by_file {
        let Some(file) = snapshot.file(name)? else { return Ok(None) };
        let convert =
            |edit: &&Edit| TextEdit::new(range(&file.lines, &edit.place.range, columns), edit.text.clone());
        let edits: Vec<TextEdit> = edits.iter().map(convert).collect();
        if snapshot.client.document_changes {
            versioned.push(TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier {
                    uri: file.uri,
                    version: file.version,
                },
                edits: edits.into_iter().map(OneOf::Left).collect(),
            });
        } else {
            plain.insert(file.uri, edits);
        }
    }
    Ok(Some(if snapshot.client.document_changes {
        WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(versioned)),
            ..WorkspaceEdit::default()
        }
    } else {
        WorkspaceEdit { changes: Some(plain), ..WorkspaceEdit::default() }
    }))
}

/// The protocol's name of a kind of action.
pub(crate) fn action_kind(kind: AssistKind) -> CodeActionKind {
    match kind {
        AssistKind::QuickFix => CodeActionKind::QUICKFIX,
        AssistKind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
        AssistKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
        AssistKind::FixAll => CodeActionKind::new("source.fixAll.pgpe"),
    }
}

/// An action, with those of the client's diagnostics that it is for. `None` if it can't be offered to this client.
pub(crate) fn action(
    snapshot: &Snapshot,
    assist: Assist,
    diagnostics: Vec<Diagnostic>,
    deferred: &DeferredAction,
) -> Cancellable<Option<CodeActionOrCommand>> {
    let mut action = CodeAction {
        title: assist.title,
        kind: Some(action_kind(assist.kind)),
        diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
        is_preferred: assist.preferred.then_some(true),
        ..CodeAction::default()
    };
    match assist.effect {
        Effect::Edits(edits) => {
            let Some(edit) = workspace_edit(snapshot, &edits)? else { return Ok(None) };
            action.edit = Some(edit);
        }
        Effect::NotComputed => action.data = Some(json!(deferred)),
        Effect::Disabled(reason) => action.disabled = Some(CodeActionDisabled { reason }),
    }
    Ok(Some(CodeActionOrCommand::CodeAction(action)))
}

/// An action that runs a command on a target; just the command where a client knows no more.
pub(crate) fn target_action(
    action: Action,
    target: &str,
    uri: &Uri,
    client: &ClientProfile,
) -> CodeActionOrCommand {
    let title = action.title(target);
    let command = Command {
        title: title.clone(),
        command: action.command().to_owned(),
        arguments: Some(vec![json!(target), json!(uri)]),
    };
    if !client.code_action_literals {
        return CodeActionOrCommand::Command(command);
    }
    CodeActionOrCommand::CodeAction(CodeAction {
        title,
        kind: Some(CodeActionKind::SOURCE),
        command: Some(command),
        ..CodeAction::default()
    })
}
