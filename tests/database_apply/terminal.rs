//! What someone at a terminal sees of apply and reconcile: the question before anything is changed, and progress.
//! No password is ever among it.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use crate::example::{Example, ISOLATION, TWO_TABLES, execute};

const APPLY: &[&str] = &["apply", "--target", "dev"];
const QUESTION: &str = "apply this to dev, 3 statements? [y/N] ";
const PLANNED: [&str; 3] =
    ["enabled projects", "forced projects", "policy own_projects_projects on projects"];
const PASSWORD: &str = "correct-horse";
const OTHER_PASSWORD: &str = "battery-staple";
const INTERRUPT: &[u8] = b"\x03";
const END_OF_INPUT: &[u8] = b"\x04";

/// The binary on a terminal of its own, and what that has shown so far.
struct OnTerminal {
    child: Child,
    pty: Arc<Pty>,
    shown: String,
    more: Receiver<Vec<u8>>,
}

/// A target whose address has a password, which the server does not ask for.
fn example() -> Example {
    Example::with_targets(TWO_TABLES, ISOLATION, |url| {
        let url = url.replace("postgres@", &format!("postgres:{PASSWORD}@"));
        format!("targets: {{ dev: {{ url: \"{url}\" }} }}\n")
    })
}

impl OnTerminal {
    fn start(example: &Example, arguments: &[&str]) -> OnTerminal {
        OnTerminal::start_with(example, arguments, &[("TERM", "xterm")])
    }

    fn start_with(example: &Example, arguments: &[&str], variables: &[(&str, &str)]) -> OnTerminal {
        let (pty, terminal) = open().unwrap();
        pty.resize(Size::new(40, 160)).unwrap();
        let command = Command::from(example.command(arguments))
            .env("PGPASSWORD", OTHER_PASSWORD)
            .envs(variables.iter().copied());
        let child = command.spawn(terminal).unwrap();
        let pty = Arc::new(pty);
        let (send, more) = channel();
        let source = Arc::clone(&pty);
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            // Linux calls it an error that nobody has the terminal open any more.
            while let Ok(count @ 1..) = (&*source).read(&mut chunk) {
                if send.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        OnTerminal { child, pty, shown: String::new(), more }
    }

    /// Waits until it shows this.
    #[track_caller]
    fn shows(&mut self, wanted: &str) -> &mut OnTerminal {
        let until = Instant::now() + Duration::from_secs(60);
        while !self.shown.contains(wanted) {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(chunk) = self.more.recv_timeout(left) else {
                panic!("no `{wanted}` in {:?}", self.shown);
            };
            self.shown.push_str(&String::from_utf8_lossy(&chunk));
        }
        self
    }

    fn types(&mut self, keys: &[u8]) -> &mut OnTerminal {
        (&*self.pty).write_all(keys).unwrap();
        self
    }

    /// How it ended, and all that it has shown.
    #[track_caller]
    fn end(mut self) -> (ExitStatus, String) {
        let until = Instant::now() + Duration::from_secs(60);
        while let Ok(chunk) = self.more.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.shown.push_str(&String::from_utf8_lossy(&chunk));
        }
        if Instant::now() > until {
            let _ = self.child.kill();
            panic!("it does not end: {:?}", self.shown);
        }
        for password in [PASSWORD, OTHER_PASSWORD] {
            assert!(!self.shown.contains(password), "{:?}", self.shown);
        }
        (self.child.wait().unwrap(), self.shown)
    }

    #[track_caller]
    fn exits(self, code: i32) -> String {
        let (status, shown) = self.end();
        assert_eq!(status.code(), Some(code), "{shown:?}");
        shown
    }
}

/// Answers the question, and gives what is shown after it.
#[track_caller]
fn answered(example: &Example, keys: &[u8]) -> String {
    let mut terminal = OnTerminal::start(example, APPLY);
    terminal.shows(QUESTION).types(keys);
    let shown = terminal.exits(0);
    let plan = shown.find("plan for dev: 3 statements").expect("the plan comes first");
    let question = shown.find(QUESTION).unwrap();
    assert!(plan < question, "{shown:?}");
    shown[question + QUESTION.len()..].to_owned()
}

#[track_caller]
fn untouched(example: &Example) {
    assert_eq!(example.state(), Vec::<String>::new());
    assert!(!example.project.path(".pgpe").exists());
}

#[test]
fn nothing_is_changed_without_a_yes() {
    let example = example();
    for keys in [&b"n\n"[..], b"no\n", b"\n", b"yess\n", b"apply\n", b"x\x7f\n", END_OF_INPUT] {
        let rest = answered(&example, keys);
        // A line of its own, whatever the answer was.
        assert!(rest.contains("\r\n") && rest.contains("nothing was changed"), "{keys:?}: {rest:?}");
        let line = rest.lines().find(|line| line.contains("nothing was changed")).unwrap();
        assert!(line.starts_with("\u{1b}[1;36mnote:"), "{keys:?}: {rest:?}");
        untouched(&example);
    }
}

#[test]
fn a_yes_applies_it() {
    for keys in [&b"y\n"[..], b"yes\n", b" YES \n"] {
        let example = example();
        let rest = answered(&example, keys);
        assert!(rest.contains("applied to dev: 3 statements"), "{rest:?}");
        assert_eq!(example.state(), PLANNED);
        assert!(!example.project.read(".pgpe/applied/dev.json").contains(PASSWORD));
        // Where there is nothing to do, nobody is asked.
        let shown = OnTerminal::start(&example, APPLY).exits(0);
        assert_eq!(shown, "nothing to do: dev is as planned already\r\n");
    }
}

