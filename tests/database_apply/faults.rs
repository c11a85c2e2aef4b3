//! Clients and servers that die, and connections that end, at every statement of an apply: the database is as
//! before or as planned, and what is said of it is true.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use postgres::Client;

use crate::cli::{Run, run};
use crate::example::{Example, ISOLATION, TWO_TABLES, column, execute};
use crate::postgres_server::{Database, Server};
use crate::proxy::{Harm, Proxy};

const APPLY: &[&str] = &["apply", "--target", "dev", "--yes"];
const PLANNED: [&str; 3] =
    ["enabled projects", "forced projects", "policy own_projects_projects on projects"];

/// A run through a proxy, the message at which harm was done, and what the database was like afterwards.
struct Harmed {
    run: Run,
    at: String,
    state: Vec<String>,
}

/// Applies with harm at that message; `None` if the apply has fewer.
fn harmed(example: &Example, at: usize, harm: Harm) -> Option<Harmed> {
    reset(example);
    let proxy = Proxy::start(example.database.port(), at, harm, || {});
    example.redirect(&address(&example.database, proxy.port));
    let run = run(example.command(APPLY), b"");
    let at = proxy.happened()?;
    quiet(example);
    Some(Harmed { run, at, state: example.state() })
}

fn address(database: &Database, port: u16) -> String {
    format!("postgresql://postgres@127.0.0.1:{port}/{}?sslmode=disable", database.name)
}

/// Waits until no transaction of the client's is left.
fn quiet(example: &Example) {
    let mut client = example.database.connect();
    let started = Instant::now();
    let left = |client: &mut Client| {
        let sql = "SELECT pid FROM pg_stat_activity
            WHERE application_name = 'pgpe' AND datname = current_database()";
        column(client, sql)
    };
    while !left(&mut client).is_empty() {
        assert!(started.elapsed() < Duration::from_secs(20), "a session stays");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn reset(example: &Example) {
    let _ = std::fs::remove_dir_all(example.project.path(".pgpe"));
    let sql = "DROP POLICY IF EXISTS own_projects_projects ON projects;
        ALTER TABLE projects DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY";
    execute(&mut example.database.connect(), sql);
}

/// What is said about the database is what it is like.
#[track_caller]
fn check(harmed: &Harmed) {
    let Harmed { run, at, state } = harmed;
    let is_before = state.is_empty();
    assert!(is_before || *state == PLANNED, "{at}: {state:?}");
    match run.code {
        // The answer may come before the harm.
        0 => assert!(
            !is_before && (run.err.is_empty() || run.err.contains("the database is as planned")),
            "{at}: {}",
            run.err
        ),
        2 => assert!(is_before && run.err.contains("the database is as before"), "{at}: {}", run.err),
        code => panic!("{at}: {code} {}", run.err),
    }
    assert_eq!(run.err.matches("error:").count(), usize::from(run.code == 2), "{at}: {}", run.err);
}

#[test]
fn a_connection_that_ends() {
    let example = Example::isolated();
    for harm in [Harm::CutBefore, Harm::CutAfter] {
        let mut messages = Vec::new();
        while let Some(harmed) = harmed(&example, messages.len() + 1, harm) {
            check(&harmed);
            if harmed.at == "COMMIT" {
                assert_eq!(harmed.run.code == 0, harm == Harm::CutAfter);
            } else {
                assert_eq!(harmed.run.code, 2, "{}", harmed.at);
            }
            messages.push(harmed.at);
        }
        let has = |start: &str| messages.iter().any(|message| message.starts_with(start));
        assert!(
            has("LOCK TABLE") && has("CREATE POLICY") && has("ALTER TABLE") && has("COMMIT"),
            "{messages:?}"
        );
    }
}

#[test]
fn a_commit_of_which_nothing_more_is_heard() {
    let example = Example::isolated();
    let mut at = 0;
    let harmed = loop {
        at += 1;
        let Some(cut) = harmed(&example, at, Harm::CutBefore) else { panic!("no COMMIT") };
        if cut.at == "COMMIT" {
            break harmed(&example, at, Harm::CutForGood).unwrap();
        }
    };
    assert_eq!(harmed.run.code, 2);
    assert!(harmed.run.err.contains("it is unknown whether"), "{}", harmed.run.err);
    // In truth it is as planned, and the next apply finds that out.
    assert_eq!(harmed.state, PLANNED);
    example.redirect(&example.database.url());
    assert!(example.pgpe(APPLY).exits(0).out.starts_with("nothing to do"));
    assert_eq!(example.drift(), Vec::<String>::new());
    assert!(example.project.path(".pgpe/applied/dev.json").exists());
}

#[test]
fn a_client_that_is_killed() {
    let example = Example::isolated();
    for harm in [Harm::TellBefore, Harm::TellAfter] {
        for at in 1.. {
            reset(&example);
            let child = Arc::new(Mutex::new(None));
            let victim = Arc::clone(&child);
            let proxy = Proxy::start(example.database.port(), at, harm, move || {
                let mut victim = victim.lock().unwrap();
                let victim: &mut std::process::Child = victim.as_mut().unwrap();
                victim.kill().unwrap();
            });
            example.redirect(&address(&example.database, proxy.port));
            let mut command: Command = example.command(APPLY);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            {
                // Held, so that nobody is told before the child is there.
                let mut place = child.lock().unwrap();
                *place = Some(command.spawn().unwrap());
            }
            wait(&child);
            let Some(message) = proxy.happened() else { break };
            quiet(&example);
            let state = example.state();
            let committed = message == "COMMIT" && harm == Harm::TellAfter;
            let expected: &[&str] = if committed { &PLANNED } else { &[] };
            assert_eq!(state, expected, "{message}");
            // Whatever happened, the next apply leads there.
            if message == "COMMIT" || message.starts_with("CREATE") {
                example.redirect(&example.database.url());
                example.pgpe(APPLY).exits(0);
                assert_eq!(example.drift(), Vec::<String>::new());
            }
        }
    }
}

/// Waits for the child without keeping others from it.
fn wait(child: &Mutex<Option<std::process::Child>>) {
    while child.lock().unwrap().as_mut().unwrap().try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_server_that_stops_at_once() {
    let server = Server::own();
    let example = Example::on(server.create_database(), TWO_TABLES, ISOLATION, |url| {
        format!("targets: {{ dev: {{ url: \"{url}\" }} }}\n")
    });
    let stops = ["LOCK TABLE", "CREATE POLICY", "ALTER TABLE", "COMMIT"];
    for harm in [Harm::TellBefore, Harm::TellAfter] {
        for stop in stops {
            // Which message that is, by a run that is cut there.
            let at = (1..)
                .find(|at| harmed(&example, *at, Harm::CutBefore).unwrap().at.starts_with(stop))
                .unwrap();
            reset(&example);
            let proxy = Proxy::start(example.database.port(), at, harm, || {
                server.stop_at_once();
                server.start_again();
            });
            example.redirect(&address(&example.database, proxy.port));
            let run = run(example.command(APPLY), b"");
            let at = proxy.happened().unwrap();
            assert!(at.starts_with(stop), "{at}");
            quiet(&example);
            let harmed = Harmed { run, at, state: example.state() };
            check(&harmed);
            assert_eq!(
                harmed.run.code == 0,
                stop == "COMMIT" && harm == Harm::TellAfter,
                "{}",
                harmed.run.err
            );
        }
    }
}
