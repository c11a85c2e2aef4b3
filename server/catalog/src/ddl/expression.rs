//! What an SQL expression refers to: columns, relations and functions, by SQL's rules of scope.
//!
//! Existing policies are kept as text; when a column or table that they mention is renamed or dropped,
//! PostgreSQL changes or drops them too, and so must the reader.

use std::ops::Range;

use squawk_syntax::quote::is_reserved_word;

use crate::QualifiedName;
use crate::lex::{Token, TokenKind, plain_tokens};
use crate::type_name::{quote_identifier, quote_qualified};

/// What the names in an expression stand for.
pub(super) trait Names {
    /// The relation of that name.
    fn relation(&self, schema: Option<&str>, name: &str) -> Option<QualifiedName>;
    /// Whether a relation has that column.
    fn has_column(&self, relation: &QualifiedName, column: &str) -> bool;
}

/// What an expression refers to, in the order of its text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct References {
    /// Columns.
    pub(super) columns: Vec<ColumnUse>,
    /// Relations.
    pub(super) relations: Vec<RelationUse>,
    /// Names of called functions, schema and name.
    pub(super) functions: Vec<(Option<String>, String)>,
    /// Columns by name of which it is not clear whose they are.
    pub(super) unclear: Vec<String>,
}

/// A replacement of a piece of the text.
pub(super) type Replacement = (Range<usize>, String);

/// A column's name in an expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ColumnUse {
    place: Range<usize>,
    /// The relation that has it.
    pub(super) relation: QualifiedName,
    /// The column.
    pub(super) column: String,
    /// Whether the relation is written before it.
    pub(super) qualified: bool,
    /// What the relation can be called here, if no other hides that name.
    visible_as: Option<String>,
}

impl ColumnUse {
    /// The replacement by another name.
    pub(super) fn renamed(&self, new: &str) -> Replacement {
        (self.place.clone(), quote_identifier(new))
    }

    /// The replacement by another name with its relation's before it; none if that cannot be named here.
    pub(super) fn renamed_with_relation(&self, new: &str) -> Option<Replacement> {
        let relation = self.visible_as.as_ref()?;
        let name = format!("{}.{}", quote_identifier(relation), quote_identifier(new));
        Some((self.place.clone(), name))
    }

    /// The replacement by its own name with its relation's before it.
    pub(super) fn with_relation(&self) -> Option<Replacement> {
        self.renamed_with_relation(&self.column)
    }
}

/// A relation's name in an expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RelationUse {
    /// Where it stands, with its schema.
    place: Range<usize>,
    /// Whether its schema is written.
    qualified: bool,
    /// Whether it is selected from here, or else qualifies a column.
    selected: bool,
    /// The relation.
    pub(super) relation: QualifiedName,
}

impl RelationUse {
    /// The replacement by the name with its schema, where it is selected from without.
    pub(super) fn with_schema(&self) -> Option<Replacement> {
        (self.selected && !self.qualified).then(|| (self.place.clone(), quote_qualified(&self.relation)))
    }

    /// The replacement by another name.
    pub(super) fn renamed(&self, new: &QualifiedName) -> Replacement {
        let moved = self.relation.schema != new.schema;
        let name = if self.qualified || (self.selected && moved) {
            quote_qualified(new)
        } else {
            quote_identifier(&new.name)
        };
        (self.place.clone(), name)
    }
}

/// Replaces pieces of a text.
pub(super) fn replace(text: &str, mut places: Vec<Replacement>) -> String {
    places.sort_by_key(|(place, _)| place.start);
    let mut replaced = String::with_capacity(text.len());
    let mut at = 0;
    for (place, new) in places {
        replaced.push_str(text.get(at..place.start).unwrap_or_default());
        replaced.push_str(&new);
        at = place.end;
    }
    replaced.push_str(text.get(at..).unwrap_or_default());
    replaced
}

/// Finds what an expression of a policy on `table` refers to.
pub(super) fn references(text: &str, table: &QualifiedName, names: &dyn Names) -> References {
    let tokens = plain_tokens(text);
    let whole = Scope {
        tokens: 0..tokens.len(),
        relations: vec![(table.name.to_string(), table.clone())],
        opaque: false,
    };
    let mut finder = Finder { text, tokens, names, scopes: vec![whole], found: References::default() };
    finder.read_scopes();
    for at in 0..finder.tokens.len() {
        finder.read_name(at);
    }
    finder.found
}

