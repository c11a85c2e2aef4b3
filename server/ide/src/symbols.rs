//! The outline of a policy file: policies with their clauses, and grants.

use std::ops::Range;

use pgpe_syntax::ast::{self, Item};
use pgpe_syntax::{AstNode, SyntaxNode};

use crate::analysis::Analysis;
use crate::database::{Cancellable, Db, SourceFile};
use crate::queries;

/// Something with a place in a file's outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// What it is called.
    pub name: String,
    /// More about it, on one line.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it, in byte offsets.
    pub range: Range<u32>,
    /// The part that names it.
    pub name_range: Range<u32>,
    /// Its parts.
    pub children: Vec<Symbol>,
}

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// A policy.
    Policy,
    /// A grant.
    Grant,
    /// A clause.
    Clause,
    /// The clauses of WITH CHECK.
    Check,
    /// A table of the schema.
    Table,
    /// A setting of the session.
    Setting,
}

/// Longer clauses are cut.
const LONGEST_NAME: usize = 80;

impl Analysis {
    /// The outline of a policy file; empty for other files.
    pub fn document_symbols(&self, path: &str) -> Cancellable<Vec<Symbol>> {
        self.with(|db, project| {
            let file = project.policies(db).iter().find(|file| file.path(db) == path);
            file.map_or_else(Vec::new, |file| outline(db, *file).collect())
        })
    }
}

/// The outline of a policy file.
pub(crate) fn outline(db: &dyn Db, file: SourceFile) -> impl Iterator<Item = Symbol> {
    queries::parsed(db, file).tree().items().map(item)
}

fn item(item: Item) -> Symbol {
    match item {
        Item::Policy(policy) => self::policy(&policy),
        Item::Grant(grant) => self::grant(&grant),
    }
}

fn policy(policy: &ast::Policy) -> Symbol {
    let name = policy.name();
    let parts = [
        policy.policy_type().map(|it| it.syntax().clone()),
        policy.command_list().map(|it| it.syntax().clone()),
        policy.role_list().map(|it| it.syntax().clone()),
    ];
    let parts: Vec<String> = parts.iter().flatten().map(one_line).collect();
    let mut children: Vec<Symbol> = policy.clause_block().map(|it| clauses(&it)).unwrap_or_default();
    children.extend(policy.check_block().map(|check| Symbol {
        name: "WITH CHECK".to_owned(),
        detail: None,
        kind: SymbolKind::Check,
        range: range(check.syntax()),
        name_range: range(check.syntax()),
        children: check.clause_block().map(|it| clauses(&it)).unwrap_or_default(),
    }));
    let text = name.as_ref().map(ast::Name::text).filter(|text| !text.is_empty());
    Symbol {
        // Editors refuse symbols without a name.
        name: text.unwrap_or_else(|| "POLICY".to_owned()),
        detail: (!parts.is_empty()).then(|| parts.join(" ")),
        kind: SymbolKind::Policy,
        range: range(policy.syntax()),
        name_range: range(name.as_ref().map_or(policy.syntax(), AstNode::syntax)),
        children,
    }
}

fn grant(grant: &ast::Grant) -> Symbol {
    let commands: Vec<&str> = grant.kinds().map(ast::CommandKind::as_str).collect();
    let roles = grant.role_list().map(|roles| format!(" {}", one_line(roles.syntax()))).unwrap_or_default();
    Symbol {
        name: format!("GRANT {}{roles}", commands.join(", ")).trim_end().to_owned(),
        detail: grant.selector_clause().map(|selector| one_line(selector.syntax())),
        kind: SymbolKind::Grant,
        range: range(grant.syntax()),
        name_range: range(grant.syntax()),
        children: Vec::new(),
    }
}

fn clauses(block: &ast::ClauseBlock) -> Vec<Symbol> {
    let clause = |clause: ast::Clause| Symbol {
        name: one_line(clause.syntax()),
        detail: None,
        kind: SymbolKind::Clause,
        range: range(clause.syntax()),
        name_range: range(clause.syntax()),
        children: Vec::new(),
    };
    block.clauses().map(clause).collect()
}

/// A node's text without line breaks and comments, cut where it is long.
fn one_line(node: &SyntaxNode) -> String {
    let tokens = node.descendants_with_tokens().filter_map(|it| it.into_token());
    let mut line = String::new();
    let mut blank = false;
    for token in tokens {
        if token.kind().is_trivia() {
            blank = true;
            continue;
        }
        if blank && !line.is_empty() {
            line.push(' ');
        }
        blank = false;
        line.push_str(token.text());
    }
    match line.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None if line.is_empty() => "CLAUSE".to_owned(),
        None => line,
    }
}

fn range(node: &SyntaxNode) -> Range<u32> {
    node.text_range().start().into()..node.text_range().end().into()
}

#[cfg(test)]
mod tests;
