//! The texts that editors have open.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use pgpe_project::{ProjectError, check_size, read_text};
use pgpe_syntax::{ColumnUnit, LineColumn, LineIndex};

use crate::convert::to_proto::Uri;
use crate::keys::FileKey;

/// An open document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// As the client spells it.
    pub(crate) uri: Uri,
    /// The client's number of the text.
    pub(crate) version: i32,
    /// The client's name of the language.
    pub(crate) language: String,
    /// What it says.
    pub(crate) text: String,
}

/// A change of a document's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// What is replaced; `None` is the whole text.
    pub(crate) range: Option<(LineColumn, LineColumn)>,
    /// By what.
    pub(crate) text: String,
}

/// How an open file is called and which version of it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenFile {
    /// As the client spells it.
    pub(crate) uri: Uri,
    /// The client's number of the text.
    pub(crate) version: i32,
}

/// All open files at one moment.
pub(crate) type OpenFiles = HashMap<FileKey, OpenFile>;

/// The open documents.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    documents: HashMap<FileKey, Document>,
    /// Shared with snapshots, made anew after changes.
    open_files: Option<Arc<OpenFiles>>,
}

impl Documents {
    /// Opens a document, or takes a document's text as new if it is open already.
    pub(crate) fn open(&mut self, key: FileKey, document: Document) {
        self.open_files = None;
        self.documents.insert(key, document);
    }

    /// Applies changes in their order. `false` if no such document is open.
    pub(crate) fn change(
        &mut self,
        key: &FileKey,
        version: i32,
        changes: Vec<Change>,
        columns: ColumnUnit,
    ) -> bool {
        let Some(document) = self.documents.get_mut(key) else { return false };
        self.open_files = None;
        document.version = version;
        for change in changes {
            apply(&mut document.text, change, columns);
        }
        true
    }

    /// Closes a document; `false` if it was not open.
    pub(crate) fn close(&mut self, key: &FileKey) -> bool {
        self.open_files = None;
        self.documents.remove(key).is_some()
    }

    /// The open document of that name.
    pub(crate) fn get(&self, key: &FileKey) -> Option<&Document> {
        self.documents.get(key)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&FileKey, &Document)> {
        self.documents.iter()
    }

    /// What a file says: to its editor, or else on disk.
    pub(crate) fn read(&self, path: &Path) -> Result<String, ProjectError> {
        match self.documents.get(&FileKey::Path(path.to_owned())) {
            Some(document) => {
                check_size(path, document.text.len() as u64)?;
                Ok(document.text.clone())
            }
            None => read_text(path),
        }
    }

    /// Whether a file is there: in an editor or on disk.
    pub(crate) fn exists(&self, path: &Path) -> bool {
        self.documents.contains_key(&FileKey::Path(path.to_owned())) || path.is_file()
    }

    /// Names and versions of all open files.
    pub(crate) fn open_files(&mut self) -> Arc<OpenFiles> {
        let documents = &self.documents;
        let all = self.open_files.get_or_insert_with(|| {
            let open =
                |document: &Document| OpenFile { uri: document.uri.clone(), version: document.version };
            Arc::new(documents.iter().map(|(key, document)| (key.clone(), open(document))).collect())
        });
        Arc::clone(all)
    }
}

/// Replaces a stretch of a text. Places outside of the text or inside a character are moved to the nearest
/// place before: editors send them, and so do clients that have lost count.
pub(crate) fn apply(text: &mut String, change: Change, columns: ColumnUnit) {
    let Some((start, end)) = change.range else {
        *text = change.text;
        return;
    };
    let range = LineIndex::new(text).range(start, end, columns);
    text.replace_range(usize::from(range.start())..usize::from(range.end()), &change.text);
}

#[cfg(test)]
mod tests;
