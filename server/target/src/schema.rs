//! Keeping the schema of a target in the project's folder.

use std::path::{Path, PathBuf};

use pgpe_catalog::Catalog;
use pgpe_storing::store;

/// A snapshot that can't be written.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be written: {reason}; check that the folder is writable", path.display())]
pub struct SchemaError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// Writes a snapshot, and the folder for it, so that nobody ever sees half of it.
pub fn store_schema(path: &Path, catalog: &Catalog) -> Result<(), SchemaError> {
    let failed = |reason: String| SchemaError { path: path.to_owned(), reason };
    let text = catalog.to_snapshot().map_err(|error| failed(error.to_string()))?;
    store(path, &text).map_err(|error| failed(error.to_string()))
}
