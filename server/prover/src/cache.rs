//! Decided outcomes on disk, for the next run and for other processes.
//!
//! An entry is a file, named by the hash of all that its outcome depends on. Files appear whole, by renaming, so
//! several processes can share the folder without locks. An entry that is damaged or foreign counts as absent
//! and is written anew.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use pgpe_proof::obligation::{ModelValue, Obligation, Outcome};
use serde::{Deserialize, Serialize};

use crate::outcome::StoredOutcome;

/// How much the folder may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Entries.
    pub(crate) entries: usize,
    /// Their sizes together.
    pub(crate) bytes: u64,
}

/// A project of a thousand different tables needs a tenth of it.
const BOUNDS: Bounds = Bounds { entries: 50_000, bytes: 64 << 20 };

/// Larger entries are neither written nor read.
const LARGEST: usize = 1 << 20;

/// The folder is looked through at the first of so many entries that a process writes.
const WRITES_PER_EVICTION: usize = 256;

/// A file that was never renamed, older than this, was left by a process that is gone.
const ABANDONED: Duration = Duration::from_secs(3600);

const UNFINISHED: &str = "unfinished-";
const EXTENSION: &str = "verdict";

/// First words of an entry.
const MAGIC: &str = "pgpe verdict 1";

/// A folder of outcomes.
#[derive(Debug)]
pub(crate) struct VerdictCache {
    folder: PathBuf,
    bounds: Bounds,
    writes: AtomicUsize,
}

/// An entry, below the line with its checksum.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    key: String,
    outcome: StoredOutcome,
}

impl VerdictCache {
    /// The cache in a folder, which is made if need be; `None` if it can't be used.
    pub(crate) fn open(folder: &Path) -> Option<VerdictCache> {
        VerdictCache::with_bounds(folder, BOUNDS)
    }

    pub(crate) fn with_bounds(folder: &Path, bounds: Bounds) -> Option<VerdictCache> {
        // A folder of its own: what else is in the given one is never touched.
        let folder = folder.join("verdicts");
        if let Err(error) = DirBuilder::new().recursive(true).mode(0o700).create(&folder) {
            tracing::warn!("verdicts are not kept, as {} can't be made: {error}", folder.display());
            return None;
        }
        Some(VerdictCache { folder, bounds, writes: AtomicUsize::new(0) })
    }

    /// The outcome of an obligation, if a process has decided it.
    pub(crate) fn get(&self, obligation: &Obligation) -> Option<Outcome> {
        let key = key(obligation);
        let file = File::open(self.path(&key)).ok()?;
        let mut text = String::new();
        (&file).take(LARGEST as u64).read_to_string(&mut text).ok()?;
        let outcome = decode(&text, &key)?.of(obligation).filter(is_decided)?;
        // What is used is evicted last.
        let _ = file.set_modified(SystemTime::now());
        Some(outcome)
    }

    /// Keeps an outcome. That it can't be kept is no error.
    pub(crate) fn put(&self, obligation: &Obligation, outcome: &Outcome) {
        if !is_decided(outcome) {
            return;
        }
        let key = key(obligation);
        let Some(text) = encode(&key, outcome).filter(|text| text.len() < LARGEST) else { return };
        if let Err(error) = self.write(&key, &text) {
            tracing::debug!("a verdict is not kept: {error}");
        }
        if self.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(WRITES_PER_EVICTION)
            && let Err(error) = self.evict()
        {
            tracing::debug!("old verdicts are not removed: {error}");
        }
    }

    fn write(&self, key: &str, text: &str) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(self.path(key))?;
        Ok(())
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key).with_extension(EXTENSION)
    }

    /// Brings the folder to three quarters of its bounds if it is beyond them: what was not used for longest
    /// goes.
    pub(crate) fn evict(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for file in fs::read_dir(&self.folder)?.flatten() {
            let path = file.path();
            // Another process may have removed it meanwhile.
            let Ok(metadata) = file.metadata() else { continue };
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if path.extension() == Some(OsStr::new(EXTENSION)) {
                entries.push((modified, metadata.len(), path));
            } else if file.file_name().to_string_lossy().starts_with(UNFINISHED)
                && modified.elapsed().is_ok_and(|age| age > ABANDONED)
            {
                let _ = fs::remove_file(path);
            }
        }
        let mut bytes: u64 = entries.iter().map(|(_, size, _)| size).sum();
        let mut count = entries.len();
        if count <= self.bounds.entries && bytes <= self.bounds.bytes {
            return Ok(());
        }
        entries.sort_unstable();
        for (_, size, path) in entries {
            if count <= self.bounds.entries / 4 * 3 && bytes <= self.bounds.bytes / 4 * 3 {
                break;
            }
            let _ = fs::remove_file(path);
            count -= 1;
            bytes -= size;
        }
        Ok(())
    }
}

/// Hashes all that an outcome depends on: this program, the solver, the encoding (which is part of the
/// obligation's hash) and the problem.
fn key(obligation: &Obligation) -> String {
    let mut hasher = blake3::Hasher::new();
    let version = env!("CARGO_PKG_VERSION");
    hasher.update(format!("pgpe {version}\n{}\n", z3::full_version()).as_bytes());
    let Obligation { hash, symbols, facts, preferences, .. } = obligation;
    hasher.update(format!("{hash} {symbols:?} {facts} {preferences}").as_bytes());
    hasher.finalize().to_string()
}

/// UNKNOWN may be decided next time; a model that could not be read whole shows nothing.
fn is_decided(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Unsatisfiable(_) => true,
        Outcome::Satisfiable(values) => !values.contains(&ModelValue::Unreadable),
        Outcome::Unknown(_) => false,
    }
}

fn encode(key: &str, outcome: &Outcome) -> Option<String> {
    let entry = Entry { key: key.to_owned(), outcome: outcome.clone().into() };
    let body = serde_json::to_string(&entry).ok()?;
    Some(format!("{MAGIC} {}\n{body}", blake3::hash(body.as_bytes())))
}

fn decode(text: &str, key: &str) -> Option<StoredOutcome> {
    let (checksum, body) = text.strip_prefix(MAGIC)?.split_once('\n')?;
    if checksum.trim_start() != blake3::hash(body.as_bytes()).to_string() {
        return None;
    }
    let entry: Entry = serde_json::from_str(body).ok()?;
    (entry.key == key).then_some(entry.outcome)
}

#[cfg(test)]
mod tests;
