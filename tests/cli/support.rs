//! A project in a temporary folder, and running the binary in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Two tenants' tables; the second belongs to the first one's tenants by a foreign key.
pub const SCHEMA: &str = "\
CREATE TABLE projects (id int PRIMARY KEY, tenant_id text NOT NULL, name text NOT NULL);
CREATE TABLE tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects (id), title text);
";

/// Isolates projects.
pub const PROJECTS: &str = "\
POLICY own_projects
  PERMISSIVE
  FOR ALL
  SELECTOR named('projects')
  CLAUSE col('tenant_id') = session('app.tenant_id')
";

/// Isolates tasks.
pub const TASKS: &str = "\
POLICY own_tasks
  PERMISSIVE
  FOR ALL
  SELECTOR named('tasks')
  CLAUSE
    exists(
      rel(_, project_id, projects, id),
      {col('tenant_id') = session('app.tenant_id')}
    )
";

/// Lets every tenant read the projects of that name.
pub const LEAK: &str = "\
POLICY shared_projects
  PERMISSIVE
  FOR SELECT
  SELECTOR named('projects')
  CLAUSE col('name') = lit('shared')
";

/// Written so that the formatter changes it.
pub const UNTIDY: &str = "policy a permissive for select selector named('projects') clause col(id)=lit(1)\n";

/// [`UNTIDY`] in its canonical layout.
pub const TIDY: &str = "\
POLICY a
  PERMISSIVE
  FOR SELECT
  SELECTOR named('projects')
  CLAUSE col(id) = lit(1)
";

/// A project on disk.
pub struct Project(TempDir);

/// What running the binary came to.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Project {
    /// With these files.
    pub fn new(files: &[(&str, &str)]) -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// Isolated projects and tasks in `policies/`, with a schema and without any finding.
    pub fn isolated() -> Project {
        Project::new(&[
            ("schema.sql", SCHEMA),
            ("policies/projects.policy", PROJECTS),
            ("policies/tasks.policy", TASKS),
        ])
    }

    /// [`Project::isolated`] with a policy that leaks.
    pub fn leaking() -> Project {
        let project = Project::isolated();
        project.write("policies/shared.policy", LEAK);
        project
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
        run(command(self.0.path(), arguments), input.as_ref())
    }

    /// Runs in a folder of the project.
    pub fn run_in(&self, folder: &str, arguments: &[&str]) -> Run {
        run(command(&self.path(folder), arguments), b"")
    }
}

/// The binary, without what the environment says of colours, and without a cache: no folder can be made there.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgpe"));
    command.args(arguments).current_dir(folder).env("PGPE_CACHE_DIR", "/dev/null");
    command.env_remove("NO_COLOR").env_remove("TERM");
    command
}

/// Runs a command to its end.
pub fn run(mut command: Command, input: &[u8]) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // The binary need not read it.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        code: output.status.code().expect("ended by a signal"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Run {
    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Run {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Asserts that standard error is one line with all of these parts, and standard output empty.
    #[track_caller]
    pub fn refuses(self, parts: &[&str]) {
        let run = self.exits(2);
        assert_eq!(run.out, "");
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        assert!(run.err.starts_with("error: "), "{}", run.err);
        for part in parts {
            assert!(run.err.contains(part), "no `{part}` in {}", run.err);
        }
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// `rule file` of each finding in standard output.
    #[track_caller]
    pub fn findings(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().unwrap();
        let told = findings.iter().map(|finding| {
            format!("{} {}", finding["rule"].as_str().unwrap(), finding["file"].as_str().unwrap_or("-"))
        });
        told.collect()
    }
}

/// A tenant isolation verdict of a JSON report.
#[track_caller]
pub fn isolation<'j>(report: &'j Value, table: &str, command: &str) -> &'j str {
    let tables = report["tables"].as_array().unwrap();
    let found = tables.iter().find(|found| found["table"] == table).unwrap();
    found["commands"][command]["tenant-isolation"].as_str().unwrap()
}
