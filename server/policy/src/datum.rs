//! Values as PostgreSQL's types read, show and compare them.
//!
//! Reading is strict: text is accepted only in forms that PostgreSQL is known to read with the same
//! meaning, whatever `DateStyle` and `TimeZone` are. Comparing says [`Comparison::Unknown`] wherever the
//! answer depends on a collation or on a type that is not modelled.

use std::cmp::Ordering;
use std::str::FromStr;

use bigdecimal::BigDecimal;
use pgpe_catalog::{BaseType, Catalog, Collation, ColumnType};

use crate::source::Literal;

mod temporal;

pub use temporal::{MAX_INSTANT, MIN_INSTANT};

/// A value that is not NULL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// `boolean`
    Boolean(bool),
    /// `smallint`, `integer`, `bigint`
    Integer(i64),
    /// `numeric`
    Numeric(Numeric),
    /// `real` and `double precision`, by their bits: `f64::to_bits` of the value, zero without a sign and
    /// NaN in one form.
    Float(u64),
    /// All of the text family.
    Text(String),
    /// `uuid`
    Uuid(u128),
    /// `date`, `timestamp`, `timestamptz`: microseconds since 1970-01-01 00:00 (UTC for timestamptz);
    /// the infinities are [`MIN_INSTANT`] and [`MAX_INSTANT`].
    Instant(i64),
    /// `time`: microseconds since midnight.
    Time(i64),
    /// A label of an enum and its index in sort order.
    Enum(u32, String),
    /// A value of a type that is not modelled, as written.
    Opaque(String),
}

/// A `numeric` value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Numeric {
    /// Below every number.
    NegativeInfinity,
    /// A number.
    Finite(BigDecimal),
    /// Above every number.
    Infinity,
    /// Equal to itself and above everything else, as PostgreSQL sorts it.
    NaN,
}

/// Why text is no value of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue {
    /// What is wrong, to follow "because": `it is not a uuid`.
    pub reason: String,
}

impl InvalidValue {
    fn new(reason: impl Into<String>) -> InvalidValue {
        InvalidValue { reason: reason.into() }
    }
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal, less or greater.
    Is(Ordering),
    /// Different; which is less depends on a collation.
    Different,
    /// May be anything.
    Unknown,
}

impl Comparison {
    /// Whether the two are equal, if that is known.
    pub fn equal(self) -> Option<bool> {
        match self {
            Comparison::Is(ordering) => Some(ordering == Ordering::Equal),
            Comparison::Different => Some(false),
            Comparison::Unknown => None,
        }
    }

    /// The order, if it is known.
    pub fn ordering(self) -> Option<Ordering> {
        match self {
            Comparison::Is(ordering) => Some(ordering),
            Comparison::Different | Comparison::Unknown => None,
        }
    }
}

/// Reads a literal as a value of a type. `None` is NULL. Lists are no values.
///
/// A string is read as PostgreSQL reads an untyped literal; a number or a boolean must be of a type that
/// takes it.
pub fn read_literal(
    literal: &Literal,
    ty: &ColumnType,
    catalog: &Catalog,
) -> Result<Option<Datum>, InvalidValue> {
    match literal {
        Literal::Null => Ok(None),
        Literal::List(_) => Err(InvalidValue::new("a list is no single value")),
        Literal::String(text) => read_text(text, ty, catalog).map(Some),
        Literal::Boolean(value) => match ty.base {
            BaseType::Boolean => Ok(Some(Datum::Boolean(*value))),
            _ => Err(InvalidValue::new(format!("a boolean is no {}", ty.base.sql_name()))),
        },
        Literal::Integer(value) => match ty.base {
            BaseType::SmallInt
            | BaseType::Integer
            | BaseType::BigInt
            | BaseType::Numeric
            | BaseType::Real
            | BaseType::Double => read_text(&value.to_string(), ty, catalog).map(Some),
            _ => Err(InvalidValue::new(format!("a number is no {}", ty.base.sql_name()))),
        },
    }
}

