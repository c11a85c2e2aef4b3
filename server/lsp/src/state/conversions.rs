//! Diagnostics of files in which nothing has changed since the last check.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use pgpe_ide::Cancellable;
use pgpe_report::Finding;

use crate::convert::to_proto::{self, Diagnostic, Uri};
use crate::keys::FileKey;
use crate::snapshot::Snapshot;

/// What is to be said of a file.
#[derive(Debug, Clone)]
pub(crate) struct FileDiagnostics {
    /// What the client calls the file.
    pub(crate) uri: Uri,
    /// The same value as before if nothing has changed.
    pub(crate) diagnostics: Arc<Vec<Diagnostic>>,
}

/// The diagnostics of each file as they were made last.
#[derive(Debug, Default)]
pub(crate) struct Conversions(Mutex<HashMap<String, Converted>>);

#[derive(Debug)]
struct Converted {
    key: FileKey,
    findings: Vec<Arc<Finding>>,
    /// The files whose lines or names the diagnostics depend on.
    rests_on: Vec<(String, FileState)>,
    made: FileDiagnostics,
}

/// What places in a file depend on.
type FileState = (Option<Arc<str>>, Option<Uri>);

/// Diagnostics by file, and findings that have no file which the client knows.
type Placed = (BTreeMap<FileKey, FileDiagnostics>, Vec<Arc<Finding>>);

impl Conversions {
    /// The diagnostics of all findings.
    pub(crate) fn convert(&self, snapshot: &Snapshot, findings: &[Arc<Finding>]) -> Cancellable<Placed> {
        let mut placeless = Vec::new();
        let mut by_file: HashMap<&str, Vec<&Arc<Finding>>> = HashMap::new();
        for finding in findings {
            match &finding.place {
                Some(place) => by_file.entry(&place.file).or_default().push(finding),
                None => placeless.push(Arc::clone(finding)),
            }
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|file, _| by_file.contains_key(file.as_str()));
        let mut placed = BTreeMap::new();
        for (file, findings) in by_file {
            let is_known = match known.get(file) {
                Some(known) => known.holds(snapshot, &findings)?,
                None => false,
            };
            if !is_known {
                match Converted::new(snapshot, file, &findings)? {
                    Some(converted) => {
                        known.insert(file.to_owned(), converted);
                    }
                    None => {
                        placeless.extend(findings.into_iter().cloned());
                        continue;
                    }
                }
            }
            if let Some(known) = known.get(file) {
                placed.insert(known.key.clone(), known.made.clone());
            }
        }
        Ok((placed, placeless))
    }
}

impl Converted {
    fn new(snapshot: &Snapshot, file: &str, findings: &[&Arc<Finding>]) -> Cancellable<Option<Converted>> {
        let Some(in_file) = snapshot.file(file)? else { return Ok(None) };
        let mut diagnostics = Vec::new();
        for finding in findings {
            diagnostics.extend(to_proto::diagnostic_in(snapshot, &in_file, finding)?);
        }
        let related = findings.iter().flat_map(|finding| &finding.related);
        let mut files: Vec<&str> = related.map(|related| related.place.file.as_str()).chain([file]).collect();
        files.sort_unstable();
        files.dedup();
        let mut rests_on = Vec::new();
        for file in files {
            rests_on.push((file.to_owned(), state(snapshot, file)?));
        }
        Ok(Some(Converted {
            key: snapshot.names.key(file),
            findings: findings.iter().map(|finding| Arc::clone(finding)).collect(),
            rests_on,
            made: FileDiagnostics { uri: in_file.uri, diagnostics: Arc::new(diagnostics) },
        }))
    }

    /// Whether the same would come of these findings.
    fn holds(&self, snapshot: &Snapshot, findings: &[&Arc<Finding>]) -> Cancellable<bool> {
        let same = |(known, new): (&Arc<Finding>, &&Arc<Finding>)| Arc::ptr_eq(known, new);
        if self.findings.len() != findings.len() || !self.findings.iter().zip(findings).all(same) {
            return Ok(false);
        }
        for (file, (text, uri)) in &self.rests_on {
            let (now_text, now_uri) = state(snapshot, file)?;
            let same_text = match (text, &now_text) {
                (Some(text), Some(now)) => Arc::ptr_eq(text, now),
                (text, now) => text.is_none() && now.is_none(),
            };
            if !same_text || *uri != now_uri {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn state(snapshot: &Snapshot, file: &str) -> Cancellable<FileState> {
    Ok((snapshot.analysis.text(file)?, snapshot.open_uri(file)))
}
