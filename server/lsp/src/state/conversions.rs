//! Diagnostics of files in which nothing has changed since the last check.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use pgpe_ide::Cancellable;
use pgpe_report::Finding;

use crate::convert::to_proto::{self, Diagnostic, Uri};
use crate::keys::FileKey;
use crate::snapshot::Snapshot;

/// What is to be said of a file.
#[derive(Debug)]
pub(crate) struct FileDiagnostics {
    /// What the project calls the file.
    name: String,
    /// The file.
    pub(crate) key: FileKey,
    /// What the client calls the file.
    pub(crate) uri: Uri,
    /// What is to be said.
    pub(crate) diagnostics: Arc<Vec<Diagnostic>>,
}

/// What is to be said of all files of which something is found. Of a file about which nothing has changed since the last
/// time, it is the same value as then.
#[derive(Debug, Clone, Default)]
pub(crate) struct ByFile(
    /// By the files' names.
    Arc<Vec<Arc<FileDiagnostics>>>,
);

/// The diagnostics of each file as they were made last.
#[derive(Debug, Default)]
pub(crate) struct Conversions(
    /// By the files' names.
    Mutex<Vec<Converted>>,
);

#[derive(Debug)]
struct Converted {
    findings: Vec<Arc<Finding>>,
    /// The files whose lines or names the diagnostics depend on.
    rests_on: Vec<(String, FileState)>,
    made: Arc<FileDiagnostics>,
}

/// What places in a file depend on: its text, and what the client calls it if it is open.
type FileState = (Option<Arc<str>>, Option<Uri>);

/// The findings of one file.
type InFile<'f> = Vec<&'f Arc<Finding>>;

impl ByFile {
    /// All of them, by the project's names of the files.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<FileDiagnostics>> {
        self.0.iter()
    }

    /// That of the file that the project calls so.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<FileDiagnostics>> {
        self.0.get(self.0.binary_search_by(|file| file.name.as_str().cmp(name)).ok()?)
    }

    /// What is here and was not there, and what was there and is not here.
    pub(crate) fn changes_since<'d>(
        &'d self,
        before: &'d ByFile,
    ) -> (Vec<&'d Arc<FileDiagnostics>>, Vec<&'d Arc<FileDiagnostics>>) {
        let (mut new, mut gone) = (Vec::new(), Vec::new());
        let mut old = before.iter().peekable();
        for file in self.iter() {
            gone.extend(std::iter::from_fn(|| old.next_if(|old| old.name < file.name)));
            match old.next_if(|old| old.name == file.name) {
                Some(old) if Arc::ptr_eq(old, file) => {}
                old => {
                    gone.extend(old);
                    new.push(file);
                }
            }
        }
        gone.extend(old);
        (new, gone)
    }
}

