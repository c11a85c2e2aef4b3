//! Cuts a file of SQL into statements, as psql does: by semicolons outside of quotes, parentheses and
//! function bodies. psql's own commands (`\restrict …`) and the data of `COPY … FROM stdin` are taken out.
//!
//! Splitting first keeps an error inside the statement that has it, and the parser away from data.

use std::borrow::Cow;
use std::ops::Range;

use super::complexity::{Complexity, Meter};
use crate::lex::{Token, TokenKind, next_token};

/// A part of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A statement.
    Statement(Statement),
    /// A psql command with its arguments.
    Command(Range<usize>),
}

/// A statement, from its first token to its semicolon.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Statement {
    /// Where it stands.
    pub(crate) range: Range<usize>,
    /// Its first words in lower case, enough to tell what it is.
    pub(crate) words: Vec<String>,
    /// Ranges to hide from the parser: psql commands and function bodies.
    hidden: Vec<Range<usize>>,
    /// How deep a syntax tree it can make.
    pub(crate) complexity: Complexity,
    /// Where a string, quoted name or comment begins that is never closed.
    pub(crate) unclosed: Option<usize>,
    /// Whether data lines follow it.
    copies_from_stdin: bool,
}

impl Statement {
    /// Its text for the parser: of the same length, what is to be hidden replaced by spaces.
    pub(crate) fn visible_text<'t>(&self, source: &'t str) -> Cow<'t, str> {
        let text = source.get(self.range.clone()).unwrap_or_default();
        if self.hidden.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut visible = String::with_capacity(text.len());
        let mut at = self.range.start;
        for hidden in &self.hidden {
            visible.push_str(source.get(at..hidden.start).unwrap_or_default());
            visible.extend(std::iter::repeat_n(' ', hidden.len()));
            at = hidden.end;
        }
        visible.push_str(source.get(at..self.range.end).unwrap_or_default());
        Cow::Owned(visible)
    }
}

/// The first line of a range.
pub(crate) fn first_line(source: &str, range: Range<usize>) -> Range<u32> {
    let text = source.get(range.clone()).unwrap_or_default();
    let length = text.find('\n').unwrap_or(text.len());
    let length = text.get(..length).unwrap_or_default().trim_end().len();
    offset(range.start)..offset(range.start + length)
}

/// A byte offset as the catalog keeps it.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// How often to take up again after something unclosed; each time costs a look at all that follows.
const RECOVERY_LIMIT: usize = 50;

/// How many words of a statement are kept.
const WORD_COUNT: usize = 6;

/// Cuts the text into pieces, in order.
pub(crate) fn split(source: &str) -> Vec<Piece> {
    // A byte order mark is no part of the first word.
    let at = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    Splitter { source, at, pieces: Vec::new(), open: Open::default(), no_data_end: false }.run()
}

struct Splitter<'t> {
    source: &'t str,
    at: usize,
    pieces: Vec<Piece>,
    open: Open,
    /// Whether it is known that no `\.` follows.
    no_data_end: bool,
}

/// The statement being read.
#[derive(Default)]
struct Open {
    statement: Statement,
    started: bool,
    parentheses: usize,
    meter: Meter,
    /// Open `BEGIN ATOMIC` and `CASE` of a function body in SQL.
    blocks: usize,
    after_begin: bool,
    after_from: bool,
}

impl<'t> Splitter<'t> {
    fn run(mut self) -> Vec<Piece> {
        let mut recoveries = 0;
        while let Some(token) = next_token(self.source, self.at) {
            if !token.closed && token.end > token.start {
                self.extend(token);
                self.open.statement.unclosed.get_or_insert(token.start);
                if recoveries == RECOVERY_LIMIT {
                    self.at = token.end;
                    break;
                }
                // The rest of the file would be lost: read on at the next line, as if it were closed.
                recoveries += 1;
                let line_end = self.line_end(token.start);
                self.open.statement.range.end = line_end;
                self.at = line_end;
                self.finish();
                continue;
            }
            self.at = token.end;
            self.take(token);
        }
        self.finish();
        self.pieces
    }

    fn take(&mut self, token: Token) {
        match token.kind {
            TokenKind::Space | TokenKind::Comment => {}
            TokenKind::Symbol => self.take_symbol(token),
            TokenKind::Word => self.take_word(token),
            TokenKind::Text | TokenKind::DollarText => {
                self.extend(token);
                if self.hides_bodies() {
                    self.hide_contents(token);
                }
            }
            TokenKind::QuotedName | TokenKind::Number => self.extend(token),
        }
    }

    fn take_symbol(&mut self, token: Token) {
        let symbol = self.source.as_bytes().get(token.start).copied().unwrap_or(0);
        match symbol {
            b'\\' => return self.take_command(token),
            b';' => {
                self.extend(token);
                if self.ends_here() {
                    let copies = self.open.statement.copies_from_stdin;
                    self.finish();
                    if copies {
                        self.skip_data();
                    }
                }
                return;
            }
            b'(' | b'[' => self.open.parentheses += 1,
            b')' | b']' => self.open.parentheses = self.open.parentheses.saturating_sub(1),
            _ => {}
        }
        self.extend(token);
        self.open.after_from = false;
        self.open.after_begin = false;
    }

