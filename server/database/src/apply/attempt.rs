//! One try: the transaction from its beginning to COMMIT.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::QualifiedName;
use pgpe_sqlgen::quote_qualified;
use tokio_postgres::error::{Severity, SqlState};
use tokio_postgres::{Client, GenericClient, IsolationLevel, Transaction};

use super::verify::verify;
use super::{ApplyOptions, Progress, during};
use crate::change::{Change, LockMode};
use crate::error::DatabaseError;
use crate::introspect::introspect_in;
use crate::plan::{Plan, state_hash};

/// Why a try did not succeed.
pub(super) enum Failure {
    /// Others hold locks. Rolled back; it may be tried again.
    Busy(String),
    /// Rolled back, or never begun, and not to be tried again.
    Final(String),
    /// The connection ended while COMMIT was under way.
    CutOff(String),
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Failure {
        let is_transient = error.code().is_some_and(|code| {
            [
                &SqlState::LOCK_NOT_AVAILABLE,
                &SqlState::T_R_DEADLOCK_DETECTED,
                &SqlState::T_R_SERIALIZATION_FAILURE,
            ]
            .contains(&code)
        });
        if is_transient { Failure::Busy(error.to_string()) } else { Failure::Final(error.to_string()) }
    }
}

/// Two applies to one database keep out of each other's way by this advisory lock: `pgpe` in ASCII, and a
/// number for this use.
pub(super) const ADVISORY_LOCK: &str = "pg_catalog.pg_try_advisory_xact_lock(1885827173, 1)";

/// What is looked up before the first try.
pub(super) struct Setup {
    /// The statements that take the locks.
    locks: Vec<String>,
}

/// Why a role can't apply a plan on this server, in sentences; empty if it can.
pub async fn obstacles(client: &impl GenericClient, plan: &Plan) -> Result<Vec<String>, DatabaseError> {
    let failed = during("the role's rights can't be read");
    let row = client
        .query_one("SELECT pg_catalog.pg_is_in_recovery(), current_user::pg_catalog.text", &[])
        .await
        .map_err(&failed)?;
    let (is_standby, role): (bool, String) =
        (row.try_get(0).map_err(&failed)?, row.try_get(1).map_err(&failed)?);
    if is_standby {
        return Ok(vec!["this server is a standby, which takes no changes: name its primary".to_owned()]);
    }
    let altered = plan.tables.iter().filter(|table| {
        !table.steps.iter().all(|step| matches!(step.change, Change::Grant(_) | Change::Revoke(_)))
    });
    let mut owned: BTreeMap<&str, Vec<&QualifiedName>> = BTreeMap::new();
    for table in altered {
        let owner = plan.before.get(&table.name).and_then(|relation| relation.owner.as_deref());
        owned.entry(owner.unwrap_or_default()).or_default().push(&table.name);
    }
    let owners: Vec<&str> = owned.keys().copied().filter(|owner| !owner.is_empty()).collect();
    let rows = client
        .query(
            "SELECT owner FROM unnest($1::pg_catalog.text[]) owner \
             JOIN pg_catalog.pg_roles r ON r.rolname = owner \
             WHERE NOT pg_catalog.pg_has_role(r.oid, 'USAGE')",
            &[&owners],
        )
        .await
        .map_err(&failed)?;
    let mut found = Vec::new();
    for row in rows {
        let owner: String = row.try_get(0).map_err(&failed)?;
        let tables = owned.get(owner.as_str()).cloned().unwrap_or_default();
        let (first, more) = (tables.first().map(ToString::to_string).unwrap_or_default(), tables.len() - 1);
        let tables = if more == 0 { first } else { format!("{first} and {more} more") };
        found.push(format!("{role} does not own {tables}: connect as {owner}, or as a member of that role"));
    }
    Ok(found)
}

/// Looks up what all tries have in common; refuses what can't succeed.
pub(super) async fn set_up(client: &Client, plan: &Plan) -> Result<Setup, String> {
    let obstacles = obstacles(client, plan).await.map_err(|error| error.to_string())?;
    if !obstacles.is_empty() {
        return Err(obstacles.join("; "));
    }
    let locks = plan.locks();
    let of = |mode: LockMode| {
        let tables = locks.iter().filter(move |lock| lock.mode == mode);
        tables.map(|lock| QualifiedName::new(&lock.schema, &lock.table)).collect::<Vec<_>>()
    };
    let readable = readable(client, &of(LockMode::AccessShare)).await.map_err(|error| error.to_string())?;
    let statement = |tables: Vec<QualifiedName>, mode: LockMode| {
        let only: Vec<String> =
            tables.iter().map(|table| format!("ONLY {}", quote_qualified(table))).collect();
        let sql = format!("LOCK TABLE {} IN {} MODE NOWAIT", only.join(", "), mode.name());
        (!only.is_empty()).then_some(sql)
    };
    let statements = [
        statement(of(LockMode::AccessExclusive), LockMode::AccessExclusive),
        statement(readable.into_iter().collect(), LockMode::AccessShare),
    ];
    Ok(Setup { locks: statements.into_iter().flatten().collect() })
}

