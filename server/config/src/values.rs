//! Values of `pgpe.yaml` that are more than plain text: durations, severities, rules.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json, json};

use crate::nearest::{listed, nearest, quoted_word};
use crate::node::{Node, Value};
use crate::reader::{At, Read, Reader, has_key};
use crate::{ConfigError, ConfigFix, MissingSetting, Rule, Severity};

const LONGEST_MS: f64 = 3_600_000.0;

/// `5s`, `500ms`, `1.5m`, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Duration(pub u64);

/// A rule's severity, or `off`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeverityOrOff(pub Option<Severity>);

/// Severities by rule, in source order.
#[derive(Debug)]
pub(crate) struct SeverityByRule(pub Vec<(Rule, Option<Severity>)>);

/// Two different roles.
#[derive(Debug)]
pub(crate) struct RolePair(pub String, pub String);

/// A condition on a marking column: `= true`, `IS NOT NULL`.
#[derive(Debug)]
pub(crate) struct DeletedWhen(pub String);

/// Columns joined by dots.
#[derive(Debug)]
pub(crate) struct OwnerPath(pub String);

/// Reads text that must be one of a few words.
fn word<T: Copy>(node: &Node, reader: &mut Reader, words: &[(&'static str, T)]) -> Option<T> {
    let all = || words.iter().map(|(word, _)| *word);
    let Value::Text(text) = &node.value else {
        reader.expected(node, &listed(all(), "or"), None);
        return None;
    };
    if let Some((_, value)) = words.iter().find(|(word, _)| word == text) {
        return Some(*value);
    }
    let found = quoted_word(text).map(|found| format!(", not {found}")).unwrap_or_default();
    let mut message = format!("{} must be {}{found}", reader.subject(), listed(all(), "or"));
    let meant = nearest(text, all());
    if let Some(meant) = meant {
        message.push_str(&format!("; did you mean `{meant}`?"));
    }
    let offered = all().filter(|word| meant.is_none_or(|meant| meant == *word));
    let fixes: Vec<_> = offered.filter_map(|word| reader.replacement(node, word)).collect();
    reader.error(ConfigError::new(node.range.clone(), message).with_fixes(fixes));
    None
}

impl Read for SeverityOrOff {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Bool(false) = node.value {
            let help = Some("write `off` to switch the rule off");
            let fix = reader.written(node).map(|_| ConfigFix::replace(node.range.clone(), "off"));
            reader.expected_but_fixable(node, "a severity or `off`", help, fix);
            return None;
        }
        let words = [
            ("off", None),
            ("hint", Some(Severity::Hint)),
            ("info", Some(Severity::Info)),
            ("warning", Some(Severity::Warning)),
            ("error", Some(Severity::Error)),
        ];
        word(node, reader, &words).map(SeverityOrOff)
    }
}

impl Read for MissingSetting {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        word(node, reader, &[("error", MissingSetting::Error), ("deny", MissingSetting::Deny)])
    }
}

/// Finds a rule by its id or notes that there is none. `others` are keys beside it, which it can't be replaced with.
fn rule_of(id: &str, node: &Node, others: &[(Node, Node)], reader: &mut Reader) -> Option<Rule> {
    let rule = id.parse().ok();
    if rule.is_none() {
        let mut message = match quoted_word(id) {
            Some(id) => format!("there is no rule {id}"),
            None => "there is no such rule".to_owned(),
        };
        let mut fix = None;
        if let Some(meant) = nearest(id, Rule::ALL.iter().map(|rule| rule.id())) {
            message.push_str(&format!("; did you mean `{meant}`?"));
            fix = reader.replacement(node, meant).filter(|_| !has_key(others, meant));
        }
        reader.error(ConfigError::new(node.range.clone(), message).with_fixes(fix));
    }
    rule
}

impl Read for Rule {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let id = String::read(node, reader)?;
        rule_of(&id, node, &[], reader)
    }
}

impl Read for SeverityByRule {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            reader.expected(node, "a mapping", Some("write one `rule: severity` per line"));
            return None;
        };
        let mut rules = Vec::new();
        for (key, value) in entries {
            let rule = match &key.value {
                Value::Text(id) => rule_of(id, key, entries, reader),
                _ => rule_of("", key, &[], reader),
            };
            let step = rule.map_or("…", Rule::id);
            let severity = reader.within(step, |reader| SeverityOrOff::read(&value.or_key(key), reader));
            if let (Some(rule), Some(SeverityOrOff(severity))) = (rule, severity) {
                rules.push((rule, severity));
            }
        }
        Some(SeverityByRule(rules))
    }
}

