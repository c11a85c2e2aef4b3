//! How the solver represents values of each type.

use bigdecimal::BigDecimal;
use pgpe_catalog::{BaseType, Catalog, Collation, ColumnType};
use pgpe_policy::datum::{self, Datum, Numeric};

use crate::formula::Sort;

/// The representation of a type's values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Representation {
    /// Integers, with bounds. Equality and order are those of the values.
    Int {
        /// Least and greatest value.
        bounds: (i64, i64),
    },
    /// A dense order of which nothing but the order is known; equality is identity.
    Order,
    /// Text whose equality is identity: a string, or just an identity where no pattern is matched.
    Text,
    /// Values that may be equal without being the same. A value is an identity (an integer); its equality
    /// class is an uninterpreted real-valued function of that.
    Classes(ClassKind),
    /// Nothing can be said.
    Unmodelled,
}

/// Types whose values fall into the same equality classes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ClassKind {
    Numeric,
    Float,
    Char,
    Name,
    Citext,
    Other(String),
}

impl Representation {
    pub(crate) fn of(ty: &ColumnType, catalog: &Catalog) -> Representation {
        // Different nondeterministic collations have different classes, and the catalog does not tell
        // which is which.
        if ty.collation == Collation::Nondeterministic {
            return Representation::Unmodelled;
        }
        let int = |least, greatest| Representation::Int { bounds: (least, greatest) };
        match &ty.base {
            BaseType::SmallInt | BaseType::Integer | BaseType::BigInt => {
                let (least, greatest) = datum::integer_bounds(&ty.base);
                int(least, greatest)
            }
            BaseType::Boolean => int(0, 1),
            BaseType::Enum(name) => {
                let labels = catalog.enums.get(name).map_or(0, Vec::len);
                int(0, i64::try_from(labels).unwrap_or(i64::MAX) - 1)
            }
            BaseType::Date | BaseType::Timestamp | BaseType::TimestampTz => int(i64::MIN, i64::MAX),
            BaseType::Time => int(0, 86_400_000_000),
            BaseType::Text | BaseType::Varchar => Representation::Text,
            BaseType::Uuid => Representation::Order,
            BaseType::Numeric => Representation::Classes(ClassKind::Numeric),
            BaseType::Real | BaseType::Double => Representation::Classes(ClassKind::Float),
            BaseType::Char => Representation::Classes(ClassKind::Char),
            BaseType::Name => Representation::Classes(ClassKind::Name),
            BaseType::Citext { .. } => Representation::Classes(ClassKind::Citext),
            BaseType::TimeTz | BaseType::Json | BaseType::Jsonb => {
                Representation::Classes(ClassKind::Other(ty.base.sql_name().to_owned()))
            }
            // Of an unknown type not even equality can be relied on: circles are equal by their area, roughly.
            BaseType::Other(name) if EQUIVALENCES.contains(&name.as_str()) => {
                Representation::Classes(ClassKind::Other(name.clone()))
            }
            BaseType::Other(_) => Representation::Unmodelled,
        }
    }

    /// The sort of a value's identity.
    pub(crate) fn sort(&self, text: Sort) -> Sort {
        match self {
            Representation::Int { .. } | Representation::Classes(_) | Representation::Unmodelled => Sort::Int,
            Representation::Order => Sort::Real,
            Representation::Text => text,
        }
    }
}

/// Other types whose `=` is an equivalence, and whose `<` is a total order of its classes.
const EQUIVALENCES: &[&str] = &[
    "\"char\"",
    "bit",
    "bit varying",
    "bytea",
    "cidr",
    "inet",
    "interval",
    "macaddr",
    "macaddr8",
    "money",
    "oid",
    "pg_lsn",
    "xid8",
];

/// Types besides these that are no rows of fields.
const SCALARS: &[&str] = &[
    "box", "circle", "jsonpath", "line", "lseg", "path", "point", "polygon", "tid", "tsquery", "tsvector",
    "xid", "xml",
];

/// Whether values of the type may be rows of fields, which IS NULL looks into.
pub(crate) fn may_be_composite(ty: &ColumnType) -> bool {
    match &ty.base {
        BaseType::Other(name) => {
            !EQUIVALENCES.contains(&name.as_str())
                && !SCALARS.contains(&name.as_str())
                && !name.ends_with("[]")
        }
        _ => false,
    }
}

/// Whether a column of the type can hold a value of its base type: `character varying(3)` and `numeric(4,1)`
/// can't hold every one.
pub(crate) fn fits(value: &Datum, ty: &ColumnType) -> bool {
    let Some(modifiers) = modifiers(ty) else { return true };
    match (value, modifiers.as_slice()) {
        (Datum::Text(text), [length, ..]) => {
            i64::try_from(text.chars().count()).is_ok_and(|count| count <= *length)
        }
        (Datum::Numeric(Numeric::Finite(number)), [precision, rest @ ..]) => {
            let scale = rest.first().copied().unwrap_or(0);
            let (_, exponent) = number.normalized().into_bigint_and_exponent();
            let bound = BigDecimal::new(1.into(), scale - precision);
            exponent <= scale && number.abs() < bound
        }
        (Datum::Numeric(Numeric::NaN), _) => true,
        (Datum::Numeric(_), _) => false,
        _ => true,
    }
}

/// The numbers in parentheses after a type's name.
fn modifiers(ty: &ColumnType) -> Option<Vec<i64>> {
    let (_, rest) = ty.display.split_once('(')?;
    let (inside, _) = rest.split_once(')')?;
    inside.split(',').map(|number| number.trim().parse().ok()).collect()
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A date is represented by its day, so that every integer is one. The infinities stay what they are.
pub(crate) fn days(micros: i64) -> i64 {
    match micros {
        datum::MIN_INSTANT | datum::MAX_INSTANT => micros,
        _ => micros.div_euclid(MICROS_PER_DAY),
    }
}

/// The inverse of [`days`]; `None` for a day that no date has.
pub(crate) fn micros_of_day(day: i64) -> Option<i64> {
    match day {
        datum::MIN_INSTANT | datum::MAX_INSTANT => Some(day),
        _ => day.checked_mul(MICROS_PER_DAY),
    }
}

/// The days from 0001-01-01 to 9999-12-31.
const WRITTEN_DAYS: (i64, i64) = (-719_162, 2_932_896);

/// The instants that can be written in ISO form, as a type represents them. The solver may think of others,
/// and PostgreSQL knows a few more, but none that tell anything.
pub(crate) fn written_instants(ty: &ColumnType) -> Option<(i64, i64)> {
    let (first, last) = WRITTEN_DAYS;
    match ty.base {
        BaseType::Date => Some((first, last)),
        BaseType::Timestamp | BaseType::TimestampTz => Some((first * MICROS_PER_DAY, last * MICROS_PER_DAY)),
        _ => None,
    }
}
