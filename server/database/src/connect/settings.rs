//! All that a connection is made with: what the target says, what the environment adds, and what holds for
//! every connection of this program.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, SslMode, SslNegotiation, TargetSessionAttrs};

use super::ConnectOptions;
use super::address::Parameters;
use super::passfile::{self, Found, Login};
use super::service;
use super::tls::{Mode, Tls, TlsFiles};
use crate::error::DatabaseError;

/// What a connection is made with.
pub(super) struct Settings {
    /// What messages call the target.
    pub(super) target: String,
    pub(super) config: Config,
    pub(super) tls: Tls,
    pub(super) timeout: Duration,
    /// Where the server is, for messages.
    pub(super) address: String,
    pub(super) database: String,
    pub(super) user: String,
    pub(super) description: String,
    /// Something that may be the reason if no password is there.
    pub(super) password_hint: String,
}

/// Parameters that are understood, or that make no difference here.
const KNOWN: &[&str] = &[
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "options",
    "passfile",
    "password",
    "port",
    "service",
    "servicefile",
    "sslcert",
    "sslcompression",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Parameters that ask for something that connections here can't give.
const UNSUPPORTED: &[&str] = &[
    "gssdelegation",
    "min_protocol_version",
    "max_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslkeylogfile",
    "sslpassword",
];

/// Where servers on Unix systems have their socket.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

impl Settings {
    /// Adds to what a connection string says.
    pub(super) fn of(
        target: &str,
        mut parameters: Parameters,
        options: &ConnectOptions,
    ) -> Result<Settings, DatabaseError> {
        let environment = &options.environment;
        let service = parameters.get("service").or(environment.get("PGSERVICE")).map(str::to_owned);
        if let Some(service) = service {
            let file = parameters.get("servicefile").map(str::to_owned);
            for (keyword, value) in service::parameters(target, &service, file.as_deref(), environment)? {
                parameters.default(&keyword, &value);
            }
        }
        for (keyword, value) in environment.parameters() {
            parameters.default(keyword, value);
        }
        let builder = Builder { target, parameters: &parameters, options };
        builder.check_keywords()?;
        builder.build()
    }
}

struct Builder<'a> {
    target: &'a str,
    parameters: &'a Parameters,
    options: &'a ConnectOptions,
}

