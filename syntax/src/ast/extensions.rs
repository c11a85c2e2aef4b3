//! What nodes and tokens mean by themselves, without a schema.

use std::num::IntErrorKind;

use rowan::ast::{AstNode, support};

use super::*;
use crate::{SyntaxKind, SyntaxNode, SyntaxToken};

impl PolicySet {
    /// The root of any tree; trees have no other root.
    pub(crate) fn of_root(root: SyntaxNode) -> Self {
        match Self::cast(root) {
            Some(set) => set,
            None => crate::parse("").tree(),
        }
    }

    /// The policies among the items.
    pub fn policies(&self) -> impl Iterator<Item = Policy> + use<> {
        support::children(self.syntax())
    }

    /// The grants among the items.
    pub fn grants(&self) -> impl Iterator<Item = Grant> + use<> {
        support::children(self.syntax())
    }
}

/// What a string literal's token stands for: without its quotes, doubled ones halved.
/// Strings that lack a quote, or have double ones, are read as they were meant.
pub fn unquote_string(token: &str) -> String {
    for quote in ['\'', '"'] {
        if let Some(rest) = token.strip_prefix(quote) {
            let content = rest.strip_suffix(quote).unwrap_or(rest);
            let doubled = format!("{quote}{quote}");
            return content.replace(&doubled, &quote.to_string());
        }
    }
    token.to_owned()
}

/// A text as a string literal of the language.
pub fn quote_string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Name {
    /// The token: an identifier, a string, or by mistake the wildcard.
    pub fn token(&self) -> Option<SyntaxToken> {
        self.syntax()
            .children_with_tokens()
            .filter_map(|it| it.into_token())
            .find(|it| !it.kind().is_trivia())
    }

    /// The name that is meant, whether written bare or as a string.
    pub fn text(&self) -> String {
        self.token().map(|it| token_name(&it)).unwrap_or_default()
    }
}

/// The name that an identifier or string token stands for.
fn token_name(token: &SyntaxToken) -> String {
    match token.kind() {
        SyntaxKind::STRING => unquote_string(token.text()),
        _ => token.text().to_owned(),
    }
}

/// Nodes that define or refer to something by a single name.
pub trait HasName: AstNode<Language = crate::PolicyLanguage> {
    /// The name directly below this node.
    fn name_node(&self) -> Option<Name> {
        support::child(self.syntax())
    }

    /// The name's text.
    fn name_text(&self) -> Option<String> {
        Some(self.name_node()?.text())
    }
}

impl HasName for Policy {}
impl HasName for HasColumnSelector {}
impl HasName for InSchemaSelector {}
impl HasName for TypeRef {}
impl HasName for RelSource {}
impl HasName for ColumnValue {}

impl PolicyType {
    /// Whether the policy narrows what others allow.
    pub fn is_restrictive(&self) -> bool {
        self.restrictive_token().is_some()
    }
}

/// The four commands that policies distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommandKind {
    /// Reading rows.
    Select,
    /// Adding rows.
    Insert,
    /// Changing rows.
    Update,
    /// Removing rows.
    Delete,
}

impl CommandKind {
    /// All of them, in the order in which they are printed.
    pub const ALL: [CommandKind; 4] =
        [CommandKind::Select, CommandKind::Insert, CommandKind::Update, CommandKind::Delete];

    /// The keyword, in upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            CommandKind::Select => "SELECT",
            CommandKind::Insert => "INSERT",
            CommandKind::Update => "UPDATE",
            CommandKind::Delete => "DELETE",
        }
    }
}

impl Command {
    /// Which command it is.
    pub fn kind(&self) -> Option<CommandKind> {
        let token = self.syntax().first_token()?;
        Some(match token.kind() {
            SyntaxKind::SELECT_KW => CommandKind::Select,
            SyntaxKind::INSERT_KW => CommandKind::Insert,
            SyntaxKind::UPDATE_KW => CommandKind::Update,
            SyntaxKind::DELETE_KW => CommandKind::Delete,
            _ => return None,
        })
    }
}

impl CommandList {
    /// Whether the list is `ALL`.
    pub fn is_all(&self) -> bool {
        self.all_token().is_some()
    }

    /// The commands, `ALL` spelled out.
    pub fn kinds(&self) -> impl Iterator<Item = CommandKind> + use<> {
        let all = if self.is_all() { &CommandKind::ALL[..] } else { &[] };
        all.iter().copied().chain(self.commands().filter_map(|it| it.kind()))
    }
}

impl Grant {
    /// The commands granted.
    pub fn kinds(&self) -> impl Iterator<Item = CommandKind> + use<> {
        self.commands().filter_map(|it| it.kind())
    }
}

impl NamedSelector {
    /// The pattern, unquoted.
    pub fn pattern_text(&self) -> Option<String> {
        Some(unquote_string(self.pattern()?.text()))
    }
}

