//! The command line: global options and the list of subcommands. Each subcommand's own arguments stand in its
//! file.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    analyze, apply, check, compile, completions, define, diff, explain, fmt, import, keep_server, lsp,
    matrix, monitor, reconcile, schema, status, why,
};

/// Language server and tools for policies that compile to PostgreSQL row-level security.
#[derive(Debug, Parser)]
#[command(
    name = "pgpe",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 fine, 1 the project has findings that matter, 2 the tool could not do its work."
)]
pub struct CommandLine {
    /// Options of all subcommands.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every subcommand takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// The configuration [default: the nearest pgpe.yaml in this folder or above]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database's schema, in place of the configured one: a file of SQL, a snapshot (.json), or the URL of
    /// a database
    #[arg(long, global = true, value_name = "FILE|URL")]
    pub schema: Option<PathBuf>,
    /// Read the schema of the configured target anew
    #[arg(long, global = true)]
    pub refresh: bool,
    /// Prove everything anew: neither use nor keep verdicts and reports in $PGPE_CACHE_DIR [default: pgpe in the
    /// user's cache folder]
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// Say only what is wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what is being done
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Colours in output for people
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: ColorChoice,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check policies: syntax, names, types, lints and proofs
    Check(check::Arguments),
    /// Bring policies into their canonical layout
    Fmt(fmt::Arguments),
    /// Validate new policies and add them to the project
    Define(define::Arguments),
    /// Report every proof's verdict by table and command, with counterexamples
    Analyze(analyze::Arguments),
    /// Compare access with an earlier state: wider, narrower, incomparable or the same
    Diff(diff::Arguments),
    /// Explain clause by clause why a row does or does not pass in a session
    Why(why::Arguments),
    /// Compile policies to SQL
    Compile(compile::Arguments),
    /// Bring a database to what the project says: show a plan, then run it in one transaction
    Apply(apply::Arguments),
    /// Report where a database is not what the project says
    Monitor(monitor::Arguments),
    /// Resolve drift: repair it, report it, or close the tables that it is on
    Reconcile(reconcile::Arguments),
    /// Show policies, coverage, proofs, the last apply and drift in one screen
    Status(status::Arguments),
    /// Read a database's schema into a file
    Schema(schema::Arguments),
    /// Show which role may do what on which table: open, conditional, denied or bypassed
    Matrix(matrix::Arguments),
    /// Write the policies that the schema has already in the policy language
    Import(import::Arguments),
    /// Apply, drift and reconcile an example on a throw-away PostgreSQL
    Demo,
    /// Explain a rule, or list all rules
    Explain(explain::Arguments),
    /// Run the language server on standard input and output
    Lsp(lsp::Arguments),
    /// Print the JSON Schema of pgpe.yaml
    ConfigSchema,
    /// Print a script that completes this command's arguments in a shell
    Completions(completions::Arguments),
    /// Keep a throw-away PostgreSQL until standard input ends; started by `demo`
    #[command(hide = true)]
    KeepServer(keep_server::Arguments),
    /// Solve proof obligations from standard input; started by the other subcommands
    #[command(hide = true)]
    ProveWorker,
}
