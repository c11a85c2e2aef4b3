//! PostgreSQL servers: connecting to them, and reading the state that they are in.
//!
//! The one crate that knows the database protocol. What it reads is the same [`pgpe_catalog::Catalog`] that a
//! schema file gives, with the policies, flags and privileges that are live. Nothing here prints, and no
//! password is in any error or debug output.

mod apply;
mod blockers;
mod change;
mod comparison;
mod connect;
mod drift;
mod error;
mod expected;
#[cfg(test)]
mod fixture;
mod introspect;
mod plan;
mod record;
mod round_trip;

pub use apply::{Applied, ApplyError, ApplyOptions, DatabaseState, Destination, Progress, apply, obstacles};
pub use blockers::{Blocker, blockers};
pub use change::{Change, Lock, LockMode, PolicyForms};
pub use comparison::{QUARANTINE, without_quarantine};
pub use connect::{ConnectOptions, Environment, Session, connect};
pub use drift::{Drift, DriftKind, DriftReport, DriftSeverity, describe_policy, drift, report};
pub use error::DatabaseError;
pub use expected::{Expected, ExpectedPolicy, ExpectedTable, clone_requests};
pub use introspect::{Introspection, ServerInfo, introspect, introspect_in};
pub use plan::{Effect, Gone, Plan, Step, TablePlan, lift, plan, quarantine, state_hash, structure_hash};
pub use record::{
    Circumstances, DatabaseIdentity, Record, RecordError, RecordedTable, RecordedVerdict, record_path,
};
pub use round_trip::{
    CloneColumn, ClonePolicy, CloneRequest, ExpectedForm, ExpectedForms, Expressions, FormCache,
    expected_forms,
};
