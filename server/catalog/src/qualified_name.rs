//! Names with their schema. In JSON a name is one string, so that it can be the key of a map.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

/// A schema-qualified name, unquoted and exactly as PostgreSQL stores it. A copy costs next to nothing: names are copied
/// wherever something is said of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The schema (namespace).
    pub schema: SmolStr,
    /// The object's name in it.
    pub name: SmolStr,
}

impl QualifiedName {
    /// `schema.name`.
    pub fn new(schema: impl AsRef<str>, name: impl AsRef<str>) -> QualifiedName {
        QualifiedName { schema: SmolStr::new(schema), name: SmolStr::new(name) }
    }
}

/// For messages; not SQL (nothing is quoted).
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A text that is not a name with its schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not of the form schema.name")]
pub struct NotQualified(String);

/// Reads `schema.name`, where a part with a dot or quote in it is quoted as in SQL. Nothing is folded.
impl FromStr for QualifiedName {
    type Err = NotQualified;

    fn from_str(text: &str) -> Result<QualifiedName, NotQualified> {
        let error = || NotQualified(text.to_owned());
        let (schema, rest) = read_part(text).ok_or_else(error)?;
        let (name, rest) = rest.strip_prefix('.').and_then(read_part).ok_or_else(error)?;
        if rest.is_empty() { Ok(QualifiedName::new(schema, name)) } else { Err(error()) }
    }
}

/// A part, and what follows it.
fn read_part(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(['.', '"']).unwrap_or(text.len());
        let (part, rest) = text.split_at_checked(end)?;
        return (!part.is_empty()).then(|| (part.to_owned(), rest));
    };
    let mut part = String::new();
    loop {
        let (inner, after) = rest.split_once('"')?;
        part.push_str(inner);
        match after.strip_prefix('"') {
            Some(more) => {
                part.push('"');
                rest = more;
            }
            None => return Some((part, after)),
        }
    }
}

/// A part so that [`read_part`] gives it back.
fn write_part(part: &str) -> String {
    if part.is_empty() || part.contains(['.', '"']) {
        format!("\"{}\"", part.replace('"', "\"\""))
    } else {
        part.to_owned()
    }
}

impl Serialize for QualifiedName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}.{}", write_part(&self.schema), write_part(&self.name)))
    }
}

impl<'de> Deserialize<'de> for QualifiedName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<QualifiedName, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_survives_json() {
        for (schema, name, json) in [
            ("public", "users", r#""public.users""#),
            ("a.b", "c\"d", r#""\"a.b\".\"c\"\"d\"""#),
            ("", "Order Items", r#""\"\".Order Items""#),
            ("\"", ".", r#""\"\"\"\".\".\"""#),
        ] {
            let name = QualifiedName::new(schema, name);
            let text = serde_json::to_string(&name).unwrap();
            assert_eq!(text, json);
            assert_eq!(serde_json::from_str::<QualifiedName>(&text).unwrap(), name);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "users", ".users", "public.", "a.b.c", "\"a.b", "\"a\"b.c", "a\"b\".c"] {
            assert!(text.parse::<QualifiedName>().is_err(), "{text}");
        }
    }
}
