//! The semantics of policies as PostgreSQL applies them, as data.
//!
//! [`question`] turns what is to be proved into obligations for a solver (no solver is known here),
//! [`evaluator`] computes predicates on concrete rows, [`counterexample`] turns a solver's model into rows
//! and sessions and has the evaluator confirm them, [`plan`] and [`judge`] say what to ask and what the answers
//! come to.

pub mod counterexample;
pub mod equivalence;
pub mod evaluator;
pub mod goal;
pub mod grounds;
pub mod judge;
pub mod obligation;
pub mod owner;
pub mod plan;
pub mod question;
pub mod scene;
pub mod statements;
pub mod world;

mod encoder;
mod formula;
mod like;
mod tenancy;
mod types;

pub use encoder::Fact;
pub use formula::Sort;
