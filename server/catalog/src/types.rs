//! PostgreSQL's types as far as policies compare values of them.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::QualifiedName;
use crate::type_name::quote_qualified;

/// The type of a column, argument or result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ColumnType {
    /// What values are compared as: a domain's base type, never a domain.
    pub base: BaseType,
    /// The domain that the column is declared with.
    pub domain: Option<QualifiedName>,
    /// How PostgreSQL displays it (`format_type`), with modifiers: `character varying(40)`, `public.mood`.
    pub display: SmolStr,
    /// The collation that comparisons of the column use.
    pub collation: Collation,
}

/// A base type. Arrays, ranges and the like are [`BaseType::Other`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaseType {
    /// `text`
    Text,
    /// `character varying`
    Varchar,
    /// `character(n)`: trailing blanks do not count.
    Char,
    /// `name`: cut at 63 bytes.
    Name,
    /// The extension's `citext`, in the schema where it is installed.
    Citext {
        /// The extension's schema.
        schema: String,
    },
    /// `smallint`
    SmallInt,
    /// `integer`
    Integer,
    /// `bigint`
    BigInt,
    /// `numeric`
    Numeric,
    /// `real`
    Real,
    /// `double precision`
    Double,
    /// `boolean`
    Boolean,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `timestamp without time zone`
    Timestamp,
    /// `timestamp with time zone`
    TimestampTz,
    /// `time without time zone`
    Time,
    /// `time with time zone`
    TimeTz,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// An enum type of the catalog.
    Enum(QualifiedName),
    /// Any other type, by the name PostgreSQL displays it with, without modifier (`inet`, `text[]`,
    /// `public.geometry`).
    Other(String),
}

/// Types that may be compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// text, varchar, char, citext, name
    Text,
    /// smallint, integer, bigint
    Integer,
    /// numeric
    Numeric,
    /// real, double precision
    Float,
    /// boolean
    Boolean,
    /// uuid
    Uuid,
    /// date, timestamp, timestamptz
    Instant,
    /// time, timetz
    Time,
    /// json, jsonb
    Json,
    /// enum types
    Enum,
    /// everything else
    Other,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Text => "text",
            Family::Integer => "integer",
            Family::Numeric => "numeric",
            Family::Float => "float",
            Family::Boolean => "boolean",
            Family::Uuid => "uuid",
            Family::Instant => "instant",
            Family::Time => "time",
            Family::Json => "json",
            Family::Enum => "enum",
            Family::Other => "other",
        })
    }
}

/// What is known of a collation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collation {
    /// Not collatable, or the database's default, which PostgreSQL only allows to be deterministic.
    #[default]
    Default,
    /// `"C"` or `"POSIX"` (or `ucs_basic`): the order of bytes.
    Bytewise,
    /// Another deterministic collation: equal only if the bytes are.
    Deterministic,
    /// A nondeterministic collation: different text may be equal.
    Nondeterministic,
}

impl ColumnType {
    /// A column declared plainly with that type, in the type's own collation.
    pub fn plain(base: BaseType) -> ColumnType {
        // `name` is the one type whose own collation is not the database's default.
        let collation = if base == BaseType::Name { Collation::Bytewise } else { Collation::Default };
        let display = match &base {
            BaseType::Enum(name) => quote_qualified(name),
            BaseType::Citext { schema } => quote_qualified(&QualifiedName::new(schema, "citext")),
            other => other.sql_name().to_owned(),
        };
        ColumnType { base, domain: None, display: display.into(), collation }
    }

    /// The family of types that it may be compared with.
    pub fn family(&self) -> Family {
        self.base.family()
    }
}

impl BaseType {
    /// The family of types that it may be compared with.
    pub fn family(&self) -> Family {
        match self {
            BaseType::Text
            | BaseType::Varchar
            | BaseType::Char
            | BaseType::Name
            | BaseType::Citext { .. } => Family::Text,
            BaseType::SmallInt | BaseType::Integer | BaseType::BigInt => Family::Integer,
            BaseType::Numeric => Family::Numeric,
            BaseType::Real | BaseType::Double => Family::Float,
            BaseType::Boolean => Family::Boolean,
            BaseType::Uuid => Family::Uuid,
            BaseType::Date | BaseType::Timestamp | BaseType::TimestampTz => Family::Instant,
            BaseType::Time | BaseType::TimeTz => Family::Time,
            BaseType::Json | BaseType::Jsonb => Family::Json,
            BaseType::Enum(_) => Family::Enum,
            BaseType::Other(_) => Family::Other,
        }
    }

    /// The name for messages and for `has_column(c, type)`, without modifiers. Not SQL: the schema of an
    /// enum or citext is left out, and nothing is quoted.
    pub fn sql_name(&self) -> &str {
        match self {
            BaseType::Text => "text",
            BaseType::Varchar => "character varying",
            BaseType::Char => "character",
            BaseType::Name => "name",
            BaseType::Citext { .. } => "citext",
            BaseType::SmallInt => "smallint",
            BaseType::Integer => "integer",
            BaseType::BigInt => "bigint",
            BaseType::Numeric => "numeric",
            BaseType::Real => "real",
            BaseType::Double => "double precision",
            BaseType::Boolean => "boolean",
            BaseType::Uuid => "uuid",
            BaseType::Date => "date",
            BaseType::Timestamp => "timestamp without time zone",
            BaseType::TimestampTz => "timestamp with time zone",
            BaseType::Time => "time without time zone",
            BaseType::TimeTz => "time with time zone",
            BaseType::Json => "json",
            BaseType::Jsonb => "jsonb",
            BaseType::Enum(name) => &name.name,
            BaseType::Other(name) => name,
        }
    }
}
