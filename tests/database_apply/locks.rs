//! Others at the same tables: readers go on, and the plan waits or gives up.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::example::{Example, execute};

/// Reads the child's errors until it says that it is waiting.
fn until_it_waits(child: &mut Child) -> BufReader<std::process::ChildStderr> {
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut all = String::new();
    loop {
        let mut line = String::new();
        assert_ne!(errors.read_line(&mut line).unwrap(), 0, "it ended: {all}");
        if line.starts_with("try ") {
            return errors;
        }
        all.push_str(&line);
    }
}

fn ended(
    mut child: Child,
    mut errors: BufReader<std::process::ChildStderr>,
) -> (Option<i32>, String, String) {
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    errors.read_to_string(&mut err).unwrap();
    (child.wait().unwrap().code(), out, err)
}

const APPLY: &[&str] = &["apply", "--target", "dev", "--yes", "-v"];

#[test]
fn a_long_reader_makes_it_give_up_and_other_readers_go_on() {
    let example = Example::saas();
    let mut reader = example.database.connect();
    execute(&mut reader, "SET application_name = 'slow report'; BEGIN; SELECT * FROM users");
    let over = AtomicBool::new(false);
    let mut longest = Duration::ZERO;
    let run = std::thread::scope(|scope| {
        let readers = scope.spawn(|| {
            let mut client = example.database.connect();
            let mut longest = Duration::ZERO;
            while !over.load(Ordering::Relaxed) {
                for table in ["users", "projects", "tasks"] {
                    let started = Instant::now();
                    execute(&mut client, &format!("SELECT count(*) FROM {table}"));
                    longest = longest.max(started.elapsed());
                }
            }
            longest
        });
        let run = example.pgpe(&["apply", "--target", "dev", "--yes", "--patience", "3s"]);
        over.store(true, Ordering::Relaxed);
        longest = readers.join().unwrap();
        run
    });
    let run = run.exits(2);
    let said = ["gave up after 3 s", "slow report", "public.users", "the database is as before"];
    assert!(said.iter().all(|said| run.err.contains(said)), "{}", run.err);
    assert!(run.out.contains("in the way: process"), "{}", run.out);
    // Waiting behind a queued lock would have taken seconds.
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    assert_eq!(example.state(), Vec::<String>::new());
}

#[test]
fn it_goes_on_once_a_reader_is_done() {
    let example = Example::isolated();
    let mut reader = example.database.connect();
    execute(&mut reader, "BEGIN; SELECT * FROM projects");
    let mut child = example.start(APPLY);
    let errors = until_it_waits(&mut child);
    execute(&mut reader, "COMMIT");
    let (code, out, err) = ended(child, errors);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("applied to dev"), "{out}");
    assert_eq!(example.drift(), Vec::<String>::new());
}

#[test]
fn a_table_altered_after_the_plan_stops_it() {
    let example = Example::isolated();
    let mut other = example.database.connect();
    execute(&mut other, "BEGIN; SELECT * FROM projects");
    let mut child = example.start(APPLY);
    let errors = until_it_waits(&mut child);
    execute(&mut other, "ALTER TABLE projects ADD COLUMN secret text; COMMIT");
    let (code, _, err) = ended(child, errors);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("has changed since the plan") && err.contains("as before"), "{err}");
    assert_eq!(example.state(), Vec::<String>::new());
}

#[test]
fn of_two_applies_at_once_one_does_it() {
    let example = Example::isolated();
    let mut holder = example.database.connect();
    execute(&mut holder, "BEGIN; SELECT pg_advisory_xact_lock(1885827173, 1)");
    let mut children: Vec<Child> = (0..2).map(|_| example.start(APPLY)).collect();
    let errors: Vec<_> = children.iter_mut().map(until_it_waits).collect();
    execute(&mut holder, "COMMIT");
    let ends = children.into_iter().zip(errors).map(|(child, errors)| ended(child, errors));
    let mut ends: Vec<(Option<i32>, String, String)> = ends.collect();
    ends.sort();
    assert_eq!((ends[0].0, ends[1].0), (Some(0), Some(2)), "{ends:?}");
    assert!(ends[1].2.contains("has changed since the plan"), "{ends:?}");
    assert_eq!(example.drift(), Vec::<String>::new());
}
