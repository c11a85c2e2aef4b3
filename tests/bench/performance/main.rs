//! What the language server and the command line take on projects of any size: `make bench` runs it and writes
//! `tests/bench/RESULTS.md`; `cargo bench --bench performance -- --help` says how to run parts of it.

#![allow(missing_docs)]

mod asking;
mod client;
mod commands;
mod context;
mod edit_path;
mod editing;
mod floor;
mod functions;
#[path = "../generated.rs"]
mod generated;
mod machine;
mod peers;
mod process;
#[path = "../../support/processes.rs"]
#[allow(dead_code, clippy::unwrap_used)]
mod processes;
mod project;
#[allow(dead_code)]
mod proved;
mod report;
mod running;
mod session;
mod statistics;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};

use context::Context;
use generated::{Generated, Size};
use report::{ANY, Group, Measure};

/// Measures pgpe on generated projects and writes the figures as Markdown.
#[derive(Parser)]
struct CommandLine {
    /// How many tables the projects have
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1_000, 10_000])]
    tables: Vec<usize>,
    /// Only check that everything works: a small project, everything a few times, and no report
    #[arg(long)]
    short: bool,
    /// Only these groups
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// Where the figures are written [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// cargo says so
    #[arg(long, hide = true, global = true)]
    bench: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Write a project of that many tables into a folder
    Generate { folder: PathBuf, tables: usize },
    /// Make edits to a project, without a server; to be run under Valgrind
    #[command(hide = true)]
    EditPath { folder: PathBuf, cache: PathBuf, edits: usize, kind: String },
    /// Solve a share of a project's questions
    #[command(hide = true)]
    SolveShare { folder: PathBuf, index: usize, count: usize, how: String },
}

/// A group of figures.
struct Subject {
    /// By which it is chosen.
    name: &'static str,
    title: &'static str,
    intro: &'static str,
    measures: &'static [Measure],
    /// Whether it is measured for each size.
    by_size: bool,
    run: fn(&Context, usize, &mut Group) -> anyhow::Result<()>,
}

/// What cells of times have.
macro_rules! times {
    () => {
        "Median / 95 of 100 / longest (number of times)."
    };
}

/// What cells of runs have.
macro_rules! runs {
    () => {
        "Median / shortest (number of runs)."
    };
}

const SUBJECTS: &[Subject] = &[
    Subject {
        name: "edits",
        title: "From an edit to its first diagnostics",
        intro: concat!(
            "A server with five files of policies, one more and the schema open, in which all is proved. Each edit \
             is sent once the one before it is answered, while the server still tells what else has changed, or after \
             a pause. The first diagnostics are those of syntax, names and types, \
             and what is proved already. ",
            times!()
        ),
        measures: editing::DIAGNOSTICS,
        by_size: true,
        run: editing::diagnostics,
    },
    Subject {
        name: "verdicts",
        title: "From an edit to its verdict",
        intro: concat!("The same server; an edit is sent when nothing is pending. ", times!()),
        measures: editing::VERDICTS,
        by_size: true,
        run: editing::verdicts,
    },
    Subject {
        name: "requests",
        title: "Requests right after an edit",
        intro: concat!(
            "The request is sent together with an edit of its file: from sending both to the answer. ",
            times!()
        ),
        measures: asking::MEASURES,
        by_size: true,
        run: asking::measure,
    },
    Subject {
        name: "bursts",
        title: "Many edits in a row",
        intro: times!(),
        measures: editing::BURSTS,
        by_size: true,
        run: editing::bursts,
    },
    Subject {
        name: "starts",
        title: "Starting the server",
        intro: runs!(),
        measures: running::STARTS,
        by_size: true,
        run: running::starts,
    },
    Subject {
        name: "memory",
        title: "Memory",
        intro: "Of a server with five files open.",
        measures: running::MEMORY,
        by_size: true,
        run: running::memory_of_server,
    },
    Subject {
        name: "program",
        title: "The program",
        intro: runs!(),
        measures: commands::PROGRAM,
        by_size: false,
        run: commands::program,
    },
    Subject {
        name: "commands",
        title: "Commands",
        intro: concat!("Whole processes, from before the start to after the end. ", runs!()),
        measures: commands::PROJECT,
        by_size: true,
        run: commands::project,
    },
    Subject {
        name: "floor",
        title: "The floor",
        intro: concat!("What Z3 takes alone, as a measure of `check`. ", runs!()),
        measures: floor::MEASURES,
        by_size: true,
        run: floor::measure,
    },
    Subject {
        name: "functions",
        title: "Functions",
        intro: "In a project of 1,000 tables, as measured by `cargo bench --bench functions`: medians.",
        measures: functions::MEASURES,
        by_size: false,
        run: functions::read,
    },
    Subject {
        name: "instructions",
        title: "Instructions of an edit",
        intro: "They do not depend on what else the machine does.",
        measures: edit_path::MEASURES,
        by_size: true,
        run: edit_path::measure,
    },
];

