//! The tables that selectors speak of.

use pgpe_syntax::ast;

use super::Context;
use crate::markdown;

/// The tables that a selector, or a part of one, matches.
pub(super) fn selected(context: &Context<'_>, selector: &ast::Selector) -> Option<String> {
    Some(match context.matched(selector)?.as_slice() {
        [] => "matches no table".to_owned(),
        [table] => format!("matches {}", markdown::code(&table.to_string())),
        tables => format!("matches {} tables: {}", tables.len(), markdown::list(tables)),
    })
}
