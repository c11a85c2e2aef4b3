//! Which conditions follow from others, and which exclude each other.
//!
//! "Follows" means: wherever the premise is TRUE, so is the conclusion. A missing answer is "no".

use std::cmp::Ordering;

use pgpe_catalog::{Catalog, ColumnType, Family};

use super::value::{Members, Reading, Value, excluded, holds, members};
use crate::datum::Datum;
use crate::resolved::{Atom, CompareOp, Operand, Traversal};

/// Whether each of `conclusions` follows from one of `premises`.
pub(super) fn conjunction(premises: &[Atom], conclusions: &[Atom], catalog: Option<&Catalog>) -> bool {
    conclusions.iter().all(|conclusion| premises.iter().any(|premise| atom(premise, conclusion, catalog)))
}

/// Whether a condition follows from another.
pub(super) fn atom(premise: &Atom, conclusion: &Atom, catalog: Option<&Catalog>) -> bool {
    if premise == conclusion {
        return true;
    }
    if let Atom::Null { operand, negated } = conclusion {
        return *negated && needs(premise, operand);
    }
    if let (Atom::Exists(premise), Atom::Exists(conclusion)) = (premise, conclusion) {
        return traversal(premise, conclusion, catalog);
    }
    if let Some(Members { column, literals, ty }) = members(premise) {
        let reading = Reading::new(ty, catalog);
        let holds_for = |literal| holds(conclusion, column, &reading.value(literal), reading) == Some(true);
        if literals.into_iter().all(holds_for) {
            return true;
        }
    }
    // What fails for a value is not true where the column has it, and must not be true where it is null.
    if let Some(Members { column, literals, ty }) = excluded(conclusion)
        && needs(premise, column)
    {
        let reading = Reading::new(ty, catalog);
        let fails_for = |literal| holds(premise, column, &reading.value(literal), reading) == Some(false);
        if literals.into_iter().all(fails_for) {
            return true;
        }
    }
    if let (Some(narrow), Some(wide)) = (Bound::of(premise, catalog), Bound::of(conclusion, catalog)) {
        return narrow.is_within(&wide);
    }
    same_sides(premise, conclusion).is_some_and(|(premise, conclusion)| {
        use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        matches!((premise, conclusion), (Eq, Le | Ge) | (Lt, Le | Ne) | (Gt, Ge | Ne))
    })
}

/// Whether two conditions are never both true.
pub(super) fn exclude(left: &Atom, right: &Atom, catalog: Option<&Catalog>) -> bool {
    if is_null_against(left, right) || is_null_against(right, left) {
        return true;
    }
    if let (Some(left), Some(right)) = (Bound::of(left, catalog), Bound::of(right, catalog)) {
        return left.excludes(&right);
    }
    if let (
        Atom::Like { operand: left, negated: left_negated, pattern: left_pattern, ty: left_ty },
        Atom::Like { operand: right, negated: right_negated, pattern: right_pattern, ty: right_ty },
    ) = (left, right)
    {
        return left_negated != right_negated
            && (left, left_pattern, left_ty) == (right, right_pattern, right_ty)
            && is_column(left);
    }
    same_sides(left, right).is_some_and(|ops| {
        use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
        matches!(
            ops,
            (Eq, Ne | Lt | Gt) | (Ne | Lt | Gt, Eq) | (Lt, Gt | Ge) | (Gt | Ge, Lt) | (Gt, Le) | (Le, Gt)
        )
    })
}

fn is_null_against(null: &Atom, other: &Atom) -> bool {
    let Atom::Null { operand, negated: false } = null else { return false };
    match other {
        Atom::Null { operand: other, negated: true } => operand == other && is_column(operand),
        _ => needs(other, operand),
    }
}

/// Whether a condition can only be true where the column is not null.
fn needs(atom: &Atom, column: &Operand) -> bool {
    let Operand::Column { name, .. } = column else { return false };
    match atom {
        Atom::Compare { left, right, ty, .. } => {
            (left == column || right == column) && has_usual_operators(ty.as_ref())
        }
        Atom::In { operand, ty, .. } => operand == column && has_usual_operators(ty.as_ref()),
        Atom::Like { operand, pattern, .. } => operand == column || pattern == column,
        Atom::Null { .. } => false,
        Atom::Exists(traversal) => {
            let mut links = traversal.links.iter();
            links.any(|link| link.outer == *name && has_usual_operators(link.outer_type.as_ref()))
        }
    }
}

