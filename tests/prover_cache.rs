//! Verdicts on disk: used by the next run, shared by processes, and worth nothing when damaged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/lsp_client.rs"]
#[allow(dead_code)]
mod lsp_client;
#[path = "support/many_tables.rs"]
#[allow(dead_code)]
mod many_tables;
#[path = "support/processes.rs"]
#[allow(dead_code)]
mod processes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lsp_client::{Client, Folder, full_capabilities, rules};
use pgpe_proof::Sort;
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_prover::{Cancel, Prover, ProverOptions, WorkerCommand};
use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_pgpe");

/// A project and a cache.
struct Setting {
    project: Folder,
    cache: TempDir,
}

/// What an analysis came to.
#[derive(Debug)]
struct Analysis {
    report: Value,
    calls: u64,
    cached: u64,
}

impl Setting {
    fn new() -> Setting {
        let files = [("schema.sql", many_tables::schema(20)), ("all.policy", many_tables::policies(20))];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        Setting { project: Folder::new(&files), cache: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(["analyze", "--verbose", "--format", "json"]).args(arguments);
        command.current_dir(self.project.path()).env("PGPE_CACHE_DIR", self.cache.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn analyze(&self) -> Analysis {
        end(self.command(&[]).spawn().unwrap())
    }

    /// Without a cache: as it has to come out.
    fn analyze_anew(&self) -> Analysis {
        end(self.command(&["--no-cache"]).spawn().unwrap())
    }

    /// The cache's files, in order.
    fn entries(&self) -> Vec<PathBuf> {
        let Ok(folder) = fs::read_dir(self.cache.path().join("verdicts")) else { return Vec::new() };
        let mut entries: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries
    }
}

fn end(child: Child) -> Analysis {
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let done = errors.lines().find_map(|line| line.strip_prefix("proofs done: "));
    let number = |part: &str| part.trim().split(' ').next().unwrap().parse().unwrap();
    let mut parts = done.unwrap_or_else(|| panic!("{errors}")).split(',').map(number);
    Analysis {
        report: serde_json::from_slice(&output.stdout).unwrap(),
        calls: parts.next().unwrap(),
        cached: parts.next().unwrap(),
    }
}

#[test]
fn what_was_decided_once_is_not_solved_again() {
    let setting = Setting::new();
    let first = setting.analyze();
    assert!(first.calls > 50 && first.cached == 0, "{first:?}");
    assert_eq!(setting.entries().len() as u64, first.calls);
    let second = setting.analyze();
    assert_eq!((second.calls, second.cached), (0, first.calls));
    // Counterexamples included.
    assert!(first.report["findings"].to_string().contains("\"counterexample\""));
    assert_eq!(second.report, first.report);
}

#[test]
fn without_cache_nothing_is_read_or_written() {
    let setting = Setting::new();
    let first = setting.analyze_anew();
    assert!(first.calls > 50 && first.cached == 0, "{first:?}");
    assert_eq!(fs::read_dir(setting.cache.path()).unwrap().count(), 0);
    setting.analyze();
    let again = setting.analyze_anew();
    assert_eq!((again.calls, again.cached), (first.calls, 0));
    assert_eq!(again.report, first.report);
}

#[test]
fn damaged_entries_are_solved_again_and_rewritten() {
    let setting = Setting::new();
    let whole = setting.analyze();
    let entries = setting.entries();
    for (number, path) in entries.iter().enumerate() {
        let text = fs::read(path).unwrap();
        let damaged = match number % 6 {
            0 => text[..text.len() / 2].to_vec(),
            1 => Vec::new(),
            2 => vec![0; text.len()],
            3 => b"{\"outcome\":\"Unsatisfiable\"}".to_vec(),
            // Another obligation's, whole.
            4 => fs::read(&entries[(number + 1) % entries.len()]).unwrap(),
            _ => [&text[..], &text[..]].concat(),
        };
        fs::write(path, damaged).unwrap();
    }
    let again = setting.analyze();
    assert_eq!((again.calls, again.cached), (whole.calls, 0));
    assert_eq!(again.report, whole.report);
    let mended = setting.analyze();
    assert_eq!((mended.calls, mended.cached), (0, whole.calls));
    assert_eq!(mended.report, whole.report);
}

/// Has all models say false, 0 and "". Says how many there are.
fn forge_models(setting: &Setting) -> usize {
    let mut forged = 0;
    for path in setting.entries() {
        let text = fs::read_to_string(&path).unwrap();
        let (head, body) = text.split_once('\n').unwrap();
        let mut entry: Value = serde_json::from_str(body).unwrap();
        let Some(model) = entry.pointer_mut("/Satisfiable") else { continue };
        for value in model.as_array_mut().unwrap() {
            *value = match value.as_object().unwrap().keys().next().unwrap().as_str() {
                "b" => json!({ "b": false }),
                "n" => json!({ "n": "0" }),
                _ => json!({ "s": "" }),
            };
        }
        let body = entry.to_string();
        let magic = head.rsplit_once(' ').unwrap().0;
        let key = magic.rsplit_once(' ').unwrap().1;
        let checksum = blake3::hash(format!("{key}\n{body}").as_bytes());
        fs::write(&path, format!("{magic} {checksum}\n{body}")).unwrap();
        forged += 1;
    }
    forged
}

#[test]
fn models_from_the_cache_are_checked() {
    let setting = Setting::new();
    let honest = setting.analyze();
    let in_part = forge_models(&setting);
    assert!(in_part > 0);
    // What is shown by no model of a question in part is asked in full.
    let asked_in_full = setting.analyze().calls;
    assert!(asked_in_full > 0);
    assert!(forge_models(&setting) > in_part);
    let misled = setting.analyze();
    assert_eq!(misled.calls, 0, "the forged entries are well-formed");
    let [failed, unknown, proven] = ["failed", "unknown", "proven"].map(|of| {
        let count = |analysis: &Analysis| analysis.report["summary"][of].as_u64().unwrap();
        (count(&honest), count(&misled))
    });
    assert_eq!((failed.0, unknown.0), (8, 0));
    // A forged model may happen to show a leak.
    assert!(unknown.1 > 0 && failed.1 + unknown.1 == 8, "{failed:?} {unknown:?}");
    assert_eq!(proven.0, proven.1);
}

#[test]
fn processes_share_a_cache() {
    let setting = Setting::new();
    let expected = setting.analyze_anew();
    let children: Vec<Child> = (0..4).map(|_| setting.command(&[]).spawn().unwrap()).collect();
    // One that is killed while it writes.
    let mut unlucky = setting.command(&[]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(150));
    unlucky.kill().unwrap();
    unlucky.wait().unwrap();
    for child in children {
        let analysis = end(child);
        assert_eq!(analysis.report, expected.report);
        assert_eq!(analysis.calls + analysis.cached, expected.calls);
    }
    let after = setting.analyze();
    assert_eq!((after.calls, after.cached), (0, expected.calls));
    assert_eq!(after.report, expected.report);
}

#[test]
fn the_language_server_and_the_command_line_share_a_cache() {
    let setting = Setting::new();
    setting.analyze();
    let mut client = Client::start_with_cache(setting.cache.path());
    client.initialize(setting.project.path(), full_capabilities());
    let uri = setting.project.uri("all.policy");
    client.wait_for(&uri, "the leaks", |it| {
        rules(it).iter().filter(|rule| **rule == "tenant-isolation").count() == 2
    });
    client.settle();
    assert_eq!(processes::children(client.pid()), [], "no solver was needed");
}

#[test]
fn the_cache_is_in_the_users_cache_folder() {
    let setting = Setting::new();
    let home = tempfile::tempdir().unwrap();
    let entries_in = |folder: &Path| fs::read_dir(folder.join("pgpe/verdicts")).map_or(0, Iterator::count);
    let run = |variables: &[(&str, &Path)]| {
        let mut command = setting.command(&[]);
        command.env_remove("PGPE_CACHE_DIR").env_remove("XDG_CACHE_HOME");
        end(command.envs(variables.iter().copied()).spawn().unwrap())
    };
    let first = run(&[("HOME", home.path())]);
    assert_eq!(entries_in(&home.path().join(".cache")) as u64, first.calls);
    let xdg = home.path().join("elsewhere");
    run(&[("HOME", home.path()), ("XDG_CACHE_HOME", &xdg)]);
    assert_eq!(entries_in(&xdg) as u64, first.calls);
}

#[test]
fn a_cache_that_can_not_be_used_is_done_without() {
    let setting = Setting::new();
    let expected = setting.analyze_anew();
    let file = setting.cache.path().join("file");
    fs::write(&file, "").unwrap();
    for folder in [file.as_path(), Path::new("/proc/nowhere")] {
        let analysis = end(setting.command(&[]).env("PGPE_CACHE_DIR", folder).spawn().unwrap());
        assert_eq!(analysis.report, expected.report);
    }
}

#[test]
fn what_could_not_be_decided_is_tried_again() {
    let cache = tempfile::tempdir().unwrap();
    let script = "(declare-const s0 Int)\n(declare-const s1 Int)\n(declare-const s2 Int)\n\
                  (assert (= (+ (* s0 s0 s0) (* s1 s1 s1) (* s2 s2 s2)) 114))\n";
    let symbols = [Sort::Int, Sort::Int, Sort::Int].into();
    let hard = Obligation {
        script: script.into(),
        symbols,
        facts: 0,
        preferences: 0,
        hash: ObligationHash::of(script),
    };
    for _ in 0..2 {
        let worker =
            WorkerCommand { program: PathBuf::from(PROGRAM), arguments: vec!["prove-worker".to_owned()] };
        let prover =
            Prover::new(ProverOptions { cache: Some(cache.path().to_owned()), ..ProverOptions::new(worker) });
        let limit = Duration::from_millis(200);
        let (_, outcome) = prover.prove([hard.clone()], limit, &Cancel::default()).recv().unwrap();
        assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        assert_eq!((prover.solver_calls(), prover.cache_hits()), (1, 0));
    }
    assert_eq!(fs::read_dir(cache.path().join("verdicts")).unwrap().count(), 0);
}
