//! Calls: of `current_setting`, and of the functions that the configuration allows.

use pgpe_catalog::{BaseType, ColumnType};
use pgpe_policy::compared;
use pgpe_policy::source::Literal;
use squawk_syntax::ast::{self, AstNode};

use crate::operand::{Operand, Typing, alike, plain};
use crate::outside::{Outside, Read};
use crate::reader::Reader;
use crate::setting::{Form, Use};
use crate::sql::dotted_name;
use crate::written::Value;

impl Reader<'_> {
    /// Reads a call.
    pub(crate) fn call(&mut self, call: &ast::CallExpr) -> Read<Operand> {
        let outside = |why: &str| Err(Outside::at(call.syntax(), why.to_owned()));
        if call.exists_fn().is_some() {
            return outside("is a value that the language does not have: EXISTS stands by itself there");
        }
        let (Some(name), Some(list)) = (call.expr().as_ref().and_then(dotted_name), call.arg_list()) else {
            return outside("is a call that the language does not have");
        };
        let plain_list = list.star_token().is_none() && list.all_or_distinct().is_none();
        let plain_arguments =
            list.args().all(|it| it.variadic_token().is_none() && it.order_by_clause().is_none());
        if !plain_list
            || !plain_arguments
            || call.filter_clause().is_some()
            || call.syntax().children().count() > 2
        {
            return outside("is a call that the language does not have");
        }
        let arguments: Option<Vec<ast::Expr>> = list.args().map(|argument| argument.expr()).collect();
        let Some(arguments) = arguments else {
            return outside("names its arguments, which the language can't");
        };
        // In quotes it is the name of a function, whatever word it is.
        let is_quoted = call.expr().is_some_and(|name| name.syntax().text().to_string().starts_with('"'));
        let own = |name: &[String], wanted: &str| match name {
            [name] => name == wanted,
            [schema, name] => schema == "pg_catalog" && name == wanted,
            _ => false,
        };
        if own(&name, "current_setting") {
            return self.current_setting(call, &arguments);
        }
        // NULLIF is part of SQL's grammar, and has no schema.
        if name == ["nullif"] && !is_quoted {
            return self.nullif(call, &arguments);
        }
        match name.as_slice() {
            [name] if name == "coalesce" => outside("is a COALESCE, which the language does not have"),
            [name] => self.function(call, None, name, &arguments),
            [schema, name] => self.function(call, Some(schema), name, &arguments),
            _ => outside("is a call that the language does not have"),
        }
    }

    fn current_setting(&mut self, call: &ast::CallExpr, arguments: &[ast::Expr]) -> Read<Operand> {
        let outside = |why: &str| Err(Outside::at(call.syntax(), why.to_owned()));
        let (key, lenient) = match arguments {
            [key] => (key, None),
            [key, lenient] => (key, Some(lenient)),
            _ => return outside("is no call of current_setting that PostgreSQL knows"),
        };
        let key = self.operand(key)?;
        // A name of another type than text would choose another function of that name.
        let is_text = match &key.sql {
            Typing::Is(ty) => ty.base == BaseType::Text,
            Typing::Open => true,
            Typing::Unknown => false,
        };
        let Some(Literal::String(key)) = key.as_literal().filter(|_| is_text) else {
            return outside("reads a setting whose name is no literal");
        };
        let form = match lenient {
            None => Form::Strict,
            Some(lenient) => match self.operand(lenient)?.as_literal() {
                Some(Literal::Boolean(true)) => Form::Lenient,
                Some(Literal::Boolean(false)) => Form::Strict,
                _ => return outside("reads a setting with a second argument that is neither true nor false"),
            },
        };
        Ok(Operand {
            value: Value::Session(key.clone()),
            own: Typing::Open,
            sql: plain(BaseType::Text),
            form: Some(form),
        })
    }

    /// `nullif(current_setting(…), '')`
    fn nullif(&mut self, call: &ast::CallExpr, arguments: &[ast::Expr]) -> Read<Operand> {
        let outside =
            || Outside::at(call.syntax(), "is a NULLIF other than of a setting and the empty string");
        let [value, empty] = arguments else { return Err(outside()) };
        let (value, empty) = (self.operand(value)?, self.operand(empty)?);
        let is_text = |typing: &Typing| match typing {
            Typing::Is(ty) => alike(&ty.base, &BaseType::Text),
            Typing::Open => true,
            Typing::Unknown => false,
        };
        let form = match value.form {
            Some(Form::Strict) => Form::StrictNotEmpty,
            Some(Form::Lenient) => Form::LenientNotEmpty,
            Some(form) => form,
            None => return Err(outside()),
        };
        let is_empty = empty.as_literal() == Some(&Literal::String(String::new()));
        if !is_empty || !is_text(&value.sql) || !is_text(&empty.sql) {
            return Err(outside());
        }
        Ok(Operand { form: Some(form), ..value })
    }

    fn function(
        &mut self,
        call: &ast::CallExpr,
        schema: Option<&String>,
        name: &str,
        arguments: &[ast::Expr],
    ) -> Read<Operand> {
        let read: Vec<Operand> =
            arguments.iter().map(|argument| self.operand(argument)).collect::<Read<_>>()?;
        let path = self.search_path();
        let places =
            path.iter().filter(|schema| self.catalog.functions_named(name, Some(schema), &[]).is_some());
        if schema.is_none() && places.count() > 1 {
            return Err(Outside::at(call.syntax(), "calls a function of which several schemas have one")
                .with_help("write its schema"));
        }
        let schema_name = schema.map(String::as_str);
        let found = pgpe_policy::look_up_function(schema_name, name, self.catalog, &path);
        let overloads = found.map(|(_, overloads)| overloads).unwrap_or_default();
        let mut fitting = overloads.iter().filter(|it| it.takes(read.len()));
        let only = fitting.next();
        if fitting.next().is_some() {
            let why = "calls a function that has several definitions, of which casts choose one";
            return Err(Outside::at(call.syntax(), why));
        }
        for (index, argument) in read.iter().enumerate() {
            self.argument(call, argument, only.and_then(|it| it.arguments.get(index)))?;
        }
        let returns = only.and_then(|it| it.returns.clone()).filter(|ty| !is_polymorphic(ty));
        let returns = returns.map_or(Typing::Unknown, Typing::Is);
        Ok(Operand {
            value: Value::Function {
                schema: schema.cloned(),
                name: name.to_owned(),
                arguments: read.into_iter().map(|argument| argument.value).collect(),
            },
            own: returns.clone(),
            sql: match returns {
                Typing::Is(ty) => Typing::Is(compared(&ty)),
                other => other,
            },
            form: None,
        })
    }

    /// An argument must reach the function as the language passes it.
    fn argument(
        &mut self,
        call: &ast::CallExpr,
        argument: &Operand,
        parameter: Option<&ColumnType>,
    ) -> Read<()> {
        if let (Value::Session(key), Some(form)) = (&argument.value, argument.form) {
            self.setting(call.syntax(), key, form, &Use::Argument)?;
        }
        let fits = match (&argument.value, &argument.sql, parameter) {
            (_, Typing::Unknown, _) => false,
            (Value::Literal(_), Typing::Open, Some(_)) => true,
            (_, Typing::Is(ty), Some(parameter)) => {
                !is_polymorphic(parameter)
                    && (alike(&ty.base, &parameter.base) || argument.sql == uncast(argument))
            }
            (Value::Column { .. }, Typing::Is(_), None) => argument.sql == uncast(argument),
            _ => false,
        };
        match fits {
            true => Ok(()),
            false => Err(Outside::at(
                call.syntax(),
                "passes an argument of which it is not certain that the language passes the same",
            )),
        }
    }
}

/// Whether it stands for whatever is passed.
fn is_polymorphic(ty: &ColumnType) -> bool {
    matches!(&ty.base, BaseType::Other(name) if name.trim_matches('"').starts_with("any"))
}

/// The type that the value has without casts.
pub(crate) fn uncast(operand: &Operand) -> Typing {
    match (&operand.value, &operand.own) {
        (Value::Column { .. } | Value::Function { .. }, Typing::Is(ty)) => Typing::Is(compared(ty)),
        _ => Typing::Open,
    }
}
