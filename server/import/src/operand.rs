//! Values: columns, settings, literals and calls, with the type that PostgreSQL gives them and the one that
//! the language does.
//!
//! A cast is kept only where leaving it out, or printing the one that the language prints, gives the same
//! value.

use pgpe_catalog::{BaseType, ColumnType, Family};
use pgpe_policy::compared;
use pgpe_policy::source::Literal;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode, LitKind, PrefixOp};

use crate::outside::{Outside, Read};
use crate::reader::{Reader, node};
use crate::setting::Form;
use crate::sql::{dotted_name, string_literal, unwrapped};
use crate::written::Value;

/// What is known of a value's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typing {
    /// It has this type.
    Is(ColumnType),
    /// It takes that of what it stands beside.
    Open,
    /// It is the result of a function that the schema does not define.
    Unknown,
}

/// A value that the language has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operand {
    pub(crate) value: Value,
    /// Its type as the policy language sees it.
    pub(crate) own: Typing,
    /// Its type in PostgreSQL, casts included.
    pub(crate) sql: Typing,
    /// How the setting is read, if it is one.
    pub(crate) form: Option<Form>,
}

impl Operand {
    pub(crate) fn literal(literal: Literal, sql: Typing) -> Operand {
        Operand { value: Value::Literal(literal), own: Typing::Open, sql, form: None }
    }

    pub(crate) fn as_literal(&self) -> Option<&Literal> {
        match &self.value {
            Value::Literal(literal) => Some(literal),
            _ => None,
        }
    }
}

pub(crate) fn plain(base: BaseType) -> Typing {
    Typing::Is(ColumnType::plain(base))
}

impl Reader<'_> {
    /// Reads a value.
    pub(crate) fn operand(&mut self, expr: &ast::Expr) -> Read<Operand> {
        self.deeper(node(expr), |reader| reader.operand_inner(expr))
    }

    fn operand_inner(&mut self, expr: &ast::Expr) -> Read<Operand> {
        let expr = unwrapped(expr.clone());
        match &expr {
            ast::Expr::Literal(literal) => read_literal(literal),
            ast::Expr::PrefixExpr(prefix) => self.signed(prefix),
            ast::Expr::CastExpr(cast) => self.cast(cast),
            ast::Expr::CallExpr(call) => self.call(call),
            ast::Expr::NameRef(_) | ast::Expr::FieldExpr(_) => {
                let parts = dotted_name(&expr)
                    .ok_or_else(|| Outside::at(node(&expr), "is a value that the language does not have"))?;
                let (level, column) = self.levels.column(node(&expr), &parts)?;
                Ok(Operand {
                    value: Value::Column { level, name: column.name.clone() },
                    own: Typing::Is(column.ty.clone()),
                    sql: Typing::Is(compared(&column.ty)),
                    form: None,
                })
            }
            _ => Err(Outside::at(node(&expr), what_it_is(&expr))),
        }
    }

    /// `-5`: the sign belongs to the number.
    fn signed(&mut self, prefix: &ast::PrefixExpr) -> Read<Operand> {
        let outside = || Outside::at(prefix.syntax(), "computes a value, which the language can't");
        let (Some(PrefixOp::Minus(_)), Some(expr)) = (prefix.op(), prefix.expr()) else {
            return Err(outside());
        };
        // `-5::bigint` is the sign of a cast number: the same value, but for the least bigint.
        let number = self.operand(&expr)?;
        let negative = match number.as_literal() {
            Some(Literal::Integer(value)) => value.checked_neg().map(Literal::Integer),
            Some(Literal::String(text)) if is_number(&number.sql) && is_unsigned_number(text) => {
                Some(Literal::String(format!("-{text}")))
            }
            _ => None,
        };
        Ok(Operand { value: Value::Literal(negative.ok_or_else(outside)?), ..number })
    }

    fn cast(&mut self, cast: &ast::CastExpr) -> Read<Operand> {
        let ty = cast.ty().filter(|_| cast.kind() != Some(ast::CastKind::Treat));
        let ty = ty.ok_or_else(|| Outside::at(cast.syntax(), "is a cast that is not read"))?;
        let ty = self.cast_type(cast.syntax(), ty.syntax())?;
        let inner = match (cast.expr(), cast.literal()) {
            (Some(expr), _) => self.operand(&expr)?,
            (None, Some(literal)) => read_literal(&literal)?,
            (None, None) => return Err(Outside::at(cast.syntax(), "is a cast that is not read")),
        };
        apply_cast(cast.syntax(), inner, ty)
    }

    /// The type that a cast names. Those that change values (modifiers, domains) are none.
    pub(crate) fn cast_type(&self, cast: &SyntaxNode, ty: &SyntaxNode) -> Read<ColumnType> {
        let text = ty.text().to_string();
        let path = self.search_path();
        let named = path.iter().filter_map(|it| self.catalog.type_by_name(&text, std::slice::from_ref(it)));
        let mut named: Vec<ColumnType> = named.collect();
        named.dedup();
        let (Some(found), true) = (named.pop(), named.is_empty()) else {
            let why = "casts to a type that the schema does not define, or that several schemas do";
            return Err(Outside::at(cast, why));
        };
        if let Some(domain) = &found.domain {
            return Err(Outside::at(cast, format!("casts to the domain {domain}, which may refuse values")));
        }
        let display = match &found.base {
            // `character` alone is of length 1.
            BaseType::Char => "bpchar".to_owned(),
            BaseType::Other(name) => name.clone(),
            base => ColumnType::plain(base.clone()).display.to_string(),
        };
        if found.display != display {
            return Err(Outside::at(
                cast,
                "casts to a type with a length or precision, which changes values",
            ));
        }
        Ok(found)
    }
}

