//! What PostgreSQL compares two types as.

use pgpe_catalog::{BaseType, Collation, ColumnType, Family};

/// Why values of two types can't be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incomparable {
    /// PostgreSQL has no operator for them, or one that casts in a way nobody means.
    Types,
    /// `json` and `jsonb` are only tested for null.
    Json,
    /// Both have a collation of their own, and not the same.
    Collations,
}

/// A column's type as far as comparisons see it: without its domain and modifiers.
pub fn compared(ty: &ColumnType) -> ColumnType {
    let plain = ColumnType::plain(ty.base.clone());
    ColumnType { collation: ty.collation, ..plain }
}

/// The type that two columns (or results of functions) are compared as.
pub fn common_type(left: &ColumnType, right: &ColumnType) -> Result<ColumnType, Incomparable> {
    let collation = common_collation(left.collation, right.collation)?;
    let with_collation = |base: BaseType| ColumnType { collation, ..ColumnType::plain(base) };
    if left.family() == Family::Json || right.family() == Family::Json {
        return Err(Incomparable::Json);
    }
    if left.base == right.base {
        return Ok(with_collation(left.base.clone()));
    }
    let base = match (left.family(), right.family()) {
        (Family::Integer, Family::Integer) => wider(&left.base, &right.base),
        (Family::Integer | Family::Numeric, Family::Integer | Family::Numeric) => BaseType::Numeric,
        (Family::Float, Family::Float) => BaseType::Double,
        (Family::Text, Family::Text) => match (&left.base, &right.base) {
            // PostgreSQL prefers the operator of the side that needs no cast to text.
            (BaseType::Char, BaseType::Varchar) | (BaseType::Varchar, BaseType::Char) => BaseType::Char,
            _ => BaseType::Text,
        },
        (Family::Instant, Family::Instant) => match (&left.base, &right.base) {
            (BaseType::TimestampTz, _) | (_, BaseType::TimestampTz) => BaseType::TimestampTz,
            _ => BaseType::Timestamp,
        },
        (Family::Time, Family::Time) => BaseType::TimeTz,
        _ => return Err(Incomparable::Types),
    };
    Ok(with_collation(base))
}

/// Whether PostgreSQL passes a value of one type where another is expected without being asked to cast.
pub(crate) fn converts_implicitly(from: &ColumnType, to: &ColumnType) -> bool {
    if from.base == to.base {
        return true;
    }
    match (&from.base, &to.base) {
        (BaseType::Name, BaseType::Text) => true,
        (BaseType::Citext { .. }, BaseType::Text | BaseType::Varchar) => true,
        (
            BaseType::Text | BaseType::Varchar | BaseType::Char,
            BaseType::Text | BaseType::Varchar | BaseType::Char | BaseType::Name,
        ) => true,
        (BaseType::SmallInt, BaseType::Integer) => true,
        (BaseType::SmallInt | BaseType::Integer, BaseType::BigInt) => true,
        (BaseType::SmallInt | BaseType::Integer | BaseType::BigInt, BaseType::Numeric) => true,
        (_, BaseType::Real) => matches!(from.family(), Family::Integer | Family::Numeric),
        (_, BaseType::Double) => {
            matches!(from.family(), Family::Integer | Family::Numeric | Family::Float)
        }
        (BaseType::Date, BaseType::Timestamp | BaseType::TimestampTz) => true,
        (BaseType::Timestamp, BaseType::TimestampTz) | (BaseType::Time, BaseType::TimeTz) => true,
        (_, BaseType::Other(name)) => is_polymorphic(name),
        _ => false,
    }
}

/// Pseudo-types that stand for whatever is passed.
pub(crate) fn is_polymorphic(name: &str) -> bool {
    name.trim_matches('"').starts_with("any")
}

fn wider(left: &BaseType, right: &BaseType) -> BaseType {
    let rank = |ty: &BaseType| match ty {
        BaseType::SmallInt => 0,
        BaseType::Integer => 1,
        _ => 2,
    };
    if rank(left) >= rank(right) { left.clone() } else { right.clone() }
}

/// The database's default collation gives way to any other; two others must agree.
fn common_collation(left: Collation, right: Collation) -> Result<Collation, Incomparable> {
    match (left, right) {
        (Collation::Default, other) | (other, Collation::Default) => Ok(other),
        (left, right) if left == right => Ok(left),
        _ => Err(Incomparable::Collations),
    }
}

#[cfg(test)]
mod tests;
