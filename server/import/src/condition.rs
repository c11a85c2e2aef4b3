//! Boolean expressions: the clauses for which one is TRUE, or FALSE where it stands under NOT.
//!
//! A row passes only where the whole is TRUE, so that NULL need not be told from FALSE, but under NOT it
//! must: `NOT a` is TRUE where `a` is FALSE, not where it is NULL.

use pgpe_catalog::{BaseType, Family};
use pgpe_policy::source::{CompareOp, Literal};
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode, BinOp, LitKind, PostfixOp, PrefixOp};

use crate::comparison::Operator;
use crate::operand::{Operand, Typing, apply_cast, plain};
use crate::outside::{Outside, Read};
use crate::reader::{Reader, both, either, node};
use crate::setting::Use;
use crate::sql::{scalar_query, unwrapped};
use crate::written::{Clauses, Condition, Value};

/// What always holds, and what never does.
fn constant(holds: bool) -> Clauses {
    if holds { vec![Vec::new()] } else { Vec::new() }
}

impl Reader<'_> {
    /// The clauses for which the expression is TRUE, or FALSE if `wanted` is false.
    pub(crate) fn condition(&mut self, expr: &ast::Expr, wanted: bool) -> Read<Clauses> {
        let expr = unwrapped(expr.clone());
        let at = node(&expr).clone();
        self.deeper(&at, |reader| match &expr {
            ast::Expr::BinExpr(binary) => reader.binary(binary, wanted),
            ast::Expr::PrefixExpr(prefix) if matches!(prefix.op(), Some(PrefixOp::Not(_))) => {
                let inner = prefix.expr().ok_or_else(|| Outside::at(&at, "is no expression"))?;
                reader.condition(&inner, !wanted)
            }
            ast::Expr::PostfixExpr(postfix) => match (postfix.op(), postfix.expr()) {
                (Some(PostfixOp::IsNull(_)), Some(value)) => reader.null(&at, &value, !wanted),
                (Some(PostfixOp::NotNull(_)), Some(value)) => reader.null(&at, &value, wanted),
                _ => Err(Outside::at(&at, "is a test that the language does not have")),
            },
            ast::Expr::Literal(literal) if literal.kind().is_some_and(is_truth_value) => {
                Ok(match literal.kind() {
                    Some(LitKind::True(_)) => constant(wanted),
                    Some(LitKind::False(_)) => constant(!wanted),
                    _ => constant(false),
                })
            }
            ast::Expr::BetweenExpr(between) => reader.between(between, wanted),
            ast::Expr::CallExpr(call) if call.exists_fn().is_some() => {
                let query = call.exists_fn().and_then(|it| it.select_variant());
                reader.exists(&at, query, wanted)
            }
            _ => reader.truth_value(&expr, wanted),
        })
    }

    fn binary(&mut self, binary: &ast::BinExpr, wanted: bool) -> Read<Clauses> {
        let at = binary.syntax();
        let (Some(op), Some(left), Some(right)) = (binary.op(), binary.lhs(), binary.rhs()) else {
            return Err(Outside::at(at, "is no expression"));
        };
        match op {
            BinOp::And(_) | BinOp::Or(_) => self.connected(binary, wanted),
            BinOp::In(_) => self.is_in(at, &left, &right, wanted),
            BinOp::NotIn(_) => self.is_in(at, &left, &right, !wanted),
            BinOp::Is(_) => self.is(at, &left, &right, wanted),
            BinOp::IsNot(_) => self.is(at, &left, &right, !wanted),
            op => match operator(&op) {
                Some(operator) => self.operator(at, &left, operator, &right, wanted),
                None => Err(Outside::at(at, unknown_operator(&op))),
            },
        }
    }

    /// AND and OR. Chains are read without nesting: they may be long.
    fn connected(&mut self, binary: &ast::BinExpr, wanted: bool) -> Read<Clauses> {
        let is_and = matches!(binary.op(), Some(BinOp::And(_)));
        let mut parts = Vec::new();
        let mut rest = ast::Expr::BinExpr(binary.clone());
        while let ast::Expr::BinExpr(link) = &rest
            && matches!((link.op(), is_and), (Some(BinOp::And(_)), true) | (Some(BinOp::Or(_)), false))
            && let (Some(left), Some(right)) = (link.lhs(), link.rhs())
        {
            parts.push(right);
            rest = left;
        }
        parts.push(rest);
        let mut clauses = constant(is_and == wanted);
        for part in parts.iter().rev() {
            let read = self.condition(part, wanted)?;
            // Under NOT, AND and OR change places.
            clauses = match is_and == wanted {
                true => both(&clauses, &read, binary.syntax())?,
                false => either(clauses, read, binary.syntax())?,
            };
        }
        Ok(clauses)
    }

    /// `left op right`, where the right may be `ANY (…)` or a sub-select.
    fn operator(
        &mut self,
        at: &SyntaxNode,
        left: &ast::Expr,
        operator: Operator,
        right: &ast::Expr,
        wanted: bool,
    ) -> Read<Clauses> {
        if let ast::Expr::CallExpr(call) = unwrapped(right.clone()) {
            let any = call.any_fn().map(|it| (it.expr(), it.select_variant()));
            let any = any.or_else(|| call.some_fn().map(|it| (it.expr(), it.select_variant())));
            let all = call.all_fn().map(|it| (it.expr(), it.select_variant()));
            if let Some((array, query)) = any {
                return match operator.op {
                    CompareOp::Eq => match (query, array) {
                        (Some(query), _) => self.in_query(at, left, query, operator.schema, wanted),
                        (None, Some(array)) => {
                            let operator = Operator { op: CompareOp::In, ..operator };
                            self.in_array(at, left, operator, &array, wanted)
                        }
                        (None, None) => Err(Outside::at(at, "is no expression")),
                    },
                    _ => Err(Outside::at(at, "compares with ANY other than by =")),
                };
            }
            if let Some((array, query)) = all {
                return match (operator.op, array, query) {
                    (CompareOp::Ne, Some(array), None) => {
                        let operator = Operator { op: CompareOp::NotIn, ..operator };
                        self.in_array(at, left, operator, &array, wanted)
                    }
                    _ => Err(Outside::at(at, "compares with ALL other than by <> and an array")),
                };
            }
        }
        let is_like = matches!(operator.op, CompareOp::Like | CompareOp::NotLike);
        match (scalar_query(left), scalar_query(right)) {
            (None, None) => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                let condition = match is_like {
                    true => self.like(at, left, operator, right, wanted)?,
                    false => self.compare(at, left, operator, right, wanted)?,
                };
                Ok(vec![vec![condition]])
            }
            (None, Some(query)) if !is_like => {
                let mirrored = Operator { op: operator.op.mirrored(), ..operator };
                self.scalar(at, &query, mirrored, left, wanted)
            }
            (Some(query), None) if !is_like => self.scalar(at, &query, operator, right, wanted),
            _ => Err(Outside::at(at, "has sub-selects that the language can't say")),
        }
    }

    /// `left IN (…)`
    fn is_in(&mut self, at: &SyntaxNode, left: &ast::Expr, right: &ast::Expr, wanted: bool) -> Read<Clauses> {
        let items: Vec<ast::Expr> = match right {
            ast::Expr::ParenExpr(paren) => match (paren.expr(), paren.select()) {
                (Some(only), _) => vec![only],
                (None, Some(query)) => {
                    return self.in_query(at, left, ast::SelectVariant::Select(query), None, wanted);
                }
                (None, None) => {
                    return Err(Outside::at(at, "selects from a query that the language can't say"));
                }
            },
            ast::Expr::TupleExpr(tuple) if tuple.row_token().is_none() => tuple.exprs().collect(),
            _ => return Err(Outside::at(at, "is no list")),
        };
        let items: Vec<Operand> = items.iter().map(|item| self.operand(item)).collect::<Read<_>>()?;
        self.is_one_of(at, left, Operator::plain(CompareOp::In), items, wanted)
    }

    /// `left = ANY (ARRAY[…])`
    fn in_array(
        &mut self,
        at: &SyntaxNode,
        left: &ast::Expr,
        operator: Operator,
        array: &ast::Expr,
        wanted: bool,
    ) -> Read<Clauses> {
        let items = self.array(array)?;
        self.is_one_of(at, left, operator, items, wanted)
    }

    /// The elements of `ARRAY[…]`, a cast of the whole being one of each.
    fn array(&mut self, expr: &ast::Expr) -> Read<Vec<Operand>> {
        let expr = unwrapped(expr.clone());
        let outside = || Outside::at(node(&expr), "is an array that is not written as ARRAY[…]");
        match &expr {
            ast::Expr::ArrayExpr(array)
                if array.select_variant().is_none() && array.array_token().is_some() =>
            {
                let items: Vec<Operand> = array.exprs().map(|it| self.operand(&it)).collect::<Read<_>>()?;
                if items.is_empty() { Err(outside()) } else { Ok(items) }
            }
            ast::Expr::CastExpr(cast) => {
                let (Some(inner), Some(ast::Type::ArrayType(ty))) = (cast.expr(), cast.ty()) else {
                    return Err(outside());
                };
                let element = ty.ty().ok_or_else(outside)?;
                let element = self.cast_type(cast.syntax(), element.syntax())?;
                let items = self.deeper(node(&expr), |reader| reader.array(&inner))?;
                items.into_iter().map(|item| apply_cast(cast.syntax(), item, element.clone())).collect()
            }
            _ => Err(outside()),
        }
    }

    fn is_one_of(
        &mut self,
        at: &SyntaxNode,
        left: &ast::Expr,
        operator: Operator,
        items: Vec<Operand>,
        wanted: bool,
    ) -> Read<Clauses> {
        let value = self.operand(left)?;
        if items.iter().all(|item| item.as_literal().is_some()) {
            return Ok(vec![vec![self.membership(at, value, operator, &items, wanted)?]]);
        }
        // With other values than literals it is said one by one.
        let is_in = operator.op == CompareOp::In;
        let single = Operator { op: if is_in { CompareOp::Eq } else { CompareOp::Ne }, ..operator };
        let mut clauses = constant(is_in != wanted);
        for item in items {
            let condition = vec![vec![self.compare(at, value.clone(), single.clone(), item, wanted)?]];
            clauses = match is_in == wanted {
                true => either(clauses, condition, at)?,
                false => both(&clauses, &condition, at)?,
            };
        }
        Ok(clauses)
    }

    /// `left IS NULL`, `IS TRUE`, `IS FALSE`, or the opposite.
    fn is(&mut self, at: &SyntaxNode, left: &ast::Expr, right: &ast::Expr, wanted: bool) -> Read<Clauses> {
        let kind = match right {
            ast::Expr::Literal(literal) => literal.kind(),
            _ => None,
        };
        match kind {
            Some(LitKind::Null(_)) => self.null(at, left, !wanted),
            Some(kind @ (LitKind::True(_) | LitKind::False(_))) => {
                let truth = matches!(kind, LitKind::True(_));
                if wanted {
                    return self.condition(left, truth);
                }
                // TRUE where the value is the opposite, or NULL.
                let opposite = self.condition(left, !truth)?;
                let null = self.null(at, left, false)?;
                either(opposite, null, at)
            }
            _ => Err(Outside::at(at, "is a test that the language does not have")),
        }
    }

    fn null(&mut self, at: &SyntaxNode, value: &ast::Expr, negated: bool) -> Read<Clauses> {
        let value = self.operand(value)?;
        match &value.value {
            Value::Literal(literal) => Ok(constant((*literal == Literal::Null) != negated)),
            Value::Session(key) => {
                let text = matches!(&value.sql, Typing::Is(ty) if ty.base == BaseType::Text);
                let Some(form) = value.form.filter(|_| text) else {
                    return Err(Outside::at(
                        at,
                        "tests a cast setting, which the language does not cast there",
                    ));
                };
                self.setting(at, key, form, &Use::Null { negated })?;
                Ok(vec![vec![Condition::Null { value: value.value, negated }]])
            }
            Value::Column { .. } | Value::Function { .. } => {
                Ok(vec![vec![Condition::Null { value: value.value, negated }]])
            }
        }
    }

    fn between(&mut self, between: &ast::BetweenExpr, wanted: bool) -> Read<Clauses> {
        let at = between.syntax();
        let parts = (between.target(), between.start(), between.end());
        let (Some(value), Some(least), Some(greatest)) = parts else {
            return Err(Outside::at(at, "is no expression"));
        };
        if between.between_symmetry().is_some() {
            return Err(Outside::at(at, "is a BETWEEN with a word that the language can't say"));
        }
        let wanted = wanted == between.not_token().is_none();
        let mut bound = |op, bound: &ast::Expr| {
            let (value, bound) = (self.operand(&value)?, self.operand(bound)?);
            Ok(vec![vec![self.compare(at, value, Operator::plain(op), bound, wanted)?]])
        };
        let (above, below) = (bound(CompareOp::Ge, &least)?, bound(CompareOp::Le, &greatest)?);
        if wanted { both(&above, &below, at) } else { either(above, below, at) }
    }

    /// A value that is a condition by itself.
    fn truth_value(&mut self, expr: &ast::Expr, wanted: bool) -> Read<Clauses> {
        let value = self.operand(expr)?;
        let is_boolean = match &value.sql {
            Typing::Is(ty) => ty.family() == Family::Boolean,
            Typing::Open => false,
            Typing::Unknown => true,
        };
        if !is_boolean {
            return Err(Outside::at(node(expr), "is no condition"));
        }
        let literal = Operand::literal(Literal::Boolean(wanted), plain(BaseType::Boolean));
        let operator = Operator::plain(CompareOp::Eq);
        Ok(vec![vec![self.compare(node(expr), value, operator, literal, true)?]])
    }
}

