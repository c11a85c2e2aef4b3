//! Comparisons: whether PostgreSQL's operator in the original and the one that the language prints compare
//! as the same type.

use pgpe_catalog::{BaseType, ColumnType, Family};
use pgpe_policy::source::{CompareOp, Literal};
use pgpe_policy::{common_type, compared};
use squawk_syntax::SyntaxNode;

use crate::call::uncast;
use crate::operand::{Operand, Typing, alike};
use crate::outside::{Outside, Read};
use crate::reader::Reader;
use crate::setting::Use;
use crate::written::{Condition, Value};

/// An operator as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) op: CompareOp,
    /// The schema of `OPERATOR(schema.=)`.
    pub(crate) schema: Option<String>,
}

impl Operator {
    pub(crate) fn plain(op: CompareOp) -> Operator {
        Operator { op, schema: None }
    }

    /// The operator that is TRUE where this one is FALSE.
    pub(crate) fn negated(self) -> Operator {
        let op = match self.op {
            CompareOp::Eq => CompareOp::Ne,
            CompareOp::Ne => CompareOp::Eq,
            CompareOp::Lt => CompareOp::Ge,
            CompareOp::Ge => CompareOp::Lt,
            CompareOp::Gt => CompareOp::Le,
            CompareOp::Le => CompareOp::Gt,
            CompareOp::In => CompareOp::NotIn,
            CompareOp::NotIn => CompareOp::In,
            CompareOp::Like => CompareOp::NotLike,
            CompareOp::NotLike => CompareOp::Like,
        };
        Operator { op, ..self }
    }
}

/// What both sides are compared as; `None` where a function's result decides that is not known.
type Compared = Option<ColumnType>;

impl Reader<'_> {
    /// `left op right`, one of `= != < <= > >=`; the opposite if it is not `wanted`.
    pub(crate) fn compare(
        &mut self,
        at: &SyntaxNode,
        left: Operand,
        operator: Operator,
        right: Operand,
        wanted: bool,
    ) -> Read<Condition> {
        let ty = self.compared_as(at, &left, &right)?;
        check_operator(at, &operator, ty.as_ref(), wanted)?;
        let op = if wanted { operator.op } else { operator.negated().op };
        let text = ColumnType::plain(BaseType::Text);
        for (side, other) in [(&left, &right), (&right, &left)] {
            if let (Value::Session(key), Some(form)) = (&side.value, side.form) {
                let used = Use::Compare(op, other.as_literal(), ty.as_ref().unwrap_or(&text));
                self.setting(at, key, form, &used)?;
            }
        }
        Ok(Condition::Compare { left: left.value, op, right: right.value })
    }

    /// `value [NOT] IN (literals)`
    pub(crate) fn membership(
        &mut self,
        at: &SyntaxNode,
        value: Operand,
        operator: Operator,
        items: &[Operand],
        wanted: bool,
    ) -> Read<Condition> {
        let mut list = Vec::new();
        let mut ty = None;
        for item in items {
            ty = self.compared_as(at, &value, item)?;
            list.extend(item.as_literal().cloned());
        }
        check_operator(at, &operator, ty.as_ref(), wanted)?;
        let op = if wanted { operator.op } else { operator.negated().op };
        let text = ColumnType::plain(BaseType::Text);
        if let (Value::Session(key), Some(form)) = (&value.value, value.form) {
            let ty = ty.as_ref().unwrap_or(&text);
            self.setting(at, key, form, &Use::In { negated: op == CompareOp::NotIn, list: &list, ty })?;
        }
        Ok(Condition::Compare { left: value.value, op, right: Value::Literal(Literal::List(list)) })
    }

    /// `value [NOT] LIKE pattern`
    pub(crate) fn like(
        &mut self,
        at: &SyntaxNode,
        value: Operand,
        operator: Operator,
        pattern: Operand,
        wanted: bool,
    ) -> Read<Condition> {
        let op = if wanted { operator.op } else { operator.clone().negated().op };
        for side in [&value, &pattern] {
            let own = match (&side.own, &side.sql) {
                (Typing::Is(own), _) => alike(&own.base, &BaseType::Text),
                (Typing::Open, Typing::Is(ty)) => alike(&ty.base, &BaseType::Text),
                (Typing::Open, Typing::Open) => true,
                _ => false,
            };
            if !own || operator.schema.as_deref().is_some_and(|schema| schema != "pg_catalog") {
                return Err(Outside::at(at, "matches other types than text and varchar with a pattern"));
            }
        }
        let negated = op == CompareOp::NotLike;
        for (side, pattern) in [(&value, pattern.as_literal()), (&pattern, None)] {
            if let (Value::Session(key), Some(form)) = (&side.value, side.form) {
                self.setting(at, key, form, &Use::Like { negated, pattern })?;
            }
        }
        Ok(Condition::Compare { left: value.value, op, right: pattern.value })
    }

    /// What both sides are compared as, in the original and in the language alike.
    fn compared_as(&self, at: &SyntaxNode, left: &Operand, right: &Operand) -> Read<Compared> {
        let outside = |why: &str| Err(Outside::at(at, why.to_owned()));
        if left.sql == Typing::Unknown || right.sql == Typing::Unknown {
            return match is_printed_alike(left) && is_printed_alike(right) {
                true => Ok(None),
                false => outside("compares a cast value with a function that the schema does not define"),
            };
        }
        let (Some(original), Some(language)) = (type_in_sql(left, right), type_in_language(left, right))
        else {
            return outside("compares two types that the language does not compare");
        };
        let family = language.family();
        if !alike(&original.base, &language.base) || original.collation != language.collation {
            let (original, language) = (original.base.sql_name(), language.base.sql_name());
            let why = format!("compares as {original}, which the language would compare as {language}");
            return Err(Outside::at(at, why));
        }
        if family == Family::Json {
            return outside("compares json, which the language does not");
        }
        for side in [left, right] {
            let Typing::Is(ty) = &side.sql else { continue };
            let fits = match &side.value {
                Value::Session(_) => alike(&ty.base, &language.base),
                Value::Literal(_) => {
                    alike(&ty.base, &language.base) || (is_exact(ty) && is_numeric(&language))
                }
                Value::Column { .. } | Value::Function { .. } => true,
            };
            if !fits {
                let why = format!(
                    "casts a value to {}, which the language would cast to {}",
                    ty.base.sql_name(),
                    language.base.sql_name()
                );
                return Err(Outside::at(at, why));
            }
        }
        Ok(Some(language))
    }
}

