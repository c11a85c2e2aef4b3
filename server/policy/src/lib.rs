//! The meaning of a policy set: names, types, selectors, normal form.
//!
//! Three steps, each pure: [`source`] holds a policy as it is written, [`resolved`] the same policy on one
//! governed table with names and types looked up, in normal form. Rules report [`Problem`]s on the way.

pub mod datum;
pub mod resolved;
pub mod source;

mod problem;

pub use problem::{Problem, RelatedPlace};
