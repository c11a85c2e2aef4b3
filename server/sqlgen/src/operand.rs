//! Values as SQL: columns, session settings, literals and function calls, cast where PostgreSQL would
//! otherwise compare them as another type than the policy does.

use pgpe_catalog::{BaseType, Catalog, ColumnType, Family};
use pgpe_config::{MissingSetting, Session};
use pgpe_policy::resolved::{Literal, Operand};

use crate::quote::{quote_identifier, quote_literal};
use crate::types;

/// What every value is printed with.
#[derive(Clone, Copy)]
pub(crate) struct Printer<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) session: Session,
}

/// Where the columns of a condition belong.
pub(crate) trait Columns {
    /// The column as SQL, qualified as far as needed.
    fn column(&self, name: &str) -> String;
}

impl Printer<'_> {
    /// An operand that stands beside `other`, both compared as `ty`.
    pub(crate) fn beside(
        &self,
        operand: &Operand,
        other: &Operand,
        ty: Option<&ColumnType>,
        columns: &dyn Columns,
    ) -> String {
        match (operand, ty) {
            (Operand::Literal(literal), Some(ty)) if gives_type(other, ty) => self.literal(literal, ty),
            _ => self.typed(operand, ty, columns),
        }
    }

    /// An operand that PostgreSQL reads as `ty` whatever it stands beside.
    pub(crate) fn typed(&self, operand: &Operand, ty: Option<&ColumnType>, columns: &dyn Columns) -> String {
        match (operand, ty) {
            (Operand::Column { name, ty: own }, _) => {
                let column = columns.column(name);
                let cast = own.as_ref().zip(ty).and_then(|(own, ty)| types::column_cast(own, ty));
                with_cast(column, cast)
            }
            (Operand::Function { returns, .. }, _) => {
                let cast = returns.as_ref().zip(ty).and_then(|(own, ty)| types::column_cast(own, ty));
                with_cast(self.call(operand, columns), cast)
            }
            (Operand::Session { key }, _) => {
                let is_text = |ty: &&ColumnType| matches!(ty.base, BaseType::Text | BaseType::Varchar);
                let cast = ty.filter(|ty| !is_text(ty)).map(|ty| types::cast_name(&ty.base));
                self.setting(key, cast)
            }
            (Operand::Literal(literal), Some(ty)) => self.typed_literal(literal, ty),
            (Operand::Literal(literal), None) => untyped_literal(literal),
        }
    }

    /// A literal where the type is clear from what it stands beside.
    pub(crate) fn literal(&self, literal: &Literal, ty: &ColumnType) -> String {
        match (literal, &ty.base) {
            (Literal::Integer(value), base) if is_plain_number(*value, base) => value.to_string(),
            (Literal::Boolean(_), BaseType::Boolean) | (Literal::Null | Literal::List(_), _) => {
                untyped_literal(literal)
            }
            // The least bigint has no literal of its own: the sign is an operator on a number too large.
            (Literal::Integer(_), base) if matches!(base.family(), Family::Integer | Family::Numeric) => {
                self.typed_literal(literal, ty)
            }
            (Literal::Integer(value), _) => quote_literal(&value.to_string()),
            (Literal::Boolean(value), _) => quote_literal(&value.to_string()),
            (Literal::String(text), _) => quote_literal(text),
        }
    }

    /// A literal with its type.
    pub(crate) fn typed_literal(&self, literal: &Literal, ty: &ColumnType) -> String {
        let text = match literal {
            Literal::Integer(value) if is_plain_number(*value, &ty.base) => return value.to_string(),
            Literal::Boolean(_) if ty.base == BaseType::Boolean => return untyped_literal(literal),
            Literal::Null | Literal::List(_) => "NULL".to_owned(),
            Literal::Integer(value) => quote_literal(&value.to_string()),
            Literal::Boolean(value) => quote_literal(&value.to_string()),
            Literal::String(text) => quote_literal(text),
        };
        let cast = match (literal, &ty.base) {
            // Not smallint or integer, which it may not fit.
            (Literal::Integer(_), base) if base.family() == Family::Integer => "bigint".to_owned(),
            (_, base) => types::cast_name(base),
        };
        format!("{text}::{cast}")
    }

    fn setting(&self, key: &str, cast: Option<String>) -> String {
        let key = quote_literal(key);
        let value = match self.session.missing {
            MissingSetting::Error => format!("current_setting({key})"),
            MissingSetting::Deny => format!("nullif(current_setting({key}, true), '')"),
        };
        // The cast belongs inside, so that it, too, is evaluated once.
        let value = with_cast(value, cast);
        if self.session.initplan { format!("(SELECT {value})") } else { value }
    }

    fn call(&self, operand: &Operand, columns: &dyn Columns) -> String {
        let Operand::Function { schema, name, arguments, returns, .. } = operand else {
            return "NULL".to_owned();
        };
        let known = returns.is_some() || arguments.iter().any(|(_, parameter)| parameter.is_some());
        let text = ColumnType::plain(BaseType::Text);
        let arguments: Vec<String> = arguments
            .iter()
            .map(|(argument, parameter)| {
                let parameter = parameter.as_ref().filter(|ty| !types::is_pseudo_type(&ty.base));
                // A polymorphic parameter gives an untyped string no type.
                let is_string = matches!(argument, Operand::Literal(Literal::String(_)));
                let parameter = parameter.or((known && is_string).then_some(&text));
                match parameter {
                    Some(parameter) => self.argument(argument, parameter, columns),
                    None => self.typed(argument, None, columns),
                }
            })
            .collect();
        let schema =
            schema.as_ref().map(|schema| format!("{}.", quote_identifier(schema))).unwrap_or_default();
        format!("{schema}{}({})", quote_identifier(name), arguments.join(", "))
    }

    /// An argument, of exactly the parameter's type: among overloads, PostgreSQL then finds the one that was
    /// resolved.
    fn argument(&self, argument: &Operand, parameter: &ColumnType, columns: &dyn Columns) -> String {
        let cast = || types::cast_name(&parameter.base);
        match argument {
            Operand::Column { ty: own, .. } | Operand::Function { returns: own, .. } => {
                let differs = own.as_ref().is_some_and(|own| own.base != parameter.base);
                with_cast(self.typed(argument, None, columns), differs.then(cast))
            }
            Operand::Session { key } => self.setting(key, (parameter.base != BaseType::Text).then(cast)),
            Operand::Literal(Literal::Integer(value)) => {
                let fits = parameter.base == BaseType::Integer && i32::try_from(*value).is_ok();
                let value = value.to_string();
                if fits { value } else { format!("{}::{}", quote_literal(&value), cast()) }
            }
            Operand::Literal(literal) => self.typed_literal(literal, parameter),
        }
    }
}