/// Reads text as a value of a type, as a cast of a session setting does. Modifiers are not applied.
pub fn read_text(text: &str, ty: &ColumnType, catalog: &Catalog) -> Result<Datum, InvalidValue> {
    if text.contains('\0') {
        return Err(InvalidValue::new("PostgreSQL's text can't hold a NUL character"));
    }
    let wrong = || InvalidValue::new(format!("it is not a valid {}", ty.base.sql_name()));
    match &ty.base {
        BaseType::Text | BaseType::Varchar | BaseType::Char | BaseType::Citext { .. } => {
            Ok(Datum::Text(text.to_owned()))
        }
        BaseType::Name => Ok(Datum::Text(text[..text.floor_char_boundary(63)].to_owned())),
        BaseType::SmallInt | BaseType::Integer | BaseType::BigInt => {
            let value = read_integer(text).ok_or_else(wrong)?;
            let (least, greatest) = integer_bounds(&ty.base);
            if value < least || value > greatest {
                return Err(InvalidValue::new(format!(
                    "{} ranges from {least} to {greatest}",
                    ty.base.sql_name()
                )));
            }
            Ok(Datum::Integer(value))
        }
        BaseType::Numeric => read_numeric(text).map(Datum::Numeric).ok_or_else(wrong),
        BaseType::Real => {
            let value = read_float::<f32>(text).ok_or_else(wrong)?;
            if value.is_infinite() && !text.to_ascii_lowercase().contains("inf") {
                return Err(InvalidValue::new("it is out of range for real"));
            }
            Ok(float(f64::from(value)))
        }
        BaseType::Double => {
            let value = read_float::<f64>(text).ok_or_else(wrong)?;
            if value.is_infinite() && !text.to_ascii_lowercase().contains("inf") {
                return Err(InvalidValue::new("it is out of range for double precision"));
            }
            Ok(float(value))
        }
        BaseType::Boolean => read_boolean(text).map(Datum::Boolean).ok_or_else(wrong),
        BaseType::Uuid => read_uuid(text).map(Datum::Uuid).ok_or_else(wrong),
        BaseType::Date => temporal::read_date(text).map(Datum::Instant),
        BaseType::Timestamp => temporal::read_timestamp(text).map(Datum::Instant),
        BaseType::TimestampTz => temporal::read_timestamptz(text).map(Datum::Instant),
        BaseType::Time => temporal::read_time(text).map(Datum::Time),
        BaseType::Enum(name) => {
            let labels = catalog.enums.get(name).map_or(&[][..], Vec::as_slice);
            let index = labels.iter().position(|label| label == text);
            index
                .and_then(|index| u32::try_from(index).ok())
                .map(|index| Datum::Enum(index, text.to_owned()))
                .ok_or_else(|| InvalidValue::new(format!("the enum {name} has no such label")))
        }
        BaseType::TimeTz | BaseType::Json | BaseType::Jsonb | BaseType::Other(_) => {
            Ok(Datum::Opaque(text.to_owned()))
        }
    }
}

/// Compares two values that are compared as type `ty` (both already converted to it).
pub fn compare(left: &Datum, right: &Datum, ty: &ColumnType) -> Comparison {
    use Comparison::{Different, Is, Unknown};
    if ty.collation == Collation::Nondeterministic {
        return if left == right { Is(Ordering::Equal) } else { Unknown };
    }
    match (left, right) {
        (Datum::Text(left), Datum::Text(right)) => match &ty.base {
            BaseType::Citext { .. } => compare_citext(left, right),
            // Strips blanks before comparing; two different texts then differ under a deterministic collation.
            BaseType::Char => compare_text(left.trim_end_matches(' '), right.trim_end_matches(' '), ty),
            BaseType::Name => Is(left.as_bytes().cmp(right.as_bytes())),
            _ => compare_text(left, right, ty),
        },
        (Datum::Boolean(left), Datum::Boolean(right)) => Is(left.cmp(right)),
        (Datum::Integer(left), Datum::Integer(right)) => Is(left.cmp(right)),
        (Datum::Numeric(left), Datum::Numeric(right)) => Is(left.cmp(right)),
        (Datum::Float(left), Datum::Float(right)) => Is(compare_float(*left, *right)),
        (Datum::Uuid(left), Datum::Uuid(right)) => Is(left.cmp(right)),
        (Datum::Instant(left), Datum::Instant(right)) | (Datum::Time(left), Datum::Time(right)) => {
            Is(left.cmp(right))
        }
        (Datum::Enum(left, _), Datum::Enum(right, _)) => Is(left.cmp(right)),
        (Datum::Opaque(left), Datum::Opaque(right)) if left == right => Is(Ordering::Equal),
        _ if left == right => Is(Ordering::Equal),
        _ => Different.unless_opaque(left, right),
    }
}

