//! A throw-away PostgreSQL server, shared by the tests of one test binary.
//!
//! The server belongs to a small supervising shell that reads from a pipe which this process keeps open.
//! However this process ends (also by a panic, a signal or `exit`), the pipe closes, and the shell stops
//! the server that it has started and removes its files.

// Each test binary uses its own part of this.
#![allow(dead_code)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use postgres::{Client, Config, NoTls};

// What the program does to have a server of its own.
#[path = "../../server/cli/src/throw_away/programs.rs"]
mod programs;

use programs::{find_programs, unprivileged_user};

/// The superuser of the server.
pub const SUPERUSER: &str = "postgres";

/// A running server.
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    /// Closed only when this process ends.
    supervisor: Mutex<Supervisor>,
}

/// The supervising shell, which takes a command a line and answers each.
struct Supervisor {
    lifeline: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A database of the server, for one test.
pub struct Database {
    server: &'static Server,
    /// Its name.
    pub name: String,
}

impl Server {
    /// The server, started when first asked for. Fails the test if there can't be one.
    pub fn get() -> &'static Server {
        static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
        match SERVER.get_or_init(start) {
            Ok(server) => server,
            Err(message) => panic!("{message}"),
        }
    }

    /// A server that no other test uses, for those that stop it.
    pub fn own() -> &'static Server {
        match start() {
            Ok(server) => Box::leak(Box::new(server)),
            Err(message) => panic!("{message}"),
        }
    }

    /// Ends it as a crash would: at once, in the middle of everything.
    pub fn stop_at_once(&self) {
        self.command("stop");
    }

    /// Starts it again after a stop.
    pub fn start_again(&self) {
        let outcome = retry_if_port_is_taken(|| {
            let from = self.log().len();
            self.command("start");
            // Clients know the port by now; who has taken it meanwhile, as for a connection, gives it back.
            self.wait_until_ready(self.port, from)
        });
        outcome.expect("it starts again");
    }

    /// Starts a standby that follows this server, and gives the address of one of the databases there.
    pub fn start_standby(&self, database: &Database) -> String {
        let outcome = retry_if_port_is_taken(|| {
            let (port, from) = (free_port()?, self.log().len());
            self.command(&format!("standby {} {port}", self.port));
            self.wait_until_ready(port, from)?;
            Ok(port)
        });
        let port = outcome.expect("the standby starts");
        format!("postgresql://{SUPERUSER}@127.0.0.1:{port}/{}", database.name)
    }

    fn command(&self, word: &str) {
        let mut supervisor = self.supervisor.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(supervisor.lifeline, "{word}").expect("the supervisor listens");
        let mut answer = String::new();
        supervisor.answers.read_line(&mut answer).expect("the supervisor answers");
        assert_eq!(answer, "done\n");
    }

    /// A new, empty database.
    pub fn create_database(&'static self) -> Database {
        self.create_database_named(&unique_name("test"))
    }

    /// A new, empty database of that name, which needs no quoting.
    pub fn create_database_named(&'static self, name: &str) -> Database {
        let name = name.to_owned();
        let mut client = self.config(SUPERUSER, "postgres").connect(NoTls).expect("the server answers");
        client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database can be created");
        Database { server: self, name }
    }

    fn config(&self, user: &str, database: &str) -> Config {
        self.config_at(self.port, user, database)
    }

    fn config_at(&self, port: u16, user: &str, database: &str) -> Config {
        let mut config = Config::new();
        config.host_path(&self.folder).port(port).user(user).dbname(database);
        config
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Database {
    /// A new database on the shared server.
    pub fn create() -> Database {
        Server::get().create_database()
    }

    /// A connection as superuser.
    pub fn connect(&self) -> Client {
        self.connect_as(SUPERUSER)
    }

    /// A connection to another database of the server, as superuser.
    pub fn connect_to_server(&self) -> Client {
        self.server.config(SUPERUSER, "postgres").connect(NoTls).expect("the server answers")
    }

    /// A connection as some role; there are no passwords.
    pub fn connect_as(&self, role: &str) -> Client {
        self.server.config(role, &self.name).connect(NoTls).expect("the server answers")
    }

    /// Runs a script, statement by statement, in psql.
    pub fn load(&self, script: &str) {
        let options = ["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", &self.name];
        self.run("psql", &options, script);
    }

    /// Its schema as pg_dump prints it, after the roles of the server as pg_dumpall does.
    pub fn dump(&self) -> String {
        let roles = self.run("pg_dumpall", &["--roles-only"], "");
        roles + &self.run("pg_dump", &["--schema-only", &self.name], "")
    }

    /// What the server has logged so far, about all databases.
    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Runs one of PostgreSQL's client programs as superuser, and gives what it prints.
    fn run(&self, program: &str, options: &[&str], input: &str) -> String {
        let mut command = Command::new(self.server.programs.join(program));
        command.args(["--no-password", "--username", SUPERUSER, "--port", &self.server.port.to_string()]);
        command.arg("--host").arg(&self.server.folder).args(options);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("PostgreSQL's programs can be run");
        let mut stdin = child.stdin.take().expect("its input is a pipe");
        stdin.write_all(input.as_bytes()).expect("it reads its input");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints UTF-8")
    }

    /// The port of its server.
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// Where programs connect to, as superuser.
    pub fn url(&self) -> String {
        self.url_as(SUPERUSER)
    }

    /// Where programs connect to, as a role whose name needs no escaping.
    pub fn url_as(&self, role: &str) -> String {
        format!("postgresql://{role}@127.0.0.1:{}/{}", self.server.port, self.name)
    }
}

/// A name that no other database or role of the server has.
pub fn unique_name(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn start() -> Result<Server, String> {
    let programs = find_programs()?;
    retry_if_port_is_taken(|| start_once(&programs))
}

/// What `start` gives, which is called again while the server finds that another process has taken its port.
fn retry_if_port_is_taken<T>(mut start: impl FnMut() -> Result<T, String>) -> Result<T, String> {
    const RETRIES: u32 = 5;
    for _ in 0..RETRIES {
        match start() {
            Err(message) if message.contains("could not create any TCP/IP sockets") => {
                std::thread::sleep(Duration::from_millis(200));
            }
            outcome => return outcome,
        }
    }
    start()
}

/// The supervising shell. Its commands stop the server, start it again, and start a standby beside it, which
/// gets a port of its own. Its arguments are the folder that it removes at the end, the folder of the server's
/// programs, and the server's arguments.
const SUPERVISE: &str = r#"
trap '' INT TERM HUP PIPE
folder=$1
programs=$2
server=
shift 2
if "$programs/initdb" --username "$SUPERUSER" --auth trust --encoding UTF8 --locale C --no-sync \
    --pgdata "$folder/data" >"$folder/log" 2>&1
then
    "$programs/postgres" -D "$folder/data" "$@" >>"$folder/log" 2>&1 &
    server=$!
    echo started
else
    echo failed
fi
standby=
while read -r word port own_port; do
    case $word in
    stop)
        kill -QUIT "$server"
        wait "$server"
        server=
        ;;
    start)
        "$programs/postgres" -D "$folder/data" "$@" >>"$folder/log" 2>&1 &
        server=$!
        ;;
    standby)
        [ -e "$folder/standby" ] || "$programs/pg_basebackup" --username "$SUPERUSER" --host "$folder" --port "$port" \
            --pgdata "$folder/standby" --checkpoint fast --write-recovery-conf >>"$folder/log" 2>&1
        "$programs/postgres" -D "$folder/standby" "$@" -c port="$own_port" >>"$folder/log" 2>&1 &
        standby=$!
        ;;
    esac
    echo done
