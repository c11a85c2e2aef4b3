//! The parser's machinery: a cursor over the meaningful tokens that emits events.
//! The grammar itself is in the submodules. It neither fails nor loops: steps and
//! depth are limited, and what it cannot place is kept in ERROR nodes.

mod atoms;
mod build;
mod items;
mod recovery;
mod selectors;
#[cfg(test)]
mod tests;

use rowan::{GreenNode, TextRange, TextSize};

use crate::{
    SyntaxKind::{self, *},
    error::{SyntaxError, SyntaxFix},
    lexer::{self, Lexed, Token},
};

/// How deeply the parser recurses into brackets.
const MAX_DEPTH: u32 = 64;
/// How high a tree operators may pile up: consumers recurse over it.
const MAX_HEIGHT: u32 = 512;
/// How many characters of a token messages show.
const MAX_SHOWN: usize = 40;
/// How many looks at the input may pass without a token being consumed.
const MAX_STEPS: u32 = 10_000;

/// How far rules look ahead of the token that they are at. Where one looks further, it stops at what may begin an item.
const LOOKAHEAD: usize = 2;

/// A tree and what is wrong with it, but for its [`validation`](crate::validation).
pub(crate) struct Parsed {
    pub(crate) green: GreenNode,
    /// The lexer's errors, then the parser's.
    pub(crate) errors: Vec<SyntaxError>,
    /// Whether each item is what its text and the next [`SEEN_AHEAD`] tokens make it, wherever else the text differs.
    pub(crate) is_local: bool,
}

/// So many tokens behind an item, blanks and comments aside, have a say in how it is read.
pub(crate) const SEEN_AHEAD: usize = LOOKAHEAD + 1;

/// Builds the tree of a whole file.
pub(crate) fn parse_file(text: &str) -> Parsed {
    run(text, items::policy_set)
}

/// Builds the tree of the items from the start of a text up to where the item at `end` begins. `None` if no item begins
/// there, or if they can't be told from that part of the text alone. The text goes on behind `end`, and starts with an
/// item unless it is the whole file's.
pub(crate) fn parse_items(text: &str, end: usize) -> Option<Parsed> {
    let mut seen = 0;
    let mut before = None;
    let mut count = 0;
    let Lexed { tokens, mut errors, has_unclosed_comment } = lexer::lex(text, |(kind, start)| {
        if start >= end && !kind.is_trivia() {
            if seen == 0 && start == end {
                before = Some(count);
            }
            seen += 1;
        }
        count += 1;
        seen > SEEN_AHEAD
    });
    let before = tokens.get(..before?)?;
    let mut parser = Parser::new(text, &tokens);
    let meaningful = before.iter().filter(|it| !it.kind.is_trivia()).count();
    items::policy_set_up_to(&mut parser, meaningful);
    let is_local = !has_unclosed_comment && !parser.is_strained();
    if parser.position != meaningful || !is_local {
        return None;
    }
    let Parser { events, errors: parse_errors, .. } = parser;
    // Of what was only looked at, nothing is told.
    errors.retain(|it| usize::from(it.range.start()) < end);
    errors.extend(parse_errors);
    Some(Parsed { green: build::build(text, before, events), errors, is_local })
}

/// Builds a tree that holds a lone value.
pub(crate) fn parse_lone_value(text: &str) -> Parsed {
    run(text, |parser| {
        atoms::value(parser);
        if !parser.at(EOF) {
            parser.error_at_token("expected a single value and nothing after it".to_owned());
            parser.skip_rest();
        }
    })
}

fn run(text: &str, grammar: fn(&mut Parser<'_>)) -> Parsed {
    let Lexed { tokens, mut errors, has_unclosed_comment } = lexer::lex(text, |_| false);
    let mut parser = Parser::new(text, &tokens);
    grammar(&mut parser);
    if parser.position < parser.tokens.len() {
        let range = parser.range().unwrap_or_default();
        parser.report("expected less: the text is too involved to be read on".to_owned(), range, None);
        parser.skip_rest();
    }
    let is_local = !has_unclosed_comment && !parser.is_strained();
    let Parser { events, errors: parse_errors, .. } = parser;
    errors.extend(parse_errors);
    Parsed { green: build::build(text, &tokens, events), errors, is_local }
}

/// What the parser says about the tree to build.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A node opens here, or nothing if it never got a kind. The node at `parent`,
    /// noted later, opens around it.
    Start { kind: Option<SyntaxKind>, parent: Option<usize> },
    /// The next meaningful token belongs here, under this kind.
    Token { kind: SyntaxKind },
    /// The innermost open node ends.
    Finish,
}

