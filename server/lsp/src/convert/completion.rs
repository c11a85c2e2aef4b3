//! Completions, and what names one when more about it is asked for.

use std::str::FromStr;

use pgpe_ide::{Completion, CompletionKind, Completions};
use pgpe_syntax::LineIndex;
use serde_json::{Value, json};
use tower_lsp::ls_types::*;

use super::to_proto;
use crate::client::ClientProfile;

/// What was asked about.
pub(crate) struct Asked {
    /// The document.
    pub(crate) uri: Uri,
    /// Its version, if it is open.
    pub(crate) version: Option<i32>,
    /// The place.
    pub(crate) offset: u32,
}

/// A completion about which more is to be said.
pub(crate) struct Subject {
    /// The document that it was offered for.
    pub(crate) uri: Uri,
    /// The document's version then.
    pub(crate) version: Option<i32>,
    /// The place.
    pub(crate) offset: u32,
    /// What it stands for.
    pub(crate) kind: CompletionKind,
    /// Its name.
    pub(crate) name: String,
}

/// How kinds are called in data that clients send back, and which picture they have.
const KINDS: &[(CompletionKind, &str, CompletionItemKind)] = &[
    (CompletionKind::Word, "word", CompletionItemKind::KEYWORD),
    (CompletionKind::Column, "column", CompletionItemKind::FIELD),
    (CompletionKind::Table, "table", CompletionItemKind::STRUCT),
    (CompletionKind::Traversal, "traversal", CompletionItemKind::REFERENCE),
    (CompletionKind::Setting, "setting", CompletionItemKind::VARIABLE),
    (CompletionKind::Function, "function", CompletionItemKind::FUNCTION),
    (CompletionKind::Type, "type", CompletionItemKind::TYPE_PARAMETER),
    (CompletionKind::Label, "label", CompletionItemKind::ENUM_MEMBER),
    (CompletionKind::Role, "role", CompletionItemKind::INTERFACE),
    (CompletionKind::Tag, "tag", CompletionItemKind::CONSTANT),
    (CompletionKind::Schema, "schema", CompletionItemKind::MODULE),
    (CompletionKind::Rule, "rule", CompletionItemKind::EVENT),
    (CompletionKind::Policy, "policy", CompletionItemKind::CLASS),
    (CompletionKind::Template, "template", CompletionItemKind::SNIPPET),
    (CompletionKind::Key, "key", CompletionItemKind::PROPERTY),
    (CompletionKind::Value, "value", CompletionItemKind::VALUE),
];

/// A list of completions.
pub(crate) fn list(
    lines: &LineIndex,
    asked: &Asked,
    found: Completions,
    client: &ClientProfile,
) -> CompletionResponse {
    let Completions { insert, replace, items, is_incomplete } = found;
    let (insert, replace) =
        (to_proto::range(lines, &insert, client.columns), to_proto::range(lines, &replace, client.columns));
    let edit = |new_text: String| match client.insert_replace {
        true => InsertReplaceEdit { new_text, insert, replace }.into(),
        false => CompletionTextEdit::from(TextEdit { range: replace, new_text }),
    };
    let items = items.into_iter().map(|it| item(it, &edit, asked, client)).collect();
    CompletionResponse::List(CompletionList { is_incomplete, items })
}

fn item(
    item: Completion,
    edit: &dyn Fn(String) -> CompletionTextEdit,
    asked: &Asked,
    client: &ClientProfile,
) -> CompletionItem {
    let known = KINDS.iter().find(|(kind, _, _)| *kind == item.kind);
    let data = known.map(|(_, kind, _)| {
        json!({
            "uri": asked.uri.as_str(),
            "version": asked.version,
            "offset": asked.offset,
            "kind": kind,
            "name": item.name,
        })
    });
    let beside = item.detail.clone().filter(|_| client.label_details);
    CompletionItem {
        sort_text: Some(format!("{:03}{}", item.rank, item.label)),
        filter_text: (item.filter != item.label).then_some(item.filter),
        label: item.label,
        label_details: beside
            .map(|detail| CompletionItemLabelDetails { detail: None, description: Some(detail) }),
        kind: known.map(|(_, _, kind)| *kind),
        detail: item.detail,
        insert_text_format: item.is_snippet.then_some(InsertTextFormat::SNIPPET),
        text_edit: Some(edit(item.text)),
        data,
        ..CompletionItem::default()
    }
}

/// What a completion is about, by the data that the client has kept.
pub(crate) fn subject(item: &CompletionItem) -> Option<Subject> {
    let data = item.data.as_ref()?;
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    let number = |key: &str| data.get(key).and_then(Value::as_i64);
    let kind = text("kind")?;
    Some(Subject {
        uri: Uri::from_str(text("uri")?).ok()?,
        version: number("version").and_then(|version| i32::try_from(version).ok()),
        offset: number("offset").and_then(|offset| u32::try_from(offset).ok())?,
        kind: KINDS.iter().find(|(_, name, _)| *name == kind).map(|(kind, _, _)| *kind)?,
        name: text("name")?.to_owned(),
    })
}

/// What is said of a completion.
pub(crate) fn documentation(markdown: String, client: &ClientProfile) -> Documentation {
    let (kind, value) = match client.completion_markdown {
        true => (MarkupKind::Markdown, markdown),
        false => (MarkupKind::PlainText, to_proto::without_fences(&markdown)),
    };
    Documentation::MarkupContent(MarkupContent { kind, value })
}
