//! Diagnostics of files in which nothing has changed since the last check.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use pgpe_ide::{Cancellable, FileId, Texts};
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
pub(crate) struct Conversions(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By the files' names.
    files: Vec<Converted>,
    /// What the client called the files that it had open.
    open: OpenNames,
}

#[derive(Debug)]
struct Converted {
    findings: Vec<Arc<Finding>>,
    /// The files whose lines or names the diagnostics depend on.
    rests_on: Vec<RestsOn>,
    made: Arc<FileDiagnostics>,
}

/// What places in a file depend on.
#[derive(Debug)]
struct RestsOn {
    name: String,
    /// The file and what it says; nothing if the project has no such file.
    text: Option<(FileId, Arc<str>)>,
    /// What the client calls it, if it is open.
    uri: Option<Uri>,
}

/// What the client calls the files that it has open, by the project's names of them.
type OpenNames = HashMap<String, Uri>;

/// A finding with the name of its file.
type Placed<'f> = (&'f str, &'f Arc<Finding>);

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
            // Most are, so that nothing of them has to be looked at.
            if old.next_if(|old| Arc::ptr_eq(old, file)).is_some() {
                continue;
            }
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
        let mut placed: Vec<Placed<'_>> = Vec::new();
        for finding in findings {
            match &finding.place {
                Some(place) => placed.push((&place.file, finding)),
                None => placeless.push(Arc::clone(finding)),
            }
        }
        // In each file they stay in the order in which they were found.
        placed.sort_by_key(|(file, _)| *file);
        let by_file: Vec<&[Placed<'_>]> = placed.chunk_by(|(one, _), (other, _)| one == other).collect();
        let open = open_names(snapshot);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever is overtaken here leaves what is known as it is.
        let mut made = Vec::new();
        for findings in known.outdated(snapshot, &by_file, &open)? {
            let converted = Converted::new(snapshot, findings, &open)?;
            if converted.is_none() {
                placeless.extend(findings.iter().map(|(_, finding)| Arc::clone(finding)));
            }
            made.push((name_of(findings), converted));
        }
        known.open = open;
        let (mut old, mut made) =
            (std::mem::take(&mut known.files).into_iter().peekable(), made.into_iter().peekable());
        known.files.reserve(by_file.len());
        for file in by_file.iter().map(|findings| name_of(findings)) {
            while old.next_if(|old| old.made.name.as_str() < file).is_some() {}
            let old = old.next_if(|old| old.made.name == file);
            known.files.extend(made.next_if(|(made, _)| *made == file).map_or(old, |(_, made)| made));
        }
        let all = known.files.iter().map(|known| Arc::clone(&known.made));
        Ok((ByFile(Arc::new(all.collect())), placeless))
    }
}

impl Known {
    /// The files whose diagnostics have to be made anew, by their findings.
    fn outdated<'f>(
        &self,
        snapshot: &Snapshot,
        by_file: &[&'f [Placed<'f>]],
        open: &OpenNames,
    ) -> Cancellable<Vec<&'f [Placed<'f>]>> {
        let open = (self.open != *open).then_some(open);
        // Nothing is changed by looking.
        let given = AssertUnwindSafe((&self.files, by_file, open));
        snapshot.analysis.with_texts(move |texts| {
            let AssertUnwindSafe((files, by_file, open)) = given;
            let mut known = files.iter().peekable();
            let is_outdated = |findings: &&&[Placed<'_>]| {
                let file = name_of(findings);
                while known.next_if(|known| known.made.name.as_str() < file).is_some() {}
                let known = known.next_if(|known| known.made.name == file);
                !known.is_some_and(|known| known.holds(findings, texts, open))
            };
            by_file.iter().filter(is_outdated).copied().collect()
        })
    }
}

impl Converted {
    /// `findings`: all of one file. `None` if the client knows no such file.
    fn new(snapshot: &Snapshot, findings: &[Placed<'_>], open: &OpenNames) -> Cancellable<Option<Converted>> {
        let file = name_of(findings);
        let Some(in_file) = snapshot.file(file)? else { return Ok(None) };
        let mut diagnostics = Vec::new();
        for (_, finding) in findings {
            diagnostics.extend(to_proto::diagnostic_in(snapshot, &in_file, finding)?);
        }
        let related = findings.iter().flat_map(|(_, finding)| &finding.related);
        let mut files: Vec<&str> = related.map(|related| related.place.file.as_str()).chain([file]).collect();
        files.sort_unstable();
        files.dedup();
        let rests_on: Cancellable<_> =
            files.into_iter().map(|file| RestsOn::of(snapshot, file, open)).collect();
        Ok(Some(Converted {
            findings: findings.iter().map(|(_, finding)| Arc::clone(finding)).collect(),
            rests_on: rests_on?,
            made: Arc::new(FileDiagnostics {
                name: file.to_owned(),
                key: snapshot.names.key(file),
                uri: in_file.uri,
                diagnostics: Arc::new(diagnostics),
            }),
        }))
    }

    /// Whether the same would come of these findings. `open`: what the client calls files, unless that is the same as
    /// before for all.
    fn holds(&self, findings: &[Placed<'_>], texts: &Texts<'_>, open: Option<&OpenNames>) -> bool {
        self.findings.len() == findings.len()
            && self.findings.iter().zip(findings).all(|(known, (_, new))| Arc::ptr_eq(known, new))
            && self.rests_on.iter().all(|it| it.holds(texts) && it.is_called_so(open))
    }
}

impl RestsOn {
    fn of(snapshot: &Snapshot, name: &str, open: &OpenNames) -> Cancellable<RestsOn> {
        let text = match snapshot.analysis.file_id(name)? {
            Some(id) => Some((id, snapshot.analysis.with_texts(move |texts| Arc::clone(texts.of(id)))?)),
            None => None,
        };
        Ok(RestsOn { name: name.to_owned(), text, uri: open.get(name).cloned() })
    }

    /// Where the project had no such file, it may have one now.
    fn holds(&self, texts: &Texts<'_>) -> bool {
        self.text.as_ref().is_some_and(|(file, known)| Arc::ptr_eq(known, texts.of(*file)))
    }

    fn is_called_so(&self, open: Option<&OpenNames>) -> bool {
        open.is_none_or(|open| open.get(&self.name) == self.uri.as_ref())
    }
}

/// The file of findings that are all of one file.
fn name_of<'f>(findings: &[Placed<'f>]) -> &'f str {
    findings.first().map_or("", |(file, _)| file)
}

fn open_names(snapshot: &Snapshot) -> OpenNames {
    let open = snapshot.open.iter();
    open.filter_map(|(key, open)| Some((snapshot.names.name(key)?, open.uri.clone()))).collect()
}

#[cfg(test)]
mod tests;
