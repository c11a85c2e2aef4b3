//! Connections to a server.

use std::fmt;
use std::time::Duration;

use pgpe_config::Target;
use tokio_postgres::{Client, Config, NoTls};

use crate::error::{DatabaseError, sentence};

/// How to connect, besides what the target says.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// How long establishing a connection may take.
    pub connect_timeout: Duration,
    /// How long the server may work on one statement; `None` is no limit.
    pub statement_timeout: Option<Duration>,
}

impl Default for ConnectOptions {
    fn default() -> ConnectOptions {
        ConnectOptions {
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Some(Duration::from_secs(60)),
        }
    }
}

/// A connection to a server; dropping it closes the connection.
pub struct Session {
    /// What statements are sent by.
    pub client: Client,
    /// Server, database and role in words, for messages: `app at db.example.com:5432 as alice`.
    pub description: String,
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
    let address = |error: &tokio_postgres::Error| DatabaseError::Address {
        target: name.to_owned(),
        reason: sentence(error),
    };
    let mut config: Config = target.url.parse().map_err(|error| address(&error))?;
    config.application_name("pgpe").connect_timeout(options.connect_timeout);
    if let Some(timeout) = options.statement_timeout {
        config.options(format!("-c statement_timeout={}", timeout.as_millis()));
    }
    let refused = |error: &tokio_postgres::Error| DatabaseError::Connect {
        target: name.to_owned(),
        reason: sentence(error),
    };
    let (client, connection) = config.connect(NoTls).await.map_err(|error| refused(&error))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("the connection ended: {}", sentence(&error));
        }
    });
    let description = config.get_dbname().unwrap_or_default().to_owned();
    Ok(Session { client, description })
}
