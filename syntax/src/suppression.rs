//! `-- pgpe: allow(rule-id) reason`: comments that silence one rule for what stands
//! on their line or, if they stand alone, on the line below.

use rowan::{Direction, TextRange, TextSize, ast::AstNode};

use crate::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, ast};

/// A comment that asks for a rule to be silenced.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Suppression {
    /// The rule's id as written, known or not.
    pub rule_text: String,
    /// Where the id stands; between the parentheses if it is missing.
    pub rule_range: TextRange,
    /// Why; `None` if the comment does not say.
    pub reason: Option<String>,
    /// The whole comment.
    pub range: TextRange,
    /// What it applies to: findings inside this range. Empty if it stands at nothing.
    pub target: TextRange,
}

/// What each of them says first.
const MARK: &str = "pgpe:";

/// The suppressions of a file, in the order of the text. `text`: that of the tree.
pub fn suppressions(root: &SyntaxNode, text: &str) -> Vec<Suppression> {
    // Few files have any, and trees are long.
    let marks = text.match_indices(MARK).map(|(at, _)| TextSize::new(at as u32));
    let marks = marks.filter(|at| root.text_range().contains(*at));
    let mut comments: Vec<SyntaxToken> =
        marks.filter_map(|at| root.token_at_offset(at).right_biased()).collect();
    comments.dedup();
    let comments = comments.iter().filter(|it| it.kind() == SyntaxKind::LINE_COMMENT);
    comments.filter_map(suppression).collect()
}

fn suppression(comment: &SyntaxToken) -> Option<Suppression> {
    let text = comment.text();
    let rest = text.get(2..)?.trim_start().strip_prefix(MARK)?.trim_start();
    let rest = rest.strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let (inside, reason) = rest.split_once(')').unwrap_or((rest, ""));
    let rule_text = inside.trim().to_owned();
    let reason = reason.trim_start_matches([':', '-', ' ', '\t']).trim();
    let start = text.len() - rest.len() + (inside.len() - inside.trim_start().len());
    let start = comment.text_range().start() + TextSize::new(start as u32);
    Some(Suppression {
        rule_range: TextRange::at(start, TextSize::of(rule_text.as_str())),
        rule_text,
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        range: comment.text_range(),
        target: target(comment).unwrap_or(TextRange::empty(comment.text_range().start())),
    })
}

fn target(comment: &SyntaxToken) -> Option<TextRange> {
    let before = neighbour(comment, Direction::Prev);
    if let Some(last) = before {
        let first = first_of_line(last.clone());
        return Some(target_of_line(&first, &last, &last));
    }
    // Several comments above a line all speak about it.
    let mut comment = comment.clone();
    let first = loop {
        let next = next_line(&comment)?;
        if !next.kind().is_comment() {
            break next;
        }
        comment = next;
    };
    let last = last_of_line(first.clone());
    Some(target_of_line(&first, &last, &first))
}

/// The token that means something on the same line, right before or after.
fn neighbour(token: &SyntaxToken, direction: Direction) -> Option<SyntaxToken> {
    let step = |it: &SyntaxToken| match direction {
        Direction::Prev => it.prev_token(),
        Direction::Next => it.next_token(),
    };
    let mut next = step(token)?;
    while next.kind().is_trivia() {
        if next.text().contains(['\n', '\r']) {
            return None;
        }
        next = step(&next)?;
    }
    Some(next)
}

/// The first token of the line right below a comment's, be it another comment.
fn next_line(comment: &SyntaxToken) -> Option<SyntaxToken> {
    let blank = comment.next_token()?;
    let line_ends = blank.text().replace("\r\n", "\n").matches(['\n', '\r']).count();
    (blank.kind() == SyntaxKind::WHITESPACE && line_ends == 1).then(|| blank.next_token()).flatten()
}

fn first_of_line(mut token: SyntaxToken) -> SyntaxToken {
    while let Some(previous) = neighbour(&token, Direction::Prev) {
        token = previous;
    }
    token
}

fn last_of_line(mut token: SyntaxToken) -> SyntaxToken {
    while let Some(next) = neighbour(&token, Direction::Next) {
        token = next;
    }
    token
}

/// What the line from `first` to `last` is about, `at` being the token next to the comment.
fn target_of_line(first: &SyntaxToken, last: &SyntaxToken, at: &SyntaxToken) -> TextRange {
    let line = TextRange::new(first.text_range().start(), last.text_range().end());
    // A line that begins an item is its header, and stands for the whole of it.
    let item = first.parent_ancestors().find(|it| ast::Item::can_cast(it.kind()));
    if let Some(item) = item.filter(|it| it.text_range().start() == line.start()) {
        return item.text_range();
    }
    // All that is whole on this line.
    let whole = tokens_between(first, last)
        .flat_map(|it| it.parent_ancestors().collect::<Vec<_>>())
        .filter(|it| is_target(it.kind()) && line.contains_range(it.text_range()))
        .map(|it| it.text_range())
        .reduce(|a, b| a.cover(b));
    if let Some(whole) = whole {
        return whole;
    }
    // Else what the line opens, else what it is part of.
    opened_by(at)
        .or_else(|| at.parent_ancestors().find(|it| is_enclosing(it.kind())))
        .map_or_else(|| at.text_range(), |it| it.text_range())
}

fn tokens_between(first: &SyntaxToken, last: &SyntaxToken) -> impl Iterator<Item = SyntaxToken> {
    let end = last.text_range().end();
    std::iter::successors(Some(first.clone()), SyntaxToken::next_token)
        .take_while(move |it| it.text_range().end() <= end)
}

/// The clause, atom or selector that a keyword introduces.
fn opened_by(token: &SyntaxToken) -> Option<SyntaxNode> {
    use SyntaxKind::*;
    if token.kind() == WITH_KW || token.kind() == CHECK_KW {
        return token.parent();
    }
    if !matches!(token.kind(), CLAUSE_KW | SELECTOR_KW | OR_KW | AND_KW | NOT_KW) {
        return None;
    }
    let mut next = token.next_sibling_or_token();
    while let Some(element) = next {
        match element {
            NodeOrToken::Node(node) if is_target(node.kind()) => return Some(node),
            NodeOrToken::Node(_) => return None,
            NodeOrToken::Token(token) => next = token.next_sibling_or_token(),
        }
    }
    None
}

fn is_target(kind: SyntaxKind) -> bool {
    ast::Clause::can_cast(kind) || ast::Atom::can_cast(kind) || ast::Selector::can_cast(kind)
}

fn is_enclosing(kind: SyntaxKind) -> bool {
    is_target(kind) || ast::Item::can_cast(kind)
}

#[cfg(test)]
mod tests;