impl Comparison {
    fn unless_opaque(self, left: &Datum, right: &Datum) -> Comparison {
        match (left, right) {
            (Datum::Opaque(_), _) | (_, Datum::Opaque(_)) => Comparison::Unknown,
            // Values of different kinds are never compared; nothing is known of what can't happen.
            _ if std::mem::discriminant(left) != std::mem::discriminant(right) => Comparison::Unknown,
            _ => self,
        }
    }
}

/// How the normal form may treat two literals of a type: as [`compare`], but only where the type's equality
/// is that of the values; elsewhere equal only if written alike, and otherwise unknown.
pub fn compare_for_merging(left: &Datum, right: &Datum, ty: &ColumnType) -> Comparison {
    let known = ty.collation != Collation::Nondeterministic
        && match ty.base {
            BaseType::Citext { .. }
            | BaseType::Char
            | BaseType::Name
            | BaseType::Real
            | BaseType::Double
            | BaseType::TimeTz
            | BaseType::Json
            | BaseType::Jsonb
            | BaseType::Other(_) => false,
            BaseType::Text
            | BaseType::Varchar
            | BaseType::SmallInt
            | BaseType::Integer
            | BaseType::BigInt
            | BaseType::Numeric
            | BaseType::Boolean
            | BaseType::Uuid
            | BaseType::Date
            | BaseType::Timestamp
            | BaseType::TimestampTz
            | BaseType::Time
            | BaseType::Enum(_) => true,
        };
    match known {
        true => compare(left, right, ty),
        false if left == right => Comparison::Is(Ordering::Equal),
        false => Comparison::Unknown,
    }
}

/// Converts a value of type `from` to type `to`, as PostgreSQL does before it compares mixed types.
/// `None` where that depends on the session (time zones) or is not modelled.
pub fn convert(value: &Datum, from: &ColumnType, to: &ColumnType) -> Option<Datum> {
    if from.base == to.base {
        return Some(value.clone());
    }
    match (value, &from.base, &to.base) {
        (Datum::Integer(_), _, BaseType::SmallInt | BaseType::Integer | BaseType::BigInt) => {
            Some(value.clone())
        }
        (Datum::Integer(value), _, BaseType::Numeric) => {
            Some(Datum::Numeric(Numeric::Finite(BigDecimal::from(*value))))
        }
        (Datum::Float(_), _, BaseType::Double) => Some(value.clone()),
        // Going from char(n) to text drops the trailing blanks.
        (Datum::Text(text), BaseType::Char, BaseType::Text | BaseType::Varchar) => {
            Some(Datum::Text(text.trim_end_matches(' ').to_owned()))
        }
        (Datum::Text(_), _, BaseType::Text | BaseType::Varchar) => Some(value.clone()),
        (Datum::Instant(_), BaseType::Date, BaseType::Timestamp) => Some(value.clone()),
        _ => None,
    }
}

impl Datum {
    /// The value as PostgreSQL would read it back from text, unquoted; ISO style for instants.
    pub fn to_text(&self, ty: &ColumnType) -> String {
        match self {
            Datum::Boolean(value) => value.to_string(),
            Datum::Integer(value) => value.to_string(),
            Datum::Numeric(Numeric::Finite(value)) => value.to_plain_string(),
            Datum::Numeric(Numeric::NaN) => "NaN".to_owned(),
            Datum::Numeric(Numeric::Infinity) => "Infinity".to_owned(),
            Datum::Numeric(Numeric::NegativeInfinity) => "-Infinity".to_owned(),
            Datum::Float(bits) => match f64::from_bits(*bits) {
                value if value.is_nan() => "NaN".to_owned(),
                value if value == f64::INFINITY => "Infinity".to_owned(),
                value if value == f64::NEG_INFINITY => "-Infinity".to_owned(),
                value => format!("{value:?}"),
            },
            Datum::Text(text) | Datum::Opaque(text) | Datum::Enum(_, text) => text.clone(),
            Datum::Uuid(value) => {
                let hex = format!("{value:032x}");
                format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
            }
            Datum::Instant(micros) => temporal::show_instant(*micros, &ty.base),
            Datum::Time(micros) => temporal::show_time(*micros),
        }
    }
}

