//! The process that keeps a throw-away server: starts it, waits, and leaves nothing of it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow, bail};

use super::programs::{find_programs, unprivileged_user};
use super::{READY, SUPERUSER};

/// How a database cluster is made.
const INITDB: [&str; 7] = ["--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"];

/// Keeps a server in the folder until standard input ends, and removes the folder. What keeps the server from
/// starting goes to standard output.
pub fn serve(folder: &Path) {
    let folder = RemovedFolder(folder);
    match Running::start(folder.0) {
        Ok(_server) => {
            say(READY);
            // An error is an end too.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        }
        Err(error) => say(&format!("{error:#}")),
    }
}

/// Where the server's socket is.
pub(super) fn socket_folder(folder: &Path) -> PathBuf {
    folder.join("server")
}

fn say(text: &str) {
    // Whoever has gone away closes standard input as well.
    let _ = writeln!(io::stdout(), "{text}");
}

struct RemovedFolder<'p>(&'p Path);

impl Drop for RemovedFolder<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0);
    }
}

/// A running server; dropping it stops it.
struct Running {
    programs: PathBuf,
    /// The server's own folder: its data, its socket, its log.
    folder: PathBuf,
    user: Option<(u32, u32)>,
}

impl Running {
    fn start(folder: &Path) -> anyhow::Result<Running> {
        let programs = find_programs().map_err(|message| anyhow!(message))?;
        let own = socket_folder(folder);
        prepare(folder, &own)?;
        let user = unprivileged_user(&own).map_err(|message| anyhow!(message))?;
        let server = Running { programs, folder: own, user };
        server.run(server.program("initdb").args(INITDB).args(["--username", SUPERUSER]))?;
        server.configure()?;
        let log = server.folder.join("log");
        server.run(server.program("pg_ctl").args(["start", "--wait", "--log"]).arg(log))?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Without a port of the network: nobody but the folder's owner reaches the server.
    fn configure(&self) -> anyhow::Result<()> {
        let socket = self.folder.to_string_lossy().replace('\'', "''");
        let settings = format!(
            "\nlisten_addresses = ''\nunix_socket_directories = '{socket}'\nport = 5432\nfsync = off\n\
             shared_buffers = 16MB\ntimezone = UTC\nlc_messages = C\n"
        );
        let path = self.data().join("postgresql.conf");
        let file = OpenOptions::new().append(true).open(path);
        file.and_then(|mut file| file.write_all(settings.as_bytes()))
            .context("can't write PostgreSQL's configuration")
    }

    /// One of PostgreSQL's programs for this server: as the user that it runs as, and with none of the variables that
    /// are meant for connections to other servers.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.arg("--pgdata").arg(self.data()).current_dir(&self.folder).stdin(Stdio::null());
        let variables = std::env::vars_os().map(|(name, _)| name);
        for variable in variables.filter(|name| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(variable);
        }
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn run(&self, command: &mut Command) -> anyhow::Result<()> {
        let name = command.get_program().to_string_lossy().into_owned();
        // Not to a pipe: the server would keep it open.
        let path = self.folder.join("output");
        let output = File::create(&path).context("can't write to PostgreSQL's folder")?;
        let errors = output.try_clone()?;
        let status = command.stdout(output).stderr(errors).status();
        let status = status.with_context(|| format!("{name} can't be run: PG_BIN names another folder"))?;
        if !status.success() {
            let said =
                [path, self.folder.join("log")].map(|path| fs::read_to_string(path).unwrap_or_default());
            bail!("{name} has failed:\n{}", said.concat().trim_end());
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What it would write at a slower end is removed anyway.
        let _ = self.run(self.program("pg_ctl").args(["stop", "--mode", "immediate"]));
    }
}

/// Makes the server's own folder in one that another user may have to pass through to it.
fn prepare(folder: &Path, own: &Path) -> anyhow::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o711))
        .and_then(|()| fs::create_dir(own))
        .and_then(|()| fs::set_permissions(own, Permissions::from_mode(0o700)))
        .with_context(|| format!("can't make a folder for PostgreSQL in {}", folder.display()))
}
