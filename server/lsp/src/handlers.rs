//! One file per request: from its parameters and a snapshot to its answer.

pub(crate) mod code_action;
pub(crate) mod code_lens;
pub(crate) mod compiled_sql;
pub(crate) mod completion;
pub(crate) mod definition;
pub(crate) mod document_highlight;
pub(crate) mod document_symbol;
pub(crate) mod folding_range;
pub(crate) mod formatting;
pub(crate) mod hover;
pub(crate) mod inlay_hint;
pub(crate) mod references;
pub(crate) mod rename;
pub(crate) mod selection_range;
pub(crate) mod semantic_tokens;
pub(crate) mod show_counterexample;
pub(crate) mod signature_help;
pub(crate) mod status;
pub(crate) mod workspace_symbol;
