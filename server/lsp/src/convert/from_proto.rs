//! From LSP types to plain ones.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use pgpe_ide::AssistKind;
use pgpe_syntax::{ColumnUnit, LineColumn, LineIndex, TextRange, TextSize};
use serde_json::{Value, json};
use tower_lsp::ls_types::{
    ClientCapabilities, CodeAction, CodeActionContext, CodeActionKind, ConfigurationItem, DiagnosticTag,
    ExecuteCommandParams, InitializeParams, InlayHint, MarkupKind, Position, PositionEncodingKind,
    ProgressToken, Range, TextDocumentContentChangeEvent, TextDocumentItem, Uri, WorkspaceFolder,
    WorkspaceFoldersChangeEvent,
};

use super::to_proto;
use crate::client::ClientProfile;
use crate::convert::custom::{CompiledSqlParams, command};
use crate::convert::to_proto::HINT_KINDS;
use crate::documents::{Change, Document};
use crate::handlers::code_action::{DeferredAction, WantedActions};
use crate::handlers::inlay_hint::HintOrigin;
use crate::handlers::show_counterexample::WantedCounterexample;
use crate::keys::FileKey;
use crate::settings::SECTION;
use crate::targets::{Action, Request};

/// The file that a URI names.
pub(crate) fn file_key(uri: &Uri) -> FileKey {
    match file_path(uri) {
        Some(path) => FileKey::Path(path),
        None => FileKey::Other(uri.as_str().to_owned()),
    }
}

/// The path of a `file:` URI, however it is encoded.
pub(crate) fn file_path(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let path = os_path(uri.path().decode().to_bytes().into_owned())?;
    path.is_absolute().then(|| pgpe_project::normalize(&path))
}

#[cfg(unix)]
fn os_path(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

/// `/c:/folder` is `C:\folder`.
#[cfg(not(unix))]
fn os_path(bytes: Vec<u8>) -> Option<PathBuf> {
    let text = String::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('/').unwrap_or(&text);
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(drive), Some(':')) => {
            Some(PathBuf::from(format!("{}:{}", drive.to_ascii_uppercase(), characters.as_str())))
        }
        _ => Some(PathBuf::from(text)),
    }
}

/// A line and column.
pub(crate) fn position(position: Position) -> LineColumn {
    LineColumn { line: position.line, column: position.character }
}

/// The offset of a position; the nearest one before it if there is no such place.
pub(crate) fn offset(lines: &LineIndex, place: Position, columns: ColumnUnit) -> TextSize {
    lines.offset(position(place), columns)
}

/// A range of a text.
pub(crate) fn range(lines: &LineIndex, range: Range, columns: ColumnUnit) -> TextRange {
    lines.range(position(range.start), position(range.end), columns)
}

/// A document as it is opened.
pub(crate) fn document(item: TextDocumentItem) -> (FileKey, Document) {
    let key = file_key(&item.uri);
    let document =
        Document { uri: item.uri, version: item.version, language: item.language_id, text: item.text };
    (key, document)
}

/// Changes of a document's text.
pub(crate) fn changes(events: Vec<TextDocumentContentChangeEvent>) -> Vec<Change> {
    let change = |event: TextDocumentContentChangeEvent| Change {
        range: event.range.map(|range| (position(range.start), position(range.end))),
        text: event.text,
    };
    events.into_iter().map(change).collect()
}

/// The kinds of code actions that are asked for: all of them, or those of the kinds named and below.
pub(crate) fn wanted_actions(context: &CodeActionContext) -> WantedActions {
    let wants = |kind: &CodeActionKind| {
        context.only.as_ref().is_none_or(|only| only.iter().any(|only| is_of_kind(kind, only)))
    };
    let kinds = [AssistKind::QuickFix, AssistKind::Rewrite, AssistKind::Extract, AssistKind::FixAll];
    WantedActions {
        kinds: kinds.into_iter().filter(|kind| wants(&to_proto::action_kind(*kind))).collect(),
        on_targets: wants(&CodeActionKind::SOURCE),
        by_name: context.only.is_some(),
    }
}

