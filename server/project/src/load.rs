//! Reading all files of a project.

use std::path::{Path, PathBuf};

use pgpe_catalog::Catalog;
use pgpe_config::Config;
use pgpe_ide::{FileRole, Host};

use crate::error::ProjectError;
use crate::layout::{Layout, Location};
use crate::read::read_text;

/// The way to a project's files.
#[derive(Debug)]
pub struct Project;

/// A project as read from disk.
#[derive(Debug, Clone)]
pub struct LoadedProject {
    /// The folder that paths are relative to; absolute.
    pub root: PathBuf,
    /// The configuration, or the defaults where there is none or it has mistakes; those are findings.
    pub config: Config,
    /// All files that could be read: the configuration, the schema, and the policies by path.
    pub files: Vec<LoadedFile>,
    /// What could not be read, though it belongs to the project.
    pub unreadable: Vec<ProjectError>,
}

/// A file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedFile {
    /// Relative to the project's root, with `/`.
    pub path: String,
    /// The same, absolute.
    pub absolute: PathBuf,
    /// What it is to the project.
    pub role: FileRole,
    /// What it says.
    pub text: String,
}

impl Project {
    /// Finds and reads the project that a folder belongs to. `config` and `schema` are taken instead of what
    /// is found and configured.
    ///
    /// It is an error if nothing can be begun: no such folder or configuration. Files that can't be read are
    /// in [`LoadedProject::unreadable`]; for a project without any policies see
    /// [`LoadedProject::require_policies`].
    pub fn discover(
        start: &Path,
        config: Option<&Path>,
        schema: Option<&Path>,
    ) -> Result<LoadedProject, ProjectError> {
        let location = Location::find(start, config)?;
        let mut files = Vec::new();
        let config_text = match &location.config {
            None => None,
            Some(path) => Some(read_text(path)?),
        };
        let layout = Layout::new(&location, config_text.as_deref(), schema)?;
        if let (Some(path), Some(text)) = (&location.config, config_text) {
            files.push(LoadedFile::new(&layout, path, FileRole::Config, text));
        }
        let mut unreadable = layout.errors().to_vec();
        let mut read = |path: &Path, role: FileRole, text: Result<String, ProjectError>| match text {
            Ok(text) => files.push(LoadedFile::new(&layout, path, role, text)),
            Err(error) => unreadable.push(error),
        };
        if let Some(schema) = layout.schema_path()
            && (layout.schema_is_named() || schema.exists())
        {
            let text =
                layout.read_schema(schema).and_then(|text| check_schema(schema, layout.schema_role(), text));
            read(schema, layout.schema_role(), text);
        }
        let (policies, errors) = layout.policy_files();
        // A schema or configuration that a wide pattern catches keeps its role.
        for path in policies.iter().filter(|path| layout.role(path) == Some(FileRole::Policies)) {
            read(path, FileRole::Policies, read_text(path));
        }
        unreadable.extend(errors);
        Ok(LoadedProject {
            root: layout.root().to_owned(),
            config: layout.config().clone(),
            files,
            unreadable,
        })
    }
}

/// Without its schema nothing is to be said of a project.
fn check_schema(path: &Path, role: FileRole, text: String) -> Result<String, ProjectError> {
    match role {
        FileRole::Snapshot => match Catalog::from_snapshot(&text) {
            Ok(_) => Ok(text),
            Err(error) => Err(ProjectError::Snapshot { path: path.to_owned(), reason: error.to_string() }),
        },
        _ => Ok(text),
    }
}

impl LoadedFile {
    fn new(layout: &Layout, path: &Path, role: FileRole, text: String) -> LoadedFile {
        LoadedFile { path: layout.relative(path), absolute: path.to_owned(), role, text }
    }
}

impl LoadedProject {
    /// An error if there is no policy file at all, readable or not.
    pub fn require_policies(&self) -> Result<(), ProjectError> {
        let any = self.files.iter().any(|file| file.role == FileRole::Policies);
        if any || !self.unreadable.is_empty() {
            return Ok(());
        }
        Err(ProjectError::NoPolicies { root: self.root.clone(), patterns: self.config.policies.clone() })
    }

    /// The file of that relative path.
    pub fn file(&self, path: &str) -> Option<&LoadedFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Puts all files into an analysis host.
    pub fn fill(&self, host: &mut Host) {
        for file in &self.files {
            host.set_file(&file.path, file.role, &file.text);
        }
    }

    /// An analysis host of this project.
    pub fn host(&self) -> Host {
        let mut host = Host::new();
        self.fill(&mut host);
        host
    }
}
