//! The result of reading a text: its tree and what is wrong with it.

use std::sync::Arc;

use rowan::{GreenNode, NodeOrToken, TextRange, ast::AstNode};

use crate::{
    SyntaxNode, ast,
    error::SyntaxError,
    parser::{Parsed, parse_file, parse_lone_value},
    validation,
};

/// Reads a file. Any text gives a tree that holds all of it.
pub fn parse(text: &str) -> Parse {
    Parse::new(parse_file(text))
}

/// Reads a lone value, such as `session('app.tenant_id')` in a configuration file.
pub fn parse_value(text: &str) -> ValueParse {
    ValueParse { parse: Parse::new(parse_lone_value(text)) }
}

/// A file's tree and its errors. Cheap to clone, and can be sent between threads.
#[derive(Clone, Debug, Eq)]
pub struct Parse {
    pub(crate) green: GreenNode,
    pub(crate) errors: Arc<[SyntaxError]>,
    /// See [`Parsed::is_local`].
    pub(crate) is_local: bool,
}

impl PartialEq for Parse {
    fn eq(&self, other: &Parse) -> bool {
        let same = self.errors == other.errors && self.is_local == other.is_local;
        same && self.green.kind() == other.green.kind()
            && self.green.text_len() == other.green.text_len()
            && self.green.children().len() == other.green.children().len()
            // Most of the items of two versions of a file are one and the same, and need no comparing.
            && self.green.children().zip(other.green.children()).all(|pair| match pair {
                (NodeOrToken::Node(one), NodeOrToken::Node(other)) => std::ptr::eq(one, other) || one == other,
                (one, other) => one == other,
            })
    }
}

impl Parse {
    pub(crate) fn new(parsed: Parsed) -> Self {
        let Parsed { green, mut errors, is_local } = parsed;
        validation::validate(&SyntaxNode::new_root(green.clone()), &mut errors);
        errors.sort_by_key(|it| (it.range.start(), it.range.end()));
        Self { green, errors: errors.into(), is_local }
    }

    /// The tree without positions.
    pub fn green(&self) -> &GreenNode {
        &self.green
    }

    /// The tree's root.
    pub fn syntax_node(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.green.clone())
    }

    /// The typed root.
    pub fn tree(&self) -> ast::PolicySet {
        ast::PolicySet::of_root(self.syntax_node())
    }

    /// What is wrong with the text, in its order.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// The errors inside `range`. An item is broken if there are any inside its own.
    pub fn errors_in(&self, range: TextRange) -> impl Iterator<Item = &SyntaxError> {
        let from = self.errors.partition_point(|it| it.range.start() < range.start());
        let rest = self.errors.get(from..).unwrap_or_default();
        rest.iter()
            .take_while(move |it| it.range.start() <= range.end())
            .filter(move |it| range.contains_range(it.range))
    }

    /// Whether a node contains an error, so that its meaning must not be relied on.
    pub fn is_broken(&self, node: &impl AstNode<Language = crate::PolicyLanguage>) -> bool {
        self.errors_in(node.syntax().text_range()).next().is_some()
    }
}

/// A lone value's tree and its errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueParse {
    parse: Parse,
}

impl ValueParse {
    /// The value, whole or broken.
    pub fn value(&self) -> Option<ast::Value> {
        rowan::ast::support::child(&self.parse.syntax_node())
    }

    /// What is wrong with the text, in its order.
    pub fn errors(&self) -> &[SyntaxError] {
        self.parse.errors()
    }

    /// The tree's root, which holds the value and whatever else the text holds.
    pub fn syntax_node(&self) -> SyntaxNode {
        self.parse.syntax_node()
    }
}
