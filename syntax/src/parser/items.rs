//! Policies, grants and the parts of their headers.

use super::{Parser, atoms, recovery::PARTS, selectors};
use crate::{
    SyntaxKind::{self, *},
    error::{SyntaxError, SyntaxFix, SyntaxRule},
};

const COMMANDS: &[SyntaxKind] = &[SELECT_KW, INSERT_KW, UPDATE_KW, DELETE_KW];
const TYPES: &[SyntaxKind] = &[PERMISSIVE_KW, RESTRICTIVE_KW];

pub(super) fn policy_set(p: &mut Parser<'_>) {
    policy_set_up_to(p, usize::MAX);
}

/// Items up to the token with that number, or beyond it if the last one does not end there.
pub(super) fn policy_set_up_to(p: &mut Parser<'_>, end: usize) {
    while p.position < end && !p.at(EOF) {
        match p.current() {
            GRANT_KW => grant(p),
            POLICY_KW => policy(p),
            _ if p.at_item() => policy(p),
            _ => stray(p),
        }
    }
}

/// Text before the first item.
fn stray(p: &mut Parser<'_>) {
    let found = p.found();
    p.error_at_token(format!("expected `POLICY` or `GRANT`, found {found}"));
    p.skip_to_item();
}

/// One part of an item, in the order in which they must come.
struct Part {
    keyword: SyntaxKind,
    required: bool,
    rule: fn(&mut Parser<'_>),
}

fn policy(p: &mut Parser<'_>) {
    let marker = p.start();
    keyword(p, POLICY_KW);
    policy_name(p);
    policy_type(p);
    parts(
        p,
        &[
            Part { keyword: FOR_KW, required: true, rule: command_list },
            Part { keyword: TO_KW, required: false, rule: role_list },
            Part { keyword: SELECTOR_KW, required: true, rule: selectors::selector_clause },
            Part { keyword: CLAUSE_KW, required: true, rule: atoms::clause_block },
            Part { keyword: WITH_KW, required: false, rule: check_block },
        ],
    );
    p.complete(marker, POLICY);
}

fn grant(p: &mut Parser<'_>) {
    let marker = p.start();
    p.bump();
    if p.at(ALL_KW) {
        if let Some(range) = p.range() {
            let fix = SyntaxFix::replace("Name all commands", range, "SELECT, INSERT, UPDATE, DELETE");
            p.report("expected the commands to grant, each by its name".to_owned(), range, Some(fix));
        }
        let error = p.start();
        p.bump();
        p.complete(error, ERROR);
    } else {
        commands(p);
    }
    parts(
        p,
        &[
            Part { keyword: TO_KW, required: true, rule: role_list },
            Part { keyword: SELECTOR_KW, required: true, rule: selectors::selector_clause },
        ],
    );
    p.complete(marker, GRANT);
}

/// The parts of an item up to the next one. Nothing in between is left over.
fn parts(p: &mut Parser<'_>, parts: &[Part]) {
    let keywords: Vec<SyntaxKind> = parts.iter().map(|it| it.keyword).collect();
    let mut next = 0;
    while !p.at_item() {
        let misspelt = p.at(IDENT).then(|| crate::words::closest_word(p.token_text(), &keywords)).flatten();
        let keyword = misspelt.unwrap_or(p.current());
        match parts.iter().position(|it| it.keyword == keyword) {
            Some(index) if index >= next => {
                report_missing(p, parts.get(next..index).unwrap_or_default());
                if let Some(part) = parts.get(index) {
                    (part.rule)(p);
                }
                next = index + 1;
            }
            Some(index) => {
                let found = p.found();
                let order: Vec<&str> = keywords.iter().filter_map(|it| it.spelling()).collect();
                let order = listing(&order, "and");
                p.error_at_token(format!("expected each part once and in order ({order}), found {found}"));
                let marker = p.start();
                if let Some(part) = parts.get(index) {
                    (part.rule)(p);
                }
                p.complete(marker, ERROR);
            }
            None => {
                unexpected(p, parts.get(next..).unwrap_or_default());
                let marker = p.start();
                p.bump();
                while !p.at_part() {
                    p.bump();
                }
                p.complete(marker, ERROR);
            }
        }
    }
    report_missing(p, parts.get(next..).unwrap_or_default());
}

fn report_missing(p: &mut Parser<'_>, missing: &[Part]) {
    let required: Vec<&str> =
        missing.iter().filter(|it| it.required).filter_map(|it| it.keyword.spelling()).collect();
    if !required.is_empty() {
        let found = p.found();
        p.error_missing(format!("expected {}, found {found}", listing(&required, "and")), None);
    }
}

fn unexpected(p: &mut Parser<'_>, next: &[Part]) {
    let mut possible = Vec::new();
    for part in next {
        possible.extend(part.keyword.spelling());
        if part.required {
            break;
        }
    }
    let found = p.found();
    let message = if possible.is_empty() || !next.iter().any(|it| it.required) {
        possible.extend(["POLICY", "GRANT"]);
        format!("expected {} or the end of the file, found {found}", listing(&possible, ","))
    } else {
        format!("expected {}, found {found}", listing(&possible, "or"))
    };
    p.error_at_token(message);
}

/// `a`, `b` and `c`.
fn listing(words: &[&str], joiner: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|it| format!("`{it}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) if joiner == "," => format!("{}, {last}", rest.join(", ")),
        Some((last, rest)) => format!("{} {joiner} {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn policy_name(p: &mut Parser<'_>) {
    let (current, next) = (p.current(), p.nth(1));
    let typed_next = TYPES.contains(&next);
    let is_name = match current {
        // `POLICY policy PERMISSIVE` names a policy; `POLICY POLICY other PERMISSIVE` lacks a name.
        POLICY_KW | GRANT_KW => {
            let second = p.nth(2);
            (typed_next && !TYPES.contains(&second)) || next == FOR_KW && !TYPES.contains(&second)
        }
        FOR_KW | PERMISSIVE_KW | RESTRICTIVE_KW => typed_next,
        _ => p.at_name(&[PERMISSIVE_KW, RESTRICTIVE_KW, FOR_KW]),
    };
    if is_name {
        name(p);
    } else {
        p.expected("the policy's name");
    }
}

fn policy_type(p: &mut Parser<'_>) {
    let marker = p.start();
    if p.at_any(TYPES) {
        p.bump();
        p.complete(marker, POLICY_TYPE);
        return;
    }
    let found = p.found();
    let message = format!("expected `PERMISSIVE` or `RESTRICTIVE`, found {found}");
    let misspelt = p.at(IDENT).then(|| crate::words::closest_word(p.token_text(), TYPES)).flatten();
    let (range, fix) = match (misspelt.and_then(SyntaxKind::spelling), p.range()) {
        (Some(spelling), Some(range)) => {
            p.bump_as(ERROR);
            (range, SyntaxFix::replace(format!("Replace with `{spelling}`"), range, spelling))
        }
        _ => {
            let range = p.previous().map(|it| it.range).unwrap_or_default();
            (range, SyntaxFix::insert("Make the policy PERMISSIVE", range.end(), " PERMISSIVE"))
        }
    };
    // Told even where the name is missing too: it has a rule of its own.
    p.errors.push(SyntaxError::new(message, range).with_fix(fix).with_rule(SyntaxRule::MissingPolicyType));
    p.last_error = Some(p.position);
}

fn command_list(p: &mut Parser<'_>) {
    let marker = p.start();
    keyword(p, FOR_KW);
    if !p.eat(ALL_KW) {
        commands(p);
    }
    p.complete(marker, COMMAND_LIST);
}

fn commands(p: &mut Parser<'_>) {
    loop {
        if p.at_any(COMMANDS) {
            let marker = p.start();
            p.bump();
            p.complete(marker, COMMAND);
        } else if p.eat_misspelt(COMMANDS).is_none() {
            p.expected_element("`SELECT`, `INSERT`, `UPDATE` or `DELETE`");
            if p.at(IDENT) {
                let marker = p.start();
                p.bump();
                p.complete(marker, ERROR);
            }
        }
        if !p.eat(COMMA) {
            if !p.at_any(COMMANDS) {
                break;
            }
            p.expect(COMMA);
        }
    }
}

fn role_list(p: &mut Parser<'_>) {
    let marker = p.start();
    keyword(p, TO_KW);
    loop {
        // Words that go on with the item are roles only where the list goes on after them.
        if p.at_name(&[COMMA, SELECTOR_KW]) {
            name(p);
        } else {
            p.expected_element("a role's name");
        }
        if !p.eat(COMMA) {
            if !p.at_any(&[IDENT, STRING]) || crate::words::closest_word(p.token_text(), PARTS).is_some() {
                break;
            }
            p.expect(COMMA);
        }
    }
    p.complete(marker, ROLE_LIST);
}

fn check_block(p: &mut Parser<'_>) {
    let marker = p.start();
    keyword(p, WITH_KW);
    if !p.eat(CHECK_KW) && p.eat_misspelt(&[CHECK_KW]).is_none() {
        let fix = SyntaxFix::insert("Insert `CHECK`", p.previous_end(), " CHECK");
        let found = p.found();
        p.error_missing(format!("expected `CHECK`, found {found}"), Some(fix));
    }
    if p.at(CLAUSE_KW) {
        atoms::clause_block(p);
    } else {
        p.expected("`CLAUSE`");
    }
    p.complete(marker, CHECK_BLOCK);
}

/// Takes the word that opens a part, misspelt or not.
pub(super) fn keyword(p: &mut Parser<'_>, kind: SyntaxKind) {
    if !p.eat(kind) {
        p.eat_misspelt(&[kind]);
    }
}

/// Takes the current token as a name, whatever word it is.
pub(super) fn name(p: &mut Parser<'_>) {
    let marker = p.start();
    match p.current() {
        STRING => p.bump(),
        UNDERSCORE => p.bump(),
        _ => p.bump_as(IDENT),
    }
    p.complete(marker, NAME);
}
