//! The page of each rule: what it means, a failing and a mended example.

use pgpe_config::Rule;

/// The Markdown page of a rule, if it has one.
pub fn page(_rule: Rule) -> Option<&'static str> {
    None
}
