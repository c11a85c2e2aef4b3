//! What `cargo codegen` writes.

pub mod kinds;
pub mod nodes;