/// A node that is open and has no kind yet.
#[derive(Clone, Copy)]
struct Marker(usize);

/// A finished node, which another may still be wrapped around.
#[derive(Clone, Copy)]
struct Completed(usize);

#[derive(Clone, Copy)]
struct Input {
    kind: SyntaxKind,
    range: TextRange,
    /// Whether a line end stands between the token before and this one.
    after_newline: bool,
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Input>,
    position: usize,
    events: Vec<Event>,
    errors: Vec<SyntaxError>,
    /// The token that the last error was reported at: one mistake, one message.
    last_error: Option<usize>,
    depth: u32,
    steps: u32,
    /// The most steps that were taken without a token being consumed, up to the last one that was.
    most_steps: u32,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, tokens: &[Token]) -> Self {
        let mut inputs = Vec::with_capacity(tokens.len() / 2 + 1);
        let mut offset = TextSize::new(0);
        let mut after_newline = true;
        for token in tokens {
            let range = TextRange::at(offset, token.len);
            offset = range.end();
            if token.kind.is_trivia() {
                let trivia = text.get(std::ops::Range::<usize>::from(range)).unwrap_or_default();
                after_newline |= trivia.contains(['\n', '\r']);
            } else {
                inputs.push(Input { kind: token.kind, range, after_newline });
                after_newline = false;
            }
        }
        Self {
            text,
            tokens: inputs,
            position: 0,
            events: Vec::new(),
            errors: Vec::new(),
            last_error: None,
            depth: 0,
            steps: 0,
            most_steps: 0,
        }
    }

    // ---- Looking ----

    /// Whether it was so hard to find a way that the steps that an item leaves to the next one may matter.
    fn is_strained(&self) -> bool {
        self.steps.max(self.most_steps) > MAX_STEPS / 2
    }

    /// The kind of the token `n` places ahead.
    fn nth(&mut self, n: usize) -> SyntaxKind {
        debug_assert!(n <= LOOKAHEAD);
        self.steps += 1;
        // Out of steps the input looks finished, which every rule accepts as its end.
        if self.steps > MAX_STEPS {
            return EOF;
        }
        self.tokens.get(self.position + n).map_or(EOF, |it| it.kind)
    }

    fn current(&mut self) -> SyntaxKind {
        self.nth(0)
    }

    fn at(&mut self, kind: SyntaxKind) -> bool {
        self.current() == kind
    }

    fn at_any(&mut self, kinds: &[SyntaxKind]) -> bool {
        let current = self.current();
        kinds.contains(&current)
    }

    fn previous(&self) -> Option<Input> {
        self.position.checked_sub(1).and_then(|it| self.tokens.get(it)).copied()
    }

    fn range(&self) -> Option<TextRange> {
        self.tokens.get(self.position).map(|it| it.range)
    }

    fn token_text(&self) -> &'t str {
        let range = self.range().unwrap_or_default();
        self.text.get(std::ops::Range::<usize>::from(range)).unwrap_or_default()
    }

    /// Where the token before the current one ends.
    fn previous_end(&self) -> TextSize {
        self.previous().map_or(TextSize::new(0), |it| it.range.end())
    }

    // ---- Moving ----

    fn bump(&mut self) {
        if let Some(token) = self.tokens.get(self.position) {
            self.bump_as(token.kind);
        }
    }

    /// Consumes the current token under another kind.
    fn bump_as(&mut self, kind: SyntaxKind) {
        if self.position < self.tokens.len() {
            self.events.push(Event::Token { kind });
            self.position += 1;
            self.most_steps = self.most_steps.max(self.steps);
            self.steps = 0;
        }
    }

    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Keeps what is left of the input, whatever stopped the grammar before its end.
    fn skip_rest(&mut self) {
        if self.position < self.tokens.len() {
            let marker = self.start();
            while self.position < self.tokens.len() {
                self.bump();
            }
            self.complete(marker, ERROR);
        }
    }

    /// Runs `rule` one level deeper, unless that is too deep.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.error_at_token(format!("expected at most {MAX_DEPTH} levels of brackets"));
            self.skip_to_sync();
            return None;
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }

    // ---- Nodes ----

    fn start(&mut self) -> Marker {
        self.events.push(Event::Start { kind: None, parent: None });
        Marker(self.events.len() - 1)
    }

    fn complete(&mut self, marker: Marker, kind: SyntaxKind) -> Completed {
        if let Some(Event::Start { kind: slot, .. }) = self.events.get_mut(marker.0) {
            *slot = Some(kind);
        }
        self.events.push(Event::Finish);
        Completed(marker.0)
    }

    /// Opens a node around a finished one.
    fn precede(&mut self, completed: Completed) -> Marker {
        let marker = self.start();
        if let Some(Event::Start { parent, .. }) = self.events.get_mut(completed.0) {
            *parent = Some(marker.0);
        }
        marker
    }

    // ---- Errors ----

    /// Reports something missing before the current token: at that token if it continues
    /// the line, else at the token before, which is what the reader looks at.
    fn error_missing(&mut self, message: String, fix: Option<SyntaxFix>) {
        let here = self.tokens.get(self.position).copied();
        let here = if self.at_item() { None } else { here.filter(|it| !it.after_newline) };
        let range = here.or(self.previous()).map(|it| it.range).or(self.range());
        self.report(message, range.unwrap_or_default(), fix);
    }

    /// Reports the current token as out of place.
    fn error_at_token(&mut self, message: String) {
        match self.range() {
            Some(range) if !self.at_item() => {
                // A habit from SQL.
                let fix = (self.token_text() == ";").then(|| SyntaxFix::replace("Remove `;`", range, ""));
                self.report(message, range, fix);
            }
            _ => self.error_missing(message, None),
        }
    }

    fn report(&mut self, message: String, range: TextRange, fix: Option<SyntaxFix>) {
        // The lexer has said that this comment lacks its end.
        let by_lexer = self.range() == Some(range) && self.token_text().starts_with("/*");
        if self.last_error != Some(self.position) && !by_lexer {
            let mut error = SyntaxError::new(message, range);
            error.fix = fix;
            self.errors.push(error);
        }
        self.last_error = Some(self.position);
    }

    /// The current token as messages name it.
    fn found(&mut self) -> String {
        match self.current() {
            EOF => "the end of the file".to_owned(),
            _ => {
                let text = self.token_text();
                let shown: String = text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect();
                let rest = if text.chars().nth(MAX_SHOWN).is_some() { "…" } else { "" };
                format!("`{}{rest}`", shown.replace("\\'", "'").replace("\\\"", "\""))
            }
        }
    }

    /// Reports that `expected` does not stand here.
    fn expected(&mut self, expected: &str) {
        let found = self.found();
        self.error_missing(format!("expected {expected}, found {found}"), None);
    }

    /// Reports that an element is missing after a list's last comma.
    fn expected_element(&mut self, expected: &str) {
        let comma = self.previous().filter(|it| it.kind == COMMA);
        let ends = self.at_part() || self.at_any(&[R_PAREN, R_BRACK, R_BRACE]);
        let fix = comma.filter(|_| ends).map(|it| SyntaxFix::replace("Remove the comma", it.range, ""));
        let found = self.found();
        self.error_missing(format!("expected {expected}, found {found}"), fix);
    }

    /// Takes a bracket or separator that must stand here, or offers to insert it.
    fn expect(&mut self, kind: SyntaxKind) -> bool {
        if self.eat(kind) {
            return true;
        }
        let found = self.found();
        let spelling = kind.spelling().unwrap_or_default();
        let fix = SyntaxFix::insert(format!("Insert `{spelling}`"), self.previous_end(), spelling);
        self.error_missing(format!("expected {}, found {found}", kind.describe()), Some(fix));
        false
    }
}
