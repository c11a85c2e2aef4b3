//! Collects what can be written, in the form that the place demands.

use std::collections::HashSet;
use std::ops::Range;

use pgpe_syntax::ast::quote_string;
use pgpe_syntax::{SyntaxKind, tokenize};

use super::cursor::{Cursor, Inside};
use super::words;
use super::{Completion, CompletionKind, Completions};

/// More than this are of no use to anybody; further letters choose among them.
const MOST_ITEMS: usize = 400;

/// What has been found so far.
pub(super) struct Items<'c> {
    pub(super) cursor: &'c Cursor<'c>,
    /// Whether the editor takes texts with places to fill in.
    pub(super) snippets: bool,
    insert: Range<usize>,
    replace: Range<usize>,
    found: Vec<Completion>,
}

/// Something to offer.
pub(super) struct Offer<'o> {
    pub(super) kind: CompletionKind,
    /// What it is called.
    pub(super) name: &'o str,
    pub(super) detail: Option<String>,
    pub(super) rank: u8,
}

impl<'c> Items<'c> {
    pub(super) fn new(cursor: &'c Cursor<'c>, snippets: bool) -> Items<'c> {
        let (insert, replace) = (cursor.insert.clone(), cursor.replace.clone());
        Items { cursor, snippets, insert, replace, found: Vec::new() }
    }

    /// Sets the word, where it is none of the language: what of it is written, and where it ends if not there.
    pub(super) fn at(&mut self, insert: Range<usize>, end: Option<usize>) {
        self.replace = insert.start..end.unwrap_or(insert.end);
        self.insert = insert;
    }

    /// Whether the cursor is in a string.
    pub(super) fn in_quotes(&self) -> bool {
        matches!(self.cursor.inside, Inside::Quotes { .. })
    }

    /// A name, which is an identifier or a string.
    pub(super) fn name(&mut self, offer: Offer<'_>) {
        let text = if self.in_quotes() { self.in_string(offer.name) } else { bare(offer.name) };
        self.push(offer, text);
    }

    /// A string.
    pub(super) fn string(&mut self, offer: Offer<'_>) {
        let text = self.in_string(offer.name);
        self.push(offer, text);
    }

    /// A string, or the rest of one that is open: up to its closing quote if that is missing.
    fn in_string(&self, content: &str) -> String {
        let Inside::Quotes { quote, closed } = self.cursor.inside else { return quote_string(content) };
        let doubled = content.replace(quote, &format!("{quote}{quote}"));
        if closed { doubled } else { format!("{doubled}{quote}") }
    }

    /// Code; it has no place in a string.
    pub(super) fn code(&mut self, offer: Offer<'_>, text: impl Into<String>) {
        if !self.in_quotes() {
            self.push(offer, text.into());
        }
    }

    /// Code that is shown as it is.
    pub(super) fn whole(&mut self, offer: Offer<'_>, text: impl Into<String>) {
        if !self.in_quotes() {
            let item = self.push(offer, text.into());
            item.label.clone_from(&item.text);
            item.filter.clone_from(&item.text);
        }
    }

    /// Code with places to fill in, for editors that can do that.
    pub(super) fn snippet(&mut self, offer: Offer<'_>, label: impl Into<String>, snippet: impl Into<String>) {
        if self.snippets && !self.in_quotes() {
            let item = self.push(offer, snippet.into());
            item.is_snippet = true;
            item.label = label.into();
            // Words go on with a parenthesis that is not to be typed.
            if item.kind != CompletionKind::Word {
                item.filter.clone_from(&item.label);
            }
        }
    }

    fn push(&mut self, offer: Offer<'_>, text: String) -> &mut Completion {
        let Offer { kind, name, detail, rank } = offer;
        self.found.push_mut(Completion {
            label: name.to_owned(),
            kind,
            name: name.to_owned(),
            detail,
            text,
            is_snippet: false,
            filter: name.to_owned(),
            rank,
        })
    }

    /// Words that belong together.
    pub(super) fn words(&mut self, all: &[SyntaxKind]) {
        let spellings: Vec<&str> = all.iter().filter_map(|word| word.spelling()).collect();
        self.word(&spellings.join(" "), words::ORDINARY);
    }

    /// A word; some editors compare it with what is written letter by letter.
    pub(super) fn word(&mut self, word: &str, rank: u8) {
        let is_lower = self.cursor.prefix().chars().next().is_some_and(char::is_lowercase);
        if !self.in_quotes() {
            let offer = Offer { kind: CompletionKind::Word, name: word, detail: None, rank };
            let item = self.push(offer, word.to_owned());
            if is_lower {
                item.filter = item.filter.to_lowercase();
            }
        }
    }

    /// A word and its parentheses.
    pub(super) fn call(&mut self, word: SyntaxKind, rank: u8) {
        let Some(spelling) = word.spelling() else { return };
        if !self.snippets || self.cursor.next() == SyntaxKind::L_PAREN {
            return self.word(spelling, rank);
        }
        let (before, after) = words::brackets(word);
        let offer = Offer { kind: CompletionKind::Word, name: spelling, detail: None, rank };
        self.snippet(offer, format!("{spelling}(…)"), format!("{spelling}{before}$0{after}"));
    }

    /// All of them, the best first and each once; only so many.
    pub(super) fn finish(self) -> Completions {
        let Items { cursor, insert, replace, mut found, .. } = self;
        found.sort_by(|left, right| (left.rank, &left.label).cmp(&(right.rank, &right.label)));
        let mut seen = HashSet::new();
        found.retain(|item| seen.insert((item.label.clone(), item.text.clone())));
        let mut is_incomplete = false;
        if found.len() > MOST_ITEMS {
            let prefix = cursor.text.get(insert.clone()).unwrap_or_default();
            found.retain(|item| contains_letters(&item.filter, prefix));
            found.truncate(MOST_ITEMS);
            is_incomplete = true;
        }
        let range = |range: Range<usize>| range.start as u32..range.end as u32;
        Completions { insert: range(insert), replace: range(replace), items: found, is_incomplete }
    }
}

/// Whether all letters are in a text, in that order: what editors keep.
fn contains_letters(text: &str, letters: &str) -> bool {
    let mut rest = text.chars().flat_map(char::to_lowercase);
    letters.chars().flat_map(char::to_lowercase).all(|letter| rest.any(|other| other == letter))
}

/// A name as an identifier if it is one, else as a string. Words of the language are quoted: some of them would end
/// the item in some places.
pub(super) fn bare(name: &str) -> String {
    let is_identifier = match tokenize(name).0.as_slice() {
        [token] => token.kind == SyntaxKind::IDENT,
        _ => false,
    };
    if is_identifier { name.to_owned() } else { quote_string(name) }
}

/// A text that stands for itself in a snippet.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '$' | '}' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
