//! The committed JSON Schema is that of the code, and says what the reader does.

use std::path::Path;

use pgpe_config::{Config, Rule};
use serde_json::Value;

fn visit(schema: &Value, path: &str, check: &mut dyn FnMut(&str, &Value)) {
    check(path, schema);
    match schema {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| visit(value, &format!("{path}/{key}"), check))
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| visit(value, &format!("{path}/{index}"), check));
        }
        _ => {}
    }
}

#[test]
fn the_committed_schema_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pgpe.schema.json");
    let fresh = serde_json::to_string_pretty(&Config::json_schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == fresh, "pgpe.schema.json is stale: run `UPDATE_EXPECT=1 cargo test -p pgpe-config`");
}

#[test]
fn every_field_is_described() {
    visit(&Config::json_schema(), "", &mut |path, schema| {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (name, property) in properties {
            assert!(property.get("description").is_some(), "{path}: `{name}` has no description");
        }
        assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)), "{path}");
    });
}

#[test]
fn every_rule_is_listed() {
    let schema = Config::json_schema();
    let rules = schema["definitions"]["SeverityByRule"]["properties"].as_object().unwrap();
    for rule in Rule::ALL {
        assert!(rules.contains_key(rule.id()), "{rule}");
    }
}

/// The schema and the reader agree on what is right.
#[test]
fn schema_and_reader_agree() {
    let schema = jsonschema::validator_for(&Config::json_schema()).unwrap();
    let good = [
        r#"{}"#,
        r#"{"version": 1, "policies": ["a"], "schema": {"file": "a"}, "rules": {"coverage": "off"}}"#,
        r#"{"targets": {"dev": {"url": "x", "protected": true}}, "tags": {"a": ["b"]}, "solver": {"timeout": "500ms"}}"#,
        r#"{"isolation": [{"key": "k", "owners": {"a": "b.c"}, "exempt": [{"table": "t", "reason": "r"}]}]}"#,
        r#"{"role_separation": [["a", "b"]], "allow": [{"rule": "coverage", "reason": "r"}], "rules": null}"#,
        r#"{"session": {"missing": "deny", "initplan": null}, "soft_delete": [{"column": "c", "deleted": "= 1"}]}"#,
    ];
    let bad = [
        r#"{"version": 2}"#,
        r#"{"polices": []}"#,
        r#"{"schema": {}}"#,
        r#"{"schema": {"file": "a", "snapshot": "b"}}"#,
        r#"{"rules": {"coverage": "fatal"}}"#,
        r#"{"rules": {"nonsense": "off"}}"#,
        r#"{"allow": [{"rule": "coverage"}]}"#,
        r#"{"allow": [{"rule": "nonsense", "reason": "r"}]}"#,
        r#"{"role_separation": [["a"]]}"#,
        r#"{"role_separation": [["a", "a"]]}"#,
        r#"{"solver": {"timeout": 5}}"#,
        r#"{"solver": {"timeout": "5"}}"#,
        r#"{"targets": {"dev": "x"}}"#,
        r#"{"tables": {"schemas": []}}"#,
        r#"{"traversal": {"max_depth": -1}}"#,
        r#"[]"#,
    ];
    // JSON is YAML, so that the same text serves both.
    for text in good {
        assert!(schema.is_valid(&serde_json::from_str(text).unwrap()), "{text}");
        assert!(Config::parse(text).is_ok(), "{text}: {:?}", Config::parse(text));
    }
    for text in bad {
        assert!(!schema.is_valid(&serde_json::from_str(text).unwrap()), "{text}");
        assert!(Config::parse(text).is_err(), "{text}");
    }
}
