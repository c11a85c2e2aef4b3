//! Killing solver processes, or the process that started them, at any moment changes no verdict and leaves
//! nothing behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/lsp_client.rs"]
#[allow(dead_code)]
mod lsp_client;
#[path = "support/many_tables.rs"]
mod many_tables;
#[path = "support/processes.rs"]
#[allow(dead_code)]
mod processes;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lsp_client::{Client, Folder, Published};
use many_tables::{policies, policy, schema};
use processes::{exists, is_running, running_children, signal};
use rustix::process::Signal;
use serde_json::Value;

/// Tables that `pgpe analyze` is to analyse.
const TABLES: usize = 200;

/// Kills workers of a process at random, until told to stop.
struct Killer {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Vec<u32>>,
}

impl Killer {
    fn of_workers_of(parent: u32) -> Killer {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut killed = Vec::new();
            let mut random = Random(u64::from(parent));
            while !stopped.load(Ordering::Relaxed) {
                let workers = running_children(parent);
                if !workers.is_empty() {
                    let worker = workers[random.below(workers.len())];
                    if signal(worker, Signal::KILL) {
                        killed.push(worker);
                    }
                }
                std::thread::sleep(Duration::from_millis(20 + random.below(130) as u64));
            }
            killed
        });
        Killer { stop, thread }
    }

    /// The processes that it has killed.
    fn stop(self) -> Vec<u32> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Xorshift: any numbers will do.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

fn project() -> Folder {
    Folder::new(&[("schema.sql", &schema(TABLES)), ("all.policy", &policies(TABLES))])
}

fn start_analysis(folder: &Folder) -> Child {
    Command::new(env!("CARGO_BIN_EXE_pgpe"))
        .args(["analyze", "--no-cache", "--verbose", "--format", "json"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What an analysis prints, and how often it called the solver.
fn end_analysis(child: Child) -> (Value, u64) {
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "there are leaks: {errors}");
    let calls = errors.lines().find_map(|line| line.strip_prefix("proofs done: ")?.split(' ').next());
    (serde_json::from_slice(&output.stdout).unwrap(), calls.unwrap().parse().unwrap())
}

/// Where two documents differ, and how.
fn first_difference(path: &str, one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) if one.len() == other.len() => {
            let mut keys = one.iter();
            keys.find_map(|(key, value)| first_difference(&format!("{path}/{key}"), value, &other[key]))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| first_difference(&format!("{path}/{at}"), one, other))
        }
        _ if one == other => None,
        _ => Some(format!("{path}: {:.200} became {:.200}", one.to_string(), other.to_string())),
    }
}

#[test]
fn killed_workers_change_no_verdict_of_an_analysis() {
    let folder = project();
    let (untouched, calls) = end_analysis(start_analysis(&folder));
    assert_eq!(untouched["tables"].as_array().unwrap().len(), TABLES);
    assert_eq!(untouched["summary"]["failed"], TABLES / 10 * 4);
    assert_eq!(untouched["summary"]["unknown"], 0);
    let child = start_analysis(&folder);
    let killer = Killer::of_workers_of(child.id());
    let (disturbed, more_calls) = end_analysis(child);
    let killed = killer.stop();
    println!("{} workers killed, {more_calls} calls of the solver instead of {calls}", killed.len());
    assert!(!killed.is_empty(), "the analysis was too quick to be disturbed");
    assert!(more_calls > calls, "no worker was killed at work");
    for part in ["tables", "findings", "summary"] {
        assert_eq!(first_difference(part, &untouched[part], &disturbed[part]), None);
    }
    assert!(disturbed == untouched);
    assert!(!killed.into_iter().any(exists));
}

#[test]
fn no_worker_outlives_a_killed_analysis() {
    let folder = project();
    for delay in [0, 30, 100] {
        let mut child = start_analysis(&folder);
        let started = Instant::now();
        let workers = loop {
            let workers = running_children(child.id());
            if !workers.is_empty() {
                break workers;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "no worker was started");
        };
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let killed = Instant::now();
        // Nobody may be there to ask how they ended.
        while workers.iter().any(|worker| is_running(*worker)) {
            assert!(killed.elapsed() < Duration::from_secs(10), "a worker is left");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Tables of the project that is edited; each has its policy in a file of its own.
const EDITED: usize = 12;

fn leaks(published: &Published) -> usize {
    lsp_client::rules(published).iter().filter(|rule| **rule == "tenant-isolation").count()
}

#[test]
fn killed_workers_do_not_keep_the_language_server_from_answering() {
    let folder = Folder::new(&[("schema.sql", &schema(200)), ("all.policy", &policies(EDITED))]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("all.policy");
    client.open(&uri, 1, &policies(EDITED));
    let killer = Killer::of_workers_of(client.pid());
    for round in 0..20 {
        let version = 2 + round as i64;
        // Each edit brings tables of shapes that were not proved before, and moves the leak.
        let leaking = round % EDITED;
        let text: String =
            (0..EDITED).map(|table| policy(table + EDITED * (round % 16), table == leaking)).collect();
        client.replace(&uri, version, &text);
        assert!(client.hover(&uri, 0, 8).unwrap().is_object());
        client.wait_for(&uri, "the leak of this version", |it| it.version == Some(version) && leaks(it) > 0);
    }
    let text: String = (0..EDITED).map(|table| policy(table, table % 3 == 0)).collect();
    client.replace(&uri, 100, &text);
    client.wait_for(&uri, "all leaks", |it| it.version == Some(100) && leaks(it) == EDITED / 3);
    let killed = killer.stop();
    println!("{} workers killed", killed.len());
    assert!(!killed.is_empty());
    client.settle();
    // What is shown in the end is what a server shows whose workers were left alone.
    let mut other = Client::open_folder(folder.path());
    other.open(&uri, 100, &text);
    other.wait_for(&uri, "all leaks", |it| leaks(it) == EDITED / 3);
    other.settle();
    assert_eq!(client.published(&uri), other.published(&uri));
    assert!(!killed.into_iter().any(exists));
}
