//! What a selection grows to, step by step: from a word to all of the file.

use std::ops::Range;

use pgpe_syntax::{SyntaxKind, SyntaxToken, TextRange, TextSize, TokenAtOffset};

use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::definition::byte_range;
use crate::queries;

impl Analysis {
    /// The ranges around a place of a policy file, each within the next one; at least one. None in other files.
    pub fn selections(&self, path: &str, offset: u32) -> Cancellable<Vec<Range<u32>>> {
        self.with(|db, project| {
            let file = project.policies(db).iter().find(|file| file.path(db) == path);
            let Some(file) = file else { return Vec::new() };
            let root = queries::parsed(db, *file).syntax_node();
            let offset = TextSize::new(offset).min(root.text_range().end());
            let Some(token) = best_token(root.token_at_offset(offset)) else {
                return vec![byte_range(root.text_range())];
            };
            let own = inside_quotes(&token, offset)
                .into_iter()
                .chain((token.kind() != SyntaxKind::WHITESPACE).then(|| token.text_range()));
            let mut ranges: Vec<TextRange> = own.collect();
            for range in token.parent_ancestors().map(|node| node.text_range()) {
                if ranges.last().is_none_or(|last| range.contains_range(*last) && range != *last) {
                    ranges.push(range);
                }
            }
            ranges.into_iter().map(byte_range).collect()
        })
    }
}

/// Between two tokens, the one that is no blank, or a word.
fn best_token(tokens: TokenAtOffset<SyntaxToken>) -> Option<SyntaxToken> {
    let rank = |token: &SyntaxToken| match token.kind() {
        SyntaxKind::WHITESPACE => 0,
        kind if kind.is_trivia() => 1,
        SyntaxKind::STRING | SyntaxKind::INTEGER => 3,
        _ if token.text().starts_with(char::is_alphabetic) => 3,
        _ => 2,
    };
    tokens.max_by_key(rank)
}

/// The text between a string's quotes, if the place is there.
fn inside_quotes(token: &SyntaxToken, offset: TextSize) -> Option<TextRange> {
    let text = token.text();
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let is_closed = text.len() > 2 && text.ends_with(quote);
    if token.kind() != SyntaxKind::STRING || !is_closed {
        return None;
    }
    let one = TextSize::new(1);
    let inside = TextRange::new(token.text_range().start() + one, token.text_range().end() - one);
    inside.contains_inclusive(offset).then_some(inside)
}

#[cfg(test)]
mod tests;
