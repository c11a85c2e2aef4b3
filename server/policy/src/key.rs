//! Isolation keys: values of the policy language in the configuration.

use pgpe_catalog::{Catalog, Volatility};

use crate::builtin;
use crate::lower::lower_value;
use crate::resolved::Operand;
use crate::source::Value;

/// Reads an isolation key such as `session('app.tenant_id')` or `fn(auth.uid, [])`; the error says what is
/// wrong with it, to go on a sentence.
pub fn resolve_key(text: &str, catalog: Option<&Catalog>) -> Result<Operand, String> {
    let parse = pgpe_syntax::parse_value(text);
    if let Some(error) = parse.errors().first() {
        return Err(error.message.clone());
    }
    let value = parse.value().as_ref().and_then(lower_value).ok_or("it is not a value")?;
    operand(&value, catalog)
}

fn operand(value: &Value, catalog: Option<&Catalog>) -> Result<Operand, String> {
    match value {
        Value::Session(key) => Ok(Operand::Session { key: key.value.clone() }),
        Value::Function { schema, name, arguments } => {
            if !arguments.is_empty() {
                return Err("a function that says whose a session is takes no arguments".to_owned());
            }
            let schema = schema.as_ref().map(|schema| schema.value.as_str());
            function(schema, &name.value, catalog)
        }
        Value::Column(_) => Err("a column belongs to a row, not to a session".to_owned()),
        Value::Literal(_) => Err("a literal is the same in every session".to_owned()),
    }
}

/// An unqualified function is looked for among PostgreSQL's own and in `public`.
fn function(schema: Option<&str>, name: &str, catalog: Option<&Catalog>) -> Result<Operand, String> {
    let path = ["public".to_owned()];
    let own = builtin::functions(name);
    let own = match schema {
        None | Some("pg_catalog") if !own.is_empty() => Some(("pg_catalog".to_owned(), own)),
        _ => None,
    };
    let found = own.or_else(|| {
        let (name, overloads) = catalog?.functions_named(name, schema, &path)?;
        Some((name.schema.to_string(), overloads.to_vec()))
    });
    let unknown = Operand::Function {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
        arguments: Vec::new(),
        returns: None,
        volatility: Volatility::Stable,
    };
    let Some((schema, overloads)) = found else { return Ok(unknown) };
    let Some(function) = overloads.into_iter().find(|function| function.takes(0)) else {
        return Err("the schema's function of that name needs arguments".to_owned());
    };
    match function.volatility {
        Volatility::Volatile => {
            return Err("the function is VOLATILE, so a session would have no fixed tenant".to_owned());
        }
        // One that reads a setting all the same is folded into plans that outlive the setting.
        Volatility::Immutable => {
            return Err("the function is IMMUTABLE, so it is the same in every session; declare it STABLE \
                        if it is not"
                .to_owned());
        }
        Volatility::Stable => {}
    }
    let returns = function.returns.ok_or("the function returns no single value")?;
    Ok(Operand::Function {
        schema: Some(schema),
        name: name.to_owned(),
        arguments: Vec::new(),
        returns: Some(returns),
        volatility: function.volatility,
    })
}

#[cfg(test)]
mod tests;
