//! A project and a target: looking at the target, plans with what they do to access, texts of both, and what is
//! recorded of an apply. The command line and the language server do the same by it.

pub mod drift_text;
mod effects;
mod forms;
mod observe;
pub mod plan_text;
mod proofs;
mod schema;

pub use effects::add_effects;
pub use forms::Forms;
pub use observe::{ObserveError, Observed, UnknownTarget, find_target, observe};
pub use proofs::{Unproven, record, unproven};
pub use schema::{SchemaError, store_schema};

/// `1 error`, `2 errors`
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
