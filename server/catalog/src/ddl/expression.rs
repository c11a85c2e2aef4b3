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
    /// Columns, with the place of the name.
    pub(super) columns: Vec<(Range<usize>, QualifiedName, String)>,
    /// Relations.
    pub(super) relations: Vec<RelationUse>,
    /// Names of called functions, schema and name.
    pub(super) functions: Vec<(Option<String>, String)>,
    /// Columns by name of which it is not clear whose they are.
    pub(super) unclear: Vec<String>,
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
    /// The replacement by another name.
    pub(super) fn renamed(&self, new: &QualifiedName) -> (Range<usize>, String) {
        let moved = self.relation.schema != new.schema;
        let name = if self.qualified || (self.selected && moved) {
            quote_qualified(new)
        } else {
            quote_identifier(&new.name)
        };
        (self.place.clone(), name)
    }
}

/// The expression itself, or a sub-select in it.
struct Scope {
    tokens: Range<usize>,
    /// Relations that can be named here, by alias or name.
    relations: Vec<(String, QualifiedName)>,
    /// Whether it also selects from something that is not a plain relation.
    opaque: bool,
}

/// Finds what an expression of a policy on `table` refers to.
pub(super) fn references(text: &str, table: &QualifiedName, names: &dyn Names) -> References {
    let tokens = plain_tokens(text);
    let mut found = References::default();
    let mut scopes = vec![Scope {
        tokens: 0..tokens.len(),
        relations: vec![(table.name.clone(), table.clone())],
        opaque: false,
    }];
    // Innermost scopes come last: their parentheses open later.
    for (at, token) in tokens.iter().enumerate() {
        let opens = token.is_symbol(text, '(');
        let selects = tokens.get(at + 1).is_some_and(|next| begins_select(text, *next));
        if opens && selects {
            let end = closing(text, &tokens, at);
            scopes.push(read_scope(text, &tokens, at + 1..end, names, &mut found));
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        read_name(text, &tokens, at, *token, &scopes, names, &mut found);
    }
    found
}

fn begins_select(text: &str, token: Token) -> bool {
    token.is_word(text, "select") || token.is_word(text, "with")
}

/// The token that closes the parenthesis at `open`.
fn closing(text: &str, tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is_symbol(text, '(') {
            depth += 1;
        } else if token.is_symbol(text, ')') {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len()
}

/// Words that can follow a relation in FROM, so that they are no alias.
const AFTER_RELATION: &str = "where join left right full inner cross natural on using group order having limit \
    offset union except intersect window fetch for tablesample";

/// Reads the FROM clause of a sub-select.
fn read_scope(
    text: &str,
    tokens: &[Token],
    range: Range<usize>,
    names: &dyn Names,
    found: &mut References,
) -> Scope {
    let mut scope = Scope { tokens: range.clone(), relations: Vec::new(), opaque: false };
    scope.opaque |= tokens.get(range.start).is_some_and(|token| token.is_word(text, "with"));
    let mut depth = 0_usize;
    let mut in_from = false;
    let mut at = range.start;
    while at < range.end {
        let Some(token) = tokens.get(at).copied() else { break };
        at += 1;
        if token.is_symbol(text, '(') {
            depth += 1;
        } else if token.is_symbol(text, ')') {
            depth = depth.saturating_sub(1);
        }
        if depth > 0 {
            continue;
        }
        let from = token.is_word(text, "from");
        if from {
            in_from = true;
        } else if token.kind == TokenKind::Word && ends_from(token.text(text)) {
            in_from = false;
        }
        if from || (in_from && (token.is_symbol(text, ',') || token.is_word(text, "join"))) {
            at = read_from_item(text, tokens, at, range.end, names, &mut scope, found);
        }
    }
    scope
}

fn ends_from(word: &str) -> bool {
    ["where", "group", "having", "order", "limit", "union", "except", "intersect", "window"]
        .iter()
        .any(|end| word.eq_ignore_ascii_case(end))
}

/// Reads `[ONLY] schema.name [AS] alias`; gives where to read on.
fn read_from_item(
    text: &str,
    tokens: &[Token],
    mut at: usize,
    end: usize,
    names: &dyn Names,
    scope: &mut Scope,
    found: &mut References,
) -> usize {
    let get = |at: usize| tokens.get(at).filter(|_| at < end).copied();
    // pg_get_expr puts joins in parentheses.
    while get(at).is_some_and(|token| {
        let selects = get(at + 1).is_some_and(|next| begins_select(text, next));
        token.is_word(text, "only") || (token.is_symbol(text, '(') && !selects)
    }) {
        at += 1;
    }
    let start = get(at).map_or(0, |token| token.start);
    let Some(mut name) = get(at).and_then(|token| token.name(text)) else {
        scope.opaque = true;
        return at;
    };
    let mut schema = None;
    while get(at + 1).is_some_and(|token| token.is_symbol(text, '.')) {
        let Some(next) = get(at + 2).and_then(|token| token.name(text)) else { break };
        schema = Some(std::mem::replace(&mut name, next));
        at += 2;
    }
    let place = start..get(at).map_or(start, |token| token.end);
    at += 1;
    let Some(relation) = names.relation(schema.as_deref(), &name) else {
        scope.opaque = true;
        return at;
    };
    if get(at).is_some_and(|token| token.is_symbol(text, '(')) {
        scope.opaque = true;
        return at;
    }
    let qualified = schema.is_some();
    found.relations.push(RelationUse { place, qualified, selected: true, relation: relation.clone() });
    if get(at).is_some_and(|token| token.is_word(text, "as")) {
        at += 1;
    }
    let alias = get(at)
        .and_then(|token| token.name(text))
        .filter(|alias| !AFTER_RELATION.split_whitespace().any(|word| word == alias));
    if alias.is_some() {
        at += 1;
    }
    scope.relations.push((alias.unwrap_or(name), relation));
    at
}

/// Reads the token as a column, function or qualifier.
fn read_name(
    text: &str,
    tokens: &[Token],
    at: usize,
    token: Token,
    scopes: &[Scope],
    names: &dyn Names,
    found: &mut References,
) {
    let reserved = token.kind == TokenKind::Word && is_reserved_word(token.text(text));
    let Some(name) = token.name(text).filter(|_| !reserved) else { return };
    let symbol = |at: Option<usize>, symbol| {
        at.and_then(|at| tokens.get(at)).is_some_and(|token| token.is_symbol(text, symbol))
    };
    let word = |at: Option<usize>| at.and_then(|at| tokens.get(at)).and_then(|token| token.name(text));
    let place = token.start..token.end;
    let qualifier = if symbol(at.checked_sub(1), '.') { word(at.checked_sub(2)) } else { None };
    if symbol(Some(at + 1), '(') {
        found.functions.push((qualifier, name));
        return;
    }
    let visible = scopes.iter().rev().filter(|scope| scope.tokens.contains(&at));
    // The relations of FROM have been read.
    if found.relations.iter().any(|it| it.place.start <= place.start && place.end <= it.place.end) {
        return;
    }
    if symbol(Some(at + 1), '.') {
        // `projects.id`: the qualifier is the relation's name unless it is an alias.
        let owner = visible.flat_map(|scope| &scope.relations).find(|(visible, _)| *visible == name);
        if let Some((_, relation)) = owner.filter(|(_, relation)| relation.name == name) {
            let schema = at.checked_sub(2).and_then(|at| tokens.get(at)).filter(|_| qualifier.is_some());
            let place = schema.map_or(place.start, |schema| schema.start)..place.end;
            let qualified = qualifier.is_some();
            found.relations.push(RelationUse {
                place,
                qualified,
                selected: false,
                relation: relation.clone(),
            });
        }
        return;
    }
    match qualifier {
        Some(qualifier) => {
            let owner = visible.flat_map(|scope| &scope.relations).find(|(visible, _)| *visible == qualifier);
            match owner {
                Some((_, relation)) => found.columns.push((place, relation.clone(), name)),
                None => found.unclear.push(name),
            }
        }
        None => {
            for scope in visible {
                let owner = scope.relations.iter().find(|(_, relation)| names.has_column(relation, &name));
                if let Some((_, relation)) = owner {
                    found.columns.push((place, relation.clone(), name));
                    return;
                }
                if scope.opaque {
                    found.unclear.push(name);
                    return;
                }
            }
        }
    }
}

/// Replaces pieces of a text.
pub(super) fn replace(text: &str, mut places: Vec<(Range<usize>, String)>) -> String {
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
