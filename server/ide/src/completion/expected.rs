//! What the grammar allows at the cursor, told by the tokens before it alone.
//!
//! A walk along the grammar that ends at the cursor. What stands behind it may be anything, and what is wrong before it
//! is passed over up to the next word that begins a part of an item.

mod clauses;
mod selectors;

use std::ops::Range;

use pgpe_syntax::SyntaxKind::{self, *};
use pgpe_syntax::ast::{CompareOpKind, unquote_string};

use super::cursor::{Cursor, Piece};

/// Something that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    /// A policy or grant.
    Item,
    /// One of the language's words, or several that belong together.
    Words(&'static [SyntaxKind]),
    /// A word that opens a parenthesis.
    Call(SyntaxKind),
    /// A role.
    Role,
    /// The column of `has_column`.
    SelectorColumn,
    /// The type of that column.
    ColumnType { column: String },
    /// A schema.
    Schema,
    /// The pattern of `named`.
    Pattern,
    /// The tag of `tagged`.
    Tag,
    /// The first value of a condition, or `exists`.
    Condition,
    /// `=` and its like.
    Operator,
    /// Another value.
    Value,
    /// The column of `col`.
    Column,
    /// The setting of `session`.
    Setting,
    /// What stands in `lit`, in a list or not.
    Literal { in_list: bool },
    /// The function of `fn`, behind its schema if that is written.
    Function { schema: Option<String> },
    /// `rel(…)`
    Rel,
    /// Where a traversal starts.
    Source,
    /// A column that it starts from; whether all of them stand here or one of a list.
    SourceColumn { in_list: bool },
    /// The table that it leads to, behind its schema if that is written.
    Target { schema: Option<String> },
    /// A column that it arrives at.
    TargetColumn { in_list: bool },
}

/// What a value is, as far as that is needed to know which values go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Side {
    Column(String),
    Setting(String),
    Literal(SyntaxKind),
    Function {
        schema: Option<String>,
        name: String,
    },
    /// A function's parameter.
    Parameter {
        schema: Option<String>,
        name: String,
        index: usize,
    },
}

/// The parts of a `rel`, as far as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Traversal {
    pub(super) source_columns: Vec<String>,
    pub(super) target_schema: Option<String>,
    pub(super) target: String,
    pub(super) target_columns: Vec<String>,
}

/// The place of the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) slots: Vec<Slot>,
    /// Commands that the list already has.
    pub(super) commands: Vec<SyntaxKind>,
    /// The bytes of the item's selector, once it is complete.
    pub(super) selector: Option<Range<usize>>,
    /// The traversals around, from the outside in.
    pub(super) traversals: Vec<Traversal>,
    /// The `rel` that the cursor is in.
    pub(super) rel: Traversal,
    /// The comparison's operator, if it stands before the cursor.
    pub(super) operator: Option<CompareOpKind>,
    /// What the value at the cursor is compared with, or passed as.
    pub(super) other: Option<Side>,
}

/// The cursor was reached.
struct Reached;

type Walk<T = ()> = Result<T, Reached>;

struct Walker<'c> {
    cursor: &'c Cursor<'c>,
    at: usize,
    place: Place,
    /// Parentheses that are open in the first value of a condition.
    open: Option<usize>,
}

/// What may stand at a cursor.
pub(super) fn expected(cursor: &Cursor<'_>) -> Place {
    let mut walker = Walker { cursor, at: 0, place: Place::default(), open: None };
    // The walk ends at the cursor, which every text has.
    let Err(Reached) = walker.items();
    if let Some(open) = walker.open
        && walker.place.other.is_none()
    {
        walker.place.other = clauses::side_behind(cursor, open);
    }
    walker.place
}

const TYPES: &[SyntaxKind] = &[PERMISSIVE_KW, RESTRICTIVE_KW];
const COMMANDS: &[SyntaxKind] = &[SELECT_KW, INSERT_KW, UPDATE_KW, DELETE_KW];
/// Words that begin a part of an item.
const PARTS: &[SyntaxKind] = &[FOR_KW, TO_KW, SELECTOR_KW, CLAUSE_KW, WITH_KW];

