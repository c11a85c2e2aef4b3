//! PostgreSQL servers: connecting to them, and reading the state that they are in.
//!
//! The one crate that knows the database protocol. What it reads is the same [`pgpe_catalog::Catalog`] that a
//! schema file gives, with the policies, flags and privileges that are live. Nothing here prints, and no
//! password is in any error or debug output.

mod connect;
mod error;
mod introspect;
mod round_trip;

pub use connect::{ConnectOptions, Session, connect};
pub use error::DatabaseError;
pub use introspect::{Introspection, ServerInfo, introspect, introspect_in};
pub use round_trip::{
    CloneColumn, ClonePolicy, CloneRequest, ExpectedForm, ExpectedForms, Expressions, FormCache,
    expected_forms,
};