/// A kind stands for all kinds below it.
fn is_of_kind(kind: &CodeActionKind, of: &CodeActionKind) -> bool {
    let rest = kind.as_str().strip_prefix(of.as_str());
    of.as_str().is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The action that the server computes later what it does, and where it stands.
pub(crate) fn deferred_action(action: &CodeAction) -> Option<(DeferredAction, AssistKind)> {
    let deferred = serde_json::from_value(action.data.clone()?).ok()?;
    let kinds = [AssistKind::QuickFix, AssistKind::Rewrite, AssistKind::Extract, AssistKind::FixAll];
    let kind = kinds.into_iter().find(|kind| action.kind.as_ref() == Some(&to_proto::action_kind(*kind)))?;
    Some((deferred, kind))
}

/// What a command is to do; the sentence for the client if that can't be understood.
pub(crate) fn command(params: ExecuteCommandParams) -> Result<Request, String> {
    let Some(action) = Action::of_command(&params.command) else {
        return Err(format!("there is no command {}", params.command));
    };
    let mut arguments = params.arguments.into_iter().map(|argument| match argument {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(format!("{} takes a target's name and a file's URI", params.command)),
    });
    let target = arguments.next().transpose()?.flatten();
    let uri = arguments.next().transpose()?.flatten();
    let file = match uri {
        Some(uri) => {
            Some(file_key(&Uri::from_str(&uri).map_err(|_| format!("{uri} is not the URI of a file"))?))
        }
        None => None,
    };
    Ok(Request { action, target, file, token: params.work_done_progress_params.work_done_token })
}

/// What `pgpe.previewSql` is to show; the sentence for the client if that can't be understood.
pub(crate) fn preview_command(params: ExecuteCommandParams) -> Result<CompiledSqlParams, String> {
    let mut arguments = params.arguments.into_iter();
    let mut next = || arguments.next().unwrap_or_default();
    let (uri, position, table) = (next(), next(), next());
    let params = json!({ "textDocument": { "uri": uri }, "position": position, "table": table });
    serde_json::from_value(params).map_err(|error| {
        format!(
            "{} takes a file's URI, a position or null, and a table or null: {error}",
            command::PREVIEW_SQL
        )
    })
}

/// A file of the project that `pgpe.analyzeWorkspace` is to analyse, and the token of its progress; without a file
/// it is all projects.
pub(crate) fn analyze_command(
    params: ExecuteCommandParams,
) -> Result<(Option<FileKey>, Option<ProgressToken>), String> {
    let file = match params.arguments.into_iter().next() {
        None | Some(Value::Null) => None,
        Some(uri) => Some(file_key(&serde_json::from_value(uri).map_err(|_| {
            format!("{} takes the URI of a file of the project that is meant, or nothing", command::ANALYZE)
        })?)),
    };
    Ok((file, params.work_done_progress_params.work_done_token))
}

/// Where a hint comes from that the client wants to know more of; `None` if it does not say so.
pub(crate) fn hint_origin(hint: &InlayHint) -> Option<HintOrigin> {
    let data = hint.data.as_ref()?;
    let kind = data.get("kind")?.as_str()?;
    Some(HintOrigin {
        uri: Uri::from_str(data.get("uri")?.as_str()?).ok()?,
        version: data.get("version")?.as_i64().and_then(|version| i32::try_from(version).ok()),
        offset: u32::try_from(data.get("offset")?.as_u64()?).ok()?,
        kind: HINT_KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind)?,
    })
}

/// Which counterexample is to be shown; the sentence for the client if that can't be understood.
pub(crate) fn wanted_counterexample(params: ExecuteCommandParams) -> Result<WantedCounterexample, String> {
    let wrong = || format!("{} takes a file's URI, a line counted from 0, and a rule's id", params.command);
    match params.arguments.as_slice() {
        [Value::String(uri), line, Value::String(rule)] => Ok(WantedCounterexample {
            uri: Uri::from_str(uri).map_err(|_| format!("{uri} is not the URI of a file"))?,
            line: line.as_u64().and_then(|line| u32::try_from(line).ok()).ok_or_else(wrong)?,
            rule: rule.clone(),
        }),
        _ => Err(wrong()),
    }
}

/// A line of a text, with its end.
pub(crate) fn line_range(lines: &LineIndex, line: u32) -> std::ops::Range<u32> {
    let start = |line| lines.offset(LineColumn { line, column: 0 }, ColumnUnit::Utf8);
    start(line).into()..start(line.saturating_add(1)).into()
}