impl Walker<'_> {
    // ---- Looking and moving ----

    fn piece(&self, ahead: usize) -> Option<Piece> {
        let at = self.at + ahead;
        if at < self.cursor.at { self.cursor.tokens.get(at).copied() } else { None }
    }

    fn nth(&self, ahead: usize) -> SyntaxKind {
        self.piece(ahead).map_or(EOF, |piece| piece.kind)
    }

    fn kind(&self) -> SyntaxKind {
        self.nth(0)
    }

    fn bump(&mut self) -> Walk<Piece> {
        let piece = self.piece(0).ok_or(Reached)?;
        self.at += 1;
        Ok(piece)
    }

    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.kind() == kind;
        self.at += usize::from(found);
        found
    }

    /// Ends the walk if the cursor is here, where `slots` may stand.
    fn expect(&mut self, slots: &[Slot]) -> Walk {
        if self.kind() != EOF {
            return Ok(());
        }
        self.place.slots = slots.to_vec();
        Err(Reached)
    }

    /// Whether a word that structures an item stands where only a name can.
    fn is_name(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.cursor.tokens.get(at)).map(|it| it.kind);
        matches!(before, Some(L_PAREN | COMMA | DOT | TO_KW))
            && matches!(self.nth(1), R_PAREN | COMMA | DOT | SELECTOR_KW)
    }

    fn at_item(&self) -> bool {
        matches!(self.kind(), POLICY_KW | GRANT_KW) && !self.is_name()
    }

    fn at_part(&self) -> bool {
        self.at_item() || PARTS.contains(&self.kind()) && !self.is_name()
    }

    /// Takes a name or string.
    fn name(&mut self) -> Walk<Option<String>> {
        let is_name = matches!(self.kind(), IDENT | STRING | UNDERSCORE) || self.kind().is_word();
        if !is_name || self.at_part() {
            return Ok(None);
        }
        let text = self.cursor.text_of(self.bump()?);
        Ok(Some(unquote_string(text)))
    }

    /// Goes on behind the parenthesis that closes the innermost open one, or to what can't be inside.
    fn close(&mut self, stops: &[SyntaxKind]) -> Walk {
        loop {
            self.expect(&[])?;
            if self.eat(R_PAREN) || self.at_part() || stops.contains(&self.kind()) {
                return Ok(());
            }
            self.bump()?;
        }
    }

    // ---- Items ----

    fn items(&mut self) -> Walk<std::convert::Infallible> {
        loop {
            self.expect(&[Slot::Item])?;
            match self.kind() {
                POLICY_KW => self.policy()?,
                GRANT_KW => self.grant()?,
                _ => drop(self.bump()?),
            }
        }
    }

    fn policy(&mut self) -> Walk {
        self.place = Place::default();
        self.bump()?;
        self.expect(&[])?;
        let is_missing = match self.kind() {
            PERMISSIVE_KW | RESTRICTIVE_KW | FOR_KW | POLICY_KW | GRANT_KW => !TYPES.contains(&self.nth(1)),
            _ => false,
        };
        if !is_missing {
            self.bump()?;
        }
        self.expect(&TYPES.iter().map(|word| Slot::Words(std::slice::from_ref(word))).collect::<Vec<_>>())?;
        if TYPES.contains(&self.kind()) {
            self.bump()?;
        }
        self.parts(&[FOR_KW, TO_KW, SELECTOR_KW, CLAUSE_KW, WITH_KW])
    }

    fn grant(&mut self) -> Walk {
        self.place = Place::default();
        self.bump()?;
        let parts = [TO_KW, SELECTOR_KW];
        self.commands(&following(&parts), &[])?;
        self.parts(&parts)
    }

    /// The parts of an item, up to the next item.
    fn parts(&mut self, parts: &[SyntaxKind]) -> Walk {
        let mut left = parts;
        loop {
            self.expect(&following(left))?;
            if self.at_item() {
                return Ok(());
            }
            let found = self.kind();
            let Some(index) = parts.iter().position(|part| *part == found) else {
                self.bump()?;
                continue;
            };
            left = parts.get(index + 1..).unwrap_or_default();
            let next = following(left);
            self.bump()?;
            match found {
                FOR_KW => self.commands(&next, &[Slot::Words(&[ALL_KW])])?,
                TO_KW => self.roles(&next)?,
                SELECTOR_KW => self.selector(&next)?,
                CLAUSE_KW => self.clauses(&next)?,
                _ => {
                    self.expect(&[Slot::Words(&[CHECK_KW])])?;
                    self.eat(CHECK_KW);
                    self.expect(&[Slot::Words(&[CLAUSE_KW])])?;
                    if self.eat(CLAUSE_KW) {
                        self.clauses(&next)?;
                    }
                }
            }
        }
    }

    fn commands(&mut self, next: &[Slot], all: &[Slot]) -> Walk {
        self.place.commands.clear();
        let mut all = all.to_vec();
        loop {
            let left = COMMANDS.iter().filter(|command| !self.place.commands.contains(command));
            let slots = left.map(|command| Slot::Words(std::slice::from_ref(command))).chain(all.drain(..));
            let slots: Vec<Slot> = slots.collect();
            self.expect(&slots)?;
            if self.at_part() {
                return Ok(());
            }
            let word = self.bump()?.kind;
            self.place.commands.push(word);
            self.expect(next)?;
            if !self.eat(COMMA) && !COMMANDS.contains(&self.kind()) {
                return Ok(());
            }
        }
    }

    fn roles(&mut self, next: &[Slot]) -> Walk {
        loop {
            self.expect(&[Slot::Role])?;
            if self.at_part() {
                return Ok(());
            }
            self.bump()?;
            self.expect(next)?;
            if !self.eat(COMMA) {
                return Ok(());
            }
        }
    }
}

/// The parts that may come next: those that may be left out, and the first that may not.
fn following(left: &[SyntaxKind]) -> Vec<Slot> {
    let mut slots = Vec::new();
    for part in left {
        slots.push(match part {
            WITH_KW => Slot::Words(&[WITH_KW, CHECK_KW]),
            part => Slot::Words(alone(*part)),
        });
        if !matches!(part, TO_KW | WITH_KW) {
            return slots;
        }
    }
    slots.push(Slot::Item);
    slots
}

/// A word of [`PARTS`] as a list.
fn alone(part: SyntaxKind) -> &'static [SyntaxKind] {
    let found = PARTS.iter().find(|known| **known == part);
    found.map(std::slice::from_ref).unwrap_or_default()
}
