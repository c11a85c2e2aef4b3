//! Typed views of the tree. Accessors follow from the grammar; what a token or node
//! means is read off in the extensions.

mod extensions;

pub use crate::generated::nodes::*;
pub use extensions::{CommandKind, CompareOpKind, HasName, LiteralKind, quote_string, unquote_string};

#[cfg(test)]
mod tests;
