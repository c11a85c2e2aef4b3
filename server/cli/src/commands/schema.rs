//! `pgpe schema`: schema snapshots.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use pgpe_target::{find_target, store_schema};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{absolute, load_configuration};
use crate::schema_source::fetch;
use crate::terminal::Terminal;

/// Where a snapshot goes if nothing else is said, in the project's folder.
const DEFAULT_FILE: &str = ".pgpe/schema.json";

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read the schema of a database into a file, which `schema: { snapshot: FILE }` in pgpe.yaml names
    Pull(PullArguments),
}

/// Arguments of `schema pull`.
#[derive(Debug, Args)]
struct PullArguments {
    /// The target in pgpe.yaml to read
    #[arg(long, value_name = "TARGET")]
    target: String,
    /// The file to write [default: .pgpe/schema.json in the project's folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs one of the subcommands.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    match &arguments.command {
        Command::Pull(arguments) => pull(arguments, options, terminal),
    }
}

fn pull(arguments: &PullArguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let project = load_configuration(options)?;
    let target = find_target(&project.config, &arguments.target)?;
    let path = match &arguments.output {
        Some(path) => absolute(path)?,
        None => project.root.join(Path::new(DEFAULT_FILE)),
    };
    let catalog = fetch(&arguments.target, &target, terminal)?;
    store_schema(&path, &catalog)?;
    let policies: usize = catalog.relations.values().map(|relation| relation.policies.len()).sum();
    terminal.note(&format!(
        "the schema of {} is in {}: {} tables, {policies} policies",
        arguments.target,
        path.display(),
        catalog.tables().count()
    ));
    Ok(Status::Fine)
}
