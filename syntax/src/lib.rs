//! Lexer, parser, lossless tree, typed AST and formatter of the policy language.
//!
//! [`parse`] never fails: every text gives a tree that holds each of its bytes, and
//! a list of errors. [`ast`] gives typed views of the tree.

pub mod ast;
mod error;
mod format;
#[rustfmt::skip]
mod generated;
mod language;
mod lexer;
mod line_index;
mod parse;
mod parser;
mod reparse;
mod suppression;
mod validation;
mod words;

pub use error::{SyntaxError, SyntaxFix, SyntaxRule, TextEdit, apply_edits};
pub use format::{format, format_range, minimal_edit};
pub use generated::kinds::SyntaxKind;
pub use language::{
    AstPtr, NodeOrToken, PolicyLanguage, SyntaxElement, SyntaxNode, SyntaxNodePtr, SyntaxToken,
};
pub use lexer::{Token, tokenize};
pub use line_index::{ColumnUnit, LineColumn, LineIndex};
pub use parse::{Parse, ValueParse, parse, parse_value};
pub use reparse::reparse;
pub use rowan::{
    Direction, GreenNode, TextRange, TextSize, TokenAtOffset, WalkEvent,
    ast::{AstChildren, AstNode, support},
};
pub use suppression::{Suppression, suppressions};
