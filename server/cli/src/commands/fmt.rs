//! `pgpe fmt`: the canonical layout, in place or from standard input to standard output.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::Args;
use pgpe_config::{Config, Rule};
use pgpe_project::{FileRole, Layout, Location, read_text};
use pgpe_report::{Finding, human};
use pgpe_syntax::{Parse, parse};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{absolute, working_directory};
use crate::storing;
use crate::terminal::Terminal;

/// Arguments of `fmt`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Change nothing; list the files that would change, and exit with 1 if there are any
    #[arg(long)]
    check: bool,
    /// Files and folders, or - for standard input [default: the project's policies]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// What standard input is called in messages.
pub const STDIN: &str = "<stdin>";

/// Formats.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    if is_stdin(&arguments.paths)? {
        return format_stdin(arguments.check, terminal);
    }
    let mut worst = Status::Fine;
    for file in files(&arguments.paths, options, terminal)? {
        // One file that can't be read does not keep the others from their layout.
        let status = match format_file(&file, arguments.check, terminal) {
            Ok(status) => status,
            Err(error) => {
                terminal.error(&format!("{error:#}"));
                Status::Failure
            }
        };
        worst = worst.max(status);
    }
    Ok(worst)
}

/// Whether the paths stand for standard input.
pub fn is_stdin(paths: &[PathBuf]) -> anyhow::Result<bool> {
    let any = paths.iter().any(|path| path == Path::new("-"));
    if any && paths.len() > 1 {
        bail!("- stands for standard input and can't be combined with other paths: give one or the others");
    }
    Ok(any)
}

/// All of standard input as text.
pub fn read_stdin() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let limit = pgpe_project::MAX_FILE_BYTES;
    std::io::stdin()
        .lock()
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .context("standard input can't be read")?;
    pgpe_project::check_size(Path::new(STDIN), bytes.len() as u64)?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        anyhow::anyhow!("standard input is not UTF-8 (byte {offset}): convert it to UTF-8")
    })
}

/// A text's syntax errors as findings.
fn syntax_findings(file: &str, parse: &Parse) -> Vec<Finding> {
    let errors = parse.errors().iter();
    errors
        .map(|error| {
            let range = error.range.start().into()..error.range.end().into();
            let rule = Rule::from_str(error.rule.id()).unwrap_or(Rule::Syntax);
            Finding::new(rule, error.message.clone()).at(file, range)
        })
        .collect()
}

fn format_stdin(check: bool, terminal: &Terminal) -> anyhow::Result<Status> {
    let text = read_stdin()?;
    let parse = parse(&text);
    let formatted = pgpe_syntax::format(&parse);
    let broken = report_errors(STDIN, &text, &parse, terminal);
    if check {
        let changes = formatted != text;
        if changes {
            terminal.print(&format!("{STDIN}\n"))?;
        }
        return Ok(Status::of_findings(changes || broken));
    }
    terminal.print(&formatted)?;
    Ok(Status::of_findings(broken))
}

fn format_file(path: &Path, check: bool, terminal: &Terminal) -> anyhow::Result<Status> {
    let text = read_text(path)?;
    let parse = parse(&text);
    let formatted = pgpe_syntax::format(&parse);
    let shown = shown(path);
    let broken = report_errors(&shown, &text, &parse, terminal);
    let changes = formatted != text;
    if changes && check {
        terminal.print(&format!("{shown}\n"))?;
    } else if changes {
        storing::replace(path, &formatted)?;
        terminal.detail(|| format!("formatted {shown}"));
    }
    Ok(Status::of_findings(broken || (changes && check)))
}

/// Whether there were any.
fn report_errors(file: &str, text: &str, parse: &Parse, terminal: &Terminal) -> bool {
    let findings = syntax_findings(file, parse);
    if findings.is_empty() {
        return false;
    }
    let sources = BTreeMap::from([(file.to_owned(), text.to_owned())]);
    terminal.print_error(&human::findings(&findings, &sources, terminal.error_colour()));
    terminal.error(&format!("{file} has syntax errors: what holds them was left as it is"));
    true
}

/// The files to format: those named, those of the project below folders that are named, or all.
fn files(paths: &[PathBuf], options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Vec<PathBuf>> {
    let (folders, mut files): (Vec<&PathBuf>, Vec<PathBuf>) = {
        let (folders, files): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| path.is_dir());
        (folders, files.into_iter().cloned().collect())
    };
    if paths.is_empty() || !folders.is_empty() {
        let (layout, policies) = project_policies(options, terminal)?;
        if paths.is_empty() && policies.is_empty() {
            let patterns = layout.config().policies.clone();
            return Err(
                pgpe_project::ProjectError::NoPolicies { root: layout.root().to_owned(), patterns }.into()
            );
        }
        if paths.is_empty() {
            files.extend(policies.iter().cloned());
        }
        for folder in folders {
            let below = absolute(folder)?;
            let found: Vec<&PathBuf> = policies.iter().filter(|file| file.starts_with(&below)).collect();
            if found.is_empty() {
                bail!(
                    "no policies of this project under {}: `policies` in pgpe.yaml says {}",
                    folder.display(),
                    layout.config().policies.join(", ")
                );
            }
            files.extend(found.into_iter().cloned());
        }
    }
    Ok(files)
}

fn project_policies(options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<(Layout, Vec<PathBuf>)> {
    let location = Location::find(&working_directory()?, options.config.as_deref())?;
    let config_text = location.config.as_deref().map(read_text).transpose()?;
    if let Some(mistake) =
        config_text.as_deref().and_then(|text| Config::parse(text).err()?.into_iter().next())
    {
        bail!("{} can't be used, correct it first: {}", pgpe_project::CONFIG_FILE, mistake.message);
    }
    let layout = Layout::new(&location, config_text.as_deref(), options.schema.as_deref())?;
    let (found, errors) = layout.policy_files();
    let pattern_errors =
        layout.errors().iter().filter(|error| matches!(error, pgpe_project::ProjectError::Pattern { .. }));
    let errors: Vec<String> = errors.iter().chain(pattern_errors).map(ToString::to_string).collect();
    if let Some((last, others)) = errors.split_last() {
        for error in others {
            terminal.error(error);
        }
        bail!("{last}");
    }
    let policies = found.into_iter().filter(|file| layout.role(file) == Some(FileRole::Policies)).collect();
    Ok((layout, policies))
}

/// The path as someone in the working directory would write it.
fn shown(path: &Path) -> String {
    let below =
        working_directory().ok().and_then(|folder| path.strip_prefix(folder).ok().map(Path::to_owned));
    below.as_deref().unwrap_or(path).display().to_string()
}
