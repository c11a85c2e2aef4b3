//! Schemas that have to be fetched from a server before a project can be read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use pgpe_catalog::Catalog;
use pgpe_config::{Config, Target};
use pgpe_database::{ConnectOptions, connect, introspect};
use pgpe_project::{Layout, Location, read_text};
use pgpe_target::{find_target, store_schema};
use tempfile::NamedTempFile;

use crate::arguments::GlobalOptions;
use crate::target::block_on;
use crate::terminal::Terminal;

/// What to read in the place of the configured schema.
pub enum SchemaFile {
    /// Nothing: the configured one is there.
    Configured,
    /// A file that was named.
    Named(PathBuf),
    /// A file that goes away with this value.
    Fetched(NamedTempFile),
}

impl SchemaFile {
    /// The file, unless the configured one is meant.
    pub fn path(&self) -> Option<&Path> {
        match self {
            SchemaFile::Configured => None,
            SchemaFile::Named(path) => Some(path),
            SchemaFile::Fetched(file) => Some(file.path()),
        }
    }
}

/// Sees to it that the schema which a project is to be read with is in a file: that of a target in the
/// project's folder, where it stays, that of `--schema URL` in a temporary one.
pub fn prepare(options: &GlobalOptions, start: &Path, terminal: &Terminal) -> anyhow::Result<SchemaFile> {
    match &options.schema {
        Some(url) if is_url(url) => fetch_aside(&url.to_string_lossy(), terminal).map(SchemaFile::Fetched),
        Some(schema) => Ok(SchemaFile::Named(schema.clone())),
        None => {
            keep_target(options, start, terminal)?;
            Ok(SchemaFile::Configured)
        }
    }
}

/// Whether `--schema` names a database and not a file.
pub fn is_url(schema: &Path) -> bool {
    let text = schema.to_string_lossy();
    text.starts_with("postgresql://") || text.starts_with("postgres://")
}

/// The schema of a database that is no target.
fn fetch_aside(url: &str, terminal: &Terminal) -> anyhow::Result<NamedTempFile> {
    let target = Target { url: url.to_owned(), protected: false };
    let catalog = fetch("--schema", &target, terminal)?;
    let mut builder = tempfile::Builder::new();
    let file = builder.prefix("pgpe-schema-").suffix(".json").tempfile();
    let file = file.context("can't make a temporary file for the schema")?;
    fs::write(file.path(), catalog.to_snapshot()?).context("can't write the schema to a temporary file")?;
    Ok(file)
}

/// Reads the schema of the target that the configuration names, if it was not yet or is to be read anew.
/// Mistakes of the configuration are for others to report.
fn keep_target(options: &GlobalOptions, start: &Path, terminal: &Terminal) -> anyhow::Result<()> {
    let location = Location::find(start, options.config.as_deref())?;
    let Some(text) = location.config.as_ref().and_then(|path| read_text(path).ok()) else { return Ok(()) };
    let (Ok(config), Ok(layout)) = (Config::parse(&text), Layout::new(&location, Some(&text), None)) else {
        return Ok(());
    };
    let (Some(name), Some(path)) = (layout.schema_target(), layout.schema_path()) else { return Ok(()) };
    if path.exists() && !options.refresh {
        terminal.detail(|| format!("the schema of {name} is as it was read last: --refresh reads it anew"));
        return Ok(());
    }
    let catalog = fetch(name, &find_target(&config, name)?, terminal)?;
    store_schema(path, &catalog)?;
    Ok(())
}

/// The schema of a target as it is now.
pub fn fetch(name: &str, target: &Target, terminal: &Terminal) -> anyhow::Result<Catalog> {
    block_on(async {
        let mut session = connect(name, target, &ConnectOptions::default()).await?;
        terminal.detail(|| format!("reading the schema of {}", session.description));
        let found = introspect(&mut session.client).await?;
        for unseen in &found.unseen {
            terminal.note(unseen);
        }
        Ok(found.catalog)
    })
}
