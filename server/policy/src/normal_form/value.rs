//! Literals as values, and what is known of a condition on a column once the column's value is.

use std::cmp::Ordering;

use pgpe_catalog::{BaseType, Catalog, Collation, ColumnType};

use crate::datum::{self, Comparison, Datum};
use crate::like;
use crate::resolved::{Atom, CompareOp, Literal, Operand};

/// A literal as far as it can be understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// Read as its type.
    Read(Datum),
    /// Without a type, as written.
    Written(Literal),
}

/// How literals that are compared with a column are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    ty: Option<&'a ColumnType>,
    catalog: Option<&'a Catalog>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(ty: Option<&'a ColumnType>, catalog: Option<&'a Catalog>) -> Reading<'a> {
        Reading { ty, catalog }
    }

    pub(super) fn value(self, literal: &Literal) -> Value {
        let read = match (self.ty, self.catalog) {
            (Some(ty), Some(catalog)) => datum::read_literal(literal, ty, catalog).ok().flatten(),
            _ => None,
        };
        read.map_or_else(|| Value::Written(literal.clone()), Value::Read)
    }

    pub(super) fn compare(self, left: &Value, right: &Value) -> Comparison {
        match (left, right, self.ty) {
            (Value::Read(left), Value::Read(right), Some(ty)) => datum::compare_for_merging(left, right, ty),
            (left, right, _) if left == right => Comparison::Is(Ordering::Equal),
            (Value::Written(left), Value::Written(right), None) => compare_written(left, right),
            _ => Comparison::Unknown,
        }
    }
}

/// Without a schema, literals of one kind differ if they are written differently.
fn compare_written(left: &Literal, right: &Literal) -> Comparison {
    match (left, right) {
        (Literal::Integer(left), Literal::Integer(right)) => Comparison::Is(left.cmp(right)),
        (Literal::Boolean(left), Literal::Boolean(right)) => Comparison::Is(left.cmp(right)),
        (Literal::String(_), Literal::String(_)) => Comparison::Different,
        _ => Comparison::Unknown,
    }
}

/// What a condition allows a column to be.
pub(super) struct Members<'a> {
    pub(super) column: &'a Operand,
    pub(super) literals: Vec<&'a Literal>,
    pub(super) ty: Option<&'a ColumnType>,
}

/// `col = lit`, `col IN (…)`: the values listed.
pub(super) fn members(atom: &Atom) -> Option<Members<'_>> {
    match atom {
        Atom::Compare { left: Operand::Column { .. }, op: CompareOp::Eq, .. }
        | Atom::In { operand: Operand::Column { .. }, negated: false, .. } => listed(atom),
        _ => None,
    }
}

/// `col != lit`, `col NOT IN (…)`: the values listed.
pub(super) fn excluded(atom: &Atom) -> Option<Members<'_>> {
    match atom {
        Atom::Compare { left: Operand::Column { .. }, op: CompareOp::Ne, .. }
        | Atom::In { operand: Operand::Column { .. }, negated: true, .. } => listed(atom),
        _ => None,
    }
}

fn listed(atom: &Atom) -> Option<Members<'_>> {
    match atom {
        Atom::Compare { left, right: Operand::Literal(literal), ty, .. } => {
            Some(Members { column: left, literals: vec![literal], ty: ty.as_ref() })
        }
        Atom::In { operand, list, ty, .. } => {
            Some(Members { column: operand, literals: list.iter().collect(), ty: ty.as_ref() })
        }
        _ => None,
    }
}

/// Whether a condition holds where `column` has that value, read as `ty`. `None` if the condition is about
/// anything else, or if it is not known.
pub(super) fn holds(atom: &Atom, column: &Operand, value: &Value, reading: Reading<'_>) -> Option<bool> {
    match atom {
        Atom::Compare { left, op, right: Operand::Literal(literal), ty }
            if left == column && ty.as_ref() == reading.ty =>
        {
            let comparison = reading.compare(value, &reading.value(literal));
            match op {
                CompareOp::Eq => comparison.equal(),
                CompareOp::Ne => comparison.equal().map(|equal| !equal),
                CompareOp::Lt => comparison.ordering().map(Ordering::is_lt),
                CompareOp::Le => comparison.ordering().map(Ordering::is_le),
                CompareOp::Gt => comparison.ordering().map(Ordering::is_gt),
                CompareOp::Ge => comparison.ordering().map(Ordering::is_ge),
                CompareOp::In | CompareOp::NotIn | CompareOp::Like | CompareOp::NotLike => None,
            }
        }
        Atom::In { operand, negated, list, ty } if operand == column && ty.as_ref() == reading.ty => {
            let equal = list.iter().map(|literal| reading.compare(value, &reading.value(literal)).equal());
            any(equal).map(|found| found != *negated)
        }
        Atom::Like { operand, negated, pattern: Operand::Literal(Literal::String(pattern)), ty }
            if operand == column && ty.as_ref() == reading.ty =>
        {
            let Value::Read(Datum::Text(text)) = value else { return None };
            if !is_plain_text(ty.as_ref()?) {
                return None;
            }
            like::matches(pattern, text).ok().map(|matches| matches != *negated)
        }
        Atom::Null { operand, negated } if operand == column => Some(*negated),
        _ => None,
    }
}

/// OR of what may not be known.
fn any(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(false);
    for truth in truths {
        match truth {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = None,
        }
    }
    known
}

/// Text that LIKE compares character by character.
fn is_plain_text(ty: &ColumnType) -> bool {
    matches!(ty.base, BaseType::Text | BaseType::Varchar) && ty.collation != Collation::Nondeterministic
}