/// The expression itself, or a sub-select in it.
struct Scope {
    tokens: Range<usize>,
    /// Relations that can be named here, by alias or name.
    relations: Vec<(String, QualifiedName)>,
    /// Whether it also selects from something that is not a plain relation.
    opaque: bool,
}

struct Finder<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    names: &'a dyn Names,
    /// Innermost ones last.
    scopes: Vec<Scope>,
    found: References,
}

/// Words that can follow a relation in FROM, so that they are no alias.
const AFTER_RELATION: &str = "where join left right full inner cross natural on using group order having limit \
    offset union except intersect window fetch for tablesample";

/// Words that end FROM.
const AFTER_FROM: &str = "where group having order limit union except intersect window";

/// Words that belong to the one before them: in types of several words, and after AS.
const AFTER_WORD: [(&str, &str); 5] = [
    ("with", "time"),
    ("without", "time"),
    ("time", "zone"),
    ("character", "varying"),
    ("double", "precision"),
];

impl Finder<'_> {
    fn token(&self, at: usize) -> Option<Token> {
        self.tokens.get(at).copied()
    }

    fn is_symbol(&self, at: usize, symbol: char) -> bool {
        self.token(at).is_some_and(|token| token.is_symbol(self.text, symbol))
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.token(at).is_some_and(|token| token.is_word(self.text, word))
    }

    fn is_one_of(&self, at: usize, words: &str) -> bool {
        words.split(' ').any(|word| self.is_word(at, word))
    }

    fn name(&self, at: usize) -> Option<String> {
        self.token(at)?.name(self.text)
    }

    fn begins_select(&self, at: usize) -> bool {
        self.is_one_of(at, "select with")
    }

    /// Finds the sub-selects and reads their FROM clauses.
    fn read_scopes(&mut self) {
        let mut open = Vec::new();
        let mut selects = Vec::new();
        for at in 0..self.tokens.len() {
            if self.is_symbol(at, '(') {
                open.push(at);
            } else if self.is_symbol(at, ')') {
                selects.extend(open.pop().map(|open| open + 1..at));
            }
        }
        selects.retain(|range| self.begins_select(range.start));
        selects.sort_by_key(|range| range.start);
        for range in selects {
            let scope = self.read_scope(range);
            self.scopes.push(scope);
        }
    }

    fn read_scope(&mut self, range: Range<usize>) -> Scope {
        let opaque = self.is_word(range.start, "with");
        let mut scope = Scope { tokens: range.clone(), relations: Vec::new(), opaque };
        let mut depth = 0_usize;
        let mut in_from = false;
        let mut at = range.start;
        while at < range.end {
            if self.is_symbol(at, '(') {
                depth += 1;
            } else if self.is_symbol(at, ')') {
                depth = depth.saturating_sub(1);
            }
            let from = self.is_word(at, "from");
            let next = self.is_symbol(at, ',') || self.is_word(at, "join");
            if depth == 0 {
                in_from = from || (in_from && !self.is_one_of(at, AFTER_FROM));
            }
            at += 1;
            if depth == 0 && (from || (in_from && next)) {
                at = self.read_from_item(at, range.end, &mut scope);
            }
        }
        scope
    }

    /// Reads `[ONLY] schema.name [AS] alias`; gives where to read on.
    fn read_from_item(&mut self, mut at: usize, end: usize, scope: &mut Scope) -> usize {
        // pg_get_expr puts joins in parentheses.
        while at < end
            && (self.is_word(at, "only") || (self.is_symbol(at, '(') && !self.begins_select(at + 1)))
        {
            at += 1;
        }
        let start = at;
        let Some(mut name) = self.name(at).filter(|_| at < end) else {
            scope.opaque = true;
            return at;
        };
        let mut schema = None;
        while self.is_symbol(at + 1, '.') {
            let Some(next) = self.name(at + 2) else { break };
            schema = Some(std::mem::replace(&mut name, next));
            at += 2;
        }
        let place = self.place(start, at);
        at += 1;
        let relation = self.names.relation(schema.as_deref(), &name).filter(|_| !self.is_symbol(at, '('));
        let Some(relation) = relation else {
            scope.opaque = true;
            return at;
        };
        let qualified = schema.is_some();
        self.found.relations.push(RelationUse {
            place,
            qualified,
            selected: true,
            relation: relation.clone(),
        });
        at += usize::from(self.is_word(at, "as"));
        let alias = self.name(at).filter(|_| at < end && !self.is_one_of(at, AFTER_RELATION));
        at += usize::from(alias.is_some());
        scope.relations.push((alias.unwrap_or(name), relation));
        at
    }

    /// The place of some tokens in the text.
    fn place(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.token(first).map_or(0, |token| token.start);
        start..self.token(last).map_or(start, |token| token.end)
    }

    /// Whether the word at a token is none that the schema gives.
    fn is_no_name(&self, at: usize) -> bool {
        let Some(token) = self.token(at) else { return true };
        let Some(before) = at.checked_sub(1) else { return false };
        let cast =
            self.is_symbol(before, ':') && before.checked_sub(1).is_some_and(|at| self.is_symbol(at, ':'));
        let of_type =
            AFTER_WORD.iter().any(|(one, next)| self.is_word(before, one) && self.is_word(at, next));
        cast || of_type
            || self.is_word(before, "as")
            || (token.kind == TokenKind::Word && is_reserved_word(token.text(self.text)))
    }

    /// Reads a token as a column, function or qualifier.
    fn read_name(&mut self, at: usize) {
        let Some(name) = self.name(at).filter(|_| !self.is_no_name(at)) else { return };
        let qualifier =
            at.checked_sub(2).filter(|_| self.is_symbol(at - 1, '.')).and_then(|at| self.name(at));
        if self.is_symbol(at + 1, '(') {
            self.found.functions.push((qualifier, name));
            return;
        }
        let place = self.place(at, at);
        // The relations of FROM have been read.
        let known = |it: &RelationUse| it.place.start <= place.start && place.end <= it.place.end;
        if self.found.relations.iter().any(known) {
            return;
        }
        if self.is_symbol(at + 1, '.') {
            return self.read_qualifier(at, &name, qualifier.is_some());
        }
        let owner = match &qualifier {
            Some(qualifier) => self.visible(at).find(|(visible, _)| visible == qualifier),
            None => self.owner(at, &name),
        };
        match owner.cloned() {
            Some((visible, relation)) => {
                let first = self.visible(at).find(|(other, _)| *other == visible);
                let visible_as = first.is_some_and(|(_, first)| *first == relation).then_some(visible);
                let qualified = qualifier.is_some();
                self.found.columns.push(ColumnUse { place, relation, column: name, qualified, visible_as });
            }
            None if qualifier.is_some() || self.is_in_opaque_scope(at) => self.found.unclear.push(name),
            None => {}
        }
    }

    /// `projects.id`: the qualifier is the relation's name unless it is an alias.
    fn read_qualifier(&mut self, at: usize, name: &str, qualified: bool) {
        let Some((_, relation)) = self.visible(at).find(|(visible, _)| visible == name) else { return };
        if relation.name == name {
            let relation = relation.clone();
            let place = self.place(if qualified { at - 2 } else { at }, at);
            self.found.relations.push(RelationUse { place, qualified, selected: false, relation });
        }
    }

    /// The scopes around a token, innermost first.
    fn scopes_around(&self, at: usize) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().rev().filter(move |scope| scope.tokens.contains(&at))
    }

    /// The relations that can be named at a token, innermost first.
    fn visible(&self, at: usize) -> impl Iterator<Item = &(String, QualifiedName)> {
        self.scopes_around(at).flat_map(|scope| &scope.relations)
    }

    fn is_in_opaque_scope(&self, at: usize) -> bool {
        self.scopes_around(at).any(|scope| scope.opaque)
    }

    /// The relation that an unqualified column belongs to.
    fn owner(&self, at: usize, column: &str) -> Option<&(String, QualifiedName)> {
        for scope in self.scopes_around(at) {
            let owner = scope.relations.iter().find(|(_, relation)| self.names.has_column(relation, column));
            if owner.is_some() || scope.opaque {
                return owner;
            }
        }
        None
    }
}
