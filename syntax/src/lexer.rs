//! Cuts a text into tokens. Nothing is lost: what fits no pattern becomes an ERROR
//! token, and a token that lacks its end is cut where it does the least harm.

use std::collections::HashMap;

use logos::{Lexer, Logos};
use rowan::{TextRange, TextSize};

use crate::{
    SyntaxKind,
    error::{SyntaxError, SyntaxFix},
};

/// A token's kind and length; its offset is the sum of the lengths before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: SyntaxKind,
    /// Its length in bytes.
    pub len: TextSize,
}

/// What the lexer remembers between tokens.
#[derive(Default)]
pub struct LexerState {
    errors: Vec<SyntaxError>,
    has_unclosed_comment: bool,
    /// Where the comment that opens at an offset ends, so that many unclosed
    /// comments do not each search the rest of the file.
    comment_ends: HashMap<usize, Option<usize>>,
}

/// Tokens and what is wrong with them.
pub(crate) struct Lexed {
    /// In order and without gaps.
    pub(crate) tokens: Vec<Token>,
    pub(crate) errors: Vec<SyntaxError>,
    /// Whether a comment lacks its end. What such a one holds depends on all of the text behind it; any other token
    /// depends on no more than its own line and itself.
    pub(crate) has_unclosed_comment: bool,
}

/// The tokens of a text, in order and without gaps, and what is wrong with them.
pub fn tokenize(text: &str) -> (Vec<Token>, Vec<SyntaxError>) {
    let lexed = lex(text, |_| false);
    (lexed.tokens, lexed.errors)
}

/// Reads a text up to where there is enough, as `is_enough` says, which sees each token and where it starts before it is
/// taken.
pub(crate) fn lex(text: &str, mut is_enough: impl FnMut((SyntaxKind, usize)) -> bool) -> Lexed {
    let mut lexer = SyntaxKind::lexer(text);
    let mut tokens: Vec<Token> = Vec::new();
    let mut after_stray = false;
    while let Some(result) = lexer.next() {
        let range = text_range(lexer.span().start, lexer.span().end);
        let kind = match result {
            Ok(SyntaxKind::IDENT) => SyntaxKind::from_word(lexer.slice()).unwrap_or(SyntaxKind::IDENT),
            Ok(kind) => kind,
            Err(()) => SyntaxKind::ERROR,
        };
        // Neighbouring characters without meaning make one token; the parser will report it.
        let stray = kind == SyntaxKind::ERROR && !lexer.slice().starts_with("/*");
        match tokens.last_mut().filter(|_| stray && after_stray) {
            Some(last) => last.len += range.len(),
            None if is_enough((kind, lexer.span().start)) => break,
            None => tokens.push(Token { kind, len: range.len() }),
        }
        after_stray = stray;
    }
    let LexerState { errors, has_unclosed_comment, .. } = lexer.extras;
    Lexed { tokens, errors, has_unclosed_comment }
}

fn text_range(start: usize, end: usize) -> TextRange {
    let size = |it: usize| TextSize::from(u32::try_from(it).unwrap_or(u32::MAX));
    TextRange::new(size(start), size(end))
}

/// Called after a quote that opens no complete string.
pub(crate) fn unterminated_string(lexer: &mut Lexer<'_, SyntaxKind>) {
    lexer.bump(rest_of_string(lexer.remainder()));
    let range = text_range(lexer.span().start, lexer.span().end);
    let fix = SyntaxFix::insert("Close the string", range.end(), "'");
    lexer.extras.errors.push(SyntaxError::new("expected `'` to close this string", range).with_fix(fix));
}

/// Called after a double quote: not this language's, but what is meant is plain.
pub(crate) fn double_quoted_string(lexer: &mut Lexer<'_, SyntaxKind>) {
    let rest = lexer.remainder();
    let (length, closed) = match rest.find(['"', '\r', '\n']) {
        Some(end) if rest.get(end..).is_some_and(|it| it.starts_with('"')) => (end, true),
        _ => (rest_of_string(rest), false),
    };
    let content = rest.get(..length).unwrap_or_default().replace('\'', "''");
    lexer.bump(length + usize::from(closed));
    let range = text_range(lexer.span().start, lexer.span().end);
    let fix = SyntaxFix::replace("Use single quotes", range, format!("'{content}'"));
    let message = "expected a string in single quotes: 'text'";
    lexer.extras.errors.push(SyntaxError::new(message, range).with_fix(fix));
}

/// An unclosed string ends before the bracket or comma that most likely follows it,
/// at the latest with its line.
fn rest_of_string(rest: &str) -> usize {
    let end = rest.find(['\r', '\n', ')', ']', '}', ',']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().trim_end().len()
}

/// Called after `/*`.
pub(crate) fn block_comment(lexer: &mut Lexer<'_, SyntaxKind>) -> Result<(), ()> {
    let start = lexer.span().start;
    match comment_end(lexer.source(), start, &mut lexer.extras.comment_ends) {
        Some(end) => {
            lexer.bump(end.saturating_sub(start + 2));
            Ok(())
        }
        None => {
            lexer.extras.has_unclosed_comment = true;
            lexer.bump(unclosed_comment(lexer.remainder()));
            let range = text_range(start, start + 2);
            let fix =
                SyntaxFix::insert("Close the comment", text_range(start, lexer.span().end).end(), " */");
            let error = SyntaxError::new("expected `*/` to close this comment", range).with_fix(fix);
            lexer.extras.errors.push(error);
            Err(())
        }
    }
}

fn comment_end(source: &str, start: usize, known: &mut HashMap<usize, Option<usize>>) -> Option<usize> {
    if let Some(end) = known.get(&start) {
        return *end;
    }
    let bytes = source.as_bytes();
    let mut open = vec![start];
    let mut at = start + 2;
    while let Some(&innermost) = open.last() {
        match bytes.get(at..at + 2) {
            Some(b"*/") => {
                at += 2;
                known.insert(innermost, Some(at));
                open.pop();
            }
            Some(b"/*") => match known.get(&at) {
                Some(Some(end)) => at = *end,
                // What never ends inside keeps everything around it open too.
                Some(None) => break,
                None => {
                    open.push(at);
                    at += 2;
                }
            },
            Some(_) => at += 1,
            None => break,
        }
    }
    known.extend(open.into_iter().map(|it| (it, None)));
    known.get(&start).copied().flatten()
}

/// An unclosed comment ends where the next line begins an item, else with the file.
fn unclosed_comment(rest: &str) -> usize {
    let mut offset = 0;
    for (index, line) in rest.split_inclusive('\n').enumerate() {
        let word = line.split_whitespace().next().unwrap_or_default();
        let kind = SyntaxKind::from_word(word);
        if index > 0 && matches!(kind, Some(SyntaxKind::POLICY_KW | SyntaxKind::GRANT_KW)) {
            break;
        }
        offset += line.len();
    }
    rest.get(..offset).unwrap_or_default().trim_end().len()
}

impl SyntaxKind {
    /// Whether tokens of this kind may stand anywhere without meaning anything.
    pub fn is_trivia(self) -> bool {
        matches!(self, SyntaxKind::WHITESPACE | SyntaxKind::BYTE_ORDER_MARK) || self.is_comment()
    }

    /// Whether this is a comment of either form.
    pub fn is_comment(self) -> bool {
        matches!(self, SyntaxKind::LINE_COMMENT | SyntaxKind::BLOCK_COMMENT)
    }
}

#[cfg(test)]
mod tests;