impl Builder<'_> {
    fn wrong(&self, reason: String) -> DatabaseError {
        DatabaseError::Address { target: self.target.to_owned(), reason }
    }

    fn check_keywords(&self) -> Result<(), DatabaseError> {
        match self.parameters.keywords().find(|keyword| !KNOWN.contains(keyword)) {
            // What is asked for and not understood must not be left out in silence.
            Some(keyword) if UNSUPPORTED.contains(&keyword) => {
                Err(self.wrong(format!("the parameter `{keyword}` is not supported")))
            }
            // An unknown one is not repeated, for it may be a part of a password.
            Some(_) => Err(self.wrong("one of its parameters is none of PostgreSQL's".to_owned())),
            None if self.parameters.get("gssencmode") == Some("require") => {
                Err(self.wrong("encryption by GSSAPI is not supported: use sslmode".to_owned()))
            }
            None => Ok(()),
        }
    }

    fn build(&self) -> Result<Settings, DatabaseError> {
        let mut config = Config::new();
        let ports = self.ports()?;
        let hosts = self.hosts(&ports);
        for host in &hosts {
            config.host(host);
        }
        for port in &ports {
            config.port(*port);
        }
        self.host_addresses(&mut config)?;
        let user = self.parameters.get("user").map(str::to_owned).or_else(|| self.options.environment.user());
        let user = user.unwrap_or_else(|| "postgres".to_owned());
        let database = self.parameters.get("dbname").unwrap_or(&user).to_owned();
        config.user(&user).dbname(&database).application_name("pgpe");
        let password_hint = self.password(&mut config, &hosts, &ports, &database, &user);
        self.choices(&mut config)?;
        let is_local = hosts.iter().all(|host| host.starts_with('/'));
        let tls = self.tls(&mut config, is_local)?;
        let timeout = self.timeout()?;
        config.connect_timeout(timeout);
        config.options(self.server_options());
        let address = address(&hosts, &ports);
        Ok(Settings {
            target: self.target.to_owned(),
            description: format!("{database} at {address} as {user}"),
            config,
            tls,
            timeout,
            address,
            database,
            user,
            password_hint,
        })
    }

    /// One host, or several to be tried in order.
    fn hosts(&self, ports: &[u16]) -> Vec<String> {
        let given = self.parameters.get("host").or(self.parameters.get("hostaddr"));
        if let Some(given) = given {
            let default = || self.default_host(ports);
            return given
                .split(',')
                .map(|it| if it.is_empty() { default() } else { it.to_owned() })
                .collect();
        }
        vec![self.default_host(ports)]
    }

    /// The socket of this machine's server, if there is one.
    fn default_host(&self, ports: &[u16]) -> String {
        let port = ports.first().copied().unwrap_or(5432);
        let has_socket = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
        SOCKET_FOLDERS.into_iter().find(has_socket).unwrap_or("localhost").to_owned()
    }

    fn ports(&self) -> Result<Vec<u16>, DatabaseError> {
        let Some(ports) = self.parameters.get("port") else { return Ok(Vec::new()) };
        let port = |text: &str| match text.trim() {
            "" => Ok(5432),
            text => text.parse().map_err(|_| self.wrong("its port is not a number up to 65535".to_owned())),
        };
        ports.split(',').map(port).collect()
    }

    fn host_addresses(&self, config: &mut Config) -> Result<(), DatabaseError> {
        let addresses = self.parameters.get("hostaddr").into_iter().flat_map(|it| it.split(','));
        for address in addresses {
            let parsed = address.trim().parse();
            let parsed = parsed.map_err(|_| self.wrong("its hostaddr is not an IP address".to_owned()))?;
            config.hostaddr(parsed);
        }
        Ok(())
    }

    /// Sets the password if there is one; otherwise says what may be the reason.
    fn password(
        &self,
        config: &mut Config,
        hosts: &[String],
        ports: &[u16],
        database: &str,
        user: &str,
    ) -> String {
        if let Some(password) = self.parameters.get("password") {
            config.password(password);
            return String::new();
        }
        let file = self.parameters.get("passfile").map(PathBuf::from);
        let Some(file) = file.or_else(|| self.options.environment.home_file(".pgpass")) else {
            return String::new();
        };
        let host = hosts.first().map_or("localhost", String::as_str);
        let host = if SOCKET_FOLDERS.contains(&host) { "localhost" } else { host };
        let port = ports.first().copied().unwrap_or(5432).to_string();
        match passfile::look_up(&file, &Login { host, port: &port, database, user }) {
            Found::Password(password) => {
                config.password(password);
                format!(" (it comes from {})", file.display())
            }
            Found::Nothing => String::new(),
            Found::Exposed(file) => format!(
                " ({} was not used, since others may read it: chmod 600 {})",
                file.display(),
                file.display()
            ),
        }
    }

    /// The parameters that choose among few.
    fn choices(&self, config: &mut Config) -> Result<(), DatabaseError> {
        let unknown =
            |keyword: &str| self.wrong(format!("its {keyword} has none of the values that there are"));
        match self.parameters.get("channel_binding") {
            None | Some("prefer") => {}
            Some("disable") => drop(config.channel_binding(ChannelBinding::Disable)),
            Some("require") => drop(config.channel_binding(ChannelBinding::Require)),
            Some(_) => return Err(unknown("channel_binding")),
        }
        match self.parameters.get("target_session_attrs") {
            None | Some("any") => {}
            Some("read-write" | "primary") => {
                config.target_session_attrs(TargetSessionAttrs::ReadWrite);
            }
            Some("read-only" | "standby") => {
                config.target_session_attrs(TargetSessionAttrs::ReadOnly);
            }
            Some(_) => return Err(unknown("target_session_attrs")),
        }
        match self.parameters.get("load_balance_hosts") {
            None | Some("disable") => {}
            Some("random") => drop(config.load_balance_hosts(LoadBalanceHosts::Random)),
            Some(_) => return Err(unknown("load_balance_hosts")),
        }
        match self.parameters.get("sslnegotiation") {
            None | Some("postgres") => {}
            Some("direct") => drop(config.ssl_negotiation(SslNegotiation::Direct)),
            Some(_) => return Err(unknown("sslnegotiation")),
        }
        Ok(())
    }

    fn tls(&self, config: &mut Config, is_local: bool) -> Result<Tls, DatabaseError> {
        let mode = match self.parameters.get("sslmode") {
            // Nobody listens on the way to a socket of this machine, and servers have no TLS there.
            _ if is_local => Mode::Disable,
            None | Some("prefer" | "allow") => Mode::Prefer,
            Some("disable") => Mode::Disable,
            Some("require") => Mode::Require,
            Some("verify-ca") => Mode::VerifyCa,
            Some("verify-full") => Mode::VerifyFull,
            Some(_) => {
                return Err(self.wrong(
                    "its sslmode is none of disable, allow, prefer, require, verify-ca and verify-full"
                        .to_owned(),
                ));
            }
        };
        config.ssl_mode(match mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        });
        let file = |keyword: &str, default: &str| {
            let given = self.parameters.get(keyword).map(PathBuf::from);
            let default = || self.options.environment.home_file(default).filter(|file| file.exists());
            given.or_else(default)
        };
        let files = TlsFiles {
            roots: file("sslrootcert", ".postgresql/root.crt"),
            certificate: file("sslcert", ".postgresql/postgresql.crt"),
            key: file("sslkey", ".postgresql/postgresql.key"),
        };
        Tls::new(mode, &files).map_err(|reason| self.wrong(reason))
    }

    /// Seconds; 0 and less are no limit for PostgreSQL's own clients, and the usual one here.
    fn timeout(&self) -> Result<Duration, DatabaseError> {
        let Some(text) = self.parameters.get("connect_timeout") else {
            return Ok(self.options.connect_timeout);
        };
        match text.trim().parse::<i64>() {
            Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.unsigned_abs())),
            Ok(_) => Ok(self.options.connect_timeout),
            Err(_) => Err(self.wrong("its connect_timeout is not a number of seconds".to_owned())),
        }
    }

    fn server_options(&self) -> String {
        let mut options = self.parameters.get("options").unwrap_or_default().to_owned();
        if let Some(timeout) = self.options.statement_timeout {
            options.push_str(&format!(" -c statement_timeout={}", timeout.as_millis()));
        }
        options
    }
}

/// Hosts and ports for people.
fn address(hosts: &[String], ports: &[u16]) -> String {
    let each = hosts.iter().enumerate().map(|(at, host)| {
        let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    });
    each.collect::<Vec<_>>().join(", ")
}
