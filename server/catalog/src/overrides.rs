//! What lets conditions and statements mean something else than they say, in words that are the same by every road.

use crate::QualifiedName;
use crate::types::{BaseType, ColumnType};

/// Operators that policies are compiled to and read from. `~~` is LIKE.
pub const COMPARISONS: &[&str] = &["=", "<>", "!=", "<", "<=", ">", ">=", "~~", "!~~"];

/// A cast between types of which conditions are made; `None` if one is of no matter to them.
pub fn cast_override(source: &ColumnType, target: &ColumnType) -> Option<String> {
    let matters = is_comparable(source) && is_comparable(target);
    matters.then(|| format!("the cast from {} to {}", source.display, target.display))
}

/// An operator of that name between two types; `None` if no comparison in a condition could come to mean it.
pub fn operator_override(name: &QualifiedName, left: &ColumnType, right: &ColumnType) -> Option<String> {
    let takes = |ty: &ColumnType| is_comparable(ty) || ty.display.starts_with("any");
    let matters = COMPARISONS.contains(&name.name.as_str()) && takes(left) && takes(right);
    let QualifiedName { schema, name } = name;
    matters.then(|| format!("the operator {schema}.{name} of {} and {}", left.display, right.display))
}

/// A rule of a table.
pub fn rule_on(rule: &str, table: &QualifiedName) -> String {
    format!("the rule {rule} on {table}")
}

/// Conditions have no values of other types.
fn is_comparable(ty: &ColumnType) -> bool {
    !matches!(ty.base, BaseType::Other(_))
}
