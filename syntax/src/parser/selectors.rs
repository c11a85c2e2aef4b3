//! Selectors: which tables an item is about.

use super::{Completed, MAX_HEIGHT, Parser, items::keyword, items::name};
use crate::{
    SyntaxKind::{self, *},
    error::SyntaxFix,
};

const ENDS: &[SyntaxKind] = &[AND_KW, OR_KW];
const PRIMARIES: &[SyntaxKind] = &[HAS_COLUMN_KW, IN_SCHEMA_KW, NAMED_KW, TAGGED_KW];

/// A finished selector and how high its tree is.
type Selector = (Completed, u32);

pub(super) fn selector_clause(p: &mut Parser<'_>) {
    let marker = p.start();
    keyword(p, SELECTOR_KW);
    disjunction(p);
    while p.at_any(PRIMARIES) || p.at_any(&[NOT_KW, L_PAREN, COMMA]) {
        operator_missing(p);
    }
    p.complete(marker, SELECTOR_CLAUSE);
}

/// Two selectors without an operator between them, or with a comma in its place.
fn operator_missing(p: &mut Parser<'_>) {
    let found = p.found();
    let message = format!("expected `AND` or `OR` between two selectors, found {found}");
    let Some(range) = p.range() else { return };
    if p.at(COMMA) {
        let fix = SyntaxFix::replace("Replace with `OR`", range, " OR");
        p.report(message, range, Some(fix));
        p.bump_as(ERROR);
    } else {
        p.report(message, range, None);
    }
    let before = p.position;
    disjunction(p);
    if p.position == before && !p.at_part() {
        p.bump_as(ERROR);
    }
}

fn disjunction(p: &mut Parser<'_>) -> Option<Selector> {
    chain(p, OR_KW, OR_SELECTOR, conjunction)
}

fn conjunction(p: &mut Parser<'_>) -> Option<Selector> {
    chain(p, AND_KW, AND_SELECTOR, unary)
}

/// Operands joined by one operator, nested to the left.
fn chain(
    p: &mut Parser<'_>,
    operator: SyntaxKind,
    node: SyntaxKind,
    operand: fn(&mut Parser<'_>) -> Option<Selector>,
) -> Option<Selector> {
    let mut left = operand(p);
    while p.at(operator) {
        let Some((completed, height)) = left else {
            // Nothing to hang the operator on: keep going for the errors on its right.
            p.bump();
            left = operand(p);
            continue;
        };
        if height >= MAX_HEIGHT {
            p.error_at_token(format!(
                "expected at most {MAX_HEIGHT} operators in a row; `named` takes a pattern"
            ));
            p.skip_to_sync();
            return left;
        }
        let marker = p.precede(completed);
        p.bump();
        let right = operand(p).map_or(0, |it| it.1);
        left = Some((p.complete(marker, node), height.max(right) + 1));
    }
    left
}

fn unary(p: &mut Parser<'_>) -> Option<Selector> {
    p.nested(|p| match p.current() {
        NOT_KW => {
            let marker = p.start();
            p.bump();
            let height = unary(p).map_or(0, |it| it.1);
            Some((p.complete(marker, NOT_SELECTOR), height + 1))
        }
        L_PAREN => {
            let marker = p.start();
            p.bump();
            let height = disjunction(p).map_or(0, |it| it.1);
            p.close(R_PAREN, &[]);
            Some((p.complete(marker, PAREN_SELECTOR), height + 1))
        }
        ALL_KW => {
            let marker = p.start();
            p.bump();
            Some((p.complete(marker, ALL_SELECTOR), 1))
        }
        _ => call(p),
    })
}

fn call(p: &mut Parser<'_>) -> Option<Selector> {
    let marker = p.start();
    let word = if p.at_any(PRIMARIES) {
        let word = p.current();
        p.bump();
        word
    } else if p.at(IDENT) && p.nth(1) == L_PAREN {
        match p.eat_misspelt(PRIMARIES) {
            Some(word) => word,
            None => return no_selector(p),
        }
    } else {
        return no_selector(p);
    };
    p.expect(L_PAREN);
    let node = match word {
        HAS_COLUMN_KW => {
            name_argument(p, "a column's name");
            if p.eat(COMMA) {
                let marker = p.start();
                name_argument(p, "a type's name");
                p.complete(marker, TYPE_REF);
            }
            HAS_COLUMN_SELECTOR
        }
        IN_SCHEMA_KW => {
            name_argument(p, "a schema's name");
            IN_SCHEMA_SELECTOR
        }
        NAMED_KW => {
            string_argument(p, "a pattern for table names as a string");
            NAMED_SELECTOR
        }
        _ => {
            string_argument(p, "a tag as a string");
            TAGGED_SELECTOR
        }
    };
    p.close(R_PAREN, ENDS);
    Some((p.complete(marker, node), 1))
}

fn no_selector(p: &mut Parser<'_>) -> Option<Selector> {
    p.expected("a selector: `ALL`, `has_column(…)`, `in_schema(…)`, `named(…)`, `tagged(…)` or `NOT`");
    p.skip_until(ENDS, true);
    // Without this a bracket that closes nothing would stop every attempt.
    if p.depth <= 1 && p.at_any(&[R_PAREN, R_BRACK, R_BRACE]) {
        p.skip_until(ENDS, false);
    }
    None
}

fn name_argument(p: &mut Parser<'_>, what: &str) {
    if p.at_name(&[COMMA, R_PAREN]) {
        name(p);
    } else {
        p.expected(what);
    }
}

/// A string that is no name; a bare word in its place is offered quotes.
pub(super) fn string_argument(p: &mut Parser<'_>, what: &str) {
    if p.eat(STRING) {
        return;
    }
    if p.at_name(&[R_PAREN, DOT])
        && let Some(range) = p.range()
    {
        let (found, before) = (p.found(), p.errors.len());
        p.report(format!("expected {what}, found {found}"), range, None);
        let marker = p.start();
        p.bump();
        // Settings have dots in their names.
        while p.at(DOT) && p.nth(1) == IDENT {
            p.bump();
            p.bump();
        }
        p.complete(marker, ERROR);
        let range = rowan::TextRange::new(range.start(), p.previous_end().max(range.end()));
        if let Some(error) = p.errors.get_mut(before) {
            error.range = range;
            error.fix = Some(SyntaxFix::wrap("Quote it", range, "'", "'"));
        }
    } else {
        p.expected(what);
    }
}
