//! From plain types to LSP types.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use pgpe_config::{Rule, Severity};
use pgpe_database::{Drift, DriftKind, DriftSeverity};
use pgpe_ide::{Cancellable, Hover as PlainHover, Symbol, SymbolKind as PlainKind, TextEdit as PlainEdit};
use pgpe_project::ProjectError;
use pgpe_report::{Edit, Finding, Place};
use pgpe_syntax::{ColumnUnit, LineIndex};
use serde_json::json;
use tower_lsp::jsonrpc::{Error, ErrorCode};
pub(crate) use tower_lsp::ls_types::notification::Progress as ProgressNotification;
use tower_lsp::ls_types::*;
pub(crate) use tower_lsp::ls_types::{Diagnostic, ProgressParams, ProgressToken, Uri};

use crate::client::ClientProfile;
use crate::snapshot::Snapshot;
use crate::targets::{Action, Refusal};

/// Where the rules' pages are; an id follows.
const RULE_PAGES: &str = "https://pgpe.dev/rules/";

/// What the server calls itself in diagnostics.
const SOURCE: &str = "pgpe";

/// How lines of the client's log are marked.
pub(crate) const LOG_LEVEL: MessageType = MessageType::INFO;

/// How questions are marked.
pub(crate) const QUESTION_LEVEL: MessageType = MessageType::WARNING;

/// `RequestFailed` of the protocol: the request was right, and could not be fulfilled.
const REQUEST_FAILED: i64 = -32803;

/// The URI of a file.
pub(crate) fn uri(path: &Path) -> Option<Uri> {
    let mut text = String::from("file://");
    if cfg!(windows) {
        text.push('/');
    }
    for byte in path_bytes(path) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri::from_str(&text).ok()
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(not(unix))]
fn path_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

/// A range of a text.
pub(crate) fn range(lines: &LineIndex, range: &std::ops::Range<u32>, columns: ColumnUnit) -> Range {
    let position = |offset: u32| {
        let place = lines.line_column(offset.into(), columns);
        Position::new(place.line, place.column)
    };
    Range::new(position(range.start), position(range.end))
}

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
        code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE]),
        ..CodeActionOptions::default()
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: client.negotiates_columns.then_some(encoding),
            text_document_sync: Some(sync.into()),
            hover_provider: Some(true.into()),
            document_symbol_provider: Some(OneOf::Left(true)),
            document_formatting_provider: Some(OneOf::Left(true)),
            code_action_provider: client.code_action_literals.then(|| actions.into()),
            execute_command_provider: Some(ExecuteCommandOptions {
                commands: Action::ALL.map(|action| action.command().to_owned()).to_vec(),
                work_done_progress_options: WorkDoneProgressOptions { work_done_progress: Some(true) },
            }),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: SOURCE.to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        ..InitializeResult::default()
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

/// A finding at its place; `None` if it has none that the client could know.
pub(crate) fn diagnostic(snapshot: &Snapshot, finding: &Finding) -> Cancellable<Option<Diagnostic>> {
    let client = &*snapshot.client;
    let Some(place) = &finding.place else { return Ok(None) };
    let Some(file) = snapshot.file(&place.file)? else { return Ok(None) };
    let mut related = Vec::new();
    if client.related_information {
        for other in &finding.related {
            if let Some(location) = location(snapshot, &other.place)? {
                related.push(DiagnosticRelatedInformation { location, message: other.message.clone() });
            }
        }
    }
    let titles: Vec<&str> = finding.fixes.iter().map(|fix| fix.title.as_str()).collect();
    Ok(Some(Diagnostic {
        range: range(&file.lines, &place.range, client.columns),
        related_information: (!related.is_empty()).then_some(related),
        tags: (client.unnecessary_tag && finding.unnecessary).then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: (client.diagnostic_data && !titles.is_empty()).then(|| json!({ "fixes": titles })),
        ..bare_diagnostic(client, finding)
    }))
}

/// A finding at the start of a file.
pub(crate) fn bare_diagnostic(client: &ClientProfile, finding: &Finding) -> Diagnostic {
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    Diagnostic {
        range: Range::default(),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Info => DiagnosticSeverity::INFORMATION,
            Severity::Hint => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(finding.rule.id().to_owned())),
        code_description: client.code_description.then(|| rule_page(finding.rule)).flatten(),
        source: Some(SOURCE.to_owned()),
        message,
        ..Diagnostic::default()
    }
}

