//! `pgpe analyze`: every proof's verdict by table and command, with counterexamples.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};
use pgpe_config::{Rule, nearest};
use pgpe_ide::{Checked, Replay};
use pgpe_report::{Report, human, json, statements};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{Loaded, Policies, configuration_error, load};
use crate::proving::Proving;
use crate::reporting::{FailOn, status};
use crate::scope::is_named;
use crate::storing::replace;
use crate::tables::find_tables;
use crate::terminal::Terminal;

/// Arguments of `analyze`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Report only on this table
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// Report only this proof, such as tenant-isolation
    #[arg(long, value_name = "ID")]
    proof: Option<String>,
    /// Write the counterexamples of the findings reported to this file, as SQL that shows them
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Report which statements work on this table, and which are refused or leave out rows
    #[arg(long, value_name = "TABLE", conflicts_with_all = ["table", "proof", "replay", "fail_on"])]
    statements: Option<String>,
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
}

/// The rules that have verdicts.
const PROOFS: &[Rule] = &[
    Rule::Contradiction,
    Rule::Tautology,
    Rule::Subsumption,
    Rule::Redundancy,
    Rule::TenantIsolation,
    Rule::CrossWrite,
    Rule::CrossTenantReference,
    Rule::WriteRestriction,
    Rule::SoftDelete,
    Rule::Coverage,
    Rule::RoleSeparation,
];

/// Analyses and reports.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let proof = arguments.proof.as_deref().map(parse_proof).transpose()?;
    let loaded = load(options, Policies::Required, terminal)?;
    if let Some(table) = &arguments.statements {
        return report_statements(table, arguments.format, &loaded, options, terminal);
    }
    let broken = !loaded.mistakes.is_empty();
    let report = if broken {
        terminal.error(&configuration_error(&loaded.mistakes));
        Report::new(loaded.mistakes.clone(), Vec::new())
    } else {
        if let Some(table) = &arguments.table {
            find_tables(&loaded.analysis(), table)?;
        }
        let mut proving = Proving::new(loaded.project.config.solver_timeout_ms, options, terminal)?;
        let mut checked = proving.check(&loaded.analysis())?;
        if let Some(table) = &arguments.table {
            keep_table(&mut checked, table);
        }
        if let Some(proof) = proof {
            keep_proof(&mut checked, proof);
        }
        if let Some(file) = &arguments.replay {
            let mut replays = proving.replays(&loaded.analysis())?;
            replays.retain(|replay| checked.findings.contains(&replay.finding));
            replace(file, &replay_script(&replays))?;
            terminal.detail(|| format!("{} counterexamples in {}", replays.len(), file.display()));
        }
        Report::new(checked.findings, checked.tables)
    };
    terminal.print(&match arguments.format {
        Format::Human => human::analyze(&report, &loaded.texts, terminal.colour()),
        Format::Json => json::analyze(&report, &loaded.texts),
    })?;
    Ok(if broken { Status::Failure } else { status(&report, arguments.fail_on) })
}

/// Which statements work on a table.
fn report_statements(
    table: &str,
    format: Format,
    loaded: &Loaded,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    if loaded.refuses_configuration(terminal) {
        return Ok(Status::Failure);
    }
    let analysis = loaded.analysis();
    let tables = find_tables(&analysis, table)?;
    let mut proving = Proving::new(loaded.project.config.solver_timeout_ms, options, terminal)?;
    for table in &tables {
        let found = proving.complete(|outcome| {
            let found = analysis.statements(table, outcome)?;
            Ok(found.map_or((None, Vec::new()), |(statements, open)| (Some(statements), open)))
        })?;
        if let Some(statements) = found {
            terminal.print(&match format {
                Format::Human => statements::human(&statements, terminal.colour()),
                Format::Json => statements::json(&statements),
            })?;
        }
    }
    Ok(Status::Fine)
}

/// All scripts as one, for psql.
fn replay_script(replays: &[Replay]) -> String {
    let head = "-- Shows the counterexamples that pgpe has found, each in a transaction that is rolled back.\n\
                -- Run it as a superuser: psql -f FILE. It ends with an error where one does not show.\n\
                \\set ON_ERROR_STOP on\n";
    replays.iter().fold(head.to_owned(), |script, replay| script + "\n" + &replay.sql)
}

fn parse_proof(id: &str) -> anyhow::Result<Rule> {
    let ids = || PROOFS.iter().map(|rule| rule.id());
    let all = || ids().collect::<Vec<_>>().join(", ");
    match Rule::from_str(id) {
        Ok(rule) if PROOFS.contains(&rule) => Ok(rule),
        Ok(rule) => bail!("the rule {rule} is not a proof; the proofs are {}", all()),
        Err(_) => Err(match nearest(id, ids()) {
            Some(nearest) => anyhow!("there is no proof `{id}`: did you mean `{nearest}`?"),
            None => anyhow!("there is no proof `{id}`; the proofs are {}", all()),
        }),
    }
}

/// Keeps what concerns the table. A finding that names no table is kept if its policy governs this one.
fn keep_table(checked: &mut Checked, name: &str) {
    checked.tables.retain(|table| is_named(name, &table.schema, &table.table));
    let policies: Vec<&String> = checked.tables.iter().flat_map(|table| &table.policies).collect();
    checked.findings.retain(|finding| match (&finding.table, &finding.policy) {
        (Some(table), _) => match table.split_once('.') {
            Some((schema, table)) => is_named(name, schema, table),
            None => table == name,
        },
        (None, Some(policy)) => policies.contains(&policy),
        (None, None) => false,
    });
}

fn keep_proof(checked: &mut Checked, proof: Rule) {
    for command in checked.tables.iter_mut().flat_map(|table| table.commands.values_mut()) {
        command.verdicts.retain(|rule, _| *rule == proof);
        command.assumptions.retain(|rule, _| *rule == proof);
        for verdicts in command.by_role.values_mut() {
            verdicts.retain(|rule, _| *rule == proof);
        }
        command.by_role.retain(|_, verdicts| !verdicts.is_empty());
    }
    let told_of =
        |rule: Rule| rule == proof || (rule == Rule::UnknownVerdict && proof == Rule::TenantIsolation);
    checked.findings.retain(|finding| told_of(finding.rule));
}
