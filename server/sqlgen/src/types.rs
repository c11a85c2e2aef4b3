//! Types as SQL: what a value is cast to, and the operators by which it is compared.

use pgpe_catalog::{BaseType, Catalog, ColumnType, Family, QualifiedName};

use crate::quote::{quote_identifier, quote_qualified};

/// The type's name for a cast: of the base type, never with a modifier, since a cast to `varchar(4)` cuts.
pub(crate) fn cast_name(ty: &BaseType) -> String {
    match ty {
        // `character` and `char` without a length are char(1).
        BaseType::Char => "bpchar".to_owned(),
        BaseType::Citext { schema } => quote_qualified(&QualifiedName::new(schema, "citext")),
        BaseType::Enum(name) => quote_qualified(name),
        BaseType::Other(display) => OtherName::parse(display).to_sql(),
        plain => plain.sql_name().to_owned(),
    }
}

/// The schema of the operators that compare values of the type; `None` is `pg_catalog`.
///
/// For a type that only its name is known of, the best guess: a type in an extension's schema comes with
/// operators there, while a composite or range type is compared by PostgreSQL's own. A wrong guess is an
/// error when the policy is created, not another meaning.
pub(crate) fn operator_schema(ty: &BaseType, catalog: &Catalog) -> Option<String> {
    let schema = match ty {
        BaseType::Citext { schema } => schema.clone(),
        BaseType::Other(display) => {
            let name = OtherName::parse(display);
            let schema = name.schema.filter(|_| name.dimensions == 0)?;
            let has_types = |extension: &str| !EXTENSIONS_WITHOUT_TYPES.contains(&extension);
            catalog.extensions.iter().find(|(name, at)| **at == schema && has_types(name))?;
            schema
        }
        _ => return None,
    };
    (schema != "pg_catalog").then_some(schema)
}

/// Extensions that are installed everywhere and define no type that is compared.
const EXTENSIONS_WITHOUT_TYPES: &[&str] = &[
    "btree_gin",
    "btree_gist",
    "dblink",
    "fuzzystrmatch",
    "pg_cron",
    "pg_stat_statements",
    "pg_trgm",
    "pgaudit",
    "pgcrypto",
    "plpgsql",
    "postgres_fdw",
    "tablefunc",
    "unaccent",
    "uuid-ossp",
];

/// Whether a string literal next to a value of this type is read as that type by PostgreSQL. It is not for
/// composite types, and nobody knows for types of other schemas.
pub(crate) fn types_its_literals(ty: &BaseType) -> bool {
    match ty {
        BaseType::Other(display) => OtherName::parse(display).schema.is_none(),
        _ => true,
    }
}

/// Whether values of the type can't be had: `anyelement` and the like, which only parameters are.
pub(crate) fn is_pseudo_type(ty: &BaseType) -> bool {
    let BaseType::Other(display) = ty else { return false };
    let name = OtherName::parse(display);
    name.schema.is_none()
        && (name.name.starts_with("any") || matches!(name.name.as_str(), "record" | "unknown" | "cstring"))
}

/// What a value of type `from` must be cast to so that PostgreSQL compares it as `to`; `None` if it does so
/// anyway. Casts of columns are few because they keep indexes from being used.
pub(crate) fn column_cast(from: &ColumnType, to: &ColumnType) -> Option<String> {
    let by_itself = match (&from.base, &to.base) {
        // The operators of enums are not found for a domain over one.
        (BaseType::Enum(_), _) if from.domain.is_some() => false,
        (from, to) if from == to => true,
        // PostgreSQL has operators between these, or widens by itself.
        (BaseType::Text | BaseType::Varchar | BaseType::Name, BaseType::Text | BaseType::Varchar) => true,
        (from, to) => {
            let family = to.family();
            let widens = from.family() == Family::Integer && family == Family::Numeric;
            let alike = matches!(family, Family::Integer | Family::Float | Family::Instant | Family::Time);
            widens || alike && from.family() == family
        }
    };
    (!by_itself).then(|| cast_name(&to.base))
}

/// The name of a type that is not modelled, taken apart so that every part can be quoted anew.
struct OtherName {
    schema: Option<String>,
    name: String,
    /// Spelled by SQL's grammar, so that it must not be quoted.
    grammatical: bool,
    dimensions: usize,
}

impl OtherName {
    /// Reads what `format_type` prints. What is nothing of the kind becomes the name of a type that does
    /// not exist.
    fn parse(display: &str) -> OtherName {
        let mut element = display;
        let mut dimensions = 0;
        while let Some(shorter) = element.strip_suffix("[]") {
            element = shorter;
            dimensions += 1;
        }
        let plain = |name: &str| {
            let (name, grammatical) = (name.to_owned(), true);
            OtherName { schema: None, name, grammatical, dimensions }
        };
        match element {
            // Without a length, SQL reads these as of length 1.
            "character" | "char" => return plain("bpchar"),
            "bit" => return OtherName { grammatical: false, ..plain("bit") },
            element if GRAMMATICAL_NAMES.contains(&element) => return plain(element),
            _ => {}
        }
        let parts = match read_part(element) {
            Some((name, "")) => Some((None, name)),
            Some((schema, rest)) => match rest.strip_prefix('.').and_then(read_part) {
                Some((name, "")) => Some((Some(schema), name)),
                _ => None,
            },
            None => None,
        };
        match parts {
            Some((schema, name)) => OtherName { schema, name, grammatical: false, dimensions },
            None => OtherName { schema: None, name: display.to_owned(), grammatical: false, dimensions: 0 },
        }
    }

    fn to_sql(&self) -> String {
        let name = match (self.grammatical, &self.schema) {
            (true, _) => self.name.clone(),
            (false, None) => quote_identifier(&self.name),
            (false, Some(schema)) => format!("{}.{}", quote_identifier(schema), quote_identifier(&self.name)),
        };
        format!("{name}{}", "[]".repeat(self.dimensions))
    }
}

/// One name at the start, unquoted, and what follows.
fn read_part(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['.', '"', '[', ']', '(', ')', ' ']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    };
    let mut name = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        if character != '"' {
            name.push(character);
        } else if quoted[at + 1..].starts_with('"') {
            name.push('"');
            characters.next();
        } else {
            return Some((name, &quoted[at + 1..]));
        }
    }
    None
}

/// Type names that are part of SQL's grammar: quoted, they would name no type or another one.
const GRAMMATICAL_NAMES: &[&str] = &[
    "bigint",
    "bit varying",
    "boolean",
    "bpchar",
    "character varying",
    "double precision",
    "integer",
    "interval",
    "numeric",
    "real",
    "smallint",
    "time with time zone",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
];

#[cfg(test)]
#[path = "tests/types.rs"]
mod tests;