impl Read for Duration {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let expected = "a duration such as `5s` or `500ms`";
        let Value::Text(text) = &node.value else {
            let is_number = matches!(node.value, Value::Number(_));
            let help = is_number.then_some("add a unit: `ms`, `s` or `m`");
            let number = reader.written(node).filter(|_| is_number).map(str::to_owned);
            let with = |unit| {
                number.as_ref().map(|it| ConfigFix::replace(node.range.clone(), format!("{it}{unit}")))
            };
            reader.expected_but_fixable(node, expected, help, [with("s"), with("ms")].into_iter().flatten());
            return None;
        };
        let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let factor = match unit.trim() {
            "ms" => Some(1.0),
            "s" => Some(1_000.0),
            "m" => Some(60_000.0),
            _ => None,
        };
        let milliseconds = match (number.parse::<f64>(), factor) {
            (Ok(number), Some(factor)) => (number * factor).round(),
            _ => {
                let message = format!("{} must be {expected}", reader.subject());
                let error = ConfigError::new(node.range.clone(), message);
                reader.error(error.with_help("a number and one of the units `ms`, `s`, `m`"));
                return None;
            }
        };
        if !(1.0..=LONGEST_MS).contains(&milliseconds) {
            let message = format!("{} must be between `1ms` and `60m`", reader.subject());
            reader.error(ConfigError::new(node.range.clone(), message));
            return None;
        }
        Some(Duration(milliseconds as u64))
    }
}

impl Read for RolePair {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut roles = <Vec<At<String>>>::read(node, reader)?.into_iter();
        match (roles.next(), roles.next(), roles.next()) {
            (Some(one), Some(other), None) if one.value != other.value => {
                Some(RolePair(one.value, other.value))
            }
            _ => {
                // An item that could not be read has been noted already.
                if matches!(&node.value, Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Text(_))))
                {
                    let message = format!("{} must name two different roles", reader.subject());
                    reader.error(
                        ConfigError::new(node.range.clone(), message).with_help("write `[one, other]`"),
                    );
                }
                None
            }
        }
    }
}

impl Read for DeletedWhen {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Bool(value) = node.value {
            let fix = reader.replacement(node, &format!("= {value}"));
            let expected = "a condition such as `= true` or `IS NOT NULL`";
            reader.expected_but_fixable(node, expected, None, fix);
            return None;
        }
        let text = String::read(node, reader)?;
        if is_condition(&text) {
            return Some(DeletedWhen(text));
        }
        let message = format!("{} must be a condition such as `= true` or `IS NOT NULL`", reader.subject());
        let help =
            "`=` or `!=` with `true`, `false`, an integer or a quoted text; or `IS NULL`, `IS NOT NULL`";
        reader.error(ConfigError::new(node.range.clone(), message).with_help(help));
        None
    }
}

fn is_condition(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if matches!(words.as_slice(), ["IS", "NULL"] | ["IS", "NOT", "NULL"]) {
        return true;
    }
    let text = text.trim();
    let Some(literal) = ["!=", "<>", "="].iter().find_map(|operator| text.strip_prefix(operator)) else {
        return false;
    };
    let literal = literal.trim();
    let quoted = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    literal.eq_ignore_ascii_case("true")
        || literal.eq_ignore_ascii_case("false")
        || literal.parse::<i64>().is_ok()
        || quoted.is_some_and(|inner| !inner.replace("''", "").contains('\''))
}

impl Read for OwnerPath {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let text = String::read(node, reader)?;
        if text.split('.').any(|column| column.trim().is_empty()) {
            let message = format!("{} must be a path of columns", reader.subject());
            reader.error(
                ConfigError::new(node.range.clone(), message).with_help("write `fk_column.owner_column`"),
            );
            return None;
        }
        Some(OwnerPath(text))
    }
}

impl JsonSchema for DeletedWhen {
    fn schema_name() -> Cow<'static, str> {
        "DeletedWhen".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A condition on the column: `=` or `!=` with `true`, `false`, an integer or a quoted \
                text; or `IS NULL`, `IS NOT NULL`.",
            "examples": ["= true", "IS NOT NULL"],
        })
    }
}

impl JsonSchema for OwnerPath {
    fn schema_name() -> Cow<'static, str> {
        "OwnerPath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A foreign-key column and the owner column of the table that it leads to; more hops as \
                `a.b.owner`.",
            "examples": ["project_id.tenant_id"],
        })
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A number and a unit, `ms`, `s` or `m`, at most an hour.",
            "pattern": r"^[0-9]+(\.[0-9]+)?\s*(ms|s|m)$",
            "examples": ["5s", "500ms"],
        })
    }
}

impl JsonSchema for SeverityOrOff {
    fn schema_name() -> Cow<'static, str> {
        "Severity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How much a finding matters; `off` switches the rule off.",
            "enum": ["off", "hint", "info", "warning", "error"],
        })
    }
}

impl JsonSchema for Rule {
    fn schema_name() -> Cow<'static, str> {
        "Rule".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let rules: Vec<Json> =
            Rule::ALL.iter().map(|rule| json!({ "const": rule.id(), "description": rule.title() })).collect();
        json_schema!({ "type": "string", "description": "A rule's id.", "oneOf": rules })
    }
}

impl JsonSchema for SeverityByRule {
    fn schema_name() -> Cow<'static, str> {
        "SeverityByRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let severity = generator.subschema_for::<SeverityOrOff>();
        let mut properties = Map::new();
        for rule in Rule::ALL {
            let mut property = severity.clone();
            property.insert("description".to_owned(), json!(rule.title()));
            property.insert("default".to_owned(), json!(rule.default_severity().to_string()));
            properties.insert(rule.id().to_owned(), property.into());
        }
        json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}

impl JsonSchema for RolePair {
    fn schema_name() -> Cow<'static, str> {
        "RolePair".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "Two different roles.",
            "items": { "type": "string" },
            "minItems": 2,
            "maxItems": 2,
            "uniqueItems": true,
        })
    }
}
