//! Clauses, their atoms, and values.

use super::{
    Completed, Parser,
    items::{keyword, name},
    selectors::string_argument,
};
use crate::{
    SyntaxKind::{self, *},
    error::{SyntaxError, SyntaxFix},
    words::closest_word,
};

const OPERATORS: &[SyntaxKind] = &[EQ, EQ_EQ, NE, LT_GT, LT, GT, LE, GE, IN_KW, LIKE_KW, IS_KW, NOT_KW];
/// What may follow a value, an operator's side or a whole atom.
const AFTER_VALUE: &[SyntaxKind] =
    &[EQ, EQ_EQ, NE, LT_GT, LT, GT, LE, GE, IN_KW, LIKE_KW, IS_KW, NOT_KW, AND_KW, OR_KW, R_BRACE];
const AFTER_ATOM: &[SyntaxKind] = &[AND_KW, OR_KW];
const VALUES: &[SyntaxKind] = &[COL_KW, SESSION_KW, LIT_KW, FN_KW];
const ATOMS: &[SyntaxKind] = &[COL_KW, SESSION_KW, LIT_KW, FN_KW, EXISTS_KW];

pub(super) fn clause_block(p: &mut Parser<'_>) {
    let marker = p.start();
    keyword(p, CLAUSE_KW);
    clause(p, false);
    loop {
        if p.at(OR_KW) {
            p.bump();
            if !p.eat(CLAUSE_KW) && p.eat_misspelt(&[CLAUSE_KW]).is_none() {
                let fix = SyntaxFix::insert("Begin another clause", p.previous_end(), " CLAUSE");
                let found = p.found();
                p.error_missing(format!("expected `CLAUSE` after `OR`, found {found}"), Some(fix));
            }
        } else if p.at(CLAUSE_KW) {
            if let Some(range) = p.range() {
                let fix = SyntaxFix::insert("Insert `OR`", range.start(), "OR ");
                p.report("expected `OR` between two clauses".to_owned(), range, Some(fix));
            }
            p.bump();
            p.last_error = None;
        } else {
            break;
        }
        clause(p, false);
    }
    p.complete(marker, CLAUSE_BLOCK);
}

/// Atoms joined by AND. `inside` brackets their end is left to whoever opened them.
fn clause(p: &mut Parser<'_>, inside: bool) {
    let marker = p.start();
    loop {
        atom(p, inside);
        if p.eat(AND_KW) {
            continue;
        }
        if p.at_part() || p.at(OR_KW) && (!inside || p.nth(1) == CLAUSE_KW) {
            break;
        }
        if inside && p.at_any(&[R_BRACE, R_PAREN]) {
            break;
        }
        // A misspelt WITH is left to the policy, which knows its parts.
        if !inside && p.at(IDENT) && closest_word(p.token_text(), &[WITH_KW]).is_some() {
            break;
        }
        if p.eat_misspelt(&[AND_KW]).is_some() {
            continue;
        }
        let found = p.found();
        if p.at(COMMA)
            && ATOMS.contains(&p.nth(1))
            && let Some(range) = p.range()
        {
            let fix = SyntaxFix::replace("Replace with `AND`", range, " AND");
            p.report("expected `AND` between two conditions, found `,`".to_owned(), range, Some(fix));
            p.bump_as(ERROR);
            continue;
        }
        if p.at_any(ATOMS) {
            let fix = SyntaxFix::insert("Insert `AND`", p.previous_end(), " AND");
            p.error_missing(format!("expected `AND`, found {found}"), Some(fix));
            continue;
        }
        let closers =
            if inside { "`AND` or a closing bracket" } else { "`AND`, `OR CLAUSE` or the next item" };
        p.error_at_token(format!("expected {closers}, found {found}"));
        if p.at(OR_KW) {
            p.bump_as(ERROR);
            continue;
        }
        p.skip_until(AFTER_ATOM, inside);
        if !p.eat(AND_KW) && !p.at(OR_KW) {
            break;
        }
    }
    p.complete(marker, CLAUSE);
}

fn atom(p: &mut Parser<'_>, inside: bool) {
    if p.at(EXISTS_KW) {
        p.nested(|p| {
            exists(p);
            Some(())
        });
        return;
    }
    let Some(left) = value(p) else {
        p.skip_until(AFTER_ATOM, inside);
        return;
    };
    let marker = p.precede(left);
    if p.eat(IS_KW) {
        p.eat(NOT_KW);
        if !p.eat(NULL_KW) {
            p.expected("`NULL` or `NOT NULL` after `IS`");
            skip_stray(p, inside);
        }
        p.complete(marker, NULL_ATOM);
        return;
    }
    if operator(p) {
        if p.at(L_PAREN) {
            parenthesized_list(p);
        } else if value(p).is_none() {
            skip_stray(p, inside);
        }
    } else {
        p.expected("a comparison: `=`, `!=`, `<`, `>`, `<=`, `>=`, `IN`, `LIKE` or `IS NULL`");
        if !p.at_any(ATOMS) {
            skip_stray(p, inside);
        }
    }
    p.complete(marker, COMPARE_ATOM);
}

