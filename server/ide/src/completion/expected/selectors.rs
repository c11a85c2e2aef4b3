//! Selectors.

use pgpe_syntax::SyntaxKind::{self, *};

use super::{Slot, Walk, Walker};

const CALLS: &[SyntaxKind] = &[HAS_COLUMN_KW, IN_SCHEMA_KW, NAMED_KW, TAGGED_KW];

impl Walker<'_> {
    pub(super) fn selector(&mut self, next: &[Slot]) -> Walk {
        self.place.selector = None;
        let start = self.piece(0).map(|piece| piece.start);
        let mut end = start;
        let mut depth = 0_usize;
        let mut first: Vec<Slot> = CALLS.iter().map(|word| Slot::Call(*word)).collect();
        first.extend([Slot::Words(&[NOT_KW]), Slot::Words(&[ALL_KW])]);
        loop {
            self.expect(&first)?;
            if self.at_part() {
                break;
            }
            match self.kind() {
                L_PAREN => {
                    depth += 1;
                    self.bump()?;
                    continue;
                }
                kind if CALLS.contains(&kind) => self.selector_call(kind)?,
                ALL_KW => drop(self.bump()?),
                _ => {
                    self.bump()?;
                    continue;
                }
            }
            let joined = [Slot::Words(&[AND_KW]), Slot::Words(&[OR_KW])];
            loop {
                let ends = if depth == 0 { next } else { &[] };
                self.expect(&[&joined, ends].concat())?;
                if depth == 0 || !self.eat(R_PAREN) {
                    break;
                }
                depth -= 1;
            }
            end = self.at.checked_sub(1).and_then(|at| self.cursor.tokens.get(at)).map(|piece| piece.end);
            if !self.eat(AND_KW) && !self.eat(OR_KW) && self.at_part() {
                break;
            }
        }
        self.place.selector = start.zip(end).map(|(start, end)| start..end);
        Ok(())
    }

    fn selector_call(&mut self, word: SyntaxKind) -> Walk {
        self.bump()?;
        self.expect(&[])?;
        if !self.eat(L_PAREN) {
            return Ok(());
        }
        self.expect(&[match word {
            HAS_COLUMN_KW => Slot::SelectorColumn,
            IN_SCHEMA_KW => Slot::Schema,
            NAMED_KW => Slot::Pattern,
            _ => Slot::Tag,
        }])?;
        let name = self.name()?;
        self.expect(&[])?;
        if word == HAS_COLUMN_KW && self.eat(COMMA) {
            self.expect(&[Slot::ColumnType { column: name.unwrap_or_default() }])?;
            self.name()?;
        }
        self.close(&[AND_KW, OR_KW])
    }
}