/// Those of the tables that the role may read, and so may lock. CREATE POLICY may name others, too; on those
/// it may have to wait, for as long as `lock_timeout` says.
async fn readable(
    client: &Client,
    tables: &[QualifiedName],
) -> Result<BTreeSet<QualifiedName>, DatabaseError> {
    let schemas: Vec<&str> = tables.iter().map(|table| table.schema.as_str()).collect();
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    let rows = client
        .query(
            "SELECT w.schema, w.name \
             FROM unnest($1::pg_catalog.text[], $2::pg_catalog.text[]) AS w (schema, name) \
             JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema \
             JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name \
             WHERE pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
               AND pg_catalog.has_table_privilege(c.oid, 'SELECT')",
            &[&schemas, &names],
        )
        .await
        .map_err(during("the tables' privileges can't be read"))?;
    let name = |row: &tokio_postgres::Row| -> Result<QualifiedName, tokio_postgres::Error> {
        Ok(QualifiedName::new(row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?))
    };
    let names: Result<BTreeSet<QualifiedName>, tokio_postgres::Error> = rows.iter().map(name).collect();
    names.map_err(during("the tables' privileges can't be read"))
}

/// Tries once. Dropping the transaction rolls it back.
pub(super) async fn attempt(
    client: &mut Client,
    plan: &Plan,
    setup: &Setup,
    options: &ApplyOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), Failure> {
    let transaction = client
        .build_transaction()
        // With locks held, what is read next has to be newer than they are.
        .isolation_level(IsolationLevel::ReadCommitted)
        .read_only(false)
        .start()
        .await
        .map_err(during("no transaction can be begun"))?;
    match change(&transaction, plan, setup, options, progress).await {
        Ok(()) => {}
        Err(failure) => {
            // The next try must find the locks free. If this fails, the server has ended the transaction.
            let _ = transaction.rollback().await;
            return Err(failure);
        }
    }
    progress(Progress::Committing);
    transaction.commit().await.map_err(commit_failure)
}

async fn change(
    transaction: &Transaction<'_>,
    plan: &Plan,
    setup: &Setup,
    options: &ApplyOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), Failure> {
    // A committed policy must outlive a crash of the server, whatever is good enough for rows.
    let settings = format!(
        "SET LOCAL search_path = ''; SET LOCAL statement_timeout = {}; \
         SET LOCAL lock_timeout = 100; SET LOCAL idle_in_transaction_session_timeout = 60000; \
         SELECT pg_catalog.set_config('synchronous_commit', 'on', true) \
           WHERE pg_catalog.current_setting('synchronous_commit') = 'off'",
        options.statement_timeout.as_millis()
    );
    transaction.batch_execute(&settings).await.map_err(during("the session can't be set up"))?;
    take_locks(transaction, setup).await?;

    let found = introspect_in(transaction).await?;
    if state_hash(&found.catalog) != plan.state {
        let reason =
            "the database has changed since the plan was made: make a new plan by running this again";
        return Err(Failure::Final(reason.to_owned()));
    }
    for (done, (table, step)) in plan.steps().enumerate() {
        progress(Progress::Running { done, sql: &step.sql });
        transaction.batch_execute(&step.sql).await.map_err(|error| {
            let error = DatabaseError::during("a statement failed", &error);
            match Failure::from(error) {
                Failure::Final(reason) => Failure::Final(format!("{reason} (on {table}: {})", step.sql)),
                other => other,
            }
        })?;
    }
    progress(Progress::Checking);
    let found = introspect_in(transaction).await?;
    verify(plan, &found.catalog).map_err(|difference| {
        Failure::Final(format!("the statements did not lead to what was planned: {difference}"))
    })
}

async fn take_locks(transaction: &Transaction<'_>, setup: &Setup) -> Result<(), Failure> {
    let failed = during("a table can't be locked");
    let alone = transaction.query_one(&format!("SELECT {ADVISORY_LOCK}"), &[]).await;
    if !alone.and_then(|row| row.try_get::<_, bool>(0)).map_err(&failed)? {
        return Err(Failure::Busy("another apply to this database is under way".to_owned()));
    }
    for lock in &setup.locks {
        transaction.batch_execute(lock).await.map_err(&failed)?;
    }
    Ok(())
}

/// An error that the server answers COMMIT with has rolled everything back; anything else leaves it open what
/// became of it.
fn commit_failure(error: tokio_postgres::Error) -> Failure {
    let severity = error.as_db_error().and_then(|error| error.parsed_severity());
    let reason = DatabaseError::during("COMMIT failed", &error).to_string();
    match severity {
        Some(Severity::Error) => Failure::Final(reason),
        _ => Failure::CutOff(reason),
    }
}
