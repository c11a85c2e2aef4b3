//! Words of the language: their brackets and their order among other completions.

use pgpe_syntax::SyntaxKind;

use super::CompletionKind;
use super::items::{Items, Offer};

/// Where only words can stand, their order is that of the alphabet.
pub(super) const ORDINARY: u8 = 50;

/// The words that begin a value come behind the values themselves.
pub(super) const BEHIND_VALUES: u8 = 60;

/// What stands before and after the first thing in a word's parentheses.
pub(super) fn brackets(word: SyntaxKind) -> (&'static str, &'static str) {
    match word {
        SyntaxKind::SESSION_KW | SyntaxKind::NAMED_KW | SyntaxKind::TAGGED_KW => ("('", "')"),
        _ => ("(", ")"),
    }
}

/// Comparisons.
pub(super) fn operators(items: &mut Items<'_>) {
    for (rank, operator) in ["=", "!=", "<", "<=", ">", ">="].into_iter().enumerate() {
        let offer = Offer { kind: CompletionKind::Word, name: operator, detail: None, rank: rank as u8 };
        items.code(offer, operator);
    }
    for words in ["IN", "IS NOT NULL", "IS NULL", "LIKE", "NOT IN", "NOT LIKE"] {
        items.word(words, ORDINARY);
    }
}
