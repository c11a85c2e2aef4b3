//! The report of a check is kept for the next one, and worth nothing once anything has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::support::{LEAK, PROJECTS, Project, Run, SCHEMA, TASKS, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pgpe");
const AGAIN: &str = "nothing has changed since the last check: its report is shown again";

/// A project with a leak, and a cache.
struct Setting {
    project: Project,
    cache: TempDir,
}

impl Setting {
    fn new() -> Setting {
        let project = Project::new(&[
            ("schema.sql", SCHEMA),
            ("projects.policy", PROJECTS),
            ("tasks.policy", TASKS),
            ("leak.policy", LEAK),
        ]);
        Setting { project, cache: tempfile::tempdir().unwrap() }
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Run {
        let mut command = Command::new(program);
        command.args(["check", "--verbose"]).args(arguments).current_dir(self.project.path("."));
        command.env("PGPE_CACHE_DIR", self.cache.path());
        run(command, b"")
    }

    fn check(&self, arguments: &[&str]) -> Run {
        self.run(Path::new(PROGRAM), arguments)
    }

    /// Checks, and says whether that was done before.
    fn is_kept(&self, arguments: &[&str]) -> bool {
        self.check(arguments).err.contains(AGAIN)
    }

    fn reports(&self) -> Vec<PathBuf> {
        let Ok(folder) = fs::read_dir(self.cache.path().join("reports")) else { return Vec::new() };
        folder.map(|entry| entry.unwrap().path()).collect()
    }
}

#[test]
fn the_second_report_is_the_first_one_in_every_form() {
    let setting = Setting::new();
    for format in ["human", "json", "sarif", "github", "gitlab", "junit"] {
        let form = ["--format", format];
        let anew = setting.check(&["--no-cache", "--format", format]);
        assert!(!anew.err.contains(AGAIN));
        let first = setting.check(&form);
        let second = setting.check(&form);
        assert!(second.err.contains(AGAIN), "{}", second.err);
        assert!(second.out.contains("leak.policy"), "{}", second.out);
        assert_eq!((second.code, &second.out), (1, &anew.out), "{format}");
        assert_eq!(first.out, anew.out, "{format}");
    }
    assert_eq!(setting.reports().len(), 1);
    // What is asked of it may differ.
    let elsewhere = setting.check(&["tasks.policy"]);
    assert!(elsewhere.err.contains(AGAIN) && elsewhere.code == 0, "{elsewhere:?}");
}

#[test]
fn whatever_changes_is_looked_at() {
    let setting = Setting::new();
    let project = &setting.project;
    let changes: [(&str, &dyn Fn()); 8] = [
        ("nothing before", &|| {}),
        ("a policy", &|| project.write("leak.policy", LEAK.replace("'shared'", "'common'"))),
        ("a comment", &|| project.write("tasks.policy", format!("-- one\n{TASKS}"))),
        ("the schema", &|| project.write("schema.sql", SCHEMA.replace("title text", "title varchar"))),
        ("a configuration", &|| project.write("pgpe.yaml", "version: 1\n")),
        ("the configuration", &|| project.write("pgpe.yaml", "version: 1\ntraversal:\n  max_depth: 4\n")),
        ("a new file", &|| project.write("more.policy", "-- nothing yet\n")),
        ("a file's name", &|| {
            fs::rename(project.path("more.policy"), project.path("less.policy")).unwrap();
        }),
    ];
    for (what, change) in changes {
        change();
        assert!(!setting.is_kept(&[]), "{what}");
        assert!(setting.is_kept(&[]), "{what}: kept");
    }
    project.write("leak.policy", LEAK);
    project.write("other.sql", SCHEMA);
    assert!(!setting.is_kept(&["--schema", "other.sql"]), "another schema");
}

#[test]
fn a_program_that_was_built_anew_looks_itself() {
    let setting = Setting::new();
    assert!(!setting.is_kept(&[]));
    let built = Path::new(PROGRAM);
    // Beside the program, so that it finds the solver's library in the same way.
    let copy = tempfile::Builder::new().prefix("pgpe-").tempfile_in(built.parent().unwrap()).unwrap();
    fs::copy(built, copy.path()).unwrap();
    let copy = copy.into_temp_path();
    let run = || setting.run(&copy, &[]).err;
    assert!(!run().contains(AGAIN), "another program");
    assert!(run().contains(AGAIN));
    fs::File::options().append(true).open(&copy).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    assert!(!run().contains(AGAIN), "the program of another time");
}

#[test]
fn a_damaged_report_is_made_anew() {
    let setting = Setting::new();
    let expected = setting.check(&[]).out;
    let [path] = setting.reports().try_into().unwrap();
    let whole = fs::read(&path).unwrap();
    let without_the_leak = String::from_utf8(whole.clone()).unwrap().replace("FAILED", "PROVEN");
    for damaged in [whole[..whole.len() / 2].to_vec(), Vec::new(), without_the_leak.into_bytes()] {
        fs::write(&path, damaged).unwrap();
        let run = setting.check(&[]);
        assert!(!run.err.contains(AGAIN));
        assert_eq!(run.out, expected);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn without_cache_nothing_is_kept() {
    let setting = Setting::new();
    setting.check(&["--no-cache"]);
    assert_eq!(fs::read_dir(setting.cache.path()).unwrap().count(), 0);
    setting.check(&[]);
    assert!(!setting.is_kept(&["--no-cache"]));
}
