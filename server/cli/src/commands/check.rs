//! `pgpe check`: all that needs no database, reported for people, programs and services.

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pgpe_report::{Finding, Report, TableVerdicts, github, gitlab, human, json, junit, sarif};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{Loaded, Policies, configuration_error, load};
use crate::proving::Proving;
use crate::reporting::{FailOn, status};
use crate::reports::KeptReport;
use crate::scope::Scope;
use crate::terminal::Terminal;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Report only on these files and folders; the whole project is analysed all the same
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The lowest severity that makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t)]
    fail_on: FailOn,
}

/// Forms of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Human,
    /// This tool's own JSON
    Json,
    /// SARIF 2.1.0, for code scanners
    Sarif,
    /// Annotations in GitHub Actions
    Github,
    /// A code quality report for GitLab
    Gitlab,
    /// JUnit XML, for test reports
    Junit,
}

/// Checks and reports.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    // Taken to pieces by the end of the process: to do so here takes as long as the report.
    let loaded = ManuallyDrop::new(load(options, Policies::Required, terminal)?);
    if !loaded.mistakes.is_empty() {
        terminal.error(&configuration_error(&loaded.mistakes));
        let report = Report::new(loaded.mistakes.clone(), Vec::new());
        print(arguments, &loaded, &report, terminal)?;
        return Ok(Status::Failure);
    }
    let scope = Scope::of_paths(&arguments.paths, &loaded.project)?;
    let (mut findings, mut tables) = find(&loaded, options, terminal)?;
    if let Some(scope) = scope {
        scope.narrow(&mut findings, &mut tables);
    }
    let report = Report::new(findings, tables);
    print(arguments, &loaded, &report, terminal)?;
    Ok(status(&report, arguments.fail_on))
}

/// What is found in the whole project: by looking, or as it was found before where nothing has changed.
fn find(
    loaded: &Loaded,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<(Vec<Finding>, Vec<TableVerdicts>)> {
    let kept = KeptReport::of(&loaded.project, options);
    if let Some(found) = kept.as_ref().and_then(KeptReport::recall) {
        terminal.detail(|| "nothing has changed since the last check: its report is shown again".to_owned());
        return Ok(found);
    }
    let mut proving = Proving::new(loaded.project.config.solver_timeout_ms, options, terminal)?;
    let checked = proving.check(&loaded.analysis())?;
    if let Some(kept) = kept {
        kept.keep(&checked);
    }
    Ok((checked.findings, checked.tables))
}

fn print(arguments: &Arguments, loaded: &Loaded, report: &Report, terminal: &Terminal) -> anyhow::Result<()> {
    let texts = &loaded.texts;
    let colour = terminal.colour();
    terminal.print(&match arguments.format {
        Format::Human if terminal.is_quiet() => human::findings(&report.findings, texts, colour),
        Format::Human => human::check(report, texts, colour),
        Format::Json => json::check(report, texts),
        Format::Sarif => sarif::render(report, texts),
        Format::Github => github::render(report, texts),
        Format::Gitlab => gitlab::render(report, texts),
        Format::Junit => junit::render(report, texts, arguments.fail_on.severity()),
    })
}