impl Conversions {
    /// The diagnostics of all findings, and findings that have no file which the client knows.
    pub(crate) fn convert(
        &self,
        snapshot: &Snapshot,
        findings: &[Arc<Finding>],
    ) -> Cancellable<(ByFile, Vec<Arc<Finding>>)> {
        let mut placeless = Vec::new();
        let mut by_file: BTreeMap<&str, InFile<'_>> = BTreeMap::new();
        for finding in findings {
            match &finding.place {
                Some(place) => by_file.entry(&place.file).or_default().push(finding),
                None => placeless.push(Arc::clone(finding)),
            }
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever is overtaken here leaves what is known as it is.
        let mut made = Vec::new();
        for (file, findings) in Converted::outdated(&known, snapshot, &by_file)? {
            let converted = Converted::new(snapshot, file, findings)?;
            if converted.is_none() {
                placeless.extend(findings.iter().map(|finding| Arc::clone(finding)));
            }
            made.push((file, converted));
        }
        let (mut old, mut made) =
            (std::mem::take(&mut *known).into_iter().peekable(), made.into_iter().peekable());
        known.reserve(by_file.len());
        for file in by_file.keys() {
            let same = |converted: &Converted| converted.made.name == *file;
            while old.next_if(|old| old.made.name.as_str() < *file).is_some() {}
            let old = old.next_if(same);
            known.extend(made.next_if(|(made, _)| made == file).map_or(old, |(_, made)| made));
        }
        Ok((ByFile(Arc::new(known.iter().map(|known| Arc::clone(&known.made)).collect())), placeless))
    }
}

impl Converted {
    /// The files whose diagnostics have to be made anew, with their findings.
    fn outdated<'f, 'n>(
        known: &[Converted],
        snapshot: &Snapshot,
        by_file: &'f BTreeMap<&'n str, InFile<'n>>,
    ) -> Cancellable<Vec<(&'n str, &'f InFile<'n>)>> {
        // Nothing is changed by looking.
        let given = AssertUnwindSafe((known, by_file, OpenNames::of(snapshot)));
        snapshot.analysis.with_texts(move |text| {
            let AssertUnwindSafe((known, by_file, open)) = given;
            let mut known = known.iter().peekable();
            let is_outdated = |(file, findings): &(&&str, &InFile<'_>)| {
                while known.next_if(|known| known.made.name.as_str() < **file).is_some() {}
                let known = known.next_if(|known| known.made.name == **file);
                !known.is_some_and(|known| known.holds(findings, text, &open))
            };
            let outdated = by_file.iter().filter(is_outdated);
            outdated.map(|(file, findings)| (*file, findings)).collect()
        })
    }

    fn new(snapshot: &Snapshot, file: &str, findings: &InFile<'_>) -> Cancellable<Option<Converted>> {
        let Some(in_file) = snapshot.file(file)? else { return Ok(None) };
        let mut diagnostics = Vec::new();
        for finding in findings {
            diagnostics.extend(to_proto::diagnostic_in(snapshot, &in_file, finding)?);
        }
        let related = findings.iter().flat_map(|finding| &finding.related);
        let mut files: Vec<&str> = related.map(|related| related.place.file.as_str()).chain([file]).collect();
        files.sort_unstable();
        files.dedup();
        let open = OpenNames::of(snapshot);
        let mut rests_on = Vec::new();
        for file in files {
            rests_on.push((file.to_owned(), (snapshot.analysis.text(file)?, open.uri(file).cloned())));
        }
        Ok(Some(Converted {
            findings: findings.iter().map(|finding| Arc::clone(finding)).collect(),
            rests_on,
            made: Arc::new(FileDiagnostics {
                name: file.to_owned(),
                key: snapshot.names.key(file),
                uri: in_file.uri,
                diagnostics: Arc::new(diagnostics),
            }),
        }))
    }

    /// Whether the same would come of these findings.
    fn holds(
        &self,
        findings: &InFile<'_>,
        text: &dyn Fn(&str) -> Option<Arc<str>>,
        open: &OpenNames<'_>,
    ) -> bool {
        let same = |(known, new): (&Arc<Finding>, &&Arc<Finding>)| Arc::ptr_eq(known, new);
        let has_same_findings =
            self.findings.len() == findings.len() && self.findings.iter().zip(findings).all(same);
        has_same_findings
            && self.rests_on.iter().all(|(file, (known, uri))| {
                let has_same_text = match (known, text(file)) {
                    (Some(known), Some(now)) => Arc::ptr_eq(known, &now),
                    (known, now) => known.is_none() && now.is_none(),
                };
                has_same_text && open.uri(file) == uri.as_ref()
            })
    }
}

/// What the client calls the files that it has open, by the project's names of them.
struct OpenNames<'s>(HashMap<String, &'s Uri>);

impl OpenNames<'_> {
    fn of(snapshot: &Snapshot) -> OpenNames<'_> {
        let named =
            snapshot.open.iter().filter_map(|(key, open)| Some((snapshot.names.name(key)?, &open.uri)));
        OpenNames(named.collect())
    }

    fn uri(&self, name: &str) -> Option<&Uri> {
        self.0.get(name).copied()
    }
}

#[cfg(test)]
mod tests;
