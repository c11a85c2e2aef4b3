//! Where comments go. A comment behind something stays behind it, one on a line of its
//! own keeps its own, and blank lines between items' comments are kept, one at most.

use rowan::ast::AstNode;

use super::printer::{Printer, Separator};
use crate::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, ast};

/// A comment and the line ends between what is before it and itself.
pub(super) struct Comment {
    pub(super) token: SyntaxToken,
    pub(super) line_ends_before: usize,
    /// Whether blanks stand between the last line end and the comment.
    indented: bool,
}

/// The comments before a token, and the line ends after the last of them.
#[derive(Default)]
pub(super) struct Leading {
    pub(super) comments: Vec<Comment>,
    pub(super) line_ends_after: usize,
}

/// What stands between a token and the one before it that means something.
pub(super) fn before_token(token: &SyntaxToken) -> Leading {
    collect(token.prev_token())
}

/// What stands before a node.
pub(super) fn leading(node: &SyntaxNode) -> Leading {
    node.first_token().map(|it| before_token(&it)).unwrap_or_default()
}

/// What stands after all items.
pub(super) fn at_end(root: &SyntaxNode) -> Leading {
    collect(root.last_token())
}

fn collect(mut token: Option<SyntaxToken>) -> Leading {
    let mut trivia = Vec::new();
    while let Some(it) = token.filter(|it| it.kind().is_trivia()) {
        token = it.prev_token();
        trivia.push(it);
    }
    let mut leading = Leading::default();
    let (mut line_ends, mut indented) = (0, false);
    for token in trivia.into_iter().rev() {
        if token.kind().is_comment() {
            leading.comments.push(Comment { token, line_ends_before: line_ends, indented });
            (line_ends, indented) = (0, false);
        } else {
            line_ends += token.text().replace("\r\n", "\n").matches(['\n', '\r']).count();
            indented = !token.text().ends_with(['\n', '\r']);
        }
    }
    leading.line_ends_after = line_ends;
    leading
}

/// Prints what stands between two items, or around the first and the last.
pub(super) fn before_item(printer: &mut Printer, leading: &Leading, follows_item: bool, item_follows: bool) {
    let mut rest = leading.comments.as_slice();
    if follows_item {
        // Behind the item's last line, or indented below it like a part of it.
        while let Some((comment, others)) = rest.split_first().filter(|(it, _)| it.line_ends_before == 0) {
            printer.comment(comment, 0);
            rest = others;
        }
        while let Some((comment, others)) = rest
            .split_first()
            .filter(|(it, _)| it.line_ends_before == 0 || it.line_ends_before == 1 && it.indented)
        {
            printer.comment(comment, 1);
            rest = others;
        }
    }
    let gap_after = leading.line_ends_after;
    let has_blank_line = rest.iter().any(|it| it.line_ends_before > 1) || (gap_after > 1 && !rest.is_empty());
    let needs_blank_line = follows_item && item_follows && !has_blank_line;
    for (index, comment) in rest.iter().enumerate() {
        if comment.line_ends_before > 1 || (index == 0 && needs_blank_line) {
            printer.blank_line();
        }
        printer.comment(comment, 0);
    }
    if !item_follows {
        return;
    }
    let separator = match rest {
        [] if follows_item => Separator::BlankLine,
        [] => Separator::Line,
        _ if gap_after > 1 => Separator::BlankLine,
        [.., last] if last.token.kind() == SyntaxKind::BLOCK_COMMENT && gap_after == 0 => Separator::Space,
        _ => Separator::Line,
    };
    printer.comments_done();
    printer.separate(separator);
}

/// Whether there are comments between a node's first and last tokens.
pub(super) fn has_comments(node: &SyntaxNode) -> bool {
    node.descendants_with_tokens().filter_map(NodeOrToken::into_token).any(|it| it.kind().is_comment())
}

/// Whether a clause holds a traversal, which always takes several lines.
pub(super) fn has_traversal(clause: &ast::Clause) -> bool {
    clause.syntax().children().any(|it| ast::ExistsAtom::can_cast(it.kind()))
}
