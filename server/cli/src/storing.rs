//! Writing files so that nobody ever sees half of one.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

/// Writes a file, new or not, with the permissions that it had. What is no plain file, such as a pipe, is
/// written to as it is.
pub fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let failed =
        || format!("{} can't be written: check that the folder exists and is writable", path.display());
    let Ok(metadata) = fs::metadata(path) else {
        return prepared(path, text).and_then(|file| Ok(file.persist(path)?)).map(drop).with_context(failed);
    };
    if !metadata.is_file() {
        return fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(failed);
    }
    // Renaming does not ask whether the old file may be written.
    fs::OpenOptions::new().write(true).open(path).with_context(failed)?;
    // A link stays one.
    let target = path.canonicalize().with_context(failed)?;
    let write = || -> anyhow::Result<()> {
        let file = prepared(&target, text)?;
        file.as_file().set_permissions(metadata.permissions())?;
        file.persist(&target)?;
        Ok(())
    };
    write().with_context(failed)
}

/// Writes files that must not exist yet: all of them or none.
pub fn create_all(files: &[(PathBuf, String)]) -> anyhow::Result<()> {
    let failed = |path: &Path| format!("{} can't be written, so nothing was stored", path.display());
    let mut prepared_files = Vec::new();
    for (path, text) in files {
        let folder = folder_of(path);
        fs::create_dir_all(folder).with_context(|| failed(path))?;
        prepared_files.push((path, prepared(path, text).with_context(|| failed(path))?));
    }
    let mut stored: Vec<&PathBuf> = Vec::new();
    for (path, file) in prepared_files {
        if let Err(error) = file.persist_noclobber(path) {
            for stored in stored {
                let _ = fs::remove_file(stored);
            }
            return Err(error).with_context(|| failed(path));
        }
        stored.push(path);
    }
    Ok(())
}

/// A temporary file with that text, in the folder of the path.
fn prepared(path: &Path, text: &str) -> anyhow::Result<NamedTempFile> {
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
