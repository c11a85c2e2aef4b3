//! Clauses, conditions and values.

use pgpe_syntax::SyntaxKind::{self, *};
use pgpe_syntax::ast::{CompareOpKind, unquote_string};

use super::{Cursor, Side, Slot, Traversal, Walk, Walker};

const VALUES: &[SyntaxKind] = &[COL_KW, SESSION_KW, LIT_KW, FN_KW];
const ENDS: &[SyntaxKind] =
    &[EQ, EQ_EQ, NE, LT_GT, LT, GT, LE, GE, IN_KW, LIKE_KW, IS_KW, NOT_KW, AND_KW, OR_KW, R_BRACE, R_BRACK];

impl Walker<'_> {
    /// The clauses behind the first CLAUSE.
    pub(super) fn clauses(&mut self, next: &[Slot]) -> Walk {
        let joined = [Slot::Words(&[AND_KW]), Slot::Words(&[OR_KW, CLAUSE_KW])];
        let after = [&joined, next].concat();
        loop {
            self.clause(false, &after)?;
            if self.eat(OR_KW) {
                self.expect(&[Slot::Words(&[CLAUSE_KW])])?;
                self.eat(CLAUSE_KW);
            } else if !self.eat(CLAUSE_KW) {
                return Ok(());
            }
        }
    }

    fn clause(&mut self, inside: bool, after: &[Slot]) -> Walk {
        loop {
            (self.place.operator, self.place.other, self.open) = (None, None, None);
            self.expect(&[Slot::Condition])?;
            if self.ends_clause(inside) {
                return Ok(());
            }
            self.condition()?;
            loop {
                self.expect(after)?;
                if self.eat(AND_KW) || self.kind() == EXISTS_KW || VALUES.contains(&self.kind()) {
                    break;
                }
                if self.ends_clause(inside) {
                    return Ok(());
                }
                self.bump()?;
            }
        }
    }

    fn ends_clause(&self, inside: bool) -> bool {
        let closes = inside && matches!(self.kind(), R_BRACE | R_PAREN);
        let joins = self.kind() == OR_KW && (!inside || self.nth(1) == CLAUSE_KW);
        closes || joins || self.at_part()
    }

    fn condition(&mut self) -> Walk {
        if self.kind() == EXISTS_KW {
            return self.exists();
        }
        self.open = Some(0);
        let left = self.value()?;
        self.open = None;
        if left.is_none() {
            return Ok(());
        }
        self.place.other = left;
        self.expect(&[Slot::Operator])?;
        if self.eat(IS_KW) {
            self.expect(&[Slot::Words(&[NULL_KW]), Slot::Words(&[NOT_KW, NULL_KW])])?;
            self.eat(NOT_KW);
            self.expect(&[Slot::Words(&[NULL_KW])])?;
            self.eat(NULL_KW);
            return Ok(());
        }
        let Some(operator) = self.operator()? else { return Ok(()) };
        self.place.operator = Some(operator);
        self.expect(&[Slot::Value])?;
        self.value()?;
        Ok(())
    }

    fn operator(&mut self) -> Walk<Option<CompareOpKind>> {
        let negated = self.eat(NOT_KW);
        if negated {
            self.expect(&[Slot::Words(&[IN_KW]), Slot::Words(&[LIKE_KW])])?;
        }
        let found = comparison(self.kind(), negated);
        if found.is_some() {
            self.bump()?;
        }
        Ok(found)
    }

    fn value(&mut self) -> Walk<Option<Side>> {
        let word = self.kind();
        if VALUES.contains(&word) && self.nth(1) == L_PAREN {
            self.bump()?;
            self.bump()?;
            self.open = self.open.map(|open| open + 1);
            let side = match word {
                COL_KW => {
                    self.expect(&[Slot::Column])?;
                    Side::Column(self.name()?.unwrap_or_default())
                }
                SESSION_KW => {
                    self.expect(&[Slot::Setting])?;
                    Side::Setting(self.name()?.unwrap_or_default())
                }
                LIT_KW => self.literal()?,
                _ => self.function()?,
            };
            self.close(ENDS)?;
            return Ok(Some(side));
        }
        let side = match word {
            STRING | INTEGER | TRUE_KW | FALSE_KW | NULL_KW => Side::Literal(word),
            _ if self.at_part() || !(word == IDENT || VALUES.contains(&word)) => return Ok(None),
            _ => Side::Column(self.cursor.text_of(self.piece(0).ok_or(super::Reached)?).to_owned()),
        };
        self.bump()?;
        Ok(Some(side))
    }

    fn literal(&mut self) -> Walk<Side> {
        let mut depth = 0_usize;
        let mut found = NULL_KW;
        loop {
            self.expect(&[Slot::Literal { in_list: depth > 0 }])?;
            match self.kind() {
                L_BRACK => depth += 1,
                kind @ (STRING | INTEGER | TRUE_KW | FALSE_KW | NULL_KW) => {
                    found = kind;
                    self.bump()?;
                    self.expect(&[])?;
                    if depth > 0 && self.kind() == COMMA {
                        self.bump()?;
                    } else if depth == 0 || !matches!(self.kind(), STRING | INTEGER) {
                        break;
                    }
                    continue;
                }
                _ => break,
            }
            self.bump()?;
        }
        while depth > 0 && self.eat(R_BRACK) {
            depth -= 1;
        }
        Ok(Side::Literal(found))
    }

    fn function(&mut self) -> Walk<Side> {
        self.expect(&[Slot::Function { schema: None }])?;
        let (mut schema, mut name) = (None, self.name()?.unwrap_or_default());
        self.expect(&[])?;
        if self.eat(DOT) {
            self.expect(&[Slot::Function { schema: Some(name.clone()) }])?;
            schema = Some(std::mem::replace(&mut name, self.name()?.unwrap_or_default()));
        }
        self.expect(&[])?;
        self.eat(COMMA);
        self.expect(&[])?;
        if self.eat(L_BRACK) {
            // What an argument goes with is the parameter.
            let (open, other) = (self.open.take(), self.place.other.take());
            self.arguments(&schema, &name)?;
            (self.open, self.place.other) = (open, other);
            self.eat(R_BRACK);
        }
        Ok(Side::Function { schema, name })
    }

    fn arguments(&mut self, schema: &Option<String>, name: &str) -> Walk {
        for index in 0.. {
            self.place.other = Some(Side::Parameter { schema: schema.clone(), name: name.to_owned(), index });
            self.expect(&[Slot::Value])?;
            if self.value()?.is_none() {
                return Ok(());
            }
            self.expect(&[])?;
            if !self.eat(COMMA) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn exists(&mut self) -> Walk {
        self.bump()?;
        self.expect(&[])?;
        if !self.eat(L_PAREN) {
            return Ok(());
        }
        self.expect(&[Slot::Rel])?;
        self.place.rel = Traversal::default();
        if self.eat(REL_KW) {
            self.expect(&[])?;
            if self.eat(L_PAREN) {
                self.rel()?;
                self.close(&[COMMA, L_BRACE, R_BRACE])?;
            }
        }
        self.expect(&[])?;
        self.eat(COMMA);
        let rel = std::mem::take(&mut self.place.rel);
        self.place.traversals.push(rel);
        self.expect(&[Slot::Condition])?;
        self.eat(L_BRACE);
        self.clause(true, &[Slot::Words(&[AND_KW])])?;
        self.eat(R_BRACE);
        self.place.traversals.pop();
        self.close(&[AND_KW, OR_KW])
    }

    fn rel(&mut self) -> Walk {
        self.expect(&[Slot::Source])?;
        self.name()?;
        self.expect(&[])?;
        if !self.eat(COMMA) {
            return Ok(());
        }
        self.columns(|in_list| Slot::SourceColumn { in_list }, |rel| &mut rel.source_columns)?;
        if !self.eat(COMMA) {
            return Ok(());
        }
        self.expect(&[Slot::Target { schema: None }])?;
        self.place.rel.target = self.name()?.unwrap_or_default();
        self.expect(&[])?;
        if self.eat(DOT) {
            let schema = std::mem::take(&mut self.place.rel.target);
            self.expect(&[Slot::Target { schema: Some(schema.clone()) }])?;
            self.place.rel.target = self.name()?.unwrap_or_default();
            self.place.rel.target_schema = Some(schema);
        }
        self.expect(&[])?;
        if !self.eat(COMMA) {
            return Ok(());
        }
        self.columns(|in_list| Slot::TargetColumn { in_list }, |rel| &mut rel.target_columns)
    }

    fn columns(
        &mut self,
        slot: impl Fn(bool) -> Slot,
        of: impl Fn(&mut Traversal) -> &mut Vec<String>,
    ) -> Walk {
        self.expect(&[slot(false)])?;
        let in_list = self.eat(L_PAREN);
        loop {
            self.expect(&[slot(in_list)])?;
            let name = self.name()?;
            of(&mut self.place.rel).extend(name);
            self.expect(&[])?;
            if !(in_list && self.eat(COMMA)) {
                break;
            }
        }
        if in_list {
            self.eat(R_PAREN);
            self.expect(&[])?;
        }
        Ok(())
    }
}

fn comparison(kind: SyntaxKind, negated: bool) -> Option<CompareOpKind> {
    Some(match kind {
        IN_KW if negated => CompareOpKind::NotIn,
        LIKE_KW if negated => CompareOpKind::NotLike,
        IN_KW => CompareOpKind::In,
        LIKE_KW => CompareOpKind::Like,
        EQ | EQ_EQ => CompareOpKind::Eq,
        NE | LT_GT => CompareOpKind::Ne,
        LT => CompareOpKind::Lt,
        LE => CompareOpKind::Le,
        GT => CompareOpKind::Gt,
        GE => CompareOpKind::Ge,
        _ => return None,
    })
}

/// What stands on the right of a comparison whose left side has the cursor in it, in so many parentheses.
pub(super) fn side_behind(cursor: &Cursor<'_>, mut open: usize) -> Option<Side> {
    let rest = cursor.tokens.get(cursor.behind()..)?;
    let mut kinds = rest.iter().enumerate();
    let behind_operator = loop {
        let (index, piece) = kinds.next()?;
        match piece.kind {
            L_PAREN => open += 1,
            R_PAREN => open = open.checked_sub(1)?,
            kind if comparison(kind, false).is_some() && open == 0 => break index + 1,
            AND_KW | OR_KW | CLAUSE_KW | WITH_KW | POLICY_KW | GRANT_KW => return None,
            _ => {}
        }
    };
    let text = |index: usize| rest.get(index).map(|piece| unquote_string(cursor.text_of(*piece)));
    let kind = |index: usize| rest.get(index).map_or(EOF, |piece| piece.kind);
    let argument = behind_operator + 2;
    match kind(behind_operator) {
        COL_KW => text(argument).map(Side::Column),
        SESSION_KW => text(argument).map(Side::Setting),
        LIT_KW if kind(argument) == L_BRACK => Some(Side::Literal(kind(argument + 1))),
        LIT_KW => Some(Side::Literal(kind(argument))),
        FN_KW if kind(argument + 1) == DOT => {
            Some(Side::Function { schema: text(argument), name: text(argument + 2)? })
        }
        FN_KW => Some(Side::Function { schema: None, name: text(argument)? }),
        _ => None,
    }
}
