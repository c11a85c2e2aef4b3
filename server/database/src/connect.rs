//! Connections to a server, to which the same leads as with PostgreSQL's own clients: a connection string,
//! `PG…` variables, a service file and a password file.

mod address;
mod environment;
mod failure;
mod passfile;
mod service;
mod settings;
mod tls;

use std::fmt;
use std::time::Duration;

use pgpe_config::Target;
use tokio_postgres::{Client, Config, NoTls, Socket, tls::MakeTlsConnect};

use crate::error::{DatabaseError, sentence};
use address::Parameters;
pub use environment::Environment;
use settings::Settings;
use tls::Tls;

/// How to connect, besides what the target says.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// How long establishing a connection may take, unless the target says otherwise.
    pub connect_timeout: Duration,
    /// How long the server may work on one statement; `None` is no limit.
    pub statement_timeout: Option<Duration>,
    /// Where variables and files are looked up.
    pub environment: Environment,
}

impl Default for ConnectOptions {
    fn default() -> ConnectOptions {
        ConnectOptions {
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Some(Duration::from_secs(60)),
            environment: Environment::of_process(),
        }
    }
}

/// A connection to a server; dropping it closes the connection.
pub struct Session {
    /// What statements are sent by.
    pub client: Client,
    /// Server, database and role in words, for messages: `app at db.example.com:5432 as alice`.
    pub description: String,
    /// Host and port, or several to be tried in order: `db.example.com:5432`.
    pub address: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.description)
    }
}

/// Connects to a target. `name` is what messages call it. Must run on a tokio runtime, whose task then carries
/// the connection.
pub async fn connect(
    name: &str,
    target: &Target,
    options: &ConnectOptions,
) -> Result<Session, DatabaseError> {
    let parameters = Parameters::read(name, &target.url, &options.environment)?;
    let settings = Settings::of(name, parameters, options)?;
    let client = match &settings.tls {
        Tls::Off => open(&settings, NoTls).await?,
        Tls::On(tls) => open(&settings, tls.clone()).await?,
    };
    Ok(Session { client, description: settings.description, address: settings.address })
}

async fn open<T>(settings: &Settings, tls: T) -> Result<Client, DatabaseError>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let config: &Config = &settings.config;
    let connected = tokio::time::timeout(settings.timeout, config.connect(tls)).await;
    let (client, connection) = match connected {
        Ok(Ok(connected)) => connected,
        Ok(Err(error)) => return Err(failure::explain(settings, &error)),
        Err(_) => return Err(failure::overdue(settings)),
    };
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("the connection ended: {}", sentence(&error));
        }
    });
    Ok(client)
}

#[cfg(test)]
mod tests;
