//! Existing PostgreSQL policies as policies of the language.
//!
//! A policy's expression, as it is written or as PostgreSQL prints it, is read into the language's own text,
//! and that text is resolved as any other: there is no second meaning. What the language can't say exactly is
//! [`Outside`], with the reason.

mod call;
mod comparison;
mod condition;
mod files;
mod import;
mod missing;
mod operand;
mod outside;
mod policy;
mod reader;
mod round_trip;
mod scope;
mod setting;
mod sql;
mod subselect;
mod written;

pub use files::{Names, PolicyFile, selector, unique};
pub use import::{Import, Left, Present, import, missing_setting};
pub use missing::{Standing, Standings, TableStanding, missing_setting_matters};
pub use outside::Outside;
pub use policy::{Body, Imported, commands, read_policy};
pub use round_trip::{compare_compiled, reads_the_same};
pub use written::name as written_name;

#[cfg(test)]
mod tests;
