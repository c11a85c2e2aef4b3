//! What became of a COMMIT that was cut off: reconnects and looks.

use std::time::{Duration, Instant};

use tokio_postgres::{Client, IsolationLevel};

use super::attempt::ADVISORY_LOCK;
use super::verify::{is_as_before, verify};
use super::{ApplyError, DatabaseState, Destination, during};
use crate::connect::connect;
use crate::error::DatabaseError;
use crate::introspect::introspect_in;
use crate::plan::Plan;
use pgpe_catalog::Catalog;

/// For how long to try to connect again: a server that was restarted has to recover first.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(250);

/// Succeeds if the database is as planned.
pub(super) async fn look(
    destination: &Destination<'_>,
    plan: &Plan,
    reason: String,
) -> Result<(), ApplyError> {
    let started = Instant::now();
    let found = loop {
        match look_once(destination).await {
            Ok(Some(catalog)) => break Some(catalog),
            // Not reached, or the old transaction is still there.
            Ok(None) | Err(_) if started.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            Ok(None) | Err(_) => break None,
        }
    };
    match found {
        Some(catalog) if verify(plan, &catalog).is_ok() => Ok(()),
        Some(catalog) if is_as_before(plan, &catalog) => {
            Err(ApplyError { reason, state: DatabaseState::AsBefore })
        }
        _ => Err(ApplyError { reason, state: DatabaseState::Unknown }),
    }
}

/// The state of the database once the transaction that was cut off is over; `None` while it is not.
async fn look_once(destination: &Destination<'_>) -> Result<Option<Catalog>, DatabaseError> {
    let mut session = connect(destination.name, destination.target, &destination.connect).await?;
    look_by(&mut session.client).await
}

async fn look_by(client: &mut Client) -> Result<Option<Catalog>, DatabaseError> {
    let failed = during("the database can't be read");
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()
        .await
        .map_err(&failed)?;
    // The transaction holds this lock for as long as it lives.
    let row = transaction.query_one(&format!("SELECT {ADVISORY_LOCK}"), &[]).await.map_err(&failed)?;
    if !row.try_get::<_, bool>(0).map_err(&failed)? {
        return Ok(None);
    }
    let found = introspect_in(&transaction).await?;
    transaction.rollback().await.map_err(&failed)?;
    Ok(Some(found.catalog))
}
