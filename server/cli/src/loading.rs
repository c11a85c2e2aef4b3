//! Reads the project that a command works on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use pgpe_config::{Config, Rule};
use pgpe_ide::{Analysis, FileRole, Host};
use pgpe_project::{LoadedProject, Project};
use pgpe_report::{Finding, Sources};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::terminal::Terminal;

/// A project whose files could all be read, ready to be asked about.
pub struct Loaded {
    /// The files.
    pub project: LoadedProject,
    /// The analysis of them.
    pub host: Host,
    /// Their texts by relative path.
    pub texts: Texts,
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

    /// The configuration file's mistakes. If there are any, nothing else that is said of the project can be
    /// relied on: the defaults stand in for what was meant.
    pub fn configuration_mistakes(&self) -> anyhow::Result<Vec<Finding>> {
        let mut files = self.project.files.iter();
        let config = files.find(|file| file.role == FileRole::Config);
        if config.is_none_or(|file| Config::parse(&file.text).is_ok()) {
            return Ok(Vec::new());
        }
        let mut mistakes = self.analysis().written_findings()?;
        mistakes.retain(|finding| finding.rule == Rule::Config);
        Ok(mistakes)
    }
}

/// The working directory.
pub fn working_directory() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("the working directory can't be read: change to one that exists")
}

/// Reads the project of the working directory. A project of which anything can't be read is refused: what was
/// found out without it could be wrong.
pub fn load(options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Loaded> {
    let project = discover(options, terminal)?;
    project.require_policies()?;
    ready(project, terminal)
}

/// As [`load`], but a project without policies will do.
pub fn load_empty_too(options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Loaded> {
    ready(discover(options, terminal)?, terminal)
}

fn discover(options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<LoadedProject> {
    let start = working_directory()?;
    let mut project = Project::discover(&start, options.config.as_deref(), options.schema.as_deref())?;
    // The last one becomes the command's own error.
    if let Some(last) = project.unreadable.pop() {
        for error in &project.unreadable {
            terminal.error(&error.to_string());
        }
        return Err(last.into());
    }
    Ok(project)
}

fn ready(project: LoadedProject, terminal: &Terminal) -> anyhow::Result<Loaded> {
    terminal.detail(|| describe(&project));
    let mut texts = Texts::default();
    let mut host = Host::new();
    for file in &project.files {
        host.set_file(&file.path, file.role, &file.text);
        texts.0.insert(file.path.clone(), file.text.clone());
    }
    Ok(Loaded { project, host, texts })
}

fn describe(project: &LoadedProject) -> String {
    let of = |role: FileRole| project.files.iter().filter(move |file| file.role == role);
    let named = |role: FileRole| of(role).next().map_or("none", |file| file.path.as_str());
    format!(
        "project {}: configuration {}, schema {}, {} policy files",
        project.root.display(),
        named(FileRole::Config),
        named(FileRole::Schema),
        of(FileRole::Policies).count()
    )
}

/// Shows what is wrong with the configuration on standard error; for commands whose output is no report.
pub fn refuse_configuration(loaded: &Loaded, terminal: &Terminal) -> anyhow::Result<Option<Status>> {
    let mistakes = loaded.configuration_mistakes()?;
    if mistakes.is_empty() {
        return Ok(None);
    }
    let shown = pgpe_report::human::findings(&mistakes, &loaded.texts, terminal.error_colour());
    terminal.print_error(&shown);
    terminal.error(&configuration_error(&mistakes));
    Ok(Some(Status::Failure))
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
