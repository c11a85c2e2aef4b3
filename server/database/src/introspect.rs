//! The state of a database, read from `pg_catalog`.

mod relations;
mod server;

use pgpe_catalog::Catalog;
use tokio_postgres::{Client, GenericClient, IsolationLevel};

use crate::error::DatabaseError;
pub use server::ServerInfo;

/// A database as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introspection {
    /// Its schema, with the policies, flags and privileges that are live. Expressions are as `pg_get_expr`
    /// prints them with an empty search path.
    pub catalog: Catalog,
    /// The server and the role that has looked.
    pub server: ServerInfo,
    /// What this role may not see, in words.
    pub unseen: Vec<String>,
}

/// Reads a database in a transaction of its own that changes nothing.
pub async fn introspect(client: &mut Client) -> Result<Introspection, DatabaseError> {
    let begin = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await;
    let transaction = begin.map_err(|error| DatabaseError::during("the database can't be read", &error))?;
    let found = introspect_in(&transaction).await?;
    let end = transaction.rollback().await;
    end.map_err(|error| DatabaseError::during("the database can't be read", &error))?;
    Ok(found)
}

/// Reads a database within an open transaction, of which it sets `search_path`, `TimeZone` and `DateStyle`
/// (`SET LOCAL`): the transaction's later statements have to qualify their names.
pub async fn introspect_in(client: &impl GenericClient) -> Result<Introspection, DatabaseError> {
    let pinned = client
        .batch_execute("SET LOCAL search_path = ''; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'")
        .await;
    pinned.map_err(|error| DatabaseError::during("the session can't be set up", &error))?;
    let server = server::read(client).await?;
    let catalog = Catalog { relations: relations::read(client).await?, ..Catalog::default() };
    Ok(Introspection { catalog, server, unseen: Vec::new() })
}
