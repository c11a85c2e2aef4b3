//! How deep a statement's syntax tree can be, told by its tokens.
//!
//! The parser recurses, and so does dropping its tree: a statement that nests without end would exhaust the
//! stack, which cannot be caught. So what nests too deeply is never parsed.

use crate::lex::TokenKind;

/// The most that was open at once in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Complexity {
    parentheses: usize,
    nesting: usize,
    tokens: usize,
}

impl Complexity {
    /// Whether parsing it could exhaust a stack of 2 MB; the parser was seen to need half of that for four
    /// times as much, in the worst case.
    pub(crate) fn is_excessive(self) -> bool {
        self.parentheses > 250 || self.nesting > 1000 || self.tokens > 10_000
    }
}

/// Counts along a statement.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    levels: Vec<Level>,
    open: Level,
    now: Complexity,
    most: Complexity,
}

/// What stands between a parenthesis and the current token.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// Operators and keywords that an expression can be nested in, since the last comma.
    nesting: usize,
    /// The same for queries, in which commas separate nothing.
    queries: usize,
    /// All tokens since the last comma.
    tokens: usize,
}

/// What a word means for nesting.
enum Word {
    /// An expression, join or the like can go deeper with it.
    Nesting,
    /// The same for queries.
    Query,
    Plain,
}

fn meaning(word: &str) -> Word {
    // None of them is longer, and this is asked for every word of the file.
    let mut lower = [0; 9];
    let Some(lower) = lower.get_mut(..word.len()) else { return Word::Plain };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    match &*lower {
        b"and" | b"any" | b"array" | b"as" | b"at" | b"between" | b"case" | b"cast" | b"collate"
        | b"cross" | b"else" | b"end" | b"escape" | b"ilike" | b"in" | b"interval" | b"is" | b"isnull"
        | b"join" | b"like" | b"not" | b"notnull" | b"operator" | b"or" | b"over" | b"row" | b"similar"
        | b"then" | b"treat" | b"when" => Word::Nesting,
        b"begin" | b"except" | b"explain" | b"intersect" | b"select" | b"union" | b"values" | b"with" => {
            Word::Query
        }
        _ => Word::Plain,
    }
}

impl Meter {
    /// Takes the next token.
    pub(crate) fn weigh(&mut self, kind: TokenKind, text: &str) {
        match (kind, text) {
            (TokenKind::Symbol, "(" | "[") => {
                self.levels.push(std::mem::take(&mut self.open));
                self.now.parentheses += 1;
            }
            (TokenKind::Symbol, ")" | "]") => {
                self.forget(std::mem::take);
                if let Some(level) = self.levels.pop() {
                    self.open = level;
                    self.now.parentheses -= 1;
                }
            }
            (TokenKind::Symbol, ",") => {
                self.forget(|level| {
                    let queries = level.queries;
                    Level { queries: 0, ..std::mem::replace(level, Level { queries, ..Level::default() }) }
                });
            }
            (TokenKind::Symbol, ".") => self.add(0, 0),
            (TokenKind::Symbol, _) => self.add(1, 0),
            (TokenKind::Word, _) => match meaning(text) {
                Word::Nesting => self.add(1, 0),
                Word::Query => self.add(0, 1),
                Word::Plain => self.add(0, 0),
            },
            _ => self.add(0, 0),
        }
        self.most.parentheses = self.most.parentheses.max(self.now.parentheses);
        self.most.nesting = self.most.nesting.max(self.now.nesting);
        self.most.tokens = self.most.tokens.max(self.now.tokens);
    }

    fn add(&mut self, nesting: usize, queries: usize) {
        self.open.nesting += nesting;
        self.open.queries += queries;
        self.open.tokens += 1;
        self.now.nesting += nesting + queries;
        self.now.tokens += 1;
    }

    /// Takes something off the open level, and from what is open now.
    fn forget(&mut self, take: impl FnOnce(&mut Level) -> Level) {
        let gone = take(&mut self.open);
        self.now.nesting -= gone.nesting + gone.queries;
        self.now.tokens -= gone.tokens;
    }

    /// The most that was open at once.
    pub(crate) fn most(&self) -> Complexity {
        self.most
    }
}
