//! A project with a target in a database of its own, and running the binary on it.

use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use postgres::{Client, SimpleQueryMessage};
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{Project, Run, command, run};
use crate::postgres_server::{Database, unique_name};

/// The running example's policies and schema.
pub const SAAS_POLICIES: &str = include_str!("../../policies/saas/isolation.policy");
pub const SAAS_SCHEMA: &str = include_str!("../../policies/saas/schema.sql");

/// What `monitor` prints of a target that has no drift.
pub const CLEAN: &str = "dev is as the project says\n";

/// Two tables of one schema, which no other test's roles are needed for.
pub const TWO_TABLES: &str = "\
CREATE TABLE public.projects (id int PRIMARY KEY, tenant_id text NOT NULL, name text NOT NULL);
CREATE TABLE public.tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES public.projects (id), title text);
";

pub const ISOLATION: &str = "\
POLICY own_projects
  PERMISSIVE
  FOR ALL
  SELECTOR named('projects')
  CLAUSE col('tenant_id') = session('app.tenant_id')
";

/// A project and the database that is its target `dev`.
pub struct Example {
    pub project: Project,
    pub database: Database,
}

impl Example {
    /// With that schema, and nothing of the policies applied yet.
    pub fn new(schema: &str, policies: &str) -> Example {
        Example::with_targets(schema, policies, |url| format!("targets: {{ dev: {{ url: \"{url}\" }} }}\n"))
    }

    pub fn with_targets(schema: &str, policies: &str, targets: impl Fn(&str) -> String) -> Example {
        Example::on(Database::create(), schema, policies, targets)
    }

    /// In that database.
    pub fn on(database: Database, schema: &str, policies: &str, targets: impl Fn(&str) -> String) -> Example {
        database.load(schema);
        let config = format!("version: 1\npolicies: [\"*.policy\"]\n{}", targets(&database.url()));
        let project = Project::new(&[("pgpe.yaml", config.as_str()), ("p.policy", policies)]);
        Example { project, database }
    }

    /// The running example.
    pub fn saas() -> Example {
        Example::new(SAAS_SCHEMA, SAAS_POLICIES)
    }

    /// Two tables, of which one is isolated.
    pub fn isolated() -> Example {
        Example::new(TWO_TABLES, ISOLATION)
    }

    /// The same, with the policies applied.
    pub fn applied(self) -> Example {
        self.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
        self
    }

    /// The binary on this project.
    pub fn command(&self, arguments: &[&str]) -> Command {
        static CACHE: OnceLock<TempDir> = OnceLock::new();
        let cache = CACHE.get_or_init(|| tempfile::tempdir().unwrap());
        let mut command = command(&self.project.path(""), arguments);
        // Many tests prove the same.
        command.env("PGPE_CACHE_DIR", cache.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            if name != "PGPE_CACHE_DIR" {
                command.env_remove(name);
            }
        }
        command
    }

    pub fn pgpe(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments), b"")
    }

    /// Has the target `dev` lead to another address.
    pub fn redirect(&self, url: &str) {
        let config =
            format!("version: 1\npolicies: [\"*.policy\"]\ntargets: {{ dev: {{ url: \"{url}\" }} }}\n");
        self.project.write("pgpe.yaml", config);
    }

    /// Starts it, with its output to be read.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs SQL as superuser.
    pub fn sql(&self, sql: &str) {
        execute(&mut self.database.connect(), sql);
    }

    /// Drift as `severity kind name on table`.
    #[track_caller]
    pub fn drift(&self) -> Vec<String> {
        let run = self.pgpe(&["monitor", "--target", "dev", "--format", "json"]);
        let json = run.json();
        let word = |drift: &Value, key: &str| drift[key].as_str().unwrap().to_owned();
        let found: Vec<String> = json["drift"]
            .as_array()
            .unwrap()
            .iter()
            .map(|drift| {
                let (severity, kind) = (word(drift, "severity"), word(drift, "kind"));
                format!("{severity} {kind} {} on {}", word(drift, "name"), word(drift, "table"))
            })
            .collect();
        run.exits(i32::from(!found.is_empty()));
        found
    }

    /// Policies and flags of the tables, in words.
    pub fn state(&self) -> Vec<String> {
        let sql = "SELECT 'policy ' || polname || ' on ' || polrelid::regclass FROM pg_policy
            UNION ALL SELECT 'enabled ' || oid::regclass FROM pg_class WHERE relrowsecurity
            UNION ALL SELECT 'forced ' || oid::regclass FROM pg_class WHERE relforcerowsecurity ORDER BY 1";
        column(&mut self.database.connect(), sql)
    }
}

/// A role of this test's own.
pub fn create_role(example: &Example, prefix: &str) -> String {
    let role = unique_name(prefix);
    example.sql(&format!("CREATE ROLE {role} LOGIN"));
    role
}

#[track_caller]
pub fn execute(client: &mut Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql) {
        panic!("{error:?}\n{sql}");
    }
}

/// The first column of a query's rows, as text.
#[track_caller]
pub fn column(client: &mut Client, sql: &str) -> Vec<String> {
    let messages = client.simple_query(sql).unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    let values = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
        _ => None,
    });
    values.collect()
}
