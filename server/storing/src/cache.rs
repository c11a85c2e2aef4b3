//! Texts kept for the next run and for other processes, in a folder of the user's.
//!
//! An entry is a file, named by its key, which is a hash of all that the text depends on. Files appear whole, by
//! renaming, so several processes can share the folder without locks. An entry that is damaged or foreign counts as
//! absent and is written anew. What is used is evicted last.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

/// What a cache keeps, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The folder in the given one that holds the entries and nothing else.
    pub folder: &'static str,
    /// First words of an entry: what it is, and the version of its form.
    pub magic: &'static str,
    /// Of its files' names.
    pub extension: &'static str,
    /// Larger entries are neither written nor read, in bytes.
    pub largest: usize,
    /// How much the folder may hold.
    pub bounds: Bounds,
}

/// How much a folder may hold.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Entries.
    pub entries: usize,
    /// Their sizes together.
    pub bytes: u64,
}

/// The folder is looked through at the first of so many entries that a process writes.
const WRITES_PER_EVICTION: usize = 256;

/// A file that was never renamed, older than this, was left by a process that is gone.
const ABANDONED: Duration = Duration::from_secs(3600);

const UNFINISHED: &str = "unfinished-";

/// A folder of entries of one kind.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    kind: Kind,
    writes: AtomicUsize,
}

impl Cache {
    /// The cache in a folder, which is made if need be, for its owner alone.
    ///
    /// # Errors
    ///
    /// If the folder can't be made.
    pub fn open(folder: &Path, kind: Kind) -> io::Result<Cache> {
        let folder = folder.join(kind.folder);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Cache { folder, kind, writes: AtomicUsize::new(0) })
    }

    /// The text that some process has put under that key.
    pub fn get(&self, key: &str) -> Option<String> {
        let file = File::open(self.path(key)).ok()?;
        let mut text = String::new();
        (&file).take(self.kind.largest as u64).read_to_string(&mut text).ok()?;
        let head = head_length(self.kind.magic, key, &text)?;
        let _ = file.set_modified(SystemTime::now());
        text.drain(..head);
        Some(text)
    }

    /// Keeps a text. That it can't be kept is no error.
    pub fn put(&self, key: &str, text: &str) {
        let entry = format!("{} {key} {}\n{text}", self.kind.magic, checksum(key, text));
        if entry.len() >= self.kind.largest {
            return;
        }
        if let Err(error) = self.write(key, &entry) {
            tracing::debug!("{} is not kept: {error}", self.path(key).display());
        }
        if self.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(WRITES_PER_EVICTION)
            && let Err(error) = self.evict()
        {
            tracing::debug!("old entries of {} are not removed: {error}", self.folder.display());
        }
    }

    fn write(&self, key: &str, entry: &str) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(entry.as_bytes())?;
        file.persist(self.path(key))?;
        Ok(())
    }

    /// The file of a key's entry, whether it is there or not. A key has no dot in it, as hashes have none.
    pub fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key).with_extension(self.kind.extension)
    }

    /// Brings the folder to three quarters of its bounds if it is beyond them: what was not used for longest
    /// goes.
    fn evict(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for file in fs::read_dir(&self.folder)?.flatten() {
            let path = file.path();
            // Another process may have removed it meanwhile.
            let Ok(metadata) = file.metadata() else { continue };
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if path.extension() == Some(OsStr::new(self.kind.extension)) {
                entries.push((modified, metadata.len(), path));
            } else if file.file_name().to_string_lossy().starts_with(UNFINISHED)
                && modified.elapsed().is_ok_and(|age| age > ABANDONED)
            {
                let _ = fs::remove_file(path);
            }
        }
        let bounds = self.kind.bounds;
        let mut bytes: u64 = entries.iter().map(|(_, size, _)| size).sum();
        let mut count = entries.len();
        if count <= bounds.entries && bytes <= bounds.bytes {
            return Ok(());
        }
        entries.sort_unstable();
        for (_, size, path) in entries {
            if count <= bounds.entries / 4 * 3 && bytes <= bounds.bytes / 4 * 3 {
                break;
            }
            let _ = fs::remove_file(path);
            count -= 1;
            bytes -= size;
        }
        Ok(())
    }
}

fn checksum(key: &str, text: &str) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.as_bytes()).update(b"\n").update(text.as_bytes());
    hasher.finalize()
}

/// The length of an entry's first line, if the entry is whole and of that key.
fn head_length(magic: &str, key: &str, entry: &str) -> Option<usize> {
    let (head, text) = entry.split_once('\n')?;
    let written = head.strip_prefix(magic)?.strip_prefix(' ')?.strip_prefix(key)?.strip_prefix(' ')?;
    (written == checksum(key, text).to_string()).then_some(head.len() + 1)
}

#[cfg(test)]
mod tests;