fn is_truth_value(kind: LitKind) -> bool {
    matches!(kind, LitKind::True(_) | LitKind::False(_) | LitKind::Null(_))
}

/// The language's operator of that spelling.
fn operator(op: &BinOp) -> Option<Operator> {
    let plain = |op| Some(Operator::plain(op));
    match op {
        BinOp::Eq(_) => plain(CompareOp::Eq),
        BinOp::Neq(_) | BinOp::Neqb(_) => plain(CompareOp::Ne),
        BinOp::LAngle(_) => plain(CompareOp::Lt),
        BinOp::RAngle(_) => plain(CompareOp::Gt),
        BinOp::Lteq(_) => plain(CompareOp::Le),
        BinOp::Gteq(_) => plain(CompareOp::Ge),
        BinOp::Like(_) => plain(CompareOp::Like),
        BinOp::NotLike(_) => plain(CompareOp::NotLike),
        BinOp::CustomOp(custom) => plain(by_symbol(&custom.syntax().text().to_string())?),
        BinOp::OperatorCall(call) => {
            let text: String = call.syntax().text().to_string().split_whitespace().collect();
            let named = text.split_once('(')?.1.strip_suffix(')')?;
            let (schema, symbol) = named.split_once('.')?;
            let schema = schema.trim_matches('"').to_owned();
            Some(Operator { op: by_symbol(symbol)?, schema: Some(schema) })
        }
        _ => None,
    }
}

