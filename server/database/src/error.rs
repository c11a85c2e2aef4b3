//! What can go wrong with a server: one sentence each, and never a password in it.

use tokio_postgres::error::SqlState;

/// A server that can't be used, or a request that it refuses.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The connection string can't be understood.
    #[error("the connection string of {target} can't be used: {reason}")]
    Address {
        /// The target, as people call it.
        target: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No connection came about.
    #[error("no connection to {target}: {reason}")]
    Connect {
        /// The target, as people call it.
        target: String,
        /// What the server or the system says.
        reason: String,
    },
    /// The role may not read what the state of the database is read from.
    #[error("the role {role} may not read pg_catalog.{catalog}: GRANT SELECT ON pg_catalog.{catalog} TO it")]
    NotReadable {
        /// The role.
        role: String,
        /// The system catalog.
        catalog: String,
    },
    /// The server refused or failed at something.
    #[error("{action}: {reason}")]
    Server {
        /// What was being done.
        action: &'static str,
        /// What the server says.
        reason: String,
        /// The server's code of the error, if it is the server that says it.
        code: Option<SqlState>,
    },
}

impl DatabaseError {
    /// An error of the protocol or the server during `action`, e.g. "the tables can't be read".
    pub fn during(action: &'static str, error: &tokio_postgres::Error) -> DatabaseError {
        DatabaseError::Server { action, reason: sentence(error), code: error.code().cloned() }
    }

    /// The server's code of the error, if it is the server that says it.
    pub fn code(&self) -> Option<&SqlState> {
        match self {
            DatabaseError::Server { code, .. } => code.as_ref(),
            _ => None,
        }
    }
}

/// What an error says, with the server's own message where there is one.
pub(crate) fn sentence(error: &tokio_postgres::Error) -> String {
    use std::error::Error;
    if let Some(server) = error.as_db_error() {
        return server.message().to_owned();
    }
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
