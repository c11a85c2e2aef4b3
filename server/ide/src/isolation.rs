//! Isolation keys of the configuration, as operands.

use pgpe_catalog::{Catalog, Volatility};
use pgpe_policy::resolved::Operand;
use pgpe_policy::source::Value;

/// Reads `session('app.tenant_id')` or a call without arguments; an error says what is wrong.
pub(crate) fn resolve_key(text: &str, catalog: Option<&Catalog>) -> Result<Operand, String> {
    let parsed = pgpe_syntax::parse_value(text);
    if let Some(error) = parsed.errors().first() {
        return Err(error.message.clone());
    }
    let value = parsed.value().and_then(|value| pgpe_policy::lower_value(&value));
    match value {
        Some(Value::Session(key)) => Ok(Operand::Session { key: key.value }),
        Some(Value::Function { schema, name, arguments }) if arguments.is_empty() => {
            let schema = schema.map(|schema| schema.value);
            let name = name.value;
            let found = catalog.and_then(|catalog| {
                catalog.functions.iter().find_map(|(qualified, overloads)| {
                    let same = qualified.name == name
                        && schema.as_ref().is_none_or(|schema| *schema == qualified.schema);
                    let function = overloads.iter().find(|function| function.arguments.is_empty())?;
                    same.then_some((qualified, function))
                })
            });
            match found {
                None => Err(format!("the schema has no function {name} without arguments")),
                Some((qualified, function)) => Ok(Operand::Function {
                    schema: Some(qualified.schema.clone()),
                    name,
                    arguments: Vec::new(),
                    returns: function.returns.clone(),
                    volatility: match function.volatility {
                        Volatility::Volatile => {
                            return Err(
                                "a VOLATILE function has no value that a session could be told by".to_owned()
                            );
                        }
                        volatility => volatility,
                    },
                }),
            }
        }
        _ => Err("it is neither a session setting nor a function without arguments".to_owned()),
    }
}
