//! Reads the project that a command works on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use pgpe_config::{Config, Rule};
use pgpe_ide::{Analysis, FileRole, Host};
use pgpe_project::{LoadedProject, Project, ProjectError};
use pgpe_report::{Finding, Sources, human};

use crate::arguments::GlobalOptions;
use crate::schema_source;
use crate::terminal::Terminal;

/// A project ready to be asked about. All of its files could be read, unless the configuration has mistakes.
pub struct Loaded {
    /// The files.
    pub project: LoadedProject,
    /// The analysis of them.
    pub host: Host,
    /// Their texts by relative path.
    pub texts: Texts,
    /// The configuration's mistakes. If there are any, nothing else that is said of the project can be relied
    /// on: the defaults stand in for what was meant.
    pub mistakes: Vec<Finding>,
}

/// Texts that findings speak of.
#[derive(Default)]
pub struct Texts(pub BTreeMap<String, String>);

impl Sources for Texts {
    fn text(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(String::as_str)
    }
}

impl Loaded {
    /// The project as it is now.
    pub fn analysis(&self) -> Analysis {
        self.host.analysis()
    }

    /// Shows what is wrong with the configuration on standard error, if anything is; for commands whose output
    /// is no report.
    pub fn refuses_configuration(&self, terminal: &Terminal) -> bool {
        if self.mistakes.is_empty() {
            return false;
        }
        terminal.print_error(&human::findings(&self.mistakes, &self.texts, terminal.error_colour()));
        terminal.error(&configuration_error(&self.mistakes));
        true
    }
}

/// The working directory.
pub fn working_directory() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("the working directory can't be read: change to one that exists")
}

/// Whether a command makes sense without any policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policies {
    /// It does not.
    Required,
    /// It does.
    Optional,
}

/// Reads the project of the working directory. A project of which anything can't be read is refused: what was
/// found out without it could be wrong.
pub fn load(options: &GlobalOptions, policies: Policies, terminal: &Terminal) -> anyhow::Result<Loaded> {
    let start = working_directory()?;
    let schema = schema_source::prepare(options, &start, terminal)?;
    load_at(&start, options.config.as_deref(), schema.path(), policies, terminal)
}

/// Reads the project of the working directory for a command that takes the schema from a target itself: what
/// is known of that target's schema from before does not matter.
pub fn load_for_target(
    options: &GlobalOptions,
    policies: Policies,
    terminal: &Terminal,
) -> anyhow::Result<Loaded> {
    let start = working_directory()?;
    let schema = options.schema.as_deref().filter(|schema| !schema_source::is_url(schema));
    let mut project = Project::discover(&start, options.config.as_deref(), schema)?;
    project.unreadable.retain(|error| !matches!(error, ProjectError::NotPulled { .. }));
    finish(project, policies, terminal)
}

/// The project of the working directory for commands that need nothing but its configuration. One with
/// mistakes is refused.
pub fn load_configuration(options: &GlobalOptions) -> anyhow::Result<LoadedProject> {
    let project = Project::discover(&working_directory()?, options.config.as_deref(), None)?;
    let mistakes = configuration_mistakes(&project, &project.host())?;
    match mistakes.is_empty() {
        true => Ok(project),
        false => anyhow::bail!(configuration_error(&mistakes)),
    }
}

/// Reads the project of a folder, like [`load`].
pub fn load_at(
    start: &Path,
    config: Option<&Path>,
    schema: Option<&Path>,
    policies: Policies,
    terminal: &Terminal,
) -> anyhow::Result<Loaded> {
    finish(Project::discover(start, config, schema)?, policies, terminal)
}

fn finish(mut project: LoadedProject, policies: Policies, terminal: &Terminal) -> anyhow::Result<Loaded> {
    let mut texts = Texts::default();
    let mut host = Host::new();
    for file in &project.files {
        host.set_file(&file.path, file.role, &file.text);
        texts.0.insert(file.path.clone(), file.text.clone());
    }
    let mistakes = configuration_mistakes(&project, &host)?;
    // Which files there are to be is not known before the configuration is in order.
    if mistakes.is_empty() {
        // The last one becomes the command's own error.
        if let Some(last) = project.unreadable.pop() {
            for error in &project.unreadable {
                terminal.error(&error.to_string());
            }
            return Err(last.into());
        }
        if policies == Policies::Required {
            project.require_policies()?;
        }
    }
    terminal.detail(|| describe(&project));
    Ok(Loaded { project, host, texts, mistakes })
}

fn configuration_mistakes(project: &LoadedProject, host: &Host) -> anyhow::Result<Vec<Finding>> {
    let config = project.files.iter().find(|file| file.role == FileRole::Config);
    if config.is_none_or(|file| Config::parse(&file.text).is_ok()) {
        return Ok(Vec::new());
    }
    let mut mistakes = host.analysis().written_findings()?;
    mistakes.retain(|finding| finding.rule == Rule::Config);
    Ok(mistakes)
}

fn describe(project: &LoadedProject) -> String {
    let of = |role: FileRole| project.files.iter().filter(move |file| file.role == role);
    let named = |role: FileRole| of(role).next().map_or("none", |file| file.path.as_str());
    format!(
        "project {}: configuration {}, schema {}, {} policy files",
        project.root.display(),
        named(FileRole::Config),
        of(FileRole::Snapshot).next().map_or(named(FileRole::Schema), |file| file.path.as_str()),
        of(FileRole::Policies).count()
    )
}

/// The sentence for a configuration with mistakes.
pub fn configuration_error(mistakes: &[Finding]) -> String {
    let file = mistakes.first().and_then(|mistake| mistake.place.as_ref()).map(|place| place.file.as_str());
    let message = mistakes.first().map_or("it has a mistake", |mistake| mistake.message.as_str());
    format!("{} can't be used, correct it first: {message}", file.unwrap_or(pgpe_project::CONFIG_FILE))
}

/// The path, absolute and without `.` and `..`.
pub fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    let absolute = std::path::absolute(path)
        .with_context(|| format!("the path {} can't be used: name a file or folder", path.display()))?;
    Ok(pgpe_project::normalize(&absolute))
}
