//! A policy's expression as a syntax tree.

use std::panic::{AssertUnwindSafe, catch_unwind};

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxNode};

use crate::outside::{Outside, Read};

/// Parses an expression; all of the text must be one.
pub(crate) fn parse(text: &str) -> Read<ast::Expr> {
    let unreadable = || Outside::policy("the expression can't be read");
    // A text that the parser fails on is a text that can't be read.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let parse = SourceFile::parse(&format!("SELECT (\n{text}\n)"));
        parse.errors().is_empty().then(|| parse.tree())
    }));
    let tree = parsed.ok().flatten().ok_or_else(unreadable)?;
    let mut statements = tree.stmts();
    let (Some(ast::Stmt::Select(select)), None) = (statements.next(), statements.next()) else {
        return Err(unreadable());
    };
    let whole = select.syntax().text_range() == tree.syntax().text_range()
        && tree.syntax().descendants().all(|node| has_its_operands(&node));
    match only_target(&select).filter(|_| whole) {
        Some(ast::Expr::ParenExpr(paren)) => paren.expr().ok_or_else(unreadable),
        _ => Err(unreadable()),
    }
}

/// Whether there are as many operands as there must be. Of `x::t BETWEEN y AND z`, the parser makes two
/// expressions side by side.
fn has_its_operands(node: &SyntaxNode) -> bool {
    let operands = node.children().filter(|child| ast::Expr::can_cast(child.kind())).count();
    if ast::WhereClause::can_cast(node.kind()) || ast::Target::can_cast(node.kind()) {
        return operands <= 1;
    }
    match ast::Expr::cast(node.clone()) {
        Some(ast::Expr::BetweenExpr(_)) => operands == 3,
        Some(ast::Expr::BinExpr(_)) => operands == 2,
        Some(ast::Expr::PrefixExpr(_) | ast::Expr::PostfixExpr(_)) => operands == 1,
        Some(ast::Expr::CastExpr(_) | ast::Expr::ParenExpr(_)) => operands <= 1,
        _ => true,
    }
}

/// The expression that is all a query selects, if there is one.
pub(crate) fn only_target(select: &ast::Select) -> Option<ast::Expr> {
    let clause = select.select_clause()?;
    if clause.select_quantifier().is_some() {
        return None;
    }
    let mut targets = clause.target_list()?.targets();
    match (targets.next(), targets.next()) {
        (Some(target), None) if target.star_token().is_none() => target.expr(),
        _ => None,
    }
}

/// Whether a query is nothing but `SELECT expression`.
pub(crate) fn is_plain_value(select: &ast::Select) -> bool {
    select.from_clause().is_none() && select.where_clause().is_none() && has_no_extras(select)
}

/// Whether a query has none of the clauses that are never read.
pub(crate) fn has_no_extras(select: &ast::Select) -> bool {
    select.filter_clause().is_none()
        && select.group_by_clause().is_none()
        && select.having_clause().is_none()
        && select.window_clause().is_none()
        && select.with_clause().is_none()
        && select.tail_clauses().next().is_none()
}

/// Without the parentheses around it, and without `(SELECT …)` around a single value.
pub(crate) fn unwrapped(mut expr: ast::Expr) -> ast::Expr {
    while let ast::Expr::ParenExpr(paren) = &expr {
        let inner = match (paren.expr(), paren.select()) {
            (Some(inner), _) => Some(inner),
            (None, Some(select)) if is_plain_value(&select) => only_target(&select),
            _ => None,
        };
        let Some(inner) = inner else { break };
        expr = inner;
    }
    expr
}

/// The query of `(SELECT … FROM …)`.
pub(crate) fn scalar_query(expr: &ast::Expr) -> Option<ast::Select> {
    match unwrapped(expr.clone()) {
        ast::Expr::ParenExpr(paren) => paren.select(),
        _ => None,
    }
}

/// The parts of a dotted name, first to last; none if it is something else.
pub(crate) fn dotted_name(expr: &ast::Expr) -> Option<Vec<String>> {
    match expr {
        ast::Expr::NameRef(name) if name.ident_token().is_some() || is_word(name) => Some(vec![name.text()]),
        ast::Expr::FieldExpr(field) if field.star_token().is_none() => {
            let mut parts = dotted_name(&field.base()?)?;
            parts.push(field.field()?.text());
            Some(parts)
        }
        _ => None,
    }
}

/// Whether a name is spelled by a word that is no name everywhere, but not by one that is a value of its own.
fn is_word(name: &ast::NameRef) -> bool {
    let values = [
        name.current_catalog_token(),
        name.current_date_token(),
        name.current_role_token(),
        name.current_schema_token(),
        name.current_time_token(),
        name.current_timestamp_token(),
        name.current_user_token(),
        name.localtime_token(),
        name.localtimestamp_token(),
        name.session_user_token(),
        name.system_user_token(),
        name.user_token(),
    ];
    values.iter().all(Option::is_none)
}

/// A text literal; `None` for another kind of literal.
pub(crate) fn string_literal(literal: &ast::Literal) -> Option<String> {
    use ast::LitKind::{DollarQuotedString, EscString, String, UnicodeEscString};
    match literal.kind()? {
        DollarQuotedString(_) | EscString(_) | String(_) | UnicodeEscString(_) => literal.string_value(),
        _ => None,
    }
}