fn skip_stray(p: &mut Parser<'_>, inside: bool) {
    p.skip_until(AFTER_ATOM, inside);
}

fn operator(p: &mut Parser<'_>) -> bool {
    if !p.at_any(OPERATORS) {
        return false;
    }
    let marker = p.start();
    match p.current() {
        NOT_KW => {
            p.bump();
            if !p.eat(IN_KW) && !p.eat(LIKE_KW) {
                p.expected("`IN` or `LIKE` after `NOT`");
            }
        }
        EQ_EQ => {
            if let Some(range) = p.range() {
                let fix = SyntaxFix::replace("Replace with `=`", range, "=");
                let error = SyntaxError::new("expected `=`, found `==`", range).with_fix(fix);
                p.errors.push(error);
            }
            p.bump();
        }
        _ => p.bump(),
    }
    p.complete(marker, COMPARE_OP);
    true
}

/// SQL's `IN (1, 2)`: skipped, with the language's own form on offer.
fn parenthesized_list(p: &mut Parser<'_>) {
    let (start, before) = (p.range(), p.errors.len());
    p.error_at_token("expected a value; a list is written `lit([…])`".to_owned());
    let marker = p.start();
    p.bump();
    // No item begins with any of these.
    let mut inside = p.tokens.iter().skip(p.position).map(|it| it.kind).take_while(|kind| *kind != R_PAREN);
    let is_list = inside.all(|kind| {
        matches!(kind, STRING | INTEGER | TRUE_KW | FALSE_KW | NULL_KW | L_BRACK | R_BRACK | COMMA)
    });
    let skipped = p.skip_until(&[R_PAREN], true) && is_list;
    let end = p.range().filter(|_| p.at(R_PAREN));
    if let (Some(start), Some(end), Some(error), true) = (start, end, p.errors.get_mut(before), skipped) {
        let mut fix = SyntaxFix::replace("Write it as a list literal", start, "lit([");
        fix.edits.extend(SyntaxFix::replace("", end, "])").edits);
        error.fix = Some(fix);
    }
    p.eat(R_PAREN);
    p.complete(marker, ERROR);
}

fn exists(p: &mut Parser<'_>) {
    let marker = p.start();
    p.bump();
    p.expect(L_PAREN);
    if p.at(REL_KW) {
        rel(p);
    } else {
        p.expected("`rel(…)`, the relation to follow");
        if !p.at(COMMA) {
            p.skip_until(&[COMMA, L_BRACE], true);
        }
    }
    p.expect(COMMA);
    let body = p.start();
    if p.eat(L_BRACE) {
        clause(p, true);
        p.close(R_BRACE, &[R_PAREN, AND_KW]);
    } else {
        clause(p, true);
    }
    p.complete(body, TRAVERSAL_CLAUSE);
    p.close(R_PAREN, AFTER_ATOM);
    p.complete(marker, EXISTS_ATOM);
}

fn rel(p: &mut Parser<'_>) {
    let marker = p.start();
    p.bump();
    p.expect(L_PAREN);
    let source = p.start();
    if !p.eat(UNDERSCORE) {
        plain_name(p, "`_` or the name of the table to start from");
    }
    p.complete(source, REL_SOURCE);
    p.expect(COMMA);
    columns(p, "the column to start from");
    p.expect(COMMA);
    qualified_name(p, "the name of the table to reach");
    p.expect(COMMA);
    columns(p, "the column to arrive at");
    p.close(R_PAREN, &[COMMA, L_BRACE, R_BRACE]);
    p.complete(marker, REL);
}

fn columns(p: &mut Parser<'_>, what: &str) {
    let marker = p.start();
    if p.eat(L_PAREN) {
        loop {
            if p.at_name(&[COMMA, R_PAREN]) {
                name(p);
            } else {
                p.expected_element("a column's name");
            }
            if !p.eat(COMMA) {
                if !p.at_any(&[IDENT, STRING]) {
                    break;
                }
                p.expect(COMMA);
            }
        }
        p.close(R_PAREN, &[COMMA]);
    } else {
        plain_name(p, what);
    }
    p.complete(marker, COLUMNS);
}

fn qualified_name(p: &mut Parser<'_>, what: &str) {
    let marker = p.start();
    plain_name(p, what);
    if p.eat(DOT) {
        plain_name(p, "a name after the dot");
    }
    p.complete(marker, QUALIFIED_NAME);
}

fn plain_name(p: &mut Parser<'_>, what: &str) {
    if p.at_name(&[COMMA, R_PAREN, DOT]) {
        name(p);
    } else {
        p.expected(what);
    }
}

