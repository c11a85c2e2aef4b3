//! What stands at the cursor: the word or string that is being written there, and the tokens around it.

use std::ops::Range;

use pgpe_syntax::{SyntaxKind, tokenize};

/// A token that means something, with its place in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) kind: SyntaxKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What the cursor is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// A word, or nothing yet.
    Word,
    /// A string; whether its closing quote is there.
    Quotes { quote: char, closed: bool },
    /// A comment that ends with its line, and where it begins.
    LineComment { start: usize },
    /// Another comment.
    BlockComment,
}

/// A text with a cursor in it.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) offset: usize,
    /// All tokens but blanks and comments.
    pub(super) tokens: Vec<Piece>,
    /// The number of the token that the cursor is in or, without one, of the first behind it.
    pub(super) at: usize,
    pub(super) inside: Inside,
    /// From the start of the word, or of the string's content, to the cursor.
    pub(super) insert: Range<usize>,
    /// The whole word, or the string's content.
    pub(super) replace: Range<usize>,
}

impl<'t> Cursor<'t> {
    /// In a text that is none of the policy language.
    pub(super) fn blank(text: &'t str, offset: usize) -> Cursor<'t> {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let here = offset..offset;
        let (insert, replace) = (here.clone(), here);
        Cursor { text, offset, tokens: Vec::new(), at: 0, inside: Inside::Word, insert, replace }
    }

    /// In policies.
    pub(super) fn new(text: &'t str, offset: usize) -> Cursor<'t> {
        let mut cursor = Cursor::blank(text, offset);
        let offset = cursor.offset;
        let mut start = 0;
        for token in tokenize(text).0 {
            let piece = Piece { kind: token.kind, start, end: start + usize::from(token.len) };
            start = piece.end;
            if piece.start < offset && offset <= piece.end {
                cursor.touch(piece);
            }
            if !piece.kind.is_trivia() {
                cursor.tokens.push(piece);
            }
        }
        let quote = usize::from(matches!(cursor.inside, Inside::Quotes { .. }));
        cursor.at = cursor.tokens.partition_point(|piece| piece.end <= cursor.insert.start - quote);
        cursor
    }

    /// A token that begins before the cursor and goes on to it at least.
    fn touch(&mut self, piece: Piece) {
        let text = self.text.get(piece.start..piece.end).unwrap_or_default();
        let is_behind = self.offset == piece.end;
        match piece.kind {
            SyntaxKind::LINE_COMMENT if self.offset >= piece.start + 2 => {
                self.inside = Inside::LineComment { start: piece.start };
            }
            SyntaxKind::BLOCK_COMMENT if !is_behind => self.inside = Inside::BlockComment,
            // A comment without an end.
            SyntaxKind::ERROR if text.starts_with("/*") => self.inside = Inside::BlockComment,
            SyntaxKind::STRING => self.touch_string(piece, text),
            kind if is_word(kind) => {
                self.insert = piece.start..self.offset;
                self.replace = piece.start..piece.end;
            }
            _ => {}
        }
    }

    fn touch_string(&mut self, piece: Piece, text: &str) {
        let quote = if text.starts_with('"') { '"' } else { '\'' };
        let complete = text.matches(quote).count() % 2 == 0;
        if complete && self.offset == piece.end {
            return;
        }
        let content = piece.start + 1..piece.end - usize::from(complete);
        let rest = self.text.get(self.offset..content.end).unwrap_or_default();
        // A quote that was only just opened takes the code behind it along, up to the next one.
        let closed = complete && !rest.contains(['(', ')', '=', ',', '\'', '"']);
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':');
        let end = match closed {
            true => content.end,
            false => self.offset + rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
        };
        self.inside = Inside::Quotes { quote, closed };
        self.insert = content.start..self.offset;
        self.replace = content.start..end;
    }

    /// What of the word is written.
    pub(super) fn prefix(&self) -> &'t str {
        self.text.get(self.insert.clone()).unwrap_or_default()
    }

    /// The token before the word.
    pub(super) fn before(&self) -> Option<Piece> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).copied()
    }

    /// The number of the first token behind the word.
    pub(super) fn behind(&self) -> usize {
        let in_token = self.tokens.get(self.at).is_some_and(|piece| piece.start < self.offset);
        self.at + usize::from(in_token)
    }

    /// The kind of the token behind the word.
    pub(super) fn next(&self) -> SyntaxKind {
        self.tokens.get(self.behind()).map_or(SyntaxKind::EOF, |piece| piece.kind)
    }

    /// Whether a name is written nowhere but here, if it is found `count` times.
    pub(super) fn is_only_here(&self, name: &str, count: usize) -> bool {
        count == 1 && self.text.get(self.replace.clone()) == Some(name)
    }

    /// A token's text.
    pub(super) fn text_of(&self, piece: Piece) -> &'t str {
        self.text.get(piece.start..piece.end).unwrap_or_default()
    }
}

fn is_word(kind: SyntaxKind) -> bool {
    kind.is_word() || matches!(kind, SyntaxKind::IDENT | SyntaxKind::UNDERSCORE | SyntaxKind::INTEGER)
}