/// Whether comparisons give NULL for NULL and follow a total order. Operators of types that are not
/// PostgreSQL's own may do as they please.
pub(super) fn has_usual_operators(ty: Option<&ColumnType>) -> bool {
    ty.is_none_or(|ty| !matches!(ty.family(), Family::Other | Family::Json))
}

fn is_column(operand: &Operand) -> bool {
    matches!(operand, Operand::Column { .. })
}

/// The operators of two comparisons of a column with the same value; functions may give another each time.
fn same_sides(left: &Atom, right: &Atom) -> Option<(CompareOp, CompareOp)> {
    let Atom::Compare { left: a, op: left_op, right: b, ty } = left else { return None };
    let Atom::Compare { left: c, op: right_op, right: d, ty: other_ty } = right else { return None };
    let same = a == c && b == d && ty == other_ty && is_column(a) && !matches!(b, Operand::Function { .. });
    (same && has_usual_operators(ty.as_ref())).then_some((*left_op, *right_op))
}

/// A traversal finds a row wherever another does that has all its links and a condition at least as strict.
fn traversal(premise: &Traversal, conclusion: &Traversal, catalog: Option<&Catalog>) -> bool {
    premise.target == conclusion.target
        && conclusion.links.iter().all(|link| premise.links.contains(link))
        && conjunction(&premise.condition.atoms, &conclusion.condition.atoms, catalog)
}

/// `col < lit` and its kin.
struct Bound<'a> {
    column: &'a Operand,
    upper: bool,
    strict: bool,
    value: Value,
    reading: Reading<'a>,
    ty: Option<&'a ColumnType>,
}

impl<'a> Bound<'a> {
    fn of(atom: &'a Atom, catalog: Option<&'a Catalog>) -> Option<Bound<'a>> {
        let Atom::Compare { left: column, op, right: Operand::Literal(literal), ty } = atom else {
            return None;
        };
        let (upper, strict) = match op {
            CompareOp::Lt => (true, true),
            CompareOp::Le => (true, false),
            CompareOp::Gt => (false, true),
            CompareOp::Ge => (false, false),
            _ => return None,
        };
        let reading = Reading::new(ty.as_ref(), catalog);
        let value = reading.value(literal);
        is_column(column).then_some(Bound { column, upper, strict, value, reading, ty: ty.as_ref() })
    }

    fn is_comparable(&self, other: &Bound<'_>) -> bool {
        self.column == other.column && self.ty == other.ty
    }

    /// The last integer inside.
    fn last_inside(&self) -> Option<i128> {
        let Value::Read(Datum::Integer(value)) = self.value else { return None };
        let value = i128::from(value);
        Some(match (self.strict, self.upper) {
            (false, _) => value,
            (true, true) => value - 1,
            (true, false) => value + 1,
        })
    }

    fn is_within(&self, wide: &Bound<'_>) -> bool {
        if !self.is_comparable(wide) || self.upper != wide.upper {
            return false;
        }
        if let (Some(narrow), Some(wide)) = (self.last_inside(), wide.last_inside()) {
            return if self.upper { narrow <= wide } else { narrow >= wide };
        }
        match self.reading.compare(&self.value, &wide.value).ordering() {
            Some(Ordering::Equal) => self.strict || !wide.strict,
            Some(Ordering::Less) => self.upper,
            Some(Ordering::Greater) => !self.upper,
            None => false,
        }
    }

    fn excludes(&self, other: &Bound<'_>) -> bool {
        if !self.is_comparable(other) || self.upper == other.upper {
            return false;
        }
        let (upper, lower) = if self.upper { (self, other) } else { (other, self) };
        if let (Some(upper), Some(lower)) = (upper.last_inside(), lower.last_inside()) {
            return lower > upper;
        }
        match self.reading.compare(&upper.value, &lower.value).ordering() {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => upper.strict || lower.strict,
            _ => false,
        }
    }
}
