//! Ties rowan's untyped trees to this language's kinds.

use crate::SyntaxKind;

/// Marks trees of the policy language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyLanguage {}

impl rowan::Language for PolicyLanguage {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        SyntaxKind::ALL.get(usize::from(raw.0)).copied().unwrap_or(SyntaxKind::ERROR)
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node of the tree.
pub type SyntaxNode = rowan::SyntaxNode<PolicyLanguage>;
/// A token of the tree.
pub type SyntaxToken = rowan::SyntaxToken<PolicyLanguage>;
/// A node or a token.
pub type SyntaxElement = rowan::SyntaxElement<PolicyLanguage>;
/// A node's kind and range: finds it again in an equal tree.
pub type SyntaxNodePtr = rowan::ast::SyntaxNodePtr<PolicyLanguage>;
/// A typed [`SyntaxNodePtr`].
pub type AstPtr<N> = rowan::ast::AstPtr<N>;
pub use rowan::NodeOrToken;
