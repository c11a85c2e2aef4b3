//! The layout of policies and grants.

use rowan::ast::AstNode;

use super::{
    MAX_WIDTH,
    printer::{Printer, Separator, flat_width},
    trivia::{has_comments, has_traversal},
};
use crate::{
    NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken,
    ast::{self, Atom, Selector},
};

/// Blanks that one level of indentation takes.
const INDENT: usize = 2;

pub(super) fn policy(p: &mut Printer, policy: &ast::Policy) {
    token(p, policy.policy_token());
    p.separate(Separator::Space);
    flat(p, policy.name());
    p.indented(|p| {
        line_flat(p, policy.policy_type());
        line_flat(p, policy.command_list());
        line_flat(p, policy.role_list());
        selector_clause(p, policy.selector_clause());
        if let Some(block) = policy.clause_block() {
            p.separate(Separator::Line);
            clause_block(p, &block, 1);
        }
        if let Some(check) = policy.check_block() {
            p.separate(Separator::Line);
            token(p, check.with_token());
            p.separate(Separator::Space);
            p.indented(|p| {
                token(p, check.check_token());
                if let Some(block) = check.clause_block() {
                    p.separate(Separator::Line);
                    clause_block(p, &block, 2);
                }
            });
        }
    });
}

pub(super) fn grant(p: &mut Printer, grant: &ast::Grant) {
    let commands = grant.syntax().children_with_tokens().take_while(|it| it.kind() != SyntaxKind::ROLE_LIST);
    for element in commands.filter(|it| !it.kind().is_trivia()) {
        match element {
            NodeOrToken::Node(node) => p.indented(|p| p.flat(&node)),
            NodeOrToken::Token(token) if token.kind() == SyntaxKind::COMMA => {
                p.separate(Separator::Nothing);
                p.indented(|p| p.token(&token));
            }
            NodeOrToken::Token(token) => p.token(&token),
        }
        p.separate(Separator::Space);
    }
    p.indented(|p| {
        line_flat(p, grant.role_list());
        selector_clause(p, grant.selector_clause());
    });
}

fn token(p: &mut Printer, token: Option<SyntaxToken>) {
    if let Some(token) = token {
        p.token(&token);
    }
}

fn flat(p: &mut Printer, node: Option<impl AstNode<Language = crate::PolicyLanguage>>) {
    if let Some(node) = node {
        p.flat(node.syntax());
    }
}

fn line_flat(p: &mut Printer, node: Option<impl AstNode<Language = crate::PolicyLanguage>>) {
    p.separate(Separator::Line);
    flat(p, node);
}

fn selector_clause(p: &mut Printer, clause: Option<ast::SelectorClause>) {
    let Some(clause) = clause else { return };
    p.separate(Separator::Line);
    if INDENT + flat_width(clause.syntax()) <= MAX_WIDTH {
        p.flat(clause.syntax());
        return;
    }
    token(p, clause.selector_token());
    p.indented(|p| {
        p.separate(Separator::Line);
        if let Some(selector) = clause.selector() {
            operands(p, &selector);
        }
    });
}

/// One operand of the outermost operator per line.
fn operands(p: &mut Printer, selector: &Selector) {
    let kind = selector.syntax().kind();
    let mut chain = Vec::new();
    let mut left = selector.clone();
    loop {
        let (lhs, operator, rhs) = match &left {
            Selector::OrSelector(it) if kind == SyntaxKind::OR_SELECTOR => {
                (it.lhs(), it.or_token(), it.rhs())
            }
            Selector::AndSelector(it) if kind == SyntaxKind::AND_SELECTOR => {
                (it.lhs(), it.and_token(), it.rhs())
            }
            _ => break,
        };
        chain.push((operator, rhs));
        let Some(lhs) = lhs else { break };
        left = lhs;
    }
    p.flat(left.syntax());
    for (operator, rhs) in chain.into_iter().rev() {
        p.separate(Separator::Line);
        token(p, operator);
        p.separate(Separator::Space);
        flat(p, rhs);
    }
}

fn clause_block(p: &mut Printer, block: &ast::ClauseBlock, level: usize) {
    let mut after_or = false;
    for element in block.syntax().children_with_tokens().filter(|it| !it.kind().is_trivia()) {
        match element {
            NodeOrToken::Token(token) if token.kind() == SyntaxKind::OR_KW => {
                p.separate(Separator::Line);
                p.token(&token);
                p.separate(Separator::Space);
                after_or = true;
            }
            NodeOrToken::Token(token) => p.token(&token),
            NodeOrToken::Node(node) => {
                let Some(clause) = ast::Clause::cast(node) else { continue };
                let keywords = if after_or { "OR CLAUSE ".len() } else { "CLAUSE ".len() };
                p.indented(|p| {
                    if fits(&clause, level * INDENT + keywords) {
                        p.separate(Separator::Space);
                        p.flat(clause.syntax());
                    } else {
                        p.separate(Separator::Line);
                        atoms(p, &clause, level + 1);
                    }
                });
            }
        }
    }
}

fn fits(clause: &ast::Clause, column: usize) -> bool {
    let atoms = clause.atoms().count();
    !has_traversal(clause)
        && !has_comments(clause.syntax())
        && (atoms == 1 || column + flat_width(clause.syntax()) <= MAX_WIDTH)
}

/// One atom per line.
fn atoms(p: &mut Printer, clause: &ast::Clause, level: usize) {
    for element in clause.syntax().children_with_tokens().filter(|it| !it.kind().is_trivia()) {
        match element {
            NodeOrToken::Token(token) => {
                p.separate(Separator::Line);
                p.token(&token);
                p.separate(Separator::Space);
            }
            NodeOrToken::Node(node) => match Atom::cast(node.clone()) {
                Some(Atom::ExistsAtom(exists)) => traversal(p, &exists, level),
                _ => p.flat(&node),
            },
        }
    }
}

fn traversal(p: &mut Printer, exists: &ast::ExistsAtom, level: usize) {
    token(p, exists.exists_token());
    p.separate(Separator::Nothing);
    p.indented(|p| {
        token(p, exists.l_paren_token());
        p.separate(Separator::Line);
        flat(p, exists.rel());
        p.separate(Separator::Nothing);
        token(p, comma(exists.syntax()));
        p.separate(Separator::Line);
        if let Some(body) = exists.traversal_clause() {
            braced(p, &body, level + 1);
        }
    });
    p.separate(Separator::Line);
    token(p, exists.r_paren_token());
}

fn comma(node: &SyntaxNode) -> Option<SyntaxToken> {
    rowan::ast::support::token(node, SyntaxKind::COMMA)
}

fn braced(p: &mut Printer, body: &ast::TraversalClause, level: usize) {
    let Some(clause) = body.clause() else { return };
    match body.l_brace_token() {
        Some(brace) => p.token(&brace),
        None => p.bracket("{", clause.syntax().first_token().as_ref()),
    }
    let one_line = fits(&clause, level * INDENT + 2) && !has_comments(body.syntax());
    let around = if one_line { Separator::Nothing } else { Separator::Line };
    p.indented(|p| {
        p.separate(around);
        if one_line {
            p.flat(clause.syntax());
        } else {
            atoms(p, &clause, level + 1);
        }
    });
    p.separate(around);
    match body.r_brace_token() {
        Some(brace) => p.token(&brace),
        None => p.bracket("}", None),
    }
}