impl TaggedSelector {
    /// The tag, unquoted.
    pub fn tag_text(&self) -> Option<String> {
        Some(unquote_string(self.tag()?.text()))
    }
}

impl SessionValue {
    /// The setting's name, unquoted.
    pub fn key_text(&self) -> Option<String> {
        Some(unquote_string(self.key()?.text()))
    }
}

/// What a comparison asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompareOpKind {
    /// `=`
    Eq,
    /// `!=` or `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `IN`
    In,
    /// `NOT IN`
    NotIn,
    /// `LIKE`
    Like,
    /// `NOT LIKE`
    NotLike,
}

impl CompareOpKind {
    /// As the formatter prints it, which is also SQL's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            CompareOpKind::Eq => "=",
            CompareOpKind::Ne => "!=",
            CompareOpKind::Lt => "<",
            CompareOpKind::Le => "<=",
            CompareOpKind::Gt => ">",
            CompareOpKind::Ge => ">=",
            CompareOpKind::In => "IN",
            CompareOpKind::NotIn => "NOT IN",
            CompareOpKind::Like => "LIKE",
            CompareOpKind::NotLike => "NOT LIKE",
        }
    }

    /// Whether a list stands to its right.
    pub fn takes_list(self) -> bool {
        matches!(self, CompareOpKind::In | CompareOpKind::NotIn)
    }
}

impl CompareOp {
    /// Which comparison it is; `None` for a lone NOT.
    pub fn kind(&self) -> Option<CompareOpKind> {
        let mut tokens = self.syntax().children_with_tokens().filter_map(|it| it.into_token());
        let mut meaningful = tokens.by_ref().filter(|it| !it.kind().is_trivia()).map(|it| it.kind());
        Some(match (meaningful.next()?, meaningful.next()) {
            (SyntaxKind::EQ | SyntaxKind::EQ_EQ, _) => CompareOpKind::Eq,
            (SyntaxKind::NE | SyntaxKind::LT_GT, _) => CompareOpKind::Ne,
            (SyntaxKind::LT, _) => CompareOpKind::Lt,
            (SyntaxKind::LE, _) => CompareOpKind::Le,
            (SyntaxKind::GT, _) => CompareOpKind::Gt,
            (SyntaxKind::GE, _) => CompareOpKind::Ge,
            (SyntaxKind::IN_KW, _) => CompareOpKind::In,
            (SyntaxKind::LIKE_KW, _) => CompareOpKind::Like,
            (SyntaxKind::NOT_KW, Some(SyntaxKind::IN_KW)) => CompareOpKind::NotIn,
            (SyntaxKind::NOT_KW, Some(SyntaxKind::LIKE_KW)) => CompareOpKind::NotLike,
            _ => return None,
        })
    }
}

impl NullAtom {
    /// Whether this is `IS NOT NULL`.
    pub fn is_negated(&self) -> bool {
        self.not_token().is_some()
    }
}

impl TraversalClause {
    /// Whether braces stand around the clause.
    pub fn has_braces(&self) -> bool {
        self.l_brace_token().is_some()
    }
}

impl RelSource {
    /// Whether this is `_`: the governed table, or the enclosing traversal's target.
    pub fn is_wildcard(&self) -> bool {
        self.underscore_token().is_some()
    }
}

impl QualifiedName {
    /// The name before the dot.
    pub fn qualifier(&self) -> Option<Name> {
        let dot = self.dot_token()?.text_range();
        support::children::<Name>(self.syntax()).find(|it| it.syntax().text_range().end() <= dot.start())
    }

    /// The name after the dot, or the only one.
    pub fn name(&self) -> Option<Name> {
        match self.dot_token() {
            Some(dot) => support::children::<Name>(self.syntax())
                .find(|it| it.syntax().text_range().start() >= dot.text_range().end()),
            None => support::child(self.syntax()),
        }
    }
}

/// What a scalar literal stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LiteralKind {
    /// A string, unquoted.
    String(String),
    /// An integer, or why it has no value.
    Integer(Result<i64, IntErrorKind>),
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
}

impl ScalarLiteral {
    /// The literal's token.
    pub fn token(&self) -> Option<SyntaxToken> {
        self.syntax().first_token()
    }

    /// What it stands for.
    pub fn value(&self) -> Option<LiteralKind> {
        let token = self.token()?;
        Some(match token.kind() {
            SyntaxKind::STRING => LiteralKind::String(unquote_string(token.text())),
            SyntaxKind::INTEGER => {
                LiteralKind::Integer(token.text().parse().map_err(|it: std::num::ParseIntError| *it.kind()))
            }
            SyntaxKind::TRUE_KW => LiteralKind::True,
            SyntaxKind::FALSE_KW => LiteralKind::False,
            SyntaxKind::NULL_KW => LiteralKind::Null,
            _ => return None,
        })
    }
}
