//! What the JSON Schema of `pgpe.yaml` says of a place.

use std::sync::LazyLock;

use pgpe_config::Config;
use serde_json::Value;

use super::lines::Step;

static SCHEMA: LazyLock<Value> = LazyLock::new(Config::json_schema);

/// What stands at the end of a path.
pub(super) fn node(path: &[Step]) -> Option<&'static Value> {
    let mut node = resolved(&SCHEMA);
    for step in path {
        node = resolved(match step {
            Step::Key(name) => property(node, name).or_else(|| node.get("additionalProperties"))?,
            Step::Item(_) => node.get("items")?,
        });
    }
    Some(node)
}

/// Follows references, and takes what may be left out as if it was there.
fn resolved(mut node: &'static Value) -> &'static Value {
    // The schema has no circles, but nothing here relies on that.
    for _ in 0..8 {
        let reference = node.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|reference| SCHEMA.pointer(reference.strip_prefix('#')?));
        let alternatives = node.get("anyOf").or_else(|| node.get("allOf")).and_then(Value::as_array);
        let present =
            || alternatives?.iter().find(|it| it.get("type").and_then(Value::as_str) != Some("null"));
        match target.or_else(present) {
            Some(next) => node = next,
            None => break,
        }
    }
    node
}

/// A key of a mapping.
pub(super) fn property(node: &'static Value, name: &str) -> Option<&'static Value> {
    node.get("properties")?.get(name)
}

/// All keys of a mapping.
pub(super) fn properties(node: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let properties = node.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(name, sub)| (name.as_str(), sub))
}

/// Whether a mapping can't do without a key.
pub(super) fn is_required(node: &Value, name: &str) -> bool {
    let required = node.get("required").and_then(Value::as_array);
    required.is_some_and(|all| all.iter().any(|key| key == name))
}

fn has_type(node: &'static Value, wanted: &str) -> bool {
    match resolved(node).get("type") {
        Some(Value::String(ty)) => ty == wanted,
        Some(Value::Array(types)) => types.iter().any(|ty| ty == wanted),
        _ => false,
    }
}

/// Whether keys stand there.
pub(super) fn is_mapping(node: &'static Value) -> bool {
    has_type(node, "object")
}

/// Whether a value stands on the key's line.
pub(super) fn is_scalar(node: &'static Value) -> bool {
    !has_type(node, "object") && !has_type(node, "array")
}

/// Whether texts stand there, some of which need quotes.
pub(super) fn is_text(node: &'static Value) -> bool {
    has_type(node, "string") || resolved(node).get("enum").is_some()
}

/// The default, or else what kind of value it is.
pub(super) fn summary(node: &'static Value) -> Option<String> {
    // The defaults of lists and mappings are told with their documentation.
    if let Some(default) = node.get("default").filter(|default| !default.is_object() && !default.is_array()) {
        return Some(format!("default: {}", shown(default)));
    }
    let kinds = [("object", "mapping"), ("array", "list"), ("boolean", "true or false"), ("string", "text")];
    kinds.iter().find(|(ty, _)| has_type(node, ty)).map(|(_, name)| (*name).to_owned())
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a key means.
pub(super) fn documentation(node: &'static Value) -> Option<String> {
    let own = description(node);
    // What is said of its type in general is of use where it says more.
    let general = description(resolved(node)).filter(|general| Some(general) != own.as_ref());
    let default = node.get("default").map(|default| format!("Default: `{}`", shown(default)));
    let examples = resolved(node).get("examples").and_then(Value::as_array);
    let examples = examples.map(|all| {
        let all: Vec<String> = all.iter().map(|example| format!("`{}`", shown(example))).collect();
        format!("For example {}", all.join(", "))
    });
    let parts: Vec<String> = [own, general, default, examples].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn description(node: &Value) -> Option<String> {
    node.get("description").and_then(Value::as_str).map(str::to_owned)
}

/// What a value means.
pub(super) fn value_documentation(node: &'static Value, value: &str) -> Option<String> {
    let constants = node.get("oneOf").and_then(Value::as_array);
    let own = constants
        .and_then(|all| all.iter().find(|one| one.get("const").and_then(Value::as_str) == Some(value)));
    own.and_then(description).or_else(|| documentation(node))
}

/// The values that the schema names, with a few words about each.
pub(super) fn values(node: &'static Value) -> Vec<(String, Option<String>)> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    let list = |key: &str| node.get(key).and_then(Value::as_array).into_iter().flatten();
    found.extend(list("enum").filter(|value| !value.is_null()).map(|value| (shown(value), None)));
    found.extend(list("oneOf").filter_map(|one| Some((shown(one.get("const")?), description(one)))));
    if has_type(node, "boolean") {
        found.extend([("true".to_owned(), None), ("false".to_owned(), None)]);
    }
    let scalar = |value: &&Value| !value.is_object() && !value.is_array();
    let default = node.get("default").filter(scalar);
    found.extend(default.map(|value| (shown(value), Some("default".to_owned()))));
    found.extend(list("examples").filter(scalar).map(|value| (shown(value), Some("example".to_owned()))));
    let mut seen = std::collections::HashSet::new();
    found.retain(|(value, _)| seen.insert(value.clone()));
    found
}
