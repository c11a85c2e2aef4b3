//! The meaning of a policy set: names, types, selectors, normal form.
//!
//! Three steps, each pure: [`source`] holds a policy as it is written, [`resolved`] the same policy on one
//! governed table with names and types looked up, in normal form. Rules report [`Problem`]s on the way.

mod builtin;
mod checks;
mod comparison;
mod compiled_name;
pub mod datum;
mod deletion;
#[cfg(test)]
mod fixture;
mod key;
pub mod like;
mod lower;
mod merge;
mod names;
pub mod normal_form;
mod problem;
mod resolve;
pub mod resolved;
mod selector;
pub mod show;
pub mod source;

pub use checks::{
    Governing, NamedPolicy, compiled_name_collisions, duplicate_policies, grant_problems, has_subquery,
    long_names, policy_problems, traversal_cycles,
};
pub use comparison::{Incomparable, common_type, compared};
pub use compiled_name::{CompiledName, compiled_commands, compiled_name};
pub use deletion::resolve_mark;
pub use key::resolve_key;
pub use lower::{lower_grant, lower_policy, lower_value};
pub use merge::merge;
pub use names::on_tables;
pub use problem::{Problem, RelatedPlace};
pub use resolve::{Resolution, look_up_function, resolve, resolve_without_schema};
pub use selector::{Candidates, candidates, look_up, matches_table, selects};