#[test]
fn an_interrupt_at_the_question_changes_nothing() {
    let example = example();
    let mut terminal = OnTerminal::start(&example, APPLY);
    terminal.shows(QUESTION).types(INTERRUPT);
    let (status, shown) = terminal.end();
    assert_eq!(status.signal(), Some(2), "{shown:?}");
    assert!(!shown.contains("applied to"), "{shown:?}");
    untouched(&example);
}

#[test]
fn reconcile_asks_by_what_it_would_do() {
    let example = example();
    let mut terminal = OnTerminal::start(&example, APPLY);
    terminal.shows(QUESTION).types(b"y\n");
    terminal.exits(0);
    example.sql("ALTER TABLE projects NO FORCE ROW LEVEL SECURITY");
    let auto = &["reconcile", "--target", "dev", "--strategy", "auto"];
    let close = &["reconcile", "--target", "dev", "--strategy", "quarantine"];
    let lift = &["reconcile", "--target", "dev", "--lift", "projects"];
    let ask = |arguments: &[&str], question: &str, keys: &[u8]| {
        let mut terminal = OnTerminal::start(&example, arguments);
        terminal.shows(&format!("{question} [y/N] ")).types(keys);
        terminal.end().0
    };
    let repair = "repair dev, 1 statement?";
    assert_eq!(ask(auto, repair, INTERRUPT).signal(), Some(2));
    for refused in [&b"n\n"[..], END_OF_INPUT] {
        assert_eq!(ask(auto, repair, refused).code(), Some(0));
        assert_eq!(ask(close, "close the drifted tables of dev, 2 statements?", refused).code(), Some(0));
        assert_eq!(example.drift(), ["high rls_not_forced projects on projects"]);
    }
    assert_eq!(ask(close, "close the drifted tables of dev, 2 statements?", b"y\n").code(), Some(0));
    assert_eq!(example.state().len(), 4);
    assert_eq!(ask(lift, "lift the quarantine on dev, 1 statement?", END_OF_INPUT).code(), Some(0));
    assert_eq!(example.state().len(), 4);
    assert_eq!(ask(lift, "lift the quarantine on dev, 1 statement?", b"y\n").code(), Some(0));
    assert_eq!(example.drift(), Vec::<String>::new());
    example.sql("ALTER TABLE projects NO FORCE ROW LEVEL SECURITY");
    assert_eq!(ask(auto, repair, b"y\n").code(), Some(0));
    assert_eq!(example.state(), PLANNED);
}

/// Starts to apply while a reader has the table; gives that reader.
fn waiting(example: &Example, arguments: &[&str]) -> (OnTerminal, postgres::Client) {
    let mut reader = example.database.connect();
    execute(&mut reader, "SET application_name = 'slow report'; BEGIN; SELECT * FROM projects");
    let mut terminal = OnTerminal::start(example, arguments);
    terminal.shows(QUESTION).types(b"y\n");
    (terminal, reader)
}

#[test]
fn progress_is_shown_and_taken_away() {
    let example = example();
    let (mut terminal, mut reader) = waiting(&example, APPLY);
    terminal.shows("applying").shows("0/3 try 2: ").shows("public.projects");
    execute(&mut reader, "COMMIT");
    let shown = terminal.exits(0);
    let (before, after) = shown.rsplit_once("applied to dev: 3 statements").expect("it was applied");
    assert_eq!(after, "\r\n");
    // The line of the bar is erased before the outcome is told.
    let bar = before.rfind("applying").unwrap();
    assert!(before[bar..].contains("\u{1b}[2K"), "{:?}", &before[bar..]);
    assert_eq!(example.state(), PLANNED);
}

#[test]
fn no_progress_is_drawn_where_it_is_not_wanted() {
    for (option, variables) in [(Some("--quiet"), [("TERM", "xterm")]), (None, [("TERM", "dumb")])] {
        let example = example();
        let arguments: Vec<&str> = ["apply", "--target", "dev", "--yes"].into_iter().chain(option).collect();
        let shown = OnTerminal::start_with(&example, &arguments, &variables).exits(0);
        assert!(!shown.contains("applying") && !shown.contains('\u{1b}'), "{shown:?}");
        assert_eq!(example.state(), PLANNED);
    }
}

#[test]
fn an_interrupt_while_applying_leaves_all_as_before() {
    let example = example();
    let (mut terminal, mut reader) = waiting(&example, APPLY);
    terminal.shows("0/3 try 1: ").types(INTERRUPT);
    let (status, shown) = terminal.end();
    assert_eq!(status.signal(), Some(2), "{shown:?}");
    execute(&mut reader, "COMMIT");
    untouched(&example);
    // Nothing of it is in the way of the next.
    let mut terminal = OnTerminal::start(&example, APPLY);
    terminal.shows(QUESTION).types(b"y\n");
    terminal.exits(0);
    assert_eq!(example.state(), PLANNED);
}

#[test]
fn failures_and_details_show_no_password() {
    let example = example();
    let shown = OnTerminal::start(&example, &["apply", "--target", "dev", "--yes", "-v"]).exits(0);
    assert!(shown.contains("connected: "), "{shown:?}");
    let url = format!("postgresql://postgres:{PASSWORD}@127.0.0.1:1/x");
    example.redirect(&url);
    for arguments in [APPLY, &["reconcile", "--target", "dev", "--strategy", "auto"]] {
        let shown = OnTerminal::start(&example, arguments).exits(2);
        assert!(shown.contains("the server of dev can't be reached"), "{shown:?}");
    }
}
