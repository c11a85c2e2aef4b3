//! `pgpe demo`: policies applied to a real server, broken there, found and repaired. The server is thrown away at
//! the end.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Parser;
use pgpe_config::Target;
use pgpe_database::{ConnectOptions, Session, connect};
use pgpe_report::human::Colour;

use crate::arguments::{CommandLine, GlobalOptions};
use crate::exit::Status;
use crate::target::block_on;
use crate::terminal::Terminal;
use crate::throw_away::Server;

/// The example that is shown.
const POLICIES: &str = include_str!("../../../../policies/saas/isolation.policy");
const SCHEMA: &str = include_str!("../../../../policies/saas/schema.sql");
const CONFIG: &str = include_str!("../../../../policies/saas/pgpe.yaml");

/// The database, and the target that leads to it.
const TARGET: &str = "demo";

/// Two tenants with a user each, and the role that the application connects as.
const ROWS: &str = "\
INSERT INTO tenants (id, name) VALUES
  ('00000000-0000-0000-0000-000000000001', 'Ada Ltd'),
  ('00000000-0000-0000-0000-000000000002', 'Bob Inc');
INSERT INTO users (tenant_id, email) VALUES
  ('00000000-0000-0000-0000-000000000001', 'ada@ada.example'),
  ('00000000-0000-0000-0000-000000000002', 'bob@bob.example');
CREATE ROLE app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO app;
";

/// What Ada's session gets to see.
const ADA: &str = "SET app.tenant_id = '00000000-0000-0000-0000-000000000001'; SET ROLE app";
const USERS: &str = "SELECT email FROM users ORDER BY email";

/// Three things that happen to databases.
const DRIFT: [&str; 3] = [
    "DROP POLICY soft_delete_projects ON projects",
    "ALTER TABLE comments DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY support ON users FOR SELECT USING (true)",
];

/// What is left to decide after a repair, decided.
const DECISION: &str = "DROP POLICY support ON users";

/// Shows it all.
pub fn run(options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    if options.config.is_some() || options.schema.is_some() {
        bail!("the demonstration has a project of its own: leave out --config and --schema");
    }
    terminal.note("starting a throw-away PostgreSQL, which takes some seconds");
    let server = Server::start()?;
    let demo = Demo::prepare(&server, options, terminal)?;
    demo.apply()?;
    demo.drift()?;
    demo.repair()?;
    drop(server);
    demo.heading("That was all: the server and its files are gone")?;
    Ok(Status::Fine)
}

/// The project, and the database that is its target.
struct Demo<'a> {
    config: PathBuf,
    database: Target,
    options: &'a GlobalOptions,
    terminal: &'a Terminal,
}

impl Demo<'_> {
    /// A folder with the project, and a database with its schema and some rows.
    fn prepare<'a>(
        server: &Server,
        options: &'a GlobalOptions,
        terminal: &'a Terminal,
    ) -> anyhow::Result<Demo<'a>> {
        let folder = server.folder().join("project");
        let url = server.url(TARGET);
        let config = format!("{CONFIG}targets: {{ {TARGET}: {{ url: \"{url}\" }} }}\n");
        write_files(
            &folder,
            &[("pgpe.yaml", &config), ("schema.sql", SCHEMA), ("isolation.policy", POLICIES)],
        )
        .with_context(|| format!("can't write the example to {}", folder.display()))?;
        let maintenance = Target { url: server.url("postgres"), protected: false };
        sql(&maintenance, &format!("CREATE DATABASE {TARGET}"))?;
        let database = Target { url, protected: false };
        sql(&database, &format!("{SCHEMA}{ROWS}"))?;
        Ok(Demo { config: folder.join("pgpe.yaml"), database, options, terminal })
    }

    fn apply(&self) -> anyhow::Result<()> {
        self.heading(
            "Ada's and Bob's companies share a database that has no policies yet: Ada sees Bob's users",
        )?;
        self.look()?;
        self.heading("The project says who may see what")?;
        self.shell("cat isolation.policy")?;
        self.terminal.print(POLICIES)?;
        self.heading("Applied in one transaction, after its plan is shown")?;
        self.pgpe("pgpe apply --target demo --yes", Status::Fine)?;
        self.heading("Now Ada sees her own users alone")?;
        self.look()?;
        self.heading("The database is as the project says")?;
        self.pgpe("pgpe monitor --target demo", Status::Fine)
    }

    fn drift(&self) -> anyhow::Result<()> {
        self.heading("Then someone changes it by hand, three times")?;
        for statement in DRIFT {
            self.psql(statement)?;
        }
        self.heading("Ada sees Bob's users again")?;
        self.look()?;
        self.heading("Each change is found, with what would resolve it; the exit code is 1")?;
        self.pgpe("pgpe monitor --target demo", Status::Findings)
    }

    fn repair(&self) -> anyhow::Result<()> {
        self.heading("What is the project's is repaired; a policy that is not is left for people to decide")?;
        self.pgpe("pgpe reconcile --target demo --strategy auto --yes", Status::Findings)?;
        self.heading("It was a mistake, so it goes")?;
        self.psql(DECISION)?;
        self.pgpe("pgpe monitor --target demo", Status::Fine)?;
        self.look()
    }

    fn heading(&self, text: &str) -> anyhow::Result<()> {
        self.bold(&format!("\n== {text}\n\n"))
    }

    /// A command as it would be typed.
    fn shell(&self, command: &str) -> anyhow::Result<()> {
        self.bold(&format!("$ {command}\n"))
    }

    fn bold(&self, text: &str) -> anyhow::Result<()> {
        self.terminal.print(&match self.terminal.colour() {
            Colour::Always => format!("\u{1b}[1m{text}\u{1b}[0m"),
            Colour::Never => text.to_owned(),
        })
    }

    /// Runs one of this program's commands as it is shown.
    fn pgpe(&self, command: &str, expected: Status) -> anyhow::Result<()> {
        self.shell(command)?;
        let mut line = CommandLine::try_parse_from(command.split(' '))?;
        line.global = GlobalOptions { config: Some(self.config.clone()), ..self.options.clone() };
        let status = super::run(line, self.terminal)?;
        if status != expected {
            bail!("the demonstration expected something else of `{command}`, and ends here");
        }
        Ok(())
    }

    /// Changes the database as its superuser.
    fn psql(&self, statement: &str) -> anyhow::Result<()> {
        self.shell(&format!("psql {TARGET} -c \"{statement}\""))?;
        sql(&self.database, statement)
    }

    /// What Ada's session sees of the users.
    fn look(&self) -> anyhow::Result<()> {
        self.shell(&format!("psql {TARGET} -c \"{ADA}\" -c \"{USERS}\""))?;
        let emails: Vec<String> = block_on(async {
            let client = open(&self.database).await?.client;
            client.batch_execute(ADA).await?;
            let rows = client.query(USERS, &[]).await?;
            Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
        })?;
        self.terminal.print(&(emails.join("\n") + "\n"))
    }
}

fn write_files(folder: &Path, files: &[(&str, &str)]) -> std::io::Result<()> {
    fs::create_dir(folder)?;
    files.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

async fn open(database: &Target) -> anyhow::Result<Session> {
    Ok(connect(TARGET, database, &ConnectOptions::default()).await?)
}

fn sql(database: &Target, statements: &str) -> anyhow::Result<()> {
    block_on(async { Ok(open(database).await?.client.batch_execute(statements).await?) })
}