/// The value with a cast to a type around it.
pub(crate) fn apply_cast(cast: &SyntaxNode, inner: Operand, ty: ColumnType) -> Read<Operand> {
    let outside = |what: &str| Err(Outside::at(cast, what.to_owned()));
    let from = match &inner.sql {
        Typing::Is(from) => Some(from.base.clone()),
        Typing::Open => None,
        Typing::Unknown => {
            return outside("casts the result of a function that the schema does not define");
        }
    };
    let same = from.as_ref().is_some_and(|from| alike(from, &ty.base));
    let fits = match (&inner.value, &from) {
        _ if same => true,
        // A string is read as the type.
        (Value::Literal(Literal::String(_) | Literal::Null), None) => true,
        (Value::Literal(Literal::Integer(_)), Some(_)) => {
            matches!(ty.family(), Family::Integer | Family::Numeric | Family::Float)
        }
        (Value::Literal(_), Some(BaseType::Numeric)) => ty.family() == Family::Float,
        // Read from text once; the language prints this cast.
        (Value::Session(_), Some(BaseType::Text | BaseType::Varchar)) => true,
        (Value::Column { .. } | Value::Function { .. }, Some(from)) => widens(from, &ty.base),
        _ => false,
    };
    if !fits {
        return outside("casts a value so that it may compare differently, which the language can't say");
    }
    // A cast keeps the collation of what is cast.
    let collation = match &inner.sql {
        Typing::Is(from) if from.family() == Family::Text => from.collation,
        _ => ty.collation,
    };
    Ok(Operand { sql: Typing::Is(ColumnType { collation, ..compared(&ty) }), ..inner })
}

/// Whether two types are the same to all comparisons.
pub(crate) fn alike(one: &BaseType, other: &BaseType) -> bool {
    let is_text = |base: &BaseType| matches!(base, BaseType::Text | BaseType::Varchar);
    one == other || is_text(one) && is_text(other)
}

/// Whether each value of one type is the same value of the other, and PostgreSQL casts by itself.
fn widens(from: &BaseType, to: &BaseType) -> bool {
    use BaseType::{BigInt, Integer, Numeric, SmallInt};
    matches!(
        (from, to),
        (SmallInt, Integer | BigInt | Numeric) | (Integer, BigInt | Numeric) | (BigInt, Numeric)
    )
}

fn is_number(typing: &Typing) -> bool {
    matches!(typing, Typing::Is(ty) if matches!(ty.family(), Family::Integer | Family::Numeric | Family::Float))
}

fn is_unsigned_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
}

/// A literal with the type that PostgreSQL gives it.
fn read_literal(literal: &ast::Literal) -> Read<Operand> {
    if let Some(text) = string_literal(literal) {
        return Ok(Operand::literal(Literal::String(text), Typing::Open));
    }
    match literal.kind() {
        Some(LitKind::Null(_)) => Ok(Operand::literal(Literal::Null, Typing::Open)),
        Some(LitKind::True(_)) => Ok(Operand::literal(Literal::Boolean(true), plain(BaseType::Boolean))),
        Some(LitKind::False(_)) => Ok(Operand::literal(Literal::Boolean(false), plain(BaseType::Boolean))),
        Some(LitKind::IntNumber(_)) => {
            let digits = literal.integer_value().map(|value| value.to_string());
            let digits = digits.ok_or_else(|| Outside::at(literal.syntax(), "is no number"))?;
            Ok(match digits.parse::<i64>() {
                Ok(value) => {
                    let base =
                        if i32::try_from(value).is_ok() { BaseType::Integer } else { BaseType::BigInt };
                    Operand::literal(Literal::Integer(value), plain(base))
                }
                Err(_) => Operand::literal(Literal::String(digits), plain(BaseType::Numeric)),
            })
        }
        Some(LitKind::NumericNumber(token)) => {
            let text = token.text().replace('_', "");
            Ok(Operand::literal(Literal::String(text), plain(BaseType::Numeric)))
        }
        _ => Err(Outside::at(literal.syntax(), "is a kind of literal that the language does not have")),
    }
}

/// Why an expression is no value of the language.
pub(crate) fn what_it_is(expr: &ast::Expr) -> &'static str {
    match expr {
        ast::Expr::ArrayExpr(_) | ast::Expr::IndexExpr(_) | ast::Expr::SliceExpr(_) => {
            "is an array, which the language has only after = ANY and <> ALL"
        }
        ast::Expr::BinExpr(_) => "computes a value by an operator, which the language can't",
        ast::Expr::CaseExpr(_) => "is a CASE, which the language does not have",
        ast::Expr::Collate(_) => "names a collation, which the language can't",
        ast::Expr::ParenExpr(_) => {
            "is a sub-select, which the language has only as EXISTS, IN or one side of a comparison"
        }
        ast::Expr::TupleExpr(_) => "is a row value, which the language does not have",
        _ => "is a value that the language does not have",
    }
}
