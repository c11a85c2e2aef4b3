//! The state of a database, read from `pg_catalog`.
//!
//! Every part of it is one query, whatever the number of tables, and all of them are sent at once. What they
//! give is brought into the form that [`pgpe_catalog::ddl::read_ddl`] gives a dump of the same database.

mod columns;
mod foreign_keys;
mod functions;
mod grants;
mod keys;
mod policies;
pub(crate) mod query;
mod relations;
mod rewriting;
mod roles;
mod schemas;
pub(crate) mod server;
mod types;
mod views;

use pgpe_catalog::Catalog;
use tokio_postgres::{Client, GenericClient, IsolationLevel};

use crate::error::DatabaseError;
use query::fetch;
use relations::Relations;
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
    let failed = |error| DatabaseError::during("the database can't be read", &error);
    let begin = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await;
    let transaction = begin.map_err(failed)?;
    let found = introspect_in(&transaction).await?;
    transaction.rollback().await.map_err(failed)?;
    Ok(found)
}

/// Reads a database within an open transaction, of which it sets `search_path`, `TimeZone` and `DateStyle`
/// (`SET LOCAL`): the transaction's later statements have to qualify their names.
pub async fn introspect_in(client: &impl GenericClient) -> Result<Introspection, DatabaseError> {
    pin_session(client).await?;
    let server = server::read(client).await?;
    server.require_readable(&["pg_class", "pg_namespace", "pg_attribute", "pg_type", "pg_collation"])?;
    server.require_readable(&["pg_index", "pg_opclass", "pg_constraint", "pg_trigger", "pg_inherits"])?;
    server.require_readable(&["pg_policy", "pg_depend", "pg_extension", "pg_enum", "pg_rewrite"])?;
    server.require_readable(&["pg_cast", "pg_operator"])?;
    let comments = server.can_read("pg_description");
    let (relation_rows, column_rows, key_rows, foreign_key_rows, policy_rows, grant_rows) = tokio::try_join!(
        fetch(client, "the tables can't be read", relations::query(comments)),
        fetch(client, "the columns can't be read", columns::query(comments)),
        fetch(client, "the keys can't be read", keys::QUERY.to_owned()),
        fetch(client, "the foreign keys can't be read", foreign_keys::QUERY.to_owned()),
        fetch(client, "the policies can't be read", policies::QUERY.to_owned()),
        fetch(client, "the privileges can't be read", grants::query()),
    )?;
    let (view_rows, enums, domains, collations, extensions, overrides, rules, schema_rows) = tokio::try_join!(
        fetch(client, "the views can't be read", views::QUERY.to_owned()),
        fetch(client, "the enum types can't be read", types::ENUMS.to_owned()),
        fetch(client, "the domains can't be read", types::domains()),
        fetch(client, "the collations can't be read", types::COLLATIONS.to_owned()),
        fetch(client, "the extensions can't be read", types::EXTENSIONS.to_owned()),
        fetch(client, "the casts and operators can't be read", rewriting::overrides()),
        fetch(client, "the rules can't be read", rewriting::RULES.to_owned()),
        fetch(client, "the schemas can't be read", schemas::QUERY.to_owned()),
    )?;
    let mut unseen = Vec::new();
    let function_rows = match server.can_read("pg_proc") {
        true => fetch(client, "the functions can't be read", functions::QUERY.to_owned()).await?,
        false => server.miss(&mut unseen, "functions", "pg_proc"),
    };
    let role_rows = match server.can_read("pg_roles") && server.can_read("pg_auth_members") {
        true => Some(fetch(client, "the roles can't be read", roles::QUERY.to_owned()).await?),
        false => {
            server.miss(&mut unseen, "roles and who is a member of them", "pg_roles and pg_auth_members");
            None
        }
    };
    if !comments {
        server.miss(&mut unseen, "comments", "pg_description");
    }
    let mut catalog = Catalog::default();
    types::add(&mut catalog, &enums, &domains, &collations, &extensions)?;
    rewriting::add_overrides(&mut catalog, &overrides)?;
    schemas::add(&mut catalog, &schema_rows)?;
    let mut relations = Relations::read(&relation_rows)?;
    columns::add(&mut relations, &catalog, &column_rows)?;
    keys::add(&mut relations, &key_rows)?;
    foreign_keys::add(&mut relations, &foreign_key_rows)?;
    policies::add(&mut relations, &policy_rows)?;
    grants::add(&mut relations, &grant_rows)?;
    views::add(&mut relations, &view_rows)?;
    rewriting::add_rules(&mut relations, &rules)?;
    functions::add(&mut catalog, &function_rows)?;
    if let Some(rows) = role_rows {
        catalog.roles = roles::read(&rows)?;
    }
    catalog.relations = relations.finish();
    catalog.settle_inheritance();
    Ok(Introspection { catalog, server, unseen })
}

/// Makes a transaction print expressions, times and dates in the one form that comparisons are made in.
pub(crate) async fn pin_session(client: &impl GenericClient) -> Result<(), DatabaseError> {
    let settings = "SET LOCAL search_path = ''; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'";
    let pinned = client.batch_execute(settings).await;
    pinned.map_err(|error| DatabaseError::during("the session can't be set up", &error))
}