/// Whether the operator is the one that the language prints, and its opposite is known where that is needed.
fn check_operator(at: &SyntaxNode, operator: &Operator, ty: Option<&ColumnType>, wanted: bool) -> Read<()> {
    let expected = match ty.map(|ty| &ty.base) {
        Some(BaseType::Citext { schema }) => Some(schema.as_str()),
        Some(BaseType::Other(_)) | None => None,
        Some(_) => Some("pg_catalog"),
    };
    if let Some(schema) = operator.schema.as_deref()
        && expected != Some(schema)
    {
        return Err(Outside::at(at, "names an operator that the language would not choose"));
    }
    if !wanted && ty.is_none_or(|ty| ty.family() == Family::Other) {
        return Err(Outside::at(at, "is negated, and what the opposite is of these types is not known"));
    }
    Ok(())
}

/// Beside a function of which nothing is known, the language prints values without casts.
fn is_printed_alike(side: &Operand) -> bool {
    match (&side.value, &side.sql) {
        (_, Typing::Unknown | Typing::Open) => true,
        (Value::Session(_), Typing::Is(ty)) => ty.base == BaseType::Text,
        (Value::Literal(Literal::Integer(value)), Typing::Is(ty)) => match i32::try_from(*value) {
            Ok(_) => ty.base == BaseType::Integer,
            Err(_) => ty.base == BaseType::BigInt,
        },
        (Value::Literal(Literal::Boolean(_)), Typing::Is(_)) => true,
        (Value::Literal(_), Typing::Is(_)) => false,
        (Value::Column { .. } | Value::Function { .. }, sql) => uncast(side) == *sql,
    }
}

/// PostgreSQL's type for the comparison.
fn type_in_sql(left: &Operand, right: &Operand) -> Option<ColumnType> {
    match (&left.sql, &right.sql) {
        (Typing::Is(one), Typing::Is(other)) => {
            // Whole numbers compare by value, whatever type of theirs the operator is of.
            let whole = |ty: &ColumnType| ty.family() == Family::Integer;
            match (&left.value, &right.value) {
                (Value::Literal(_), Value::Column { .. } | Value::Function { .. })
                    if whole(one) && whole(other) =>
                {
                    Some(compared(other))
                }
                (Value::Column { .. } | Value::Function { .. }, Value::Literal(_))
                    if whole(one) && whole(other) =>
                {
                    Some(compared(one))
                }
                _ => common_type(one, other).ok(),
            }
        }
        (Typing::Is(ty), _) | (_, Typing::Is(ty)) => Some(compared(ty)),
        _ => Some(ColumnType::plain(BaseType::Text)),
    }
}

/// The language's type for the comparison, as the resolution of names and types will find it.
fn type_in_language(left: &Operand, right: &Operand) -> Option<ColumnType> {
    match (&left.own, &right.own) {
        (Typing::Is(one), Typing::Is(other)) => common_type(one, other).ok(),
        (Typing::Is(ty), _) | (_, Typing::Is(ty)) => Some(compared(ty)),
        _ => {
            // Beside a setting, a literal is text.
            let base = match (left.as_literal(), right.as_literal()) {
                (Some(Literal::Boolean(_)), Some(_)) | (Some(_), Some(Literal::Boolean(_))) => {
                    BaseType::Boolean
                }
                (Some(Literal::Integer(_)), Some(_)) | (Some(_), Some(Literal::Integer(_))) => {
                    BaseType::BigInt
                }
                _ => BaseType::Text,
            };
            Some(ColumnType::plain(base))
        }
    }
}

fn is_exact(ty: &ColumnType) -> bool {
    matches!(ty.family(), Family::Integer | Family::Numeric)
}

fn is_numeric(ty: &ColumnType) -> bool {
    is_exact(ty) || ty.family() == Family::Float
}