/// The commands that a client says it carries out itself, in one of two forms.
fn own_commands(capabilities: &ClientCapabilities) -> Vec<String> {
    let commands = capabilities.experimental.as_ref().and_then(|it| it.get("commands"));
    let names = commands.and_then(|it| it.get("commands").unwrap_or(it).as_array());
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What the client can do.
pub(crate) fn client(params: &InitializeParams) -> ClientProfile {
    let capabilities = &params.capabilities;
    let (columns, negotiates_columns) = columns(capabilities);
    let text_document = capabilities.text_document.as_ref();
    let workspace = capabilities.workspace.as_ref();
    let diagnostics = text_document.and_then(|it| it.publish_diagnostics.as_ref());
    let completion = text_document.and_then(|it| it.completion.as_ref()?.completion_item.as_ref());
    let signatures = text_document.and_then(|it| it.signature_help.as_ref()?.signature_information.as_ref());
    let hints = text_document.and_then(|it| it.inlay_hint.as_ref());
    let pulled = text_document.and_then(|it| it.diagnostic.as_ref());
    let actions = text_document.and_then(|it| it.code_action.as_ref());
    let hover_formats = text_document.and_then(|it| it.hover.as_ref()?.content_format.as_ref());
    ClientProfile {
        columns,
        negotiates_columns,
        folders: folders(params),
        related_information: diagnostics
            .and_then(|it| it.related_information)
            .or_else(|| pulled?.related_information)
            .unwrap_or(false),
        unnecessary_tag: diagnostics
            .and_then(|it| it.tag_support.as_ref())
            .is_some_and(|tags| tags.value_set.contains(&DiagnosticTag::UNNECESSARY)),
        code_description: diagnostics
            .and_then(|it| it.code_description_support)
            .or_else(|| pulled?.code_description_support)
            .unwrap_or(false),
        diagnostic_data: diagnostics
            .and_then(|it| it.data_support)
            .or_else(|| pulled?.data_support)
            .unwrap_or(false),
        document_changes: workspace
            .and_then(|it| it.workspace_edit.as_ref()?.document_changes)
            .unwrap_or(false),
        nested_symbols: text_document
            .and_then(|it| it.document_symbol.as_ref()?.hierarchical_document_symbol_support)
            .unwrap_or(false),
        code_action_literals: actions.and_then(|it| it.code_action_literal_support.as_ref()).is_some(),
        resolves_edits: actions.is_some_and(|it| {
            let lazy =
                it.resolve_support.as_ref().is_some_and(|it| it.properties.iter().any(|it| it == "edit"));
            lazy && it.data_support == Some(true)
        }),
        disabled_actions: actions.and_then(|it| it.disabled_support).unwrap_or(false),
        markdown: hover_formats
            .is_none_or(|formats| formats.is_empty() || formats.contains(&MarkupKind::Markdown)),
        navigation: super::navigation::abilities(capabilities),
        snippets: completion.and_then(|it| it.snippet_support).unwrap_or(false),
        insert_replace: completion.and_then(|it| it.insert_replace_support).unwrap_or(false),
        label_details: completion.and_then(|it| it.label_details_support).unwrap_or(false),
        completion_markdown: completion
            .and_then(|it| it.documentation_format.as_ref())
            .is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
        watches_files: workspace
            .and_then(|it| it.did_change_watched_files.as_ref()?.dynamic_registration)
            .unwrap_or(false),
        // Proofs come later than the first answer: one who could not be told of them would not ask for them.
        pulls_diagnostics: pulled.is_some()
            && workspace.and_then(|it| it.diagnostics.as_ref()?.refresh_support).unwrap_or(false),
        related_documents: pulled.and_then(|it| it.related_document_support).unwrap_or(false),
        configuration: workspace.and_then(|it| it.configuration).unwrap_or(false),
        registers_configuration: workspace
            .and_then(|it| it.did_change_configuration.as_ref()?.dynamic_registration)
            .unwrap_or(false),
        initial_settings: params.initialization_options.clone().unwrap_or_default(),
        status_notification: capabilities
            .experimental
            .as_ref()
            .and_then(|experimental| experimental.get("statusNotification")?.as_bool())
            .unwrap_or(false),
        work_done_progress: capabilities
            .window
            .as_ref()
            .and_then(|window| window.work_done_progress)
            .unwrap_or(false),
        own_commands: own_commands(capabilities),
        refreshes_lenses: workspace.and_then(|it| it.code_lens.as_ref()?.refresh_support).unwrap_or(false),
        refreshes_hints: workspace.and_then(|it| it.inlay_hint.as_ref()?.refresh_support).unwrap_or(false),
        resolves_tooltips: hints
            .and_then(|it| it.resolve_support.as_ref())
            .is_some_and(|it| it.properties.iter().any(|property| property == "tooltip")),
        parameter_offsets: signatures
            .and_then(|it| it.parameter_information.as_ref()?.label_offset_support)
            .unwrap_or(false),
        signature_markdown: signatures
            .and_then(|it| it.documentation_format.as_ref())
            .is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
    }
}

/// The first of the client's encodings that is spoken here.
fn columns(capabilities: &ClientCapabilities) -> (ColumnUnit, bool) {
    let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    let unit = |kind: &PositionEncodingKind| match kind {
        kind if *kind == PositionEncodingKind::UTF8 => Some(ColumnUnit::Utf8),
        kind if *kind == PositionEncodingKind::UTF16 => Some(ColumnUnit::Utf16),
        _ => None,
    };
    let chosen = offered.and_then(|kinds| kinds.iter().find_map(unit));
    (chosen.unwrap_or(ColumnUnit::Utf16), offered.is_some())
}

#[allow(deprecated, reason = "older clients send nothing else")]
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten();
    let mut paths: Vec<PathBuf> = folders.filter_map(|folder| file_path(&folder.uri)).collect();
    if paths.is_empty() {
        let root = params.root_uri.as_ref().and_then(file_path);
        let path = || params.root_path.as_ref().map(PathBuf::from).filter(|path| path.is_absolute());
        paths.extend(root.or_else(path).map(|path| pgpe_project::normalize(Path::new(&path))));
    }
    paths
}

/// Folders that were opened and closed.
pub(crate) fn folder_changes(event: WorkspaceFoldersChangeEvent) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let paths =
        |folders: Vec<WorkspaceFolder>| folders.iter().filter_map(|folder| file_path(&folder.uri)).collect();
    (paths(event.added), paths(event.removed))
}

/// The settings that are to be asked for.
pub(crate) fn configuration_items() -> Vec<ConfigurationItem> {
    vec![ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) }]
}
