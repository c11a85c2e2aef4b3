//! Where a project is, and which files belong to it.

use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use pgpe_config::{Config, SchemaSource};
use pgpe_ide::FileRole;

use crate::error::ProjectError;
use crate::paths::{normalize, relative_path};
use crate::pattern::Pattern;
use crate::read::{is_snapshot, read_text};

/// The name of the configuration file.
pub const CONFIG_FILE: &str = "pgpe.yaml";
/// The schema file where the configuration names none.
pub const DEFAULT_SCHEMA_FILE: &str = "schema.sql";

/// Where a project is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The folder that paths are relative to; absolute.
    pub root: PathBuf,
    /// The configuration file, if there is one; absolute.
    pub config: Option<PathBuf>,
}

impl Location {
    /// Looks for `pgpe.yaml` in a folder and those above it. Its folder is the root; without one, the folder
    /// itself is. A configuration that is given is taken instead.
    pub fn find(start: &Path, config: Option<&Path>) -> Result<Location, ProjectError> {
        let start = absolute(start)?;
        if let Some(config) = config {
            let config = absolute(config)?;
            if !config.exists() {
                let help = "check the path given with --config";
                return Err(ProjectError::Missing { path: config, help });
            }
            let root = config.parent().unwrap_or(&start).to_owned();
            return Ok(Location { root, config: Some(config) });
        }
        if !start.is_dir() {
            return Err(ProjectError::NoFolder { path: start });
        }
        let found = start.ancestors().map(|folder| folder.join(CONFIG_FILE)).find(|file| file.is_file());
        Ok(match found {
            Some(config) => {
                Location { root: config.parent().unwrap_or(&start).to_owned(), config: Some(config) }
            }
            None => Location { root: start, config: None },
        })
    }
}

/// Which files belong to a project, as its configuration says.
#[derive(Debug, Clone)]
pub struct Layout {
    location: Location,
    config: Config,
    patterns: Vec<Pattern>,
    schema: Option<PathBuf>,
    schema_is_named: bool,
    schema_role: FileRole,
    schema_target: Option<String>,
    errors: Vec<ProjectError>,
}

impl Layout {
    /// The layout that a configuration's text describes; `None` or a text with mistakes: the defaults.
    /// `schema` is taken instead of what the configuration names.
    pub fn new(
        location: &Location,
        config_text: Option<&str>,
        schema: Option<&Path>,
    ) -> Result<Layout, ProjectError> {
        let config = config_text.and_then(|text| Config::parse(text).ok()).unwrap_or_default();
        let mut errors = Vec::new();
        let mut patterns = Vec::new();
        for pattern in &config.policies {
            match Pattern::new(&location.root, pattern) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => errors.push(error),
            }
        }
        let mut layout = Layout {
            location: location.clone(),
            patterns,
            schema: None,
            schema_is_named: true,
            schema_role: FileRole::Schema,
            schema_target: None,
            errors,
            config,
        };
        let in_root = |path: &str| normalize(&location.root.join(path));
        match (schema, &layout.config.schema) {
            (Some(schema), _) => {
                layout.schema = Some(absolute(schema)?);
                if is_snapshot(schema) {
                    layout.schema_role = FileRole::Snapshot;
                }
            }
            (None, Some(SchemaSource::File(file))) => layout.schema = Some(in_root(file)),
            (None, Some(SchemaSource::Snapshot(file))) => {
                layout.schema = Some(in_root(file));
                layout.schema_role = FileRole::Snapshot;
            }
            (None, Some(SchemaSource::Target(name))) => {
                layout.schema = Some(target_snapshot(&location.root, name));
                layout.schema_role = FileRole::Snapshot;
                layout.schema_target = Some(name.clone());
            }
            (None, None) => {
                layout.schema = Some(in_root(DEFAULT_SCHEMA_FILE));
                layout.schema_is_named = false;
            }
        }
        Ok(layout)
    }

    /// The folder that paths are relative to.
    pub fn root(&self) -> &Path {
        &self.location.root
    }

    /// The configuration file, if there is one.
    pub fn config_path(&self) -> Option<&Path> {
        self.location.config.as_deref()
    }

    /// The configuration, or the defaults if it can't be read.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The schema file; one that is not named need not exist.
    pub fn schema_path(&self) -> Option<&Path> {
        self.schema.as_deref()
    }

    /// Whether someone named the schema file, so that it has to exist.
    pub fn schema_is_named(&self) -> bool {
        self.schema_is_named
    }

    /// The target that the schema is of. Its schema is read by whoever can, and kept in
    /// [`Layout::schema_path`].
    pub fn schema_target(&self) -> Option<&str> {
        self.schema_target.as_deref()
    }

    /// Reads the schema, which says what to do if that of a target was never read.
    pub(crate) fn read_schema(&self, path: &Path) -> Result<String, ProjectError> {
        self.with_schema_help(read_text(path))
    }

    /// The same sentence for those who read files by themselves.
    pub fn with_schema_help(&self, text: Result<String, ProjectError>) -> Result<String, ProjectError> {
        match (text, &self.schema_target) {
            (Err(ProjectError::Missing { path, .. }), Some(target)) => {
                Err(ProjectError::NotPulled { target: target.clone(), path })
            }
            (text, _) => text,
        }
    }

    /// What the schema file is.
    pub fn schema_role(&self) -> FileRole {
        self.schema_role
    }

    /// What is wrong with the layout itself.
    pub fn errors(&self) -> &[ProjectError] {
        &self.errors
    }

    /// What a file is to the project, whether or not it exists; `None` if it does not belong to it.
    pub fn role(&self, path: &Path) -> Option<FileRole> {
        let path = normalize(path);
        if self.config_path() == Some(&path) {
            Some(FileRole::Config)
        } else if self.schema_path() == Some(&path) {
            Some(self.schema_role)
        } else {
            self.patterns.iter().any(|pattern| pattern.matches(&path)).then_some(FileRole::Policies)
        }
    }

    /// A file's path as the project names it.
    pub fn relative(&self, path: &Path) -> String {
        relative_path(self.root(), &normalize(path))
    }

    /// The policy files on disk, sorted, and what could not be looked into.
    pub fn policy_files(&self) -> (Vec<PathBuf>, Vec<ProjectError>) {
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for pattern in &self.patterns {
            pattern.walk(&mut found, &mut errors);
        }
        found.sort();
        found.dedup();
        (found, errors)
    }
}

/// Where the schema of a target is kept once it was read.
pub fn target_snapshot(root: &Path, target: &str) -> PathBuf {
    root.join(".pgpe").join("schema").join(format!("{}.json", utf8_percent_encode(target, NON_ALPHANUMERIC)))
}

fn absolute(path: &Path) -> Result<PathBuf, ProjectError> {
    match std::path::absolute(path) {
        Ok(path) => Ok(normalize(&path)),
        Err(error) => Err(ProjectError::Unreadable { path: path.to_owned(), reason: error.to_string() }),
    }
}
