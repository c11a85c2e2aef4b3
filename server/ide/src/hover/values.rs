//! Columns, session settings, literals and function calls.

use pgpe_catalog::{ColumnType, Function, QualifiedName, Volatility};
use pgpe_policy::resolved::Operand;
use pgpe_syntax::ast::{self, HasName};
use pgpe_syntax::{AstNode, SyntaxKind, SyntaxNode};

use super::Context;
use super::condition::{self, Condition};
use crate::markdown;
use crate::queries;

/// `col(name)`: its type on each table.
pub(super) fn column(context: &Context<'_>, column: &ast::ColumnValue) -> Option<String> {
    let catalog = queries::catalog(context.db, context.project).as_deref()?;
    let name = column.name_text()?;
    let mut groups = Groups::default();
    for table in context.in_scope(column.syntax()).iter() {
        let column = catalog.relations.get(table).and_then(|relation| relation.column(&name));
        let text = match column {
            Some(column) => {
                let nullable = if column.not_null { "NOT NULL" } else { "may be null" };
                format!("{}, {nullable}", markdown::code(&column.ty.display))
            }
            None => "no such column".to_owned(),
        };
        groups.add(text, table.clone());
    }
    groups.text(&markdown::code(&name))
}

/// `session(key)`: what it is read as.
pub(super) fn session(context: &Context<'_>, session: &ast::SessionValue) -> Option<String> {
    let key = session.key_text()?;
    let head = format!("setting {} of the connection", markdown::code(&key));
    let conditions = condition::conditions(context);
    let mut groups = Groups::default();
    for condition in &conditions {
        let parameter = parameter_type(
            condition,
            &|operand| matches!(operand, Operand::Session { key: other } if *other == key),
        );
        let text = match parameter.or_else(|| condition.ty()) {
            Some(ty) => format!("read as {}", markdown::code(&ty.display)),
            None => "read as `text`".to_owned(),
        };
        groups.add(text, condition.table.clone());
    }
    let about = groups.text(&head).unwrap_or(head);
    Some(with_sql(about, context, &conditions))
}

/// `lit(…)`: what it is read as.
pub(super) fn literal(context: &Context<'_>, node: &SyntaxNode) -> Option<String> {
    let conditions = condition::conditions(context);
    let argument = argument_index(node);
    let mut groups = Groups::default();
    for condition in &conditions {
        let ty = match &argument {
            Some((function, index)) => condition.operands().into_iter().find_map(|operand| match operand {
                Operand::Function { name, arguments, .. } if name == function => {
                    arguments.get(*index).and_then(|(_, ty)| ty.as_ref())
                }
                _ => None,
            }),
            None => condition.ty(),
        };
        let text = ty.map(|ty| format!("read as {}", markdown::code(&ty.display)));
        groups.add(text.unwrap_or_else(|| "of no known type".to_owned()), condition.table.clone());
    }
    let about = groups.text("literal")?;
    Some(with_sql(about, context, &conditions))
}

/// `fn(name, […])`: its signature.
pub(super) fn function(context: &Context<'_>, call: &ast::FunctionValue) -> Option<String> {
    let catalog = queries::catalog(context.db, context.project).as_deref()?;
    let config = queries::config(context.db, context.project);
    let written = call.function()?;
    let name = written.name()?.text();
    let schema = written.qualifier().map(|schema| schema.text());
    let conditions = condition::conditions(context);
    let resolved = conditions.iter().flat_map(Condition::operands).find_map(|operand| match operand {
        Operand::Function { schema, name: other, arguments, returns, volatility } if *other == name => {
            let arguments: Vec<String> = arguments
                .iter()
                .map(|(_, ty)| ty.as_ref().map_or_else(|| "unknown".to_owned(), |ty| ty.display.to_string()))
                .collect();
            Some(signature(schema.as_deref(), name.as_str(), &arguments, returns.as_ref(), *volatility))
        }
        _ => None,
    });
    let signatures = resolved.map(|one| vec![one]).unwrap_or_else(|| {
        let found = pgpe_policy::look_up_function(schema.as_deref(), &name, catalog, &config.tables.schemas);
        let of = |(qualified, overloads): (QualifiedName, Vec<Function>)| {
            overloads.iter().map(|function| overload(Some(&qualified), &name, function)).collect()
        };
        found.map(of).unwrap_or_default()
    });
    let written = schema.map_or_else(|| name.clone(), |schema| format!("{schema}.{name}"));
    let allowed = config.allowed_functions.iter().any(|allowed| *allowed == written || *allowed == name);
    let note = if allowed {
        "allowed by the configuration"
    } else {
        "not among the functions that the configuration allows"
    };
    if signatures.is_empty() {
        return Some(format!(
            "function {}: the schema does not define it\n\n{note}",
            markdown::code(&written)
        ));
    }
    Some(format!("{}\n\n{note}", markdown::sql(&signatures.join("\n"))))
}

