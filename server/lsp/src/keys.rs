//! What tells files apart: their path, however an editor spells it; or the URI where there is no path.

use std::path::{Path, PathBuf};

/// A file or unsaved document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum FileKey {
    /// A file; absolute and normal.
    Path(PathBuf),
    /// Something else, such as `untitled:Untitled-1`.
    Other(String),
}

impl FileKey {
    /// The file's path, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            FileKey::Path(path) => Some(path),
            FileKey::Other(_) => None,
        }
    }
}

/// How a workspace's file names lead to files.
#[derive(Debug, Clone)]
pub(crate) enum Names {
    /// Relative to a folder.
    Below(PathBuf),
    /// One document without a folder.
    Single {
        /// What the workspace calls it.
        name: String,
        /// The document.
        key: FileKey,
    },
}

impl Names {
    /// The file that the workspace calls so.
    pub(crate) fn key(&self, name: &str) -> FileKey {
        match self {
            Names::Single { name: known, key } if known == name => key.clone(),
            Names::Single { key: FileKey::Path(path), .. } => {
                let folder = path.parent().unwrap_or(path);
                FileKey::Path(pgpe_project::normalize(&folder.join(name)))
            }
            Names::Single { key, .. } => key.clone(),
            Names::Below(root) => FileKey::Path(pgpe_project::normalize(&root.join(name))),
        }
    }

    /// What the workspace calls a file.
    pub(crate) fn name(&self, key: &FileKey) -> Option<String> {
        match (self, key) {
            (Names::Single { name, key: known }, key) if known == key => Some(name.clone()),
            (Names::Single { key: FileKey::Path(own), .. }, FileKey::Path(path)) => {
                Some(pgpe_project::relative_path(own.parent()?, path))
            }
            (Names::Below(root), FileKey::Path(path)) => Some(pgpe_project::relative_path(root, path)),
            _ => None,
        }
    }
}
