//! Finding solid ground after a mistake. POLICY, GRANT and CLAUSE are such ground,
//! except where the same words are names.

use super::Parser;
use crate::{
    SyntaxKind::{self, *},
    error::{SyntaxError, SyntaxFix},
    words::closest_word,
};

/// Words that begin a part of an item.
pub(super) const PARTS: &[SyntaxKind] = &[FOR_KW, TO_KW, SELECTOR_KW, CLAUSE_KW, WITH_KW];

/// Words that are names only if what follows them says so.
const STRUCTURAL: &[SyntaxKind] = &[POLICY_KW, GRANT_KW, FOR_KW, TO_KW, SELECTOR_KW, CLAUSE_KW, WITH_KW];

impl Parser<'_> {
    /// Whether the word `n` places ahead stands where only a name can.
    fn is_name_at(&mut self, n: usize) -> bool {
        let before = (self.position + n).checked_sub(1).and_then(|it| self.tokens.get(it)).map(|it| it.kind);
        let after = self.nth(n + 1);
        let opened = matches!(before, Some(L_PAREN | COMMA | DOT | TO_KW));
        opened && matches!(after, R_PAREN | COMMA | DOT | SELECTOR_KW)
    }

    /// Whether an item begins here; the end of the input counts as one.
    pub(super) fn at_item(&mut self) -> bool {
        match self.current() {
            EOF => true,
            POLICY_KW | GRANT_KW => !self.is_name_at(0),
            // A misspelt POLICY, if the rest of its header leaves no doubt.
            IDENT => {
                matches!(self.nth(2), PERMISSIVE_KW | RESTRICTIVE_KW)
                    && closest_word(self.token_text(), &[POLICY_KW]).is_some()
            }
            _ => false,
        }
    }

    /// Whether a part of an item begins here, or an item.
    pub(super) fn at_part(&mut self) -> bool {
        self.at_item() || (self.at_any(PARTS) && !self.is_name_at(0))
    }

    /// Whether a name stands here. A structural word is one only before any of `followers`.
    pub(super) fn at_name(&mut self, followers: &[SyntaxKind]) -> bool {
        let current = self.current();
        if STRUCTURAL.contains(&current) {
            let next = self.nth(1);
            return followers.contains(&next);
        }
        matches!(current, IDENT | STRING | UNDERSCORE) || current.is_word()
    }

    /// Skips into an ERROR node until one of `stops`, a bracket that closes an outer
    /// one, or a part of an item. Brackets opened on the way are skipped whole.
    pub(super) fn skip_until(&mut self, stops: &[SyntaxKind], inside_brackets: bool) -> bool {
        let marker = self.start();
        let before = self.position;
        let mut open = 0_u32;
        while !(self.at_part() || open == 0 && self.at_any(stops)) {
            match self.current() {
                L_PAREN | L_BRACK | L_BRACE => open += 1,
                R_PAREN | R_BRACK | R_BRACE if open > 0 => open -= 1,
                R_PAREN | R_BRACK | R_BRACE if inside_brackets => break,
                _ => {}
            }
            self.bump();
        }
        let skipped = self.position > before;
        if skipped {
            self.complete(marker, ERROR);
        }
        skipped
    }

    /// Skips at least one token, and on to the next item.
    pub(super) fn skip_to_item(&mut self) {
        let marker = self.start();
        self.bump();
        while !self.at_item() {
            self.bump();
        }
        self.complete(marker, ERROR);
    }

    /// Skips to the next part of an item, whatever brackets are open.
    pub(super) fn skip_to_sync(&mut self) {
        let marker = self.start();
        let before = self.position;
        while !self.at_part() {
            self.bump();
        }
        if self.position > before {
            self.complete(marker, ERROR);
        }
    }

    /// Takes the closing bracket `kind`. If something else stands there, it is skipped up
    /// to the bracket, or the bracket counts as forgotten before any of `stops`.
    pub(super) fn close(&mut self, kind: SyntaxKind, stops: &[SyntaxKind]) {
        if self.eat(kind) {
            return;
        }
        if self.at_part() || self.at_any(stops) {
            self.expect(kind);
            return;
        }
        let found = self.found();
        self.error_at_token(format!("expected {}, found {found}", kind.describe()));
        let mut all = stops.to_vec();
        all.push(kind);
        self.skip_until(&all, true);
        self.eat(kind);
    }

    /// Takes an unknown word as the misspelt keyword it resembles, with a fix.
    pub(super) fn eat_misspelt(&mut self, candidates: &[SyntaxKind]) -> Option<SyntaxKind> {
        if !self.at(IDENT) {
            return None;
        }
        let kind = closest_word(self.token_text(), candidates)?;
        let (range, spelling) = (self.range()?, kind.spelling()?);
        let message = format!("expected `{spelling}`, found `{}`", self.token_text());
        let fix = SyntaxFix::replace(format!("Replace with `{spelling}`"), range, spelling);
        self.errors.push(SyntaxError::new(message, range).with_fix(fix));
        self.bump_as(ERROR);
        self.last_error = None;
        Some(kind)
    }
}
