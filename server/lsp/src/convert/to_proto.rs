//! From plain types to LSP types, a file per kind of answer.

mod diagnostics;
mod edits;
mod folding;
mod hints;
mod lenses;
mod navigation;
mod preview;
mod progress;
mod pull;
mod signatures;
mod symbols;
mod tokens;

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use pgpe_ide::{Cancellable, Hover as PlainHover};
use pgpe_report::Place;
use pgpe_syntax::{ColumnUnit, LineIndex};
use tower_lsp::jsonrpc::{Error, ErrorCode};
pub(crate) use tower_lsp::ls_types::notification::Progress as ProgressNotification;
use tower_lsp::ls_types::*;
pub(crate) use tower_lsp::ls_types::{Diagnostic, ProgressParams, ProgressToken, Registration, Uri};

use crate::client::ClientProfile;
use crate::snapshot::Snapshot;
use crate::targets::Refusal;

pub(crate) use diagnostics::*;
pub(crate) use edits::*;
pub(crate) use folding::*;
pub(crate) use hints::*;
pub(crate) use lenses::*;
pub(crate) use navigation::*;
pub(crate) use preview::*;
pub(crate) use progress::*;
pub(crate) use pull::*;
pub(crate) use signatures::*;
pub(crate) use symbols::*;
pub(crate) use tokens::*;

/// What the server calls itself in diagnostics.
pub(super) const SOURCE: &str = "pgpe";

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

/// A place in any file; `None` if the file has no name that the client knows.
pub(crate) fn location(snapshot: &Snapshot, place: &Place) -> Cancellable<Option<Location>> {
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
pub(super) fn without_fences(markdown: &str) -> String {
    let lines: Vec<&str> = markdown.lines().filter(|line| !line.starts_with("```")).collect();
    lines.join("\n")
}

/// The range of a place in a file.
pub(crate) fn range_of(lines: &LineIndex, place: &Place, columns: ColumnUnit) -> Range {
    range(lines, &place.range, columns)
}

/// Answers to a question that the client is to ask.
pub(crate) fn choices(titles: Vec<String>) -> Vec<MessageActionItem> {
    titles.into_iter().map(|title| MessageActionItem { title, properties: HashMap::new() }).collect()
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