    fn take_word(&mut self, token: Token) {
        let text = token.text(self.source);
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        // Both words are reserved, so that a parenthesis that is open here was never closed.
        if self.open.parentheses > 0 && self.begins_line(token) && (is("create") || is("grant")) {
            self.finish();
        }
        self.extend(token);
        let open = &mut self.open;
        if open.statement.words.len() < WORD_COUNT {
            open.statement.words.push(text.to_ascii_lowercase());
        }
        if open.blocks > 0 {
            if is("case") || is("begin") {
                open.blocks += 1;
            } else if is("end") {
                open.blocks -= 1;
            }
        } else if open.after_begin && is("atomic") && open.statement.defines_routine() {
            open.blocks = 1;
        }
        if open.after_from
            && is("stdin")
            && open.parentheses == 0
            && open.statement.words.first().is_some_and(|word| word == "copy")
        {
            open.statement.copies_from_stdin = true;
        }
        open.after_begin = is("begin");
        open.after_from = is("from");
    }

    /// Makes the token part of the open statement.
    fn extend(&mut self, token: Token) {
        let open = &mut self.open;
        if !open.started {
            open.started = true;
            open.statement.range.start = token.start;
        }
        open.statement.range.end = token.end;
        open.meter.weigh(token.kind, token.text(self.source));
    }

    /// Whether a semicolon ends the open statement.
    fn ends_here(&self) -> bool {
        if self.open.blocks > 0 {
            return false;
        }
        if self.open.parentheses == 0 {
            return true;
        }
        // CREATE RULE … DO (…; …) is the one statement with semicolons in parentheses.
        let next = (self.at..)
            .scan(self.at, |at, _| {
                let token = next_token(self.source, *at)?;
                *at = token.end;
                Some(token)
            })
            .find(|token| !token.is_trivia());
        let Some(next) = next else { return true };
        !["insert", "update", "delete", "select", "notify", "with", "values"]
            .iter()
            .any(|word| next.is_word(self.source, word))
            && !next.is_symbol(self.source, ')')
    }

    fn hides_bodies(&self) -> bool {
        self.open.statement.defines_routine()
            || self.open.statement.words.first().is_some_and(|word| word == "do")
    }

    /// Hides what stands between the quotes of a string.
    fn hide_contents(&mut self, token: Token) {
        let text = token.text(self.source);
        let delimiter = match token.kind {
            TokenKind::DollarText => text.get(1..).and_then(|rest| rest.find('$')).map_or(0, |at| at + 2),
            _ => text.find('\'').map_or(0, |at| at + 1),
        };
        let closing = if token.kind == TokenKind::DollarText { delimiter } else { 1 };
        let inner = token.start + delimiter..token.end.saturating_sub(closing);
        if inner.start < inner.end {
            self.open.statement.hidden.push(inner);
        }
    }

    /// A psql command: all of the line's rest.
    fn take_command(&mut self, token: Token) {
        let rest = self.source.get(token.end..).unwrap_or_default();
        if rest.starts_with(';') {
            // `\;` separates statements that psql sends together.
            self.at = token.end + 1;
            self.finish();
            return;
        }
        let end = self.line_end(token.start);
        self.at = end;
        let name = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let sends = name.starts_with('g') || name == "crosstabview";
        if sends {
            self.finish();
        } else if self.open.started {
            self.open.statement.hidden.push(token.start..end);
        }
        self.pieces.push(Piece::Command(token.start..end));
    }

    /// Skips the lines of data after `COPY … FROM stdin;`, if their end is marked.
    fn skip_data(&mut self) {
        if self.no_data_end {
            return;
        }
        let mut line_start = self.line_end(self.at) + 1;
        while let Some(rest) = self.source.get(line_start..) {
            let line_end = line_start + rest.find('\n').unwrap_or(rest.len());
            let line = self.source.get(line_start..line_end).unwrap_or_default();
            if line.trim_end_matches('\r') == "\\." {
                self.at = line_end;
                return;
            }
            line_start = line_end + 1;
        }
        self.no_data_end = true;
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.source.get(from..).unwrap_or_default();
        from + rest.find('\n').unwrap_or(rest.len())
    }

    fn begins_line(&self, token: Token) -> bool {
        let before = self.source.get(..token.start).unwrap_or_default();
        before.trim_end_matches([' ', '\t']).ends_with('\n')
    }

    fn finish(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        if open.started {
            open.statement.complexity = open.meter.most();
            self.pieces.push(Piece::Statement(open.statement));
        }
    }
}

impl Statement {
    /// Whether it is CREATE FUNCTION or CREATE PROCEDURE.
    fn defines_routine(&self) -> bool {
        let mut words = self.words.iter().map(String::as_str);
        if words.next() != Some("create") {
            return false;
        }
        let mut word = words.next();
        if word == Some("or") {
            word = words.nth(1);
        }
        matches!(word, Some("function" | "procedure"))
    }
}

#[cfg(test)]
mod tests;
