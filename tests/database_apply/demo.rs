//! `pgpe demo`: shows what it says, and leaves nothing behind however it ends.

use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::cli::{command, run};
use crate::processes;

/// The demo, and the folder of its temporary files.
fn demo() -> (Command, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    // The server may run as another user.
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let mut command = command(folder.path(), &["demo"]);
    command.env("TMPDIR", folder.path());
    (command, folder)
}

/// What there is of a demo: its files, and processes that speak of them.
fn remains(folder: &TempDir) -> Vec<String> {
    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.map(|path| path.display().to_string());
    let name = folder.path().to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    files.chain(lines.filter(|line| line.contains(name))).collect()
}

#[test]
fn it_shows_drift_found_and_repaired() {
    let (command, folder) = demo();
    let run = run(command, b"").exits(0);
    let shown = [
        "ada@ada.example\nbob@bob.example\n",
        "$ pgpe apply --target demo --yes\nplan for demo: 16 statements on 5 tables\n",
        "applied to demo: 16 statements\n",
        "\nada@ada.example\n\n",
        "$ pgpe monitor --target demo\ndemo is as the project says\n",
        "critical rls_disabled: comments on public.comments\n",
        "critical missing_policy: soft_delete_projects on public.projects\n",
        "critical extra_policy: support on public.users\n",
        "demo differs from the project: 3 differences\n",
        "$ pgpe reconcile --target demo --strategy auto --yes\nplan for demo: 2 statements on 2 tables\n",
        "applied to demo: 2 statements\n",
        "left for you to decide:\n\ncritical extra_policy: support on public.users\n",
        "$ pgpe monitor --target demo\ndemo is as the project says\n",
    ];
    let mut rest = run.out.as_str();
    for part in shown {
        let at = rest.find(part).unwrap_or_else(|| panic!("no {part:?} in {rest}\nof {}", run.out));
        rest = &rest[at + part.len()..];
    }
    assert_eq!(remains(&folder), Vec::<String>::new());
}

#[test]
fn however_it_ends_nothing_is_left() {
    for signal in [Signal::INT, Signal::KILL] {
        let (mut command, folder) = demo();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map(Result::unwrap).any(|line| line.starts_with("applied to demo")));
        assert!(remains(&folder).len() > 1, "{:?}", remains(&folder));
        assert!(processes::signal(child.id(), signal));
        assert!(!child.wait().unwrap().success());
        let started = Instant::now();
        while !remains(&folder).is_empty() {
            assert!(started.elapsed() < Duration::from_secs(20), "{:?}", remains(&folder));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn without_a_server_s_programs_it_says_so() {
    let (mut command, folder) = demo();
    command.env("PG_BIN", "/nonexistent");
    let run = run(command, b"").exits(2);
    assert_eq!(run.out, "");
    assert!(
        run.err.contains("PG_BIN is /nonexistent, where there is no `postgres` and `initdb`"),
        "{}",
        run.err
    );
    assert_eq!(remains(&folder), Vec::<String>::new());
}
