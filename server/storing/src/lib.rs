//! Writing files so that nobody ever sees half of one, and keeping texts for the next run.

pub mod cache;

use std::fs;
use std::io::{Result, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that can't be written, so that none was.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be written, so nothing was stored: {reason}", path.display())]
pub struct CreateError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: std::io::Error,
}

/// Writes a file, new or not, with the permissions that it had. What is no plain file, such as a pipe, is
/// written to as it is.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let Ok(metadata) = fs::metadata(path) else {
        prepared(path, text)?.persist(path)?;
        return Ok(());
    };
    // Renaming does not ask whether the old file may be written.
    let mut old = fs::OpenOptions::new().write(true).open(path)?;
    if !metadata.is_file() {
        return old.write_all(text.as_bytes());
    }
    // A link stays one.
    let target = path.canonicalize()?;
    let file = prepared(&target, text)?;
    file.as_file().set_permissions(metadata.permissions())?;
    file.persist(&target)?;
    Ok(())
}

/// Writes a file as [`replace`] does, and the folder for it.
pub fn store(path: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(folder_of(path))?;
    replace(path, text)
}

/// Writes files that must not exist yet, and the folders for them: all of the files or none.
pub fn create_all(files: &[(PathBuf, String)]) -> std::result::Result<(), CreateError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |reason| CreateError { path, reason }
    };
    let mut prepared_files = Vec::new();
    for (path, text) in files {
        fs::create_dir_all(folder_of(path)).map_err(failed(path))?;
        prepared_files.push((path, prepared(path, text).map_err(failed(path))?));
    }
    let mut stored: Vec<&PathBuf> = Vec::new();
    for (path, file) in prepared_files {
        if let Err(error) = file.persist_noclobber(path) {
            for stored in stored {
                let _ = fs::remove_file(stored);
            }
            return Err(failed(path)(error.error));
        }
        stored.push(path);
    }
    Ok(())
}

/// A temporary file with that text, in the folder of the path.
fn prepared(path: &Path, text: &str) -> Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pgpe-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the user's mask narrows it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests;