fn main() -> anyhow::Result<()> {
    let line = CommandLine::parse();
    match &line.command {
        Some(Command::Generate { folder, tables }) => Ok(Generated::of(Size::of(*tables)).write(folder)?),
        Some(Command::EditPath { folder, cache, edits, kind }) => edit_path::run(folder, cache, *edits, kind),
        Some(Command::SolveShare { folder, index, count, how }) => {
            floor::solve_share(folder, *index, *count, how)
        }
        None => measure(&line),
    }
}

fn measure(line: &CommandLine) -> anyhow::Result<()> {
    let names: Vec<&str> = SUBJECTS.iter().map(|subject| subject.name).collect();
    if let Some(unknown) = line.only.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("there is no group {unknown:?}, but {}", names.join(", "));
    }
    let sizes = if line.short { vec![20] } else { line.tables.clone() };
    let context = Context::new(line.short)?;
    let mut groups: Vec<(&str, Group)> = Vec::new();
    let chosen = |subject: &&Subject| line.only.is_empty() || line.only.iter().any(|it| it == subject.name);
    for subject in SUBJECTS.iter().filter(chosen) {
        let mut group = Group::new(subject.title, subject.intro, subject.measures);
        let sizes = if subject.by_size { sizes.as_slice() } else { &[ANY] };
        for tables in sizes {
            eprintln!("{} at {tables} tables", subject.name);
            if let Err(error) = (subject.run)(&context, *tables, &mut group) {
                group.fail(*tables, &error);
            }
        }
        groups.push((subject.name, group));
    }
    let peers = functions::target_folder().join("bench/peers.json");
    if peers.exists() && !line.short {
        let intro = "Other programs on policies of the same size, as measured by `tests/bench/peers/run.py`: median / \
                     95 of 100, of provers the longest.";
        let mut group = Group::new("Peers", intro, &[]);
        if let Err(error) = peers::read(&peers, &mut group) {
            group.fail(ANY, &error);
        }
        groups.push(("peers", group));
    }
    let failures: usize = groups.iter().map(|(_, group)| group.failures().len()).sum();
    if !line.short {
        write(line, &groups)?;
    }
    match failures {
        0 if line.short => eprintln!("{} groups work", groups.len()),
        0 => {}
        count => bail!("{count} measurements failed"),
    }
    Ok(())
}

fn write(line: &CommandLine, groups: &[(&str, Group)]) -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let mut text = format!(
        "# Performance\n\nWritten by `make bench`, which runs `cargo bench --bench functions` and `cargo bench --bench \
         performance -- {}`.\nProjects are generated: tables of a few shapes in five schemas, a policy for each and \
         some more, ten to a file.\nA target that was missed is marked so.\n\n{}\n",
        arguments.join(" "),
        machine::describe()
    );
    for (_, group) in groups {
        text.push_str(&group.show());
    }
    match &line.out {
        Some(file) => {
            std::fs::write(file, text).with_context(|| format!("{} can't be written", file.display()))
        }
        None => {
            print!("{text}");
            Ok(())
        }
    }
}
