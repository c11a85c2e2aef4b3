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
    /// A variable of the connection string is not set.
    #[error("the connection string of {target} needs the variable {variable}, which is not set: export it")]
    MissingVariable {
        /// The target, as people call it.
        target: String,
        /// The variable.
        variable: String,
    },
    /// There is no service of that name.
    #[error("{target} names the service {service}, which is not in {files}: add it there")]
    UnknownService {
        /// The target, as people call it.
        target: String,
        /// The service.
        service: String,
        /// The service files that were looked into.
        files: String,
    },
    /// Nobody answers.
    #[error("the server of {target} can't be reached at {address}: {reason}")]
    Unreachable {
        /// The target, as people call it.
        target: String,
        /// Host and port.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// The server wants another password.
    #[error("the server of {target} does not accept the password of {user}{hint}: check it")]
    WrongPassword {
        /// The target, as people call it.
        target: String,
        /// The role.
        user: String,
        /// Where the password comes from, if that is not obvious.
        hint: String,
    },
    /// The server wants a password, and there is none.
    #[error(
        "the server of {target} wants a password of {user}, and none is known{hint}: set PGPASSWORD, or add it \
         to the password file"
    )]
    NoPassword {
        /// The target, as people call it.
        target: String,
        /// The role.
        user: String,
        /// Why the password file was of no use, if it was there.
        hint: String,
    },
    /// The server has no database of that name.
    #[error("there is no database {database} at {address}, the server of {target}: check the name")]
    UnknownDatabase {
        /// The target, as people call it.
        target: String,
        /// Host and port.
        address: String,
        /// The database.
        database: String,
    },
    /// TLS did not come about.
    #[error("no TLS with the server of {target} at {address}: {reason}")]
    Tls {
        /// The target, as people call it.
        target: String,
        /// Host and port.
        address: String,
        /// What is wrong.
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
