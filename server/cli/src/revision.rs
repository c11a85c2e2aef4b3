//! A project as it was: in another folder, or in a revision of its git repository.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, bail};
use pgpe_config::SchemaSource;
use pgpe_ide::FileRole;
use tempfile::TempDir;

use crate::arguments::GlobalOptions;
use crate::loading::{Loaded, Policies, absolute, load_at};
use crate::schema_source::{self, SchemaFile};
use crate::terminal::Terminal;

/// Loads what a project is compared with: `base` names a folder, or else a revision.
pub fn load_base(
    base: &str,
    head: &Loaded,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<Loaded> {
    if Path::new(base).is_dir() {
        let folder = absolute(Path::new(base))?;
        return load_counterpart(head, &folder, options, terminal);
    }
    let root = &head.project.root;
    let repository = top_level(base, root)?;
    // Git's own idea of the way, since that of the shell may lead through links.
    let prefix = git_line(root, ["rev-parse", "--show-prefix"])?;
    let checked_out = check_out(base, &repository)?;
    let folder = checked_out.path().join("tree").join(prefix);
    if !folder.is_dir() {
        bail!("{base} has no folder {}: choose a later revision", root.display());
    }
    load_counterpart(head, &folder, options, terminal)
}

/// The project at `folder` that corresponds to the head: files named by options are taken from the same place
/// below it, if they are there.
fn load_counterpart(
    head: &Loaded,
    folder: &Path,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<Loaded> {
    let counterpart = |path: &Option<PathBuf>| -> anyhow::Result<Option<PathBuf>> {
        let Some(path) = path else { return Ok(None) };
        let path = absolute(path)?;
        let below = path.strip_prefix(&head.project.root).map(|relative| folder.join(relative));
        Ok(Some(below.ok().filter(|there| there.exists()).unwrap_or(path)))
    };
    let config = counterpart(&options.config)?;
    // The schema of a database is no part of a revision: the one that was read for the head serves both.
    let fetched = head.project.files.iter().find(|file| file.role == FileRole::Snapshot);
    let fetched = fetched.filter(|_| matches!(head.project.config.schema, Some(SchemaSource::Target(_))));
    let named = match (&options.schema, fetched) {
        (Some(_), _) => schema_source::prepare(options, folder, terminal)?,
        (None, Some(file)) => SchemaFile::Named(file.absolute.clone()),
        (None, None) => SchemaFile::Configured,
    };
    let schema = match &named {
        SchemaFile::Named(path) => counterpart(&Some(path.clone()))?,
        other => other.path().map(Path::to_owned),
    };
    load_at(folder, config.as_deref(), schema.as_deref(), Policies::Optional, terminal)
}

/// The repository that the project is in.
fn top_level(base: &str, root: &Path) -> anyhow::Result<PathBuf> {
    let found = git(root, ["rev-parse", "--show-toplevel"])?;
    if !found.status.success() {
        bail!(
            "there is no folder {base}, and {} is in no git repository where that could be a revision",
            root.display()
        );
    }
    Ok(PathBuf::from(line(&found)))
}

/// The files of a revision, in a folder that goes away with the value.
fn check_out(revision: &str, repository: &Path) -> anyhow::Result<TempDir> {
    let tree = format!("{revision}^{{tree}}");
    let found = git(repository, ["rev-parse", "--verify", "--quiet", "--end-of-options", &tree])?;
    if !found.status.success() {
        bail!("there is neither a folder nor a revision {revision}: name one of the two with --base");
    }
    let tree = line(&found);
    let folder = tempfile::tempdir().context("can't make a temporary folder")?;
    // An index of its own, so that the repository stays untouched.
    let index = folder.path().join("index");
    let prefix = format!("--prefix={}/", folder.path().join("tree").display());
    for arguments in [vec!["read-tree", &tree], vec!["checkout-index", "--all", "--quiet", &prefix]] {
        let done =
            command(repository, arguments).env("GIT_INDEX_FILE", &index).output().context("can't run git")?;
        if !done.status.success() {
            bail!("git can't check out {revision}: {}", String::from_utf8_lossy(&done.stderr).trim());
        }
    }
    Ok(folder)
}

fn git_line<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> anyhow::Result<String> {
    Ok(line(&git(folder, arguments)?))
}

fn git<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> anyhow::Result<Output> {
    command(folder, arguments)
        .output()
        .context("can't run git, which reads revisions: install it, or name a folder")
}

fn command(folder: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    // Set inside of hooks, where they would name another repository.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command
}

fn line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
}
