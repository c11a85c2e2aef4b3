//! What can be wrong with a project's files: what, where, and what to do about it.

use std::path::{Path, PathBuf};

/// A file or folder that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    /// A file that was named does not exist.
    #[error("there is no file {}: {help}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What to do.
        help: &'static str,
    },
    /// The folder to start from does not exist.
    #[error("there is no folder {}: give one that exists, or run pgpe inside the project", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A folder stands where a file should.
    #[error("{} is a folder: name a file", path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// No file matches the patterns.
    #[error(
        "no policy files under {} (looked for {}): write one, or set `policies` in pgpe.yaml",
        root.display(),
        patterns.join(", ")
    )]
    NoPolicies {
        /// The project's root.
        root: PathBuf,
        /// The patterns looked for.
        patterns: Vec<String>,
    },
    /// The file is not text in UTF-8.
    #[error("{} is not UTF-8 (byte {offset}): {help}", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Where the first wrong byte is.
        offset: usize,
        /// What to do.
        help: &'static str,
    },
    /// The file is too large.
    #[error(
        "{} is too large ({bytes} bytes; the limit is {limit}): split it, or leave out what holds data",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The operating system refuses to read it.
    #[error("{} can't be read: {reason}; check its permissions", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A pattern of the configuration is none.
    #[error("the pattern `{pattern}` of `policies` can't be used: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A schema snapshot can't be understood.
    #[error("{} can't be used: {reason}", path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The schema is that of a target, and was not read from it yet.
    #[error("the schema of the target {target} is not known yet: read it with `pgpe schema pull --target {target} -o {}`", path.display())]
    NotPulled {
        /// The target.
        target: String,
        /// Where it is kept.
        path: PathBuf,
    },
}

impl ProjectError {
    /// The file or folder that the error is about, if it is about one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            ProjectError::Missing { path, .. }
            | ProjectError::NoFolder { path }
            | ProjectError::IsFolder { path }
            | ProjectError::NotUtf8 { path, .. }
            | ProjectError::TooLarge { path, .. }
            | ProjectError::Snapshot { path, .. }
            | ProjectError::NotPulled { path, .. }
            | ProjectError::Unreadable { path, .. } => Some(path),
            ProjectError::NoPolicies { root, .. } => Some(root),
            ProjectError::Pattern { .. } => None,
        }
    }

    pub(crate) fn from_io(path: &Path, error: &std::io::Error, help: &'static str) -> ProjectError {
        let path = path.to_owned();
        match error.kind() {
            std::io::ErrorKind::NotFound => ProjectError::Missing { path, help },
            std::io::ErrorKind::IsADirectory => ProjectError::IsFolder { path },
            _ => ProjectError::Unreadable { path, reason: error.to_string() },
        }
    }
}
