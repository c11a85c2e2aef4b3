//! Applies a plan in one transaction. Nothing else in the project changes a database.
//!
//! All locks are asked for at once and without waiting: a waiting ACCESS EXCLUSIVE keeps every later reader
//! waiting behind it. The transaction is rolled back between tries.

mod attempt;
mod outcome;
mod verify;

use std::fmt;
use std::time::{Duration, Instant};

use pgpe_config::Target;

use crate::blockers::blockers;
use crate::connect::{ConnectOptions, Session, connect};
use crate::error::DatabaseError;
use crate::plan::Plan;
use attempt::{Failure, attempt, set_up};

pub use attempt::obstacles;

/// Where to apply.
#[derive(Debug, Clone)]
pub struct Destination<'a> {
    /// What messages call the target.
    pub name: &'a str,
    /// The target.
    pub target: &'a Target,
    /// How to connect.
    pub connect: ConnectOptions,
}

/// How to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyOptions {
    /// How long the server may work on one statement.
    pub statement_timeout: Duration,
    /// For how long to try again while others hold locks that are needed.
    pub patience: Duration,
}

impl Default for ApplyOptions {
    fn default() -> ApplyOptions {
        ApplyOptions { statement_timeout: Duration::from_secs(30), patience: Duration::from_secs(30) }
    }
}

/// How far applying is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<'p> {
    /// Others hold locks that are needed; it will be tried again.
    Waiting {
        /// How often it was tried.
        tries: u32,
        /// What is in the way.
        reason: &'p str,
    },
    /// A statement is being run.
    Running {
        /// How many were run before it.
        done: usize,
        /// The statement.
        sql: &'p str,
    },
    /// The result is being compared with the plan.
    Checking,
    /// The transaction is being committed.
    Committing,
    /// The connection was cut while committing; it is being looked up what became of it.
    Looking,
}

/// A plan was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// How often it was tried.
    pub tries: u32,
    /// The connection was cut while committing, and a look at the database showed that it is as planned.
    pub was_cut: bool,
}

/// Why a plan was not applied, and what the database is like now.
#[derive(Debug, thiserror::Error)]
#[error("{reason}; {state}")]
pub struct ApplyError {
    /// What went wrong and what to do, without a full stop.
    pub reason: String,
    /// What the database is like.
    pub state: DatabaseState,
}

/// What a database is like after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseState {
    /// Nothing was changed.
    AsBefore,
    /// It can't be told which of the two.
    Unknown,
}

impl fmt::Display for DatabaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DatabaseState::AsBefore => "the database is as before",
            DatabaseState::Unknown => {
                "it is unknown whether the database is as before or as planned: run `pgpe monitor` when it \
                 answers again"
            }
        })
    }
}

/// Between tries; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Applies a plan: as a whole or not at all.
pub async fn apply(
    destination: &Destination<'_>,
    plan: &Plan,
    options: &ApplyOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Applied, ApplyError> {
    if plan.is_empty() {
        return Ok(Applied { tries: 0, was_cut: false });
    }
    let unchanged = |reason: String| ApplyError { reason, state: DatabaseState::AsBefore };
    let mut session = connect(destination.name, destination.target, &destination.connect)
        .await
        .map_err(|error| unchanged(error.to_string()))?;
    let setup = set_up(&session.client, plan).await.map_err(unchanged)?;
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    for tries in 1.. {
        match attempt(&mut session.client, plan, &setup, options, progress).await {
            Ok(()) => return Ok(Applied { tries, was_cut: false }),
            Err(Failure::Final(reason)) => return Err(unchanged(reason)),
            Err(Failure::CutOff(reason)) => {
                progress(Progress::Looking);
                return outcome::look(destination, plan, reason)
                    .await
                    .map(|()| Applied { tries, was_cut: true });
            }
            Err(Failure::Busy(reason)) => {
                if started.elapsed() + pause > options.patience {
                    return Err(unchanged(gave_up(&session, plan, &reason, options.patience).await));
                }
                progress(Progress::Waiting { tries, reason: &reason });
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    Err(unchanged("it was tried too often".to_owned()))
}

/// Says who was in the way.
async fn gave_up(session: &Session, plan: &Plan, reason: &str, patience: Duration) -> String {
    let found = blockers(&session.client, plan).await.unwrap_or_default();
    let who: Vec<String> = found.iter().take(3).map(|blocker| blocker.describe()).collect();
    let who = if who.is_empty() { String::new() } else { format!(" ({})", who.join("; ")) };
    format!("gave up after {} s: {reason}{who}; try again when that is over", patience.as_secs())
}

/// A failure of the protocol or the server in the middle of something.
fn during(action: &'static str) -> impl Fn(tokio_postgres::Error) -> DatabaseError {
    move |error| DatabaseError::during(action, &error)
}
