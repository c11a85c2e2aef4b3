//! Who holds or waits for locks that keep a plan from being applied now.

use pgpe_catalog::QualifiedName;
use serde::Serialize;
use tokio_postgres::GenericClient;

use crate::change::LockMode;
use crate::error::DatabaseError;
use crate::plan::Plan;

/// Another session with a conflicting lock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Blocker {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The server process.
    pub pid: i32,
    /// Its role, if that may be known.
    pub role: Option<String>,
    /// What the application calls itself.
    pub application: Option<String>,
    /// The lock's mode, as the server names it.
    pub mode: String,
    /// Whether it has the lock or waits for it.
    pub granted: bool,
    /// How long its transaction has been open, in seconds, if that may be known.
    pub seconds: Option<f64>,
}

const QUERY: &str = "\
    SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS table, l.pid, \
      a.usename::pg_catalog.text AS role, NULLIF(a.application_name, '') AS application, \
      l.mode, l.granted, \
      pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start) AS seconds \
    FROM pg_catalog.pg_locks l \
    JOIN pg_catalog.pg_class c ON c.oid = l.relation \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
    JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database() \
    WHERE l.locktype = 'relation' AND l.pid <> pg_catalog.pg_backend_pid() \
      AND (n.nspname::pg_catalog.text, c.relname::pg_catalog.text) \
        IN (SELECT * FROM unnest($1::pg_catalog.text[], $2::pg_catalog.text[])) \
    ORDER BY l.granted DESC, schema, \"table\", l.pid, l.mode";

/// Finds the sessions that are in the way of a plan.
pub async fn blockers(client: &impl GenericClient, plan: &Plan) -> Result<Vec<Blocker>, DatabaseError> {
    let locks = plan.locks();
    let schemas: Vec<&str> = locks.iter().map(|lock| lock.schema.as_str()).collect();
    let tables: Vec<&str> = locks.iter().map(|lock| lock.table.as_str()).collect();
    let failed = |error: tokio_postgres::Error| DatabaseError::during("the locks can't be read", &error);
    let rows = client.query(QUERY, &[&schemas, &tables]).await.map_err(failed)?;
    let mut found = Vec::new();
    for row in rows {
        let blocker = Blocker {
            schema: row.try_get("schema").map_err(failed)?,
            table: row.try_get("table").map_err(failed)?,
            pid: row.try_get("pid").map_err(failed)?,
            role: row.try_get("role").map_err(failed)?,
            application: row.try_get("application").map_err(failed)?,
            mode: row.try_get("mode").map_err(failed)?,
            granted: row.try_get("granted").map_err(failed)?,
            seconds: row.try_get("seconds").map_err(failed)?,
        };
        let lock = locks.iter().find(|lock| lock.schema == blocker.schema && lock.table == blocker.table);
        // Everything conflicts with ACCESS EXCLUSIVE, and that alone with ACCESS SHARE.
        let conflicts = lock.is_some_and(|lock| {
            lock.mode == LockMode::AccessExclusive || blocker.mode == "AccessExclusiveLock"
        });
        if conflicts {
            found.push(blocker);
        }
    }
    Ok(found)
}

impl Plan {
    /// Notes who is in the way, at each table that has statements which need the lock.
    pub fn set_blockers(&mut self, blockers: &[Blocker]) {
        for table in &mut self.tables {
            let locks: Vec<QualifiedName> = table
                .steps
                .iter()
                .flat_map(|step| &step.locks)
                .map(|lock| QualifiedName::new(&lock.schema, &lock.table))
                .collect();
            let concerns =
                |blocker: &&Blocker| locks.contains(&QualifiedName::new(&blocker.schema, &blocker.table));
            table.blockers = blockers.iter().filter(concerns).cloned().collect();
        }
    }
}

impl Blocker {
    /// `process 71 (alice, psql) holds AccessShareLock on public.users for 12 s`
    pub fn describe(&self) -> String {
        let who: Vec<&str> =
            [&self.role, &self.application].into_iter().filter_map(Option::as_deref).collect();
        let who = if who.is_empty() { String::new() } else { format!(" ({})", who.join(", ")) };
        let does = if self.granted { "holds" } else { "waits for" };
        let since = self.seconds.map(|seconds| format!(", in a transaction of {seconds:.0} s"));
        format!(
            "process {}{who} {does} {} on {}.{}{}",
            self.pid,
            self.mode,
            self.schema,
            self.table,
            since.unwrap_or_default()
        )
    }
}