/// A file that can't be used, as a finding without place.
pub(crate) fn unreadable(error: &ProjectError) -> Finding {
    Finding { severity: Severity::Error, ..Finding::new(Rule::Config, error.to_string()) }
}

fn rule_page(rule: Rule) -> Option<CodeDescription> {
    Some(CodeDescription { href: Uri::from_str(&format!("{RULE_PAGES}{}", rule.id())).ok()? })
}

fn location(snapshot: &Snapshot, place: &Place) -> Cancellable<Option<Location>> {
    let Some(file) = snapshot.file(&place.file)? else { return Ok(None) };
    let range = range(&file.lines, &place.range, snapshot.client.columns);
    Ok(Some(Location { uri: file.uri, range }))
}

/// A hover.
pub(crate) fn hover(lines: &LineIndex, hover: PlainHover, client: &ClientProfile) -> Hover {
    let (kind, value) = if client.markdown {
        (MarkupKind::Markdown, hover.markdown)
    } else {
        (MarkupKind::PlainText, without_fences(&hover.markdown))
    };
    Hover {
        contents: HoverContents::Markup(MarkupContent { kind, value }),
        range: Some(range(lines, &hover.range, client.columns)),
    }
}

/// Markdown for clients that show it as it is.
fn without_fences(markdown: &str) -> String {
    let lines: Vec<&str> = markdown.lines().filter(|line| !line.starts_with("```")).collect();
    lines.join("\n")
}

/// Edits of one text.
pub(crate) fn text_edits(lines: &LineIndex, edits: Vec<PlainEdit>, columns: ColumnUnit) -> Vec<TextEdit> {
    let edit = |edit: PlainEdit| TextEdit::new(range(lines, &edit.range, columns), edit.text);
    edits.into_iter().map(edit).collect()
}

/// Symbols as a tree.
pub(crate) fn nested_symbols(
    lines: &LineIndex,
    symbols: Vec<Symbol>,
    columns: ColumnUnit,
) -> Vec<DocumentSymbol> {
    let convert = |symbol: Symbol| {
        let children = nested_symbols(lines, symbol.children, columns);
        #[allow(deprecated, reason = "the field has to be given")]
        DocumentSymbol {
            name: symbol.name,
            detail: symbol.detail,
            kind: symbol_kind(symbol.kind),
            tags: None,
            deprecated: None,
            range: range(lines, &symbol.range, columns),
            selection_range: range(lines, &symbol.name_range, columns),
            children: (!children.is_empty()).then_some(children),
        }
    };
    symbols.into_iter().map(convert).collect()
}

/// Symbols as a list, each with the one that it is part of.
pub(crate) fn flat_symbols(
    lines: &LineIndex,
    uri: &Uri,
    symbols: Vec<Symbol>,
    columns: ColumnUnit,
) -> Vec<SymbolInformation> {
    fn add(
        found: &mut Vec<SymbolInformation>,
        symbols: Vec<Symbol>,
        container: Option<&str>,
        place: &dyn Fn(&std::ops::Range<u32>) -> Location,
    ) {
        for symbol in symbols {
            #[allow(deprecated, reason = "the field has to be given")]
            found.push(SymbolInformation {
                name: symbol.name.clone(),
                kind: symbol_kind(symbol.kind),
                tags: None,
                deprecated: None,
                location: place(&symbol.range),
                container_name: container.map(str::to_owned),
            });
            add(found, symbol.children, Some(&symbol.name), place);
        }
    }
    let mut found = Vec::new();
    let place = |at: &std::ops::Range<u32>| Location { uri: uri.clone(), range: range(lines, at, columns) };
    add(&mut found, symbols, None, &place);
    found
}

fn symbol_kind(kind: PlainKind) -> SymbolKind {
    match kind {
        PlainKind::Policy => SymbolKind::CLASS,
        PlainKind::Grant => SymbolKind::EVENT,
        PlainKind::Clause => SymbolKind::METHOD,
        PlainKind::Check => SymbolKind::NAMESPACE,
    }
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

/// A quick fix, with those of the client's diagnostics that it is for.
pub(crate) fn quick_fix(
    title: String,
    edit: WorkspaceEdit,
    diagnostics: Vec<Diagnostic>,
    preferred: bool,
) -> CodeActionOrCommand {
    CodeActionOrCommand::CodeAction(CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
        edit: Some(edit),
        is_preferred: preferred.then_some(true),
        ..CodeAction::default()
    })
}