/// The least and the greatest value of an integer type; those of `bigint` for any other type.
pub fn integer_bounds(ty: &BaseType) -> (i64, i64) {
    match ty {
        BaseType::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
        BaseType::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// A float, with zero's sign and NaN's payload dropped.
pub fn float(value: f64) -> Datum {
    let value = if value == 0.0 { 0.0 } else { value };
    Datum::Float(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() })
}

fn compare_float(left: u64, right: u64) -> Ordering {
    let (left, right) = (f64::from_bits(left), f64::from_bits(right));
    // NaN equals itself and is above everything else.
    left.partial_cmp(&right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}

fn compare_text(left: &str, right: &str, ty: &ColumnType) -> Comparison {
    match ty.collation {
        _ if left == right => Comparison::Is(Ordering::Equal),
        Collation::Bytewise => Comparison::Is(left.as_bytes().cmp(right.as_bytes())),
        Collation::Default | Collation::Deterministic => Comparison::Different,
        Collation::Nondeterministic => Comparison::Unknown,
    }
}

/// citext compares `lower(…)` under the database's locale. That is known only for ASCII, and there not for
/// the letter I, whose lower case is dotless in Turkish.
fn compare_citext(left: &str, right: &str) -> Comparison {
    if left == right {
        return Comparison::Is(Ordering::Equal);
    }
    if !left.is_ascii() || !right.is_ascii() {
        return Comparison::Unknown;
    }
    if left.eq_ignore_ascii_case(right) {
        let same_i = left.bytes().zip(right.bytes()).all(|(l, r)| l == r || !l.eq_ignore_ascii_case(&b'i'));
        return if same_i { Comparison::Is(Ordering::Equal) } else { Comparison::Unknown };
    }
    Comparison::Different
}

/// C's `isspace`, which PostgreSQL skips around numbers and booleans.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c'])
}

fn read_integer(text: &str) -> Option<i64> {
    let text = trim(text);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn read_numeric(text: &str) -> Option<Numeric> {
    let text = trim(text);
    match text.to_ascii_lowercase().as_str() {
        "nan" => return Some(Numeric::NaN),
        "infinity" | "+infinity" | "inf" | "+inf" => return Some(Numeric::Infinity),
        "-infinity" | "-inf" => return Some(Numeric::NegativeInfinity),
        _ => {}
    }
    if !is_decimal(text) {
        return None;
    }
    // Far inside PostgreSQL's own limits, and cheap to compare.
    let exponent =
        text.split_once(['e', 'E']).map_or(Some(0), |(_, exponent)| exponent.parse::<i32>().ok())?;
    if text.len() > 2_000 || exponent.abs() > 2_000 {
        return None;
    }
    BigDecimal::from_str(text).ok().map(|value| Numeric::Finite(value.normalized()))
}

fn read_float<F: FromStr>(text: &str) -> Option<F> {
    let text = trim(text);
    let named = ["nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"];
    if is_decimal(text) || named.contains(&text.to_ascii_lowercase().as_str()) {
        text.parse().ok()
    } else {
        None
    }
}

/// `[+-] digits [. digits] [e [+-] digits]`, with a digit before or after the point.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// As PostgreSQL's `boolin`: any unambiguous prefix of the words, in any case.
fn read_boolean(text: &str) -> Option<bool> {
    let word = trim(text).to_ascii_lowercase();
    let is_prefix = |of: &str| !word.is_empty() && of.starts_with(&word);
    match word.as_str() {
        "on" | "1" => Some(true),
        "off" | "of" | "0" => Some(false),
        _ if is_prefix("true") || is_prefix("yes") => Some(true),
        _ if is_prefix("false") || is_prefix("no") => Some(false),
        _ => None,
    }
}

/// As PostgreSQL's `uuid_in`: hexadecimal digits in any case, optionally braced, with an optional hyphen
/// after every fourth digit.
fn read_uuid(text: &str) -> Option<u128> {
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let mut value = 0u128;
    let mut digits = 0;
    let mut hyphen_allowed = false;
    for character in inner.chars() {
        if character == '-' && hyphen_allowed {
            hyphen_allowed = false;
            continue;
        }
        let digit = character.to_digit(16)?;
        if digits == 32 {
            return None;
        }
        value = value << 4 | u128::from(digit);
        digits += 1;
        hyphen_allowed = digits % 4 == 0 && digits < 32;
    }
    (digits == 32).then_some(value)
}

#[cfg(test)]
mod tests;
