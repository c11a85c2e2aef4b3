//! The project as an incremental database, and one file per editor feature.
//!
//! Takes texts, gives plain data with byte ranges; does no I/O and runs no solver. [`Host`] takes changes,
//! [`Analysis`] answers questions about one state and stops with [`Cancelled`] when a change overtakes it.

mod access;
mod analysis;
mod assists;
mod code_lens;
mod comparison;
mod compiling;
mod completion;
mod counterexample;
mod database;
mod definition;
mod effects;
mod file_groups;
mod findings;
mod folding;
mod foreign;
mod formatting;
mod hover;
mod inlay_hints;
mod item_context;
mod ledger;
mod markdown;
mod names;
mod places;
mod preview;
mod queries;
mod readings;
mod references;
mod rename;
mod replay;
mod selection;
mod semantic_tokens;
mod sharing;
mod signature_help;
mod statements;
mod symbols;
#[cfg(test)]
mod test_support;
mod verdicts;
mod ways_round;
mod why;
mod workspace_symbols;
mod world;

pub use analysis::{Analysis, Checked, FileId, FileRole, Host, Look, Texts};
pub use assists::{Assist, AssistKind, AssistQuery, EditsOf, Effect};
pub use code_lens::{Leak, PolicyLens};
pub use comparison::{Comparison, compare_access};
pub use compiling::{Incomplete, prevents_compiling};
pub use completion::{Completion, CompletionKind, CompletionRequest, Completions};
pub use counterexample::page::CounterexamplePage;
pub use database::{Cancellable, Cancelled};
pub use definition::{Definition, DefinitionTarget};
pub use effects::Effects;
pub use folding::{Fold, FoldKind};
pub use formatting::TextEdit;
pub use hover::Hover;
pub use inlay_hints::{InlayHint, InlayHintKind};
pub use ledger::IsolationCounts;
pub use preview::{Mapped, Preview};
pub use references::Highlight;
pub use rename::{Renamable, RenameError};
pub use replay::Replay;
pub use semantic_tokens::{ColouredToken, TokenKind};
pub use signature_help::{Signature, SignatureHelp};
pub use symbols::{Symbol, SymbolKind};
pub use why::{Given, GivenRow};
pub use workspace_symbols::ProjectSymbol;