fn by_symbol(symbol: &str) -> Option<CompareOp> {
    Some(match symbol {
        "=" => CompareOp::Eq,
        "<>" | "!=" => CompareOp::Ne,
        "<" => CompareOp::Lt,
        "<=" => CompareOp::Le,
        ">" => CompareOp::Gt,
        ">=" => CompareOp::Ge,
        "~~" => CompareOp::Like,
        "!~~" => CompareOp::NotLike,
        _ => return None,
    })
}

fn unknown_operator(op: &BinOp) -> String {
    let symbol = match op {
        BinOp::CustomOp(custom) => custom.syntax().text().to_string(),
        BinOp::Ilike(_) | BinOp::NotIlike(_) => "ILIKE".to_owned(),
        BinOp::SimilarTo(_) | BinOp::NotSimilarTo(_) => "SIMILAR TO".to_owned(),
        BinOp::IsDistinctFrom(_) | BinOp::IsNotDistinctFrom(_) => "IS DISTINCT FROM".to_owned(),
        BinOp::Escape(_) => "ESCAPE".to_owned(),
        BinOp::OperatorCall(call) => call.syntax().text().to_string(),
        _ => return "uses an operator that the language does not have".to_owned(),
    };
    let what = match symbol.as_str() {
        "~" | "!~" | "~*" | "!~*" => "a match with a regular expression",
        "~~*" | "!~~*" | "ILIKE" => "a match that ignores case",
        "@>" | "<@" | "&&" => "an operator on arrays and the like",
        "->" | "->>" | "#>" | "#>>" | "?" => "an operator on json",
        _ => "an operator",
    };
    format!("uses {symbol}, {what} that the language does not have")
}