/// A difference between a target and the project, at the policy that it concerns.
pub(crate) fn drift_diagnostic(target: &str, drift: &Drift, range: Range) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(match drift.severity {
            DriftSeverity::Critical => DiagnosticSeverity::ERROR,
            DriftSeverity::High | DriftSeverity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(drift.kind.word().to_owned())),
        source: Some(format!("{SOURCE} ({target})")),
        message: drift_message(target, drift),
        ..Diagnostic::default()
    }
}

fn drift_message(target: &str, drift: &Drift) -> String {
    let (name, table) = (&drift.name, format!("{}.{}", drift.schema, drift.table));
    let sentence = match drift.kind {
        DriftKind::MissingPolicy => format!("{table} has no policy {name} on {target}"),
        DriftKind::ExtraPolicy => {
            format!("{table} has a policy {name} on {target} that is not this project's")
        }
        DriftKind::ModifiedPolicy => format!("the policy {name} of {table} is another on {target}"),
        DriftKind::MissingGrant => format!("{name} lacks privileges on {table} on {target}"),
        DriftKind::ExtraGrant => {
            format!("{name} has more privileges on {table} on {target} than are granted here")
        }
        DriftKind::RlsDisabled => format!("row-level security of {table} is not enabled on {target}"),
        DriftKind::RlsNotForced => format!("row-level security of {table} is not forced on {target}"),
    };
    let shown = match (&drift.expected, &drift.observed) {
        (Some(_), Some(_)) => drift.diff(),
        (None, Some(observed)) => Some(observed.clone()),
        _ => None,
    };
    let parts = [Some(sentence), drift.note.clone(), shown];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The range of a place in a file.
pub(crate) fn range_of(lines: &LineIndex, place: &Place, columns: ColumnUnit) -> Range {
    range(lines, &place.range, columns)
}

/// An action that runs a command on a target.
pub(crate) fn target_action(action: Action, target: &str, uri: &Uri) -> CodeActionOrCommand {
    let title = action.title(target);
    let command = Command {
        title: title.clone(),
        command: action.command().to_owned(),
        arguments: Some(vec![json!(target), json!(uri)]),
    };
    CodeActionOrCommand::CodeAction(CodeAction {
        title,
        kind: Some(CodeActionKind::SOURCE),
        command: Some(command),
        ..CodeAction::default()
    })
}

/// Answers to a question that the client is to ask.
pub(crate) fn choices(titles: Vec<String>) -> Vec<MessageActionItem> {
    titles.into_iter().map(|title| MessageActionItem { title, properties: HashMap::new() }).collect()
}

/// A token that the client has not seen yet.
pub(crate) fn new_token(number: u64) -> ProgressToken {
    ProgressToken::String(format!("pgpe-{number}"))
}

/// The beginning of something that takes time.
pub(crate) fn progress_begin(token: ProgressToken, title: String) -> ProgressParams {
    let begin = WorkDoneProgress::Begin(WorkDoneProgressBegin {
        title,
        cancellable: Some(true),
        message: None,
        percentage: None,
    });
    ProgressParams { token, value: ProgressParamsValue::WorkDone(begin) }
}

/// How far it is.
pub(crate) fn progress_report(token: ProgressToken, message: String) -> ProgressParams {
    let report = WorkDoneProgress::Report(WorkDoneProgressReport {
        cancellable: Some(true),
        message: Some(message),
        percentage: None,
    });
    ProgressParams { token, value: ProgressParamsValue::WorkDone(report) }
}

/// Its end.
pub(crate) fn progress_end(token: ProgressToken) -> ProgressParams {
    let end = WorkDoneProgress::End(WorkDoneProgressEnd { message: None });
    ProgressParams { token, value: ProgressParamsValue::WorkDone(end) }
}

/// Why a command came to nothing: one sentence, which the client shows.
pub(crate) fn refusal(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Cancelled => Error::request_cancelled(),
        Refusal::Failed(message) => {
            Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: message.into(), data: None }
        }
    }
}

/// Why a question has no answer.
pub(crate) fn overtaken() -> Error {
    Error::content_modified()
}

/// A question that the server failed at.
pub(crate) fn internal_error() -> Error {
    Error::internal_error()
}
