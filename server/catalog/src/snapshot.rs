//! A catalog as a file: what `pgpe schema pull` writes, and the schema sources `snapshot` and `target` read.

use serde::{Deserialize, Serialize};

use crate::Catalog;

/// Of the file's form. A catalog that older versions could not understand needs another.
const VERSION: u32 = 2;

#[derive(Serialize)]
struct Written<'c> {
    version: u32,
    catalog: &'c Catalog,
}

#[derive(Deserialize)]
struct Read {
    catalog: Catalog,
}

/// Read first, so that another version is told from a broken file.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// A text that is no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASnapshot {
    /// It is something else.
    #[error("it is no schema snapshot ({0}): write it with `pgpe schema pull`")]
    Malformed(String),
    /// It is of another version of this program.
    #[error(
        "it is a schema snapshot of version {0}, and version {VERSION} is needed: write it anew with `pgpe schema pull`"
    )]
    Version(u32),
}

impl Catalog {
    /// The catalog as a snapshot's text. An equal catalog gives the same text.
    pub fn to_snapshot(&self) -> Result<String, NotASnapshot> {
        let malformed = |error: serde_json::Error| NotASnapshot::Malformed(error.to_string());
        let text = serde_json::to_string_pretty(&Written { version: VERSION, catalog: self });
        text.map(|text| text + "\n").map_err(malformed)
    }

    /// The catalog of a snapshot's text.
    pub fn from_snapshot(text: &str) -> Result<Catalog, NotASnapshot> {
        let malformed = |error: serde_json::Error| NotASnapshot::Malformed(error.to_string());
        let found: Version = serde_json::from_str(text).map_err(malformed)?;
        if found.version != VERSION {
            return Err(NotASnapshot::Version(found.version));
        }
        let read: Read = serde_json::from_str(text).map_err(malformed)?;
        Ok(read.catalog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalog_survives() {
        let schema = include_str!("../tests/data/handwritten.sql");
        let catalog = crate::ddl::read_ddl(schema).catalog;
        let text = catalog.to_snapshot().unwrap();
        assert_eq!(Catalog::from_snapshot(&text), Ok(catalog));
    }

    #[test]
    fn other_texts_are_refused() {
        let error = |text: &str| Catalog::from_snapshot(text).unwrap_err().to_string();
        assert!(error("CREATE TABLE t ();").contains("no schema snapshot"));
        assert!(error("{\"version\": 2}").contains("missing field `catalog`"));
        assert!(error("{\"version\": 1, \"catalog\": {}}").contains("of version 1"));
    }
}
