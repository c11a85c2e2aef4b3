//! What `check` found, kept for the next run: where neither the project nor the program has changed, nothing needs to be
//! found out again.

use std::os::unix::fs::MetadataExt;

use pgpe_ide::{Checked, FileRole};
use pgpe_project::LoadedProject;
use pgpe_proof::obligation::ENCODER_VERSION;
use pgpe_report::{Finding, TableVerdicts};
use pgpe_storing::cache::{Bounds, Cache, Kind};
use serde::{Deserialize, Serialize};

use crate::arguments::GlobalOptions;
use crate::{cache, schema_source};

/// A report on a thousand tables takes 3.6 MB. Of most projects the last few are enough.
const KIND: Kind = Kind {
    folder: "reports",
    magic: "pgpe report 1",
    extension: "report",
    largest: 128 << 20,
    bounds: Bounds { entries: 64, bytes: 256 << 20 },
};

/// The kept report on a project as it is now, if there is one.
pub struct KeptReport {
    cache: Cache,
    key: String,
}

/// What a report is made of.
#[derive(Deserialize)]
struct Contents {
    findings: Vec<Finding>,
    tables: Vec<TableVerdicts>,
}

/// The same on its way into the cache.
#[derive(Serialize)]
struct KeptContents<'c> {
    findings: &'c [Finding],
    tables: &'c [TableVerdicts],
}

impl KeptReport {
    /// Where the report on the project belongs; `None` where nothing is to be kept.
    pub fn of(project: &LoadedProject, options: &GlobalOptions) -> Option<KeptReport> {
        // A schema that was fetched stands in a file of its own each time.
        if options.schema.as_deref().is_some_and(schema_source::is_url) {
            return None;
        }
        let key = key(project, &running_program()?);
        // A folder that can't be used is told by the verdicts, which belong in it as well.
        let cache = Cache::open(&cache::folder(options)?, KIND).ok()?;
        Some(KeptReport { cache, key })
    }

    /// What was found when the project was checked.
    pub fn recall(&self) -> Option<(Vec<Finding>, Vec<TableVerdicts>)> {
        let contents: Contents = serde_json::from_str(&self.cache.get(&self.key)?).ok()?;
        Some((contents.findings, contents.tables))
    }

    /// Keeps what was found, unless another run may find more.
    pub fn keep(&self, checked: &Checked) {
        if !checked.open.is_empty() || checked.undecided {
            return;
        }
        let contents = KeptContents { findings: &checked.findings, tables: &checked.tables };
        if let Ok(text) = serde_json::to_string(&contents) {
            self.cache.put(&self.key, &text);
        }
    }
}

/// What tells the file of the running program from others. One that was built or installed anew may find something else,
/// whatever its version. The times at which its content changed and at which it came to be there: the first alone is the
/// same for all programs where builds are made reproducible.
fn running_program() -> Option<Vec<u8>> {
    let path = std::env::current_exe().ok()?.canonicalize().ok()?;
    let metadata = path.metadata().ok()?;
    let numbers = [metadata.dev(), metadata.ino(), metadata.len()].map(u64::to_le_bytes);
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    let mut told = path.as_os_str().as_encoded_bytes().to_vec();
    told.extend(numbers.iter().chain(&times.map(i64::to_le_bytes)).flatten());
    Some(told)
}

/// Hashes all that a report depends on: the program, the solver, and each file's path, part and text.
fn key(project: &LoadedProject, program: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(&ENCODER_VERSION.to_le_bytes());
    add(program);
    add(pgpe_prover::solver_version().as_bytes());
    add(project.root.as_os_str().as_encoded_bytes());
    for file in &project.files {
        let role = match file.role {
            FileRole::Policies => "policies",
            FileRole::Schema => "schema",
            FileRole::Snapshot => "snapshot",
            FileRole::Config => "configuration",
        };
        add(role.as_bytes());
        add(file.path.as_bytes());
        add(file.text.as_bytes());
    }
    hasher.finalize().to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use pgpe_config::Rule;
    use pgpe_proof::obligation::{Obligation, ObligationHash};

    use super::*;

    fn kept(folder: &tempfile::TempDir) -> KeptReport {
        KeptReport { cache: Cache::open(folder.path(), KIND).unwrap(), key: "key".to_owned() }
    }

    #[test]
    fn only_what_no_other_run_can_add_to_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let findings = vec![Finding::new(Rule::Coverage, "something")];
        let whole = Checked { findings, ..Checked::default() };
        let script = "(assert true)\n";
        let open = Obligation {
            script: script.into(),
            symbols: [].into(),
            facts: 0,
            preferences: 0,
            hash: ObligationHash::of(script),
        };
        kept(&folder).keep(&Checked { undecided: true, ..whole.clone() });
        assert_eq!(kept(&folder).recall(), None);
        kept(&folder).keep(&Checked { open: vec![open], ..whole.clone() });
        assert_eq!(kept(&folder).recall(), None);
        kept(&folder).keep(&whole);
        assert_eq!(kept(&folder).recall(), Some((whole.findings, Vec::new())));
    }
}