/// The type that both sides are compared as, where the policy does not say.
pub(crate) fn unstated_type(left: &Operand, right: &Operand) -> Option<ColumnType> {
    let literal = |operand: &Operand| match operand {
        Operand::Literal(Literal::Integer(_)) => Some(ColumnType::plain(BaseType::BigInt)),
        Operand::Literal(Literal::Boolean(_)) => Some(ColumnType::plain(BaseType::Boolean)),
        _ => None,
    };
    // A column or function decides, also by being of no known type.
    for operand in [left, right] {
        if let Operand::Column { ty, .. } | Operand::Function { returns: ty, .. } = operand {
            return ty.clone();
        }
    }
    literal(left).or_else(|| literal(right))
}

/// Whether a string literal beside the operand is read as `ty` without a cast.
fn gives_type(operand: &Operand, ty: &ColumnType) -> bool {
    let is_text = |base: &BaseType| matches!(base, BaseType::Text | BaseType::Varchar);
    let same = match operand {
        Operand::Column { ty: Some(own), .. } | Operand::Function { returns: Some(own), .. } => {
            own.base == ty.base
                || is_text(&own.base) && is_text(&ty.base)
                || types::column_cast(own, ty).is_some()
        }
        Operand::Column { ty: None, .. }
        | Operand::Function { returns: None, .. }
        | Operand::Session { .. } => true,
        Operand::Literal(_) => false,
    };
    same && types::types_its_literals(&ty.base)
}

/// Whether an integer can be written bare where values are compared as a type. As `real`, larger numbers
/// would be compared unrounded, as `double precision`.
fn is_plain_number(value: i64, ty: &BaseType) -> bool {
    match ty.family() {
        Family::Integer | Family::Numeric => value != i64::MIN,
        Family::Float if *ty == BaseType::Real => value.unsigned_abs() <= 1 << 24,
        Family::Float => value.unsigned_abs() <= 1 << 53,
        _ => false,
    }
}

fn untyped_literal(literal: &Literal) -> String {
    match literal {
        // A list is no value; it makes the comparison never true.
        Literal::Null | Literal::List(_) => "NULL".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(i64::MIN) => format!("'{}'::bigint", i64::MIN),
        Literal::Integer(value) => value.to_string(),
        Literal::String(text) => quote_literal(text),
    }
}

fn with_cast(value: String, cast: Option<String>) -> String {
    match cast {
        Some(cast) => format!("{value}::{cast}"),
        None => value,
    }
}
