//! What each word of a policy file is, for colouring: more exact than what a grammar of regular expressions can tell.

use std::ops::Range;

use pgpe_syntax::{AstNode, NodeOrToken, SyntaxKind, SyntaxToken, TextRange};

use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::definition::byte_range;
use crate::findings::suppressions::suppressions;
use crate::folding::tokens;
use crate::queries;

/// A coloured stretch of a text. It may span lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColouredToken {
    /// Its place, in byte offsets.
    pub range: Range<u32>,
    /// What it is.
    pub kind: TokenKind,
}

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A comment.
    Comment,
    /// The rule in a suppression.
    Rule,
    /// A word of the language.
    Keyword,
    /// A word of the language that is written like a function.
    Builtin,
    /// A comparison.
    Operator,
    /// A text.
    String,
    /// An integer.
    Number,
    /// A policy's name, where it is defined.
    Policy,
    /// A table.
    Table,
    /// A column.
    Column,
    /// A schema.
    Schema,
    /// A role.
    Role,
    /// A column's type.
    Type,
    /// A function of the database.
    Function,
    /// A setting of the session.
    Setting,
    /// A tag of the configuration.
    Tag,
    /// A pattern of table names.
    Pattern,
}

impl Analysis {
    /// The words of a policy file that `range` touches, or all; in order, none within another. `None` if it is
    /// no policy file.
    pub fn coloured_tokens(
        &self,
        path: &str,
        range: Option<Range<u32>>,
    ) -> Cancellable<Option<Vec<ColouredToken>>> {
        self.with(|db, project| {
            let file = *project.policies(db).iter().find(|file| file.path(db) == path)?;
            let root = queries::parsed(db, file).syntax_node();
            let touches = |it: TextRange| match &range {
                Some(range) => range.start < it.end().into() && u32::from(it.start()) < range.end,
                None => true,
            };
            let elements = root.children_with_tokens().filter(|it| touches(it.text_range()));
            let tokens = elements.flat_map(|element| match element {
                NodeOrToken::Node(node) => tokens(&node).collect(),
                NodeOrToken::Token(token) => vec![token],
            });
            let rules = suppressions(db, file);
            let mut found = Vec::new();
            for token in tokens.filter(|token| touches(token.text_range())) {
                let range = token.text_range();
                let rule = rules.iter().find(|it| it.range == range && !it.rule_range.is_empty());
                if let (SyntaxKind::LINE_COMMENT, Some(rule)) = (token.kind(), rule) {
                    let (before, after) = (rule.rule_range.start(), rule.rule_range.end());
                    found.push((TextRange::new(range.start(), before), TokenKind::Comment));
                    found.push((rule.rule_range, TokenKind::Rule));
                    found.push((TextRange::new(after, range.end()), TokenKind::Comment));
                } else if let Some(kind) = kind(&token) {
                    found.push((range, kind));
                }
            }
            let found = found.into_iter().filter(|(range, _)| !range.is_empty() && touches(*range));
            Some(found.map(|(range, kind)| ColouredToken { range: byte_range(range), kind }).collect())
        })
    }
}

/// What a token is; `None` for blanks, punctuation and what can't be read.
fn kind(token: &SyntaxToken) -> Option<TokenKind> {
    use SyntaxKind::*;
    let parent = token.parent()?;
    if parent.kind() == NAME {
        return name_kind(token);
    }
    Some(match (token.kind(), parent.kind()) {
        (kind, _) if kind.is_comment() => TokenKind::Comment,
        (STRING, SESSION_VALUE) => TokenKind::Setting,
        (STRING, NAMED_SELECTOR) => TokenKind::Pattern,
        (STRING, TAGGED_SELECTOR) => TokenKind::Tag,
        (STRING, _) => TokenKind::String,
        (INTEGER, _) => TokenKind::Number,
        (EQ | EQ_EQ | NE | LT_GT | LT | LE | GT | GE, _) => TokenKind::Operator,
        (
            COL_KW | SESSION_KW | LIT_KW | FN_KW | REL_KW | EXISTS_KW | HAS_COLUMN_KW | IN_SCHEMA_KW
            | NAMED_KW | TAGGED_KW,
            _,
        ) => TokenKind::Builtin,
        (UNDERSCORE, REL_SOURCE) => TokenKind::Keyword,
        (kind, _) if kind.is_word() => TokenKind::Keyword,
        _ => return None,
    })
}

/// What a name names; keywords are names wherever names stand.
fn name_kind(token: &SyntaxToken) -> Option<TokenKind> {
    let name = token.parent()?;
    let around = name.parent()?;
    Some(match around.kind() {
        SyntaxKind::POLICY => TokenKind::Policy,
        SyntaxKind::ROLE_LIST => TokenKind::Role,
        SyntaxKind::HAS_COLUMN_SELECTOR | SyntaxKind::COLUMNS | SyntaxKind::COLUMN_VALUE => TokenKind::Column,
        SyntaxKind::IN_SCHEMA_SELECTOR => TokenKind::Schema,
        SyntaxKind::TYPE_REF => TokenKind::Type,
        SyntaxKind::REL_SOURCE => TokenKind::Table,
        SyntaxKind::QUALIFIED_NAME => {
            let qualified = pgpe_syntax::ast::QualifiedName::cast(around.clone())?;
            let is_schema = qualified.qualifier().is_some_and(|schema| *schema.syntax() == name);
            match around.parent()?.kind() {
                _ if is_schema => TokenKind::Schema,
                SyntaxKind::REL => TokenKind::Table,
                SyntaxKind::FUNCTION_VALUE => TokenKind::Function,
                _ => return None,
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