done
for process in $standby $server; do
    kill -QUIT "$process"
    wait "$process"
done
cd /
rm -rf -- "$folder"
"#;

fn start_once(programs: &Path) -> Result<Server, String> {
    let folder = tempfile::Builder::new()
        .prefix("pgpe-postgres-")
        .tempdir()
        .map_err(|error| format!("no temporary folder for PostgreSQL: {error}"))?;
    let user = unprivileged_user(folder.path())?;
    let port = free_port()?;
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", folder.path().display()),
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "shared_buffers=32MB".to_owned(),
        "max_connections=60".to_owned(),
        // Plans that are made once do not pay for being compiled.
        "jit=off".to_owned(),
        "timezone=UTC".to_owned(),
        // Errors are what many tests provoke; the log is for what keeps the server from starting.
        "log_min_messages=log".to_owned(),
    ];
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", SUPERVISE, "supervise"])
        .args([folder.path(), programs])
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .current_dir(folder.path())
        // What ends this process's group must not end the shell.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    command.env("SUPERUSER", SUPERUSER);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    let failed = |error: std::io::Error| format!("PostgreSQL can't be started: {error}");
    let mut supervisor = command.spawn().map_err(failed)?;
    // From here on, the shell removes the folder.
    let folder = folder.keep();
    let (Some(lifeline), Some(output)) = (supervisor.stdin.take(), supervisor.stdout.take()) else {
        return Err("PostgreSQL's supervisor has no pipes".to_owned());
    };
    let mut answers = BufReader::new(output);
    let mut word = String::new();
    answers.read_line(&mut word).map_err(failed)?;
    if word.trim() != "started" {
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        return Err(format!("PostgreSQL's initdb failed: {log}"));
    }
    let programs = programs.to_owned();
    let supervisor = Mutex::new(Supervisor { lifeline, answers });
    let server = Server { folder, programs, port, supervisor };
    server.wait_until_ready(port, 0)?;
    Ok(server)
}

impl Server {
    /// `from` is where the log begins that tells whether it failed.
    fn wait_until_ready(&self, port: u16, from: usize) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let config = self.config_at(port, SUPERUSER, "postgres");
            let Err(error) = config.connect(NoTls) else { return Ok(()) };
            let log = self.log();
            if log[from.min(log.len())..].contains("database system is shut down")
                || started.elapsed() > Duration::from_secs(60)
            {
                return Err(format!("PostgreSQL does not start: {error}\n{log}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port for PostgreSQL: {error}"))
}
