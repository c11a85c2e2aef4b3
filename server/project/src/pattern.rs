//! Patterns of policy files: a folder to start from, and a glob for what is below it.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;

use crate::error::ProjectError;
use crate::paths::normalize;

/// What makes a part of a pattern more than a name.
const SPECIAL: &[char] = &['*', '?', '[', ']', '{', '}', '\\'];

/// One of the configuration's patterns, made absolute.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    /// The folder above the pattern's first special part.
    base: PathBuf,
    /// Matches paths relative to `base`.
    below: GlobMatcher,
    /// The one file that a pattern without special parts names.
    file: Option<PathBuf>,
}

impl Pattern {
    /// A pattern without special parts names a file, or a folder with all policies in it.
    pub(crate) fn new(root: &Path, pattern: &str) -> Result<Pattern, ProjectError> {
        let failed = |error: globset::Error| ProjectError::Pattern {
            pattern: pattern.to_owned(),
            reason: error.kind().to_string(),
        };
        let parts: Vec<&str> = pattern.split('/').collect();
        let named = parts.iter().take_while(|part| !part.contains(SPECIAL)).count();
        let (base, below, file) = if named == parts.len() {
            let path = normalize(&root.join(pattern));
            if path.is_dir() {
                (path, "**/*.policy".to_owned(), None)
            } else {
                let name = path.file_name().map(|name| globset::escape(&name.to_string_lossy()));
                let base = path.parent().unwrap_or(root).to_owned();
                (base, name.unwrap_or_default(), Some(path))
            }
        } else {
            let (base, below) = parts.split_at(named);
            // The empty first part of an absolute pattern is the file system's root.
            let base = if base == [""] { "/".to_owned() } else { base.join("/") };
            (normalize(&root.join(base)), below.join("/"), None)
        };
        let below = GlobBuilder::new(&below).literal_separator(true).build().map_err(failed)?;
        Ok(Pattern { base, below: below.compile_matcher(), file })
    }

    /// Whether the pattern matches an absolute, normal path.
    pub(crate) fn matches(&self, path: &Path) -> bool {
        path.strip_prefix(&self.base).is_ok_and(|below| self.below.is_match(below))
    }

    /// All files that match. Hidden and git-ignored folders are left out unless the pattern names them.
    pub(crate) fn walk(&self, found: &mut Vec<PathBuf>, errors: &mut Vec<ProjectError>) {
        if let Some(file) = &self.file {
            found.push(file.clone());
            return;
        }
        // That nothing is there is said where no pattern finds anything.
        if !self.base.exists() {
            return;
        }
        for entry in WalkBuilder::new(&self.base).follow_links(true).build() {
            match entry {
                Ok(entry) => {
                    let is_file = entry.file_type().is_some_and(|kind| !kind.is_dir());
                    if is_file && self.matches(entry.path()) {
                        found.push(entry.into_path());
                    }
                }
                // A broken link is nobody's policy unless its name says so.
                Err(error) => errors.extend(self.walk_error(&error)),
            }
        }
    }

    fn walk_error(&self, error: &ignore::Error) -> Option<ProjectError> {
        let path = path_of(error)?;
        let folder_or_policy = path.is_dir() || self.matches(path);
        let error = innermost(error);
        let is_loop = matches!(error, ignore::Error::Loop { .. });
        // The error's own text repeats the path.
        let reason = || error.io_error().map_or_else(|| error.to_string(), |error| error.kind().to_string());
        (folder_or_policy && !is_loop)
            .then(|| ProjectError::Unreadable { path: path.to_owned(), reason: reason() })
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

fn innermost(error: &ignore::Error) -> &ignore::Error {
    match error {
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => innermost(err),
        error => error,
    }
}
