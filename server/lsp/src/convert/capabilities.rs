//! What the server promises: a line for each feature.

use pgpe_ide::AssistKind;
use pgpe_syntax::ColumnUnit;
use serde_json::json;
use tower_lsp::ls_types::*;

use super::custom::command;
use super::navigation;
use super::to_proto::{self, SOURCE};
use crate::client::ClientProfile;
use crate::settings::SECTION;
use crate::targets::Action;

/// What is promised to the client.
pub(crate) fn initialize_result(client: &ClientProfile) -> InitializeResult {
    let encoding = match client.columns {
        ColumnUnit::Utf8 => PositionEncodingKind::UTF8,
        ColumnUnit::Utf16 | ColumnUnit::Char => PositionEncodingKind::UTF16,
    };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(SaveOptions { include_text: Some(false) }.into()),
        ..TextDocumentSyncOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![
            CodeActionKind::QUICKFIX,
            CodeActionKind::REFACTOR_REWRITE,
            CodeActionKind::REFACTOR_EXTRACT,
            to_proto::action_kind(AssistKind::FixAll),
            CodeActionKind::SOURCE,
        ]),
        resolve_provider: client.resolves_edits.then_some(true),
        ..CodeActionOptions::default()
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: client.negotiates_columns.then_some(encoding),
            text_document_sync: Some(sync.into()),
            completion_provider: Some(completion()),
            hover_provider: Some(true.into()),
            document_symbol_provider: Some(OneOf::Left(true)),
            document_formatting_provider: Some(OneOf::Left(true)),
            code_action_provider: Some(match client.code_action_literals {
                true => actions.into(),
                false => true.into(),
            }),
            inlay_hint_provider: Some(OneOf::Right(InlayHintServerCapabilities::Options(InlayHintOptions {
                resolve_provider: Some(client.resolves_tooltips),
                ..InlayHintOptions::default()
            }))),
            code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
            signature_help_provider: Some(SignatureHelpOptions {
                trigger_characters: Some(["(", ",", "[", "{"].map(str::to_owned).to_vec()),
                retrigger_characters: Some([")", "]"].map(str::to_owned).to_vec()),
                ..SignatureHelpOptions::default()
            }),
            execute_command_provider: Some(ExecuteCommandOptions {
                commands: commands(),
                work_done_progress_options: WorkDoneProgressOptions { work_done_progress: Some(true) },
            }),
            diagnostic_provider: client.pulls_diagnostics.then(diagnostics),
            workspace: Some(WorkspaceServerCapabilities {
                workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                    supported: Some(true),
                    change_notifications: Some(OneOf::Left(true)),
                }),
                ..WorkspaceServerCapabilities::default()
            }),
            ..navigation::capabilities(client)
        },
        server_info: Some(ServerInfo {
            name: SOURCE.to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        ..InitializeResult::default()
    }
}

/// The commands that the server runs by itself.
fn commands() -> Vec<String> {
    let on_targets = Action::ALL.map(Action::command);
    on_targets.into_iter().chain(command::ALL).map(str::to_owned).collect()
}

/// Completions are asked for behind what opens or goes on with a name, a value or a key.
fn completion() -> CompletionOptions {
    CompletionOptions {
        resolve_provider: Some(true),
        trigger_characters: Some(["(", "[", "{", "'", "\"", ",", ".", ":", " "].map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    }
}

/// Whoever can ask for diagnostics is to do so, after each edit of any file.
fn diagnostics() -> DiagnosticServerCapabilities {
    DiagnosticServerCapabilities::Options(DiagnosticOptions {
        identifier: Some(SOURCE.to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        ..DiagnosticOptions::default()
    })
}

/// Asks to be told of changed settings.
pub(crate) fn configuration_changes() -> Registration {
    Registration {
        id: "pgpe-configuration".to_owned(),
        method: "workspace/didChangeConfiguration".to_owned(),
        register_options: Some(json!({ "section": SECTION })),
    }
}

/// Asks to be told of changed files on disk.
pub(crate) fn file_watching() -> Registration {
    let watchers: Vec<_> = ["**/*.policy", "**/*.sql", "**/pgpe.yaml", "**/.pgpe/**/*.json"]
        .iter()
        .map(|glob| json!({ "globPattern": glob }))
        .collect();
    Registration {
        id: "pgpe-files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: Some(json!({ "watchers": watchers })),
    }
}
