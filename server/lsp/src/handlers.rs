//! One file per request: from its parameters and a snapshot to its answer.

pub(crate) mod code_action;
pub(crate) mod document_symbol;
pub(crate) mod formatting;
pub(crate) mod hover;
