//! Writes tokens one after another, each with the comments before it.

use super::trivia::{self, Comment, Leading};
use crate::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken};

/// What is put between two tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Separator {
    Nothing,
    Space,
    Line,
    BlankLine,
}

pub(super) struct Printer {
    out: String,
    eol: &'static str,
    indent: usize,
    separator: Separator,
    /// Set when the comments before the next token are printed already.
    comments_done: bool,
}

impl Printer {
    pub(super) fn new(eol: &'static str) -> Self {
        Self { out: String::new(), eol, indent: 0, separator: Separator::Nothing, comments_done: true }
    }

    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// The text with its mark and its last line end.
    pub(super) fn finish(self, byte_order_mark: bool) -> String {
        let mut out = self.out;
        if !out.is_empty() {
            out.push_str(self.eol);
        }
        if byte_order_mark {
            out.insert(0, '\u{feff}');
        }
        out
    }

    /// Sets what comes before the next token.
    pub(super) fn separate(&mut self, separator: Separator) {
        self.separator = separator;
    }

    /// Runs `print` with lines indented by one more level.
    pub(super) fn indented(&mut self, print: impl FnOnce(&mut Self)) {
        self.indent += 1;
        print(self);
        self.indent -= 1;
    }

    /// The comments before the next token have been printed by other means.
    pub(super) fn comments_done(&mut self) {
        self.comments_done = true;
    }

    pub(super) fn blank_line(&mut self) {
        if !self.out.is_empty() {
            self.out.push_str(self.eol);
        }
    }

    /// Prints a comment: behind what is before it if it stands there, else on its own line.
    pub(super) fn comment(&mut self, comment: &Comment, indent: usize) {
        if !self.out.is_empty() {
            if comment.line_ends_before == 0 {
                self.out.push(' ');
            } else {
                self.line_break(indent);
            }
        }
        let text = comment.token.text();
        if comment.token.kind() == SyntaxKind::LINE_COMMENT {
            self.out.push_str(text.trim_end());
        } else {
            let unified = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', self.eol);
            self.out.push_str(&unified);
        }
    }

    /// Prints a token in its canonical spelling.
    pub(super) fn token(&mut self, token: &SyntaxToken) {
        self.comments_before(token);
        let in_literal = || token.parent().is_some_and(|it| it.kind() == SyntaxKind::SCALAR_LITERAL);
        match token.kind() {
            SyntaxKind::NULL_KW if in_literal() => self.text("null"),
            SyntaxKind::LT_GT => self.text("!="),
            kind if kind.is_word() => self.text(kind.spelling().unwrap_or_default()),
            _ => self.text(token.text()),
        }
    }

    /// Prints a bracket that the source may lack; comments before `next` come first.
    pub(super) fn bracket(&mut self, text: &str, next: Option<&SyntaxToken>) {
        if let Some(next) = next {
            self.comments_before(next);
            self.comments_done = true;
        }
        self.text(text);
    }

    /// Prints a text as it stands.
    pub(super) fn verbatim(&mut self, text: &str) {
        self.text(text);
    }

    fn text(&mut self, text: &str) {
        if !self.out.is_empty() {
            match self.separator {
                Separator::Nothing => {}
                Separator::Space => self.out.push(' '),
                Separator::Line => self.line_break(self.indent),
                Separator::BlankLine => {
                    self.out.push_str(self.eol);
                    self.line_break(self.indent);
                }
            }
        }
        self.out.push_str(text);
        self.separator = Separator::Nothing;
    }

    fn comments_before(&mut self, token: &SyntaxToken) {
        if std::mem::take(&mut self.comments_done) {
            return;
        }
        let Leading { comments, line_ends_after } = trivia::before_token(token);
        for comment in &comments {
            self.comment(comment, self.indent);
        }
        let Some(last) = comments.last() else { return };
        let own_line = last.line_ends_before > 0;
        let closes = matches!(token.kind(), SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::COMMA);
        self.separator = if last.token.kind() == SyntaxKind::LINE_COMMENT || line_ends_after > 0 {
            Separator::Line
        } else if closes && self.separator == Separator::Nothing {
            Separator::Nothing
        } else if own_line || self.separator < Separator::Line {
            Separator::Space
        } else {
            Separator::Line
        };
    }

    fn line_break(&mut self, indent: usize) {
        self.out.push_str(self.eol);
        for _ in 0..indent {
            self.out.push_str("  ");
        }
    }

    /// Prints all tokens below a node on one line; lines that comments force are indented.
    pub(super) fn flat(&mut self, node: &SyntaxNode) {
        let mut before: Option<SyntaxToken> = None;
        self.indent += 1;
        for token in tokens(node) {
            match &before {
                Some(before) => {
                    self.separator = between(before, &token);
                    self.token(&token);
                }
                None => {
                    self.indent -= 1;
                    self.token(&token);
                    self.indent += 1;
                }
            }
            before = Some(token);
        }
        self.indent -= 1;
    }
}

/// The width of a node's text on one line.
pub(super) fn flat_width(node: &SyntaxNode) -> usize {
    let mut before: Option<SyntaxToken> = None;
    let mut width = 0;
    for token in tokens(node) {
        if before.as_ref().is_some_and(|it| between(it, &token) == Separator::Space) {
            width += 1;
        }
        width += token.text().chars().count();
        before = Some(token);
    }
    width
}

fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> {
    node.descendants_with_tokens().filter_map(NodeOrToken::into_token).filter(|it| !it.kind().is_trivia())
}

fn between(before: &SyntaxToken, after: &SyntaxToken) -> Separator {
    use SyntaxKind::*;
    let tight = match (before.kind(), after.kind()) {
        (L_PAREN | L_BRACK | L_BRACE | DOT, _) => true,
        (_, R_PAREN | R_BRACK | R_BRACE | COMMA | DOT) => true,
        // A word's own parenthesis, as opposed to one that groups.
        (_, L_PAREN) => {
            let parent = after.parent().map(|it| it.kind());
            !matches!(parent, Some(PAREN_SELECTOR | COLUMNS))
        }
        _ => false,
    };
    if tight { Separator::Nothing } else { Separator::Space }
}
