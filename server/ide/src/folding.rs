//! What of a policy file can be folded: items, their parts, brackets, comments and regions.

use std::ops::Range;

use pgpe_syntax::ast;
use pgpe_syntax::{AstNode, NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::definition::byte_range;
use crate::queries;

/// A stretch of several lines that can be hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// What is hidden but for the rest of its first line, in byte offsets.
    pub range: Range<u32>,
    /// What it is.
    pub kind: FoldKind,
}

/// What a fold hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoldKind {
    /// A policy, or part of one.
    Code,
    /// Comments.
    Comment,
    /// What stands between `-- region` and `-- endregion`.
    Region,
}

impl Analysis {
    /// The folds of a policy file, outer ones before those within them, one for each first line. Empty for
    /// other files.
    pub fn folds(&self, path: &str) -> Cancellable<Vec<Fold>> {
        self.with(|db, project| {
            let Some(file) = project.policies(db).iter().find(|file| file.path(db) == path) else {
                return Vec::new();
            };
            let root = queries::parsed(db, *file).syntax_node();
            let mut found: Vec<(TextRange, FoldKind)> =
                root.descendants().flat_map(node_folds).map(|range| (range, FoldKind::Code)).collect();
            found.extend(comments(&root));
            let lines = queries::line_index(db, *file);
            let line = |at: TextSize| lines.line_column(at, pgpe_syntax::ColumnUnit::Utf8).line;
            found.retain(|(range, _)| line(range.start()) < line(range.end()));
            found.sort_by_key(|(range, _)| (line(range.start()), std::cmp::Reverse(range.end())));
            found.dedup_by_key(|(range, _)| line(range.start()));
            found.into_iter().map(|(range, kind)| Fold { range: byte_range(range), kind }).collect()
        })
    }
}

/// What a node lets be hidden: all behind its first words, or what stands between its brackets.
fn node_folds(node: SyntaxNode) -> Vec<TextRange> {
    use SyntaxKind::*;
    let whole = meaningful_range(&node);
    let behind = |head: Option<TextRange>| head.map(|head| head.end());
    let token = |kind: SyntaxKind| {
        let mut tokens = node.children_with_tokens().filter_map(NodeOrToken::into_token);
        tokens.find(|token| token.kind() == kind).map(|token| token.text_range())
    };
    let start = match node.kind() {
        POLICY => {
            let name = ast::Policy::cast(node.clone()).and_then(|policy| policy.name());
            behind(name.map(|name| name.syntax().text_range()).or_else(|| token(POLICY_KW)))
        }
        GRANT => behind(token(GRANT_KW)),
        SELECTOR_CLAUSE => behind(token(SELECTOR_KW)),
        CLAUSE_BLOCK => behind(token(CLAUSE_KW)),
        CHECK_BLOCK => behind(token(CHECK_KW).or_else(|| token(WITH_KW))),
        CLAUSE => Some(node.text_range().start()),
        _ => None,
    };
    let pairs = [(L_PAREN, R_PAREN), (L_BRACK, R_BRACK), (L_BRACE, R_BRACE)];
    let bracketed = pairs.into_iter().filter_map(|(open, close)| {
        let (open, close) = (token(open)?, token(close)?);
        let inside = node.children_with_tokens().filter(|it| {
            !it.kind().is_trivia()
                && open.end() <= it.text_range().start()
                && it.text_range().end() <= close.start()
        });
        Some(TextRange::new(open.end(), inside.last()?.text_range().end()))
    });
    let opened = start.zip(whole).filter(|(start, whole)| *start <= whole.end());
    opened.map(|(start, whole)| TextRange::new(start, whole.end())).into_iter().chain(bracketed).collect()
}

/// A node's range without blanks and comments at its ends.
fn meaningful_range(node: &SyntaxNode) -> Option<TextRange> {
    let mut tokens = tokens(node).filter(|token| !token.kind().is_trivia());
    let first = tokens.next()?;
    let last = tokens.last().unwrap_or_else(|| first.clone());
    Some(first.text_range().cover(last.text_range()))
}

/// Blocks of comments, and the regions that comments mark.
fn comments(root: &SyntaxNode) -> Vec<(TextRange, FoldKind)> {
    let (mut found, mut regions): (Vec<(TextRange, FoldKind)>, Vec<TextSize>) = (Vec::new(), Vec::new());
    let mut block: Option<TextRange> = None;
    for token in tokens(root) {
        match (token.kind(), marker(&token)) {
            (SyntaxKind::LINE_COMMENT, None) => {
                block = Some(block.map_or(token.text_range(), |block| block.cover(token.text_range())));
                continue;
            }
            (SyntaxKind::LINE_COMMENT, Some(Marker::Begin)) => regions.push(token.text_range().end()),
            (SyntaxKind::LINE_COMMENT, Some(Marker::End)) => {
                if let Some(start) = regions.pop() {
                    found.push((TextRange::new(start, token.text_range().end()), FoldKind::Region));
                }
            }
            (SyntaxKind::WHITESPACE, _) if line_ends(token.text()) < 2 => continue,
            (kind, _) if kind.is_comment() => found.push((token.text_range(), FoldKind::Comment)),
            _ => {}
        }
        found.extend(block.take().map(|range| (range, FoldKind::Comment)));
    }
    found.extend(block.map(|range| (range, FoldKind::Comment)));
    found
}

enum Marker {
    Begin,
    End,
}

/// `-- region` or `-- #region`, and their ends.
fn marker(token: &SyntaxToken) -> Option<Marker> {
    let text = token.text().strip_prefix("--")?.trim_start();
    let text = text.strip_prefix('#').unwrap_or(text);
    match text.split_whitespace().next()? {
        "region" => Some(Marker::Begin),
        "endregion" => Some(Marker::End),
        _ => None,
    }
}

/// The tokens below a node. Going from one to the next stops at nodes without any, which stand for what is missing.
pub(crate) fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.descendants_with_tokens().filter_map(NodeOrToken::into_token)
}

/// How many lines end in a text.
pub(crate) fn line_ends(text: &str) -> usize {
    text.replace("\r\n", "\n").matches(['\n', '\r']).count()
}

#[cfg(test)]
mod tests;