/// A function's signature on one line.
pub(crate) fn overload(qualified: Option<&QualifiedName>, name: &str, function: &Function) -> String {
    let arguments: Vec<String> = function.arguments.iter().map(|ty| ty.display.to_string()).collect();
    let schema = qualified.map(|qualified| qualified.schema.as_str());
    signature(schema, name, &arguments, function.returns.as_ref(), function.volatility)
}

fn signature(
    schema: Option<&str>,
    name: &str,
    arguments: &[String],
    returns: Option<&ColumnType>,
    volatility: Volatility,
) -> String {
    let schema = schema.map(|schema| format!("{schema}.")).unwrap_or_default();
    let returns = returns.map_or("unknown", |ty| ty.display.as_str());
    let volatility = match volatility {
        Volatility::Immutable => "IMMUTABLE",
        Volatility::Stable => "STABLE",
        Volatility::Volatile => "VOLATILE",
    };
    format!("{schema}{name}({}) → {returns} {volatility}", arguments.join(", "))
}

/// The type of the parameter that a value is passed as, if it is an argument.
fn parameter_type<'c>(condition: &'c Condition, is_it: &dyn Fn(&Operand) -> bool) -> Option<&'c ColumnType> {
    condition.operands().into_iter().find_map(|operand| match operand {
        Operand::Function { arguments, .. } => {
            arguments.iter().find(|(argument, _)| is_it(argument)).and_then(|(_, ty)| ty.as_ref())
        }
        _ => None,
    })
}

/// The function that a value is an argument of, and which.
fn argument_index(node: &SyntaxNode) -> Option<(String, usize)> {
    let call = node.parent().filter(|parent| parent.kind() == SyntaxKind::FUNCTION_VALUE)?;
    let call = ast::FunctionValue::cast(call)?;
    let index = call.syntax().children().filter_map(ast::Value::cast).position(|it| it.syntax() == node)?;
    Some((call.function()?.name()?.text(), index))
}

/// With the SQL of the condition, where it is the same on all tables, or on the first one.
fn with_sql(about: String, context: &Context<'_>, conditions: &[Condition]) -> String {
    match conditions.first().and_then(|condition| condition.sql(context)) {
        Some(sql) => format!("{about}\n\n{}", markdown::sql(&sql)),
        None => about,
    }
}

/// Tables of which the same is to be said.
#[derive(Default)]
struct Groups(Vec<(String, Vec<QualifiedName>)>);

impl Groups {
    fn add(&mut self, text: String, table: QualifiedName) {
        let known = self.0.iter_mut().find(|(known, _)| *known == text);
        match known {
            Some((_, tables)) if tables.contains(&table) => {}
            Some((_, tables)) => tables.push(table),
            None => self.0.push((text, vec![table])),
        }
    }

    /// One line if all is the same, else one for each group.
    fn text(&self, head: &str) -> Option<String> {
        match self.0.as_slice() {
            [] => None,
            [(text, tables)] => Some(format!("{head}: {text} – {}", markdown::list(tables))),
            groups => {
                let lines: Vec<String> = groups
                    .iter()
                    .map(|(text, tables)| format!("- {text} – {}", markdown::list(tables)))
                    .collect();
                Some(format!("{head}\n{}", lines.join("\n")))
            }
        }
    }
}
