//! Temporary clones of tables, and what a server makes of policies on them.

use std::collections::BTreeMap;

use futures_util::join;
use pgpe_catalog::QualifiedName;
use pgpe_sqlgen::{quote_identifier, quote_literal, quote_qualified};
use tokio_postgres::{Client, Error, Row, Transaction};

use super::{ClonePolicy, CloneRequest, ExpectedForm, ExpectedForms, Expressions};
use crate::error::{DatabaseError, sentence};
use crate::introspect::pin_session;

/// A clone to be made, with the policies to be created on it.
pub(super) struct Clone<'r> {
    pub(super) request: &'r CloneRequest,
    pub(super) policies: Vec<&'r ClonePolicy>,
}

/// Finds out the stored forms by clones; `learn` is told of each.
pub(super) async fn clone_tables(
    client: &mut Client,
    clones: Vec<Clone<'_>>,
    found: &mut ExpectedForms,
    mut learn: impl FnMut(&CloneRequest, &ClonePolicy, &Expressions),
) -> Result<(), DatabaseError> {
    if clones.is_empty() {
        return Ok(());
    }
    let failed = |error| DatabaseError::during("the server's form of the policies can't be read", &error);
    let transaction = match client.build_transaction().read_only(false).start().await {
        Ok(transaction) => transaction,
        Err(error) if error.is_closed() => return Err(failed(error)),
        Err(error) => {
            found.leave(&clones, format!("no temporary tables can be made: {}", sentence(&error)));
            return Ok(());
        }
    };
    pin_session(&transaction).await?;
    // The last first; one that fails comes again in pieces.
    let mut open = clones;
    open.reverse();
    while let Some(clone) = open.pop() {
        match try_clone(&transaction, &clone).await {
            Ok(stored) => {
                for policy in clone.policies {
                    let Some(stored) = stored.get(&policy.name) else {
                        let gone = Clone { request: clone.request, policies: vec![policy] };
                        found.leave(&[gone], format!("the clone's policy {} has another name", policy.name));
                        continue;
                    };
                    learn(clone.request, policy, stored);
                    found.add(clone.request, policy, ExpectedForm::Stored(stored.clone()));
                }
            }
            Err(error) if error.is_closed() => return Err(failed(error)),
            Err(_) if clone.policies.len() > 1 => {
                let request = clone.request;
                open.extend(
                    clone.policies.into_iter().map(|policy| Clone { request, policies: vec![policy] }),
                );
            }
            Err(error) => {
                let table = &clone.request.table;
                let reason = format!("no clone of {table} can be made: {}", sentence(&error));
                found.leave(std::slice::from_ref(&clone), reason);
            }
        }
    }
    transaction.rollback().await.map_err(failed)
}

/// What the server makes of the policies, by their names. Everything is sent at once, in a savepoint that is
/// gone when this returns, whatever becomes of it.
async fn try_clone(
    transaction: &Transaction<'_>,
    clone: &Clone<'_>,
) -> Result<BTreeMap<String, Expressions>, Error> {
    let table = QualifiedName::new("pg_temp", &clone.request.table.name);
    let create = create_table(&table, clone.request);
    let policies =
        clone.policies.iter().map(|policy| policy.statement.as_str()).collect::<Vec<_>>().join("\n");
    let read = format!(
        "SELECT p.polname::text, pg_catalog.pg_get_expr(p.polqual, p.polrelid), \
           pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) \
         FROM pg_catalog.pg_policy p WHERE p.polrelid = {}::regclass",
        quote_literal(&quote_qualified(&table))
    );
    // As one statement each, so that no type's name can bring a second with it.
    let (begun, created, made, rows, ended) = join!(
        transaction.batch_execute("SAVEPOINT pgpe_clone"),
        transaction.query_typed(&create, &[]),
        transaction.batch_execute(&policies),
        transaction.query_typed(&read, &[]),
        transaction.batch_execute("ROLLBACK TO SAVEPOINT pgpe_clone; RELEASE SAVEPOINT pgpe_clone"),
    );
    begun?;
    created?;
    made?;
    let rows = rows?;
    ended?;
    rows.iter().map(expressions).collect()
}

fn expressions(row: &Row) -> Result<(String, Expressions), Error> {
    Ok((row.try_get(0)?, Expressions { using: row.try_get(1)?, check: row.try_get(2)? }))
}

fn create_table(table: &QualifiedName, request: &CloneRequest) -> String {
    let column = |column: &super::CloneColumn| format!("{} {}", quote_identifier(&column.name), column.ty);
    let columns: Vec<String> = request.columns.iter().map(column).collect();
    format!("CREATE TEMPORARY TABLE {} ({})", quote_qualified(table), columns.join(", "))
}
