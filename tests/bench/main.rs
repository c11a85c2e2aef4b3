//! What the commands that work on a database take when it is large. Not part of a test run, as times are nothing to
//! pass or fail by: `cargo test --release --test bench -- --ignored --nocapture` prints a table for `DATABASE.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../cli/support.rs"]
#[allow(dead_code)]
mod cli;
#[path = "../support/many_tables.rs"]
#[allow(dead_code)]
mod many_tables;
#[path = "../support/postgres.rs"]
mod postgres_server;

use std::time::Instant;

use cli::{Project, command, run};
use postgres_server::Database;
use tempfile::TempDir;

/// The numbers of tables to try.
const TABLES: [usize; 3] = [10, 100, 1_000];

/// What is measured: in words, the arguments, the exit code.
const STEPS: [(&str, &[&str], i32); 9] = [
    ("`pgpe schema pull`", &["schema", "pull", "--target", "dev"], 0),
    ("`pgpe apply --dry-run`, nothing proved before", &["apply", "--target", "dev", "--dry-run"], 0),
    ("`pgpe apply --dry-run` again: the plan", &["apply", "--target", "dev", "--dry-run"], 0),
    ("`pgpe monitor`, all missing", &["monitor", "--target", "dev"], 1),
    ("`pgpe apply --yes`", &["apply", "--target", "dev", "--yes"], 0),
    ("`pgpe apply --yes` again: nothing to do", &["apply", "--target", "dev", "--yes"], 0),
    ("`pgpe monitor`, clean", &["monitor", "--target", "dev"], 0),
    ("`pgpe reconcile --strategy auto`", &["reconcile", "--target", "dev", "--strategy", "auto", "--yes"], 0),
    ("`pgpe status`", &["status", "--target", "dev"], 0),
];

/// A database of many tables, and a project with a policy for each.
struct Large {
    database: Database,
    project: Project,
    cache: TempDir,
}

/// What a command took.
struct Taken {
    seconds: f64,
    /// Messages with statements that the server got.
    statements: usize,
}

impl Large {
    fn new(tables: usize) -> Large {
        let database = Database::create();
        database.load(&many_tables::schema(tables));
        let name = &database.name;
        let log = format!("ALTER DATABASE {name} SET log_statement = 'all'");
        database.connect().batch_execute(&log).unwrap();
        let config = format!("version: 1\ntargets: {{ dev: {{ url: \"{}\" }} }}\n", database.url());
        let policies: String = (0..tables).map(|table| many_tables::policy(table, false)).collect();
        let project = Project::new(&[("pgpe.yaml", &config), ("p.policy", &policies)]);
        Large { database, project, cache: tempfile::tempdir().unwrap() }
    }

    fn take(&self, arguments: &[&str], code: i32) -> Taken {
        let mut command = command(&self.project.path(""), arguments);
        command.env("PGPE_CACHE_DIR", self.cache.path());
        let logged = self.database.log().len();
        let started = Instant::now();
        run(command, b"").exits(code);
        let seconds = started.elapsed().as_secs_f64();
        let log = self.database.log().split_off(logged);
        let is_sent = |line: &&str| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ");
        Taken { seconds, statements: log.lines().filter(is_sent).count() }
    }
}

#[test]
#[ignore = "measures, and takes minutes"]
fn commands_on_databases_of_many_tables() {
    let columns: Vec<String> = TABLES.iter().map(|tables| format!(" {tables} tables |")).collect();
    println!("| |{}\n|---|{}", columns.concat(), "---|".repeat(TABLES.len()));
    let large: Vec<Large> = TABLES.iter().map(|tables| Large::new(*tables)).collect();
    for (words, arguments, code) in STEPS {
        let taken = large.iter().map(|large| large.take(arguments, code));
        let cells: Vec<String> = taken
            .map(|taken| format!(" {:.2} s, {} statements |", taken.seconds, taken.statements))
            .collect();
        println!("| {words} |{}", cells.concat());
    }
}
