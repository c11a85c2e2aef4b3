//! Reading one text file, with limits.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::ProjectError;

/// Larger files are refused: they are data, not policies or schemas.
pub const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;

/// Snapshots of a schema may be larger: they are of a database's size, not of a person's.
const MAX_SNAPSHOT_BYTES: u64 = 200 * 1024 * 1024;

/// Whether a schema is a snapshot by its name, and not SQL.
pub(crate) fn is_snapshot(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn limit(path: &Path) -> u64 {
    if is_snapshot(path) { MAX_SNAPSHOT_BYTES } else { MAX_FILE_BYTES }
}

/// Reads a file as UTF-8. A byte order mark stays part of the text, so that offsets are those of the file.
pub fn read_text(path: &Path) -> Result<String, ProjectError> {
    let help = "check the path, or take it out of pgpe.yaml";
    let failed = |error: &std::io::Error| ProjectError::from_io(path, error, help);
    let file = File::open(path).map_err(|error| failed(&error))?;
    let metadata = file.metadata().map_err(|error| failed(&error))?;
    if metadata.is_dir() {
        return Err(ProjectError::IsFolder { path: path.to_owned() });
    }
    check_size(path, metadata.len())?;
    // Not every file knows its size: a pipe says 0.
    let mut bytes = Vec::new();
    file.take(limit(path) + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    check_size(path, bytes.len() as u64)?;
    String::from_utf8(bytes).map_err(|error| {
        let utf16 =
            error.as_bytes().starts_with(&[0xFF, 0xFE]) || error.as_bytes().starts_with(&[0xFE, 0xFF]);
        ProjectError::NotUtf8 {
            path: path.to_owned(),
            offset: error.utf8_error().valid_up_to(),
            help: if utf16 { "it looks like UTF-16; save it as UTF-8" } else { "save it as UTF-8" },
        }
    })
}

/// Refuses texts that are too large.
pub fn check_size(path: &Path, bytes: u64) -> Result<(), ProjectError> {
    let limit = limit(path);
    if bytes > limit {
        return Err(ProjectError::TooLarge { path: path.to_owned(), bytes, limit });
    }
    Ok(())
}