/// One side of a comparison. A bare literal or name is read as what it was meant to be.
pub(super) fn value(p: &mut Parser<'_>) -> Option<Completed> {
    let word = p.current();
    let called = p.nth(1) == L_PAREN;
    if VALUES.contains(&word) && called {
        return p.nested(call);
    }
    match word {
        STRING | INTEGER | TRUE_KW | FALSE_KW | NULL_KW | L_BRACK => bare_literal(p),
        IDENT if called => {
            let marker = p.start();
            let kind = p.eat_misspelt(VALUES);
            match kind {
                Some(kind) => p.nested(|p| Some(arguments(p, marker, kind))),
                None => {
                    p.expected("a value: `col(…)`, `session(…)`, `lit(…)` or `fn(…)`");
                    None
                }
            }
        }
        IDENT | COL_KW => bare_column(p),
        NOT_KW => {
            p.error_at_token(
                "expected a comparison; `NOT` stands before `IN`, `LIKE` or `NULL` only".to_owned(),
            );
            None
        }
        L_PAREN => {
            p.error_at_token("expected a comparison; conditions are not grouped by parentheses".to_owned());
            None
        }
        _ => {
            p.expected("a value: `col(…)`, `session(…)`, `lit(…)` or `fn(…)`");
            None
        }
    }
}

fn call(p: &mut Parser<'_>) -> Option<Completed> {
    let marker = p.start();
    let word = p.current();
    p.bump();
    Some(arguments(p, marker, word))
}

fn arguments(p: &mut Parser<'_>, marker: super::Marker, word: SyntaxKind) -> Completed {
    p.expect(L_PAREN);
    let node = match word {
        COL_KW => {
            plain_name(p, "a column's name");
            COLUMN_VALUE
        }
        SESSION_KW => {
            string_argument(p, "the setting's name as a string");
            SESSION_VALUE
        }
        LIT_KW => {
            literal(p);
            LITERAL_VALUE
        }
        _ => {
            qualified_name(p, "the function's name");
            if p.at(R_PAREN) {
                let fix = SyntaxFix::insert("Insert an empty list", p.previous_end(), ", []");
                p.error_missing("expected the arguments after the function's name".to_owned(), Some(fix));
            } else {
                p.expect(COMMA);
                function_arguments(p);
            }
            FUNCTION_VALUE
        }
    };
    p.close(R_PAREN, AFTER_VALUE);
    p.complete(marker, node)
}

fn function_arguments(p: &mut Parser<'_>) {
    if !p.eat(L_BRACK) {
        let start = p.range().unwrap_or_default().start();
        let (before, found) = (p.errors.len(), p.found());
        p.error_missing(format!("expected the arguments in square brackets, found {found}"), None);
        if p.at_any(VALUES) {
            list(p, |p| value(p).is_some());
            let range = rowan::TextRange::new(start, p.previous_end().max(start));
            if let Some(error) = p.errors.get_mut(before) {
                error.fix = Some(SyntaxFix::wrap("Insert the brackets", range, "[", "]"));
            }
        }
        return;
    }
    if !p.at(R_BRACK) {
        list(p, |p| value(p).is_some());
    }
    p.close(R_BRACK, &[R_PAREN]);
}

/// Elements separated by commas, up to whatever ends them.
fn list(p: &mut Parser<'_>, element: fn(&mut Parser<'_>) -> bool) {
    loop {
        if !element(p) {
            p.skip_until(&[COMMA], true);
        }
        if p.eat(COMMA) {
            continue;
        }
        if !p.at_any(&[STRING, INTEGER, TRUE_KW, FALSE_KW, NULL_KW, L_BRACK]) && !p.at_any(VALUES) {
            break;
        }
        p.expect(COMMA);
    }
}

fn literal(p: &mut Parser<'_>) -> bool {
    match p.current() {
        STRING | INTEGER | TRUE_KW | FALSE_KW | NULL_KW => {
            let marker = p.start();
            p.bump();
            p.complete(marker, SCALAR_LITERAL);
            true
        }
        L_BRACK => p
            .nested(|p| {
                let marker = p.start();
                p.bump();
                if !p.at(R_BRACK) {
                    list(p, literal);
                }
                p.close(R_BRACK, &[R_PAREN]);
                p.complete(marker, LIST_LITERAL);
                Some(())
            })
            .is_some(),
        _ => {
            p.expected_element("a literal: a string, an integer, `true`, `false`, `null` or a list `[…]`");
            false
        }
    }
}

fn bare_literal(p: &mut Parser<'_>) -> Option<Completed> {
    let start = p.range()?.start();
    let (before, marker) = (p.errors.len(), p.start());
    let found = p.found();
    p.error_at_token(format!("expected a value, found {found}; a literal is written `lit(…)`"));
    let reported = p.errors.len() > before;
    literal(p);
    let range = rowan::TextRange::new(start, p.previous_end().max(start));
    if let Some(error) = p.errors.get_mut(before).filter(|_| reported) {
        error.fix = Some(SyntaxFix::wrap("Wrap it in `lit(…)`", range, "lit(", ")"));
    }
    Some(p.complete(marker, LITERAL_VALUE))
}

fn bare_column(p: &mut Parser<'_>) -> Option<Completed> {
    let range = p.range()?;
    let found = p.found();
    let fix = SyntaxFix::wrap("Wrap it in `col(…)`", range, "col(", ")");
    p.report(format!("expected a value, found {found}; a column is written `col(…)`"), range, Some(fix));
    let marker = p.start();
    name(p);
    Some(p.complete(marker, COLUMN_VALUE))
}
