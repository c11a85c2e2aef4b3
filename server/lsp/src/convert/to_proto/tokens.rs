//! Coloured tokens in the protocol's numbers, and what differs between two lists of them.

use pgpe_ide::{ColouredToken, TokenKind};
use pgpe_syntax::{LineIndex, TextRange};
pub(crate) use tower_lsp::ls_types::SemanticToken as EncodedToken;
use tower_lsp::ls_types::*;

use super::range;
use crate::client::ClientProfile;

/// The token types that are used, best known ones among them in place of those that a client does not know.
pub(crate) const TOKEN_TYPES: [&str; 16] = [
    "comment",
    "keyword",
    "operator",
    "string",
    "number",
    "interface",
    "class",
    "type",
    "property",
    "namespace",
    "variable",
    "function",
    "parameter",
    "enumMember",
    "regexp",
    "decorator",
];

/// The modifiers that are used.
pub(crate) const TOKEN_MODIFIERS: [&str; 2] = ["declaration", "defaultLibrary"];

/// The numbers of one token.
const NUMBERS: u32 = 5;

/// What a word is called, the best name first, with its modifier.
fn names(kind: TokenKind) -> (&'static [&'static str], Option<&'static str>) {
    match kind {
        TokenKind::Comment => (&["comment"], None),
        TokenKind::Rule => (&["decorator", "comment"], None),
        TokenKind::Keyword => (&["keyword"], None),
        TokenKind::Builtin => (&["function", "keyword"], Some("defaultLibrary")),
        TokenKind::Operator => (&["operator"], None),
        TokenKind::String => (&["string"], None),
        TokenKind::Number => (&["number"], None),
        TokenKind::Policy => (&["interface", "class", "type"], Some("declaration")),
        TokenKind::Table => (&["class", "type"], None),
        TokenKind::Column => (&["property", "variable"], None),
        TokenKind::Schema => (&["namespace"], None),
        TokenKind::Role => (&["variable"], None),
        TokenKind::Type => (&["type"], None),
        TokenKind::Function => (&["function"], None),
        TokenKind::Setting => (&["parameter", "string"], None),
        TokenKind::Tag => (&["enumMember", "string"], None),
        TokenKind::Pattern => (&["regexp", "string"], None),
    }
}

/// Tokens as the client counts them: each from the one before, none over the end of a line, none of a type that the
/// client does not know.
pub(crate) fn encoded_tokens(
    lines: &LineIndex,
    tokens: &[ColouredToken],
    client: &ClientProfile,
) -> Vec<EncodedToken> {
    let index = |known: &[String], name: &str| known.iter().position(|it| it == name).map(|at| at as u32);
    let mut encoded = Vec::new();
    let mut last = Position::default();
    for token in tokens {
        let (types, modifier) = names(token.kind);
        let known = &client.navigation.token_types;
        let Some(token_type) = types.iter().find_map(|name| index(known, name)) else { continue };
        let modifier = modifier.and_then(|name| index(&client.navigation.token_modifiers, name));
        for place in by_line(lines, &token.range, client) {
            let delta_line = place.start.line - last.line;
            let before = if delta_line == 0 { last.character } else { 0 };
            encoded.push(EncodedToken {
                delta_line,
                delta_start: place.start.character - before,
                length: place.end.character - place.start.character,
                token_type,
                token_modifiers_bitset: modifier.map_or(0, |at| 1 << at),
            });
            last = place.start;
        }
    }
    encoded
}

/// A range cut at the ends of lines; parts without anything left out.
fn by_line(lines: &LineIndex, whole: &std::ops::Range<u32>, client: &ClientProfile) -> Vec<Range> {
    let place = range(lines, whole, client.columns);
    let on_line = |line: u32| {
        let whole = TextRange::new(whole.start.into(), whole.end.into());
        let part = lines.line_range(line)?.intersect(whole).filter(|part| !part.is_empty())?;
        Some(range(lines, &(part.start().into()..part.end().into()), client.columns))
    };
    (place.start.line..=place.end.line).filter_map(on_line).collect()
}

/// The edit that leads from one list of tokens to another, counted in numbers; none if they are equal.
pub(crate) fn token_edits(old: &[EncodedToken], new: &[EncodedToken]) -> Vec<SemanticTokensEdit> {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let same = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (gone, come) = (old.len() - same, new.get(..new.len() - same).unwrap_or_default());
    if gone == 0 && come.is_empty() {
        return Vec::new();
    }
    vec![SemanticTokensEdit {
        start: start as u32 * NUMBERS,
        delete_count: gone as u32 * NUMBERS,
        data: (!come.is_empty()).then(|| come.to_vec()),
    }]
}

#[cfg(test)]
mod tests;
