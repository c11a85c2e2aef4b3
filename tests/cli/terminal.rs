//! Colours, readers that go away, and workers.

use std::io::{Read, Write};
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Project, UNTIDY, command};

#[test]
fn colours_are_for_terminals() {
    let project = Project::leaking();
    let coloured = |arguments: &[&str]| project.run(arguments).out.contains('\u{1b}');
    assert!(!coloured(&["check"]));
    assert!(!coloured(&["check", "--color", "auto"]));
    assert!(!coloured(&["analyze", "--color", "never"]));
    assert!(coloured(&["check", "--color", "always"]));
    assert!(coloured(&["analyze", "--color", "always"]));
    // Programs get none whatever is asked for.
    assert!(!coloured(&["check", "--color", "always", "--format", "json"]));
    assert!(project.run(&["explain", "zzz", "--color", "always"]).err.contains('\u{1b}'));
}

/// `script` runs a command on a terminal of its own.
#[cfg(target_os = "linux")]
#[test]
fn no_color_is_respected_on_terminals() {
    let project = Project::leaking();
    let on_terminal = |variables: &[(&str, &str)]| {
        let line = format!("{} check", env!("CARGO_BIN_EXE_pgpe"));
        let output = std::process::Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .current_dir(project.path(""))
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .env("PGPE_CACHE_DIR", "/dev/null")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output();
        Some(String::from_utf8(output.ok()?.stdout).unwrap())
    };
    let Some(plain) = on_terminal(&[("NO_COLOR", "1")]) else { return };
    assert!(plain.contains("tenant-isolation") && !plain.contains("\u{1b}[31m"), "{plain}");
    assert!(on_terminal(&[]).unwrap().contains("\u{1b}[31m"));
    assert!(!on_terminal(&[("TERM", "dumb")]).unwrap().contains("\u{1b}[31m"));
    // An empty value counts as not set.
    assert!(on_terminal(&[("NO_COLOR", "")]).unwrap().contains("\u{1b}[31m"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::new(&[]);
    let mut child = command(&project.path(""), &["fmt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nobody reads by the time that it begins to write.
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(UNTIDY.repeat(10_000).as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn closed_standard_error_is_no_panic() {
    let project = Project::new(&[]);
    let mut child =
        command(&project.path(""), &["check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn a_worker_answers_and_ends_with_its_input() {
    let project = Project::new(&[]);
    let mut child = command(&project.path(""), &["prove-worker"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"nonsense\n").unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 1];
    stdout.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"{");
    drop(stdin);
    for _ in 0..500 {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0));
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    panic!("the worker outlived its input");
}

#[test]
fn what_editors_add_to_the_language_server_is_accepted() {
    let run = Project::new(&[]).run(&["lsp", "--stdio", "--clientProcessId=7"]);
    // The input ended before the client said goodbye.
    assert_eq!(run.exits(1).out, "");
}
