//! What whoever sits at the client has set: section `pgpe` of the client's configuration. What concerns the project is
//! in its own configuration file instead.

use serde_json::{Map, Value};

/// The section's name.
pub(crate) const SECTION: &str = "pgpe";

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Settings {
    /// Which inlay hints are shown.
    pub(crate) inlay_hints: InlayHintSettings,
}

/// Kinds of inlay hints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InlayHintSettings {
    /// `inlayHints.tables`: the tables that a selector matches.
    pub(crate) tables: bool,
    /// `inlayHints.columnTypes`: the types of columns.
    pub(crate) column_types: bool,
    /// `inlayHints.relations`: what `_` in `rel` stands for.
    pub(crate) relations: bool,
}

impl Default for InlayHintSettings {
    fn default() -> InlayHintSettings {
        InlayHintSettings { tables: true, column_types: true, relations: true }
    }
}

impl Settings {
    /// Reads the section, or an object that has it. `None` if there is nothing of it. What is not understood is told in
    /// sentences, and the default holds for it.
    pub(crate) fn read(value: &Value) -> Option<(Settings, Vec<String>)> {
        let section = value.get(SECTION).unwrap_or(value);
        if section.is_null() {
            return None;
        }
        let mut settings = Settings::default();
        let mut mistakes = Vec::new();
        let section = object(section, SECTION, &mut mistakes);
        let hints = section.get("inlayHints").filter(|hints| !hints.is_null());
        if let Some(hints) = hints {
            let hints = object(hints, "pgpe.inlayHints", &mut mistakes);
            let known = &mut settings.inlay_hints;
            for (name, setting) in [
                ("tables", &mut known.tables),
                ("columnTypes", &mut known.column_types),
                ("relations", &mut known.relations),
            ] {
                match hints.get(name) {
                    None | Some(Value::Null) => {}
                    Some(Value::Bool(value)) => *setting = *value,
                    Some(other) => mistakes.push(format!(
                        "pgpe.inlayHints.{name} must be true or false, not {other}; it is taken as {setting}"
                    )),
                }
            }
        }
        Some((settings, mistakes))
    }
}

fn object(value: &Value, name: &str, mistakes: &mut Vec<String>) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_else(|| {
        mistakes.push(format!("{name} must be an object, not {value}; the defaults hold"));
        Map::new()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> (Settings, Vec<String>) {
        Settings::read(&value).unwrap()
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        assert_eq!(read(json!({})), (Settings::default(), Vec::new()));
        assert_eq!(read(json!({ "trace": { "server": "off" }, "inlayHints": null })).1, [] as [&str; 0]);
        assert_eq!(Settings::read(&Value::Null), None);
        assert_eq!(Settings::read(&json!({ "pgpe": null })), None);
        let (settings, mistakes) = read(json!({ "pgpe": { "inlayHints": { "columnTypes": false } } }));
        let hints = InlayHintSettings { column_types: false, ..InlayHintSettings::default() };
        assert_eq!((settings.inlay_hints, mistakes), (hints, Vec::new()));
    }

    #[test]
    fn bad_values_are_told_of() {
        let (settings, mistakes) = read(json!({ "inlayHints": { "tables": "no", "relations": false } }));
        assert!(settings.inlay_hints.tables && !settings.inlay_hints.relations);
        assert_eq!(
            mistakes,
            ["pgpe.inlayHints.tables must be true or false, not \"no\"; it is taken as true"]
        );
        for bad in [json!(3), json!([]), json!({ "inlayHints": [true] })] {
            let (settings, mistakes) = read(bad);
            assert_eq!((settings, mistakes.len()), (Settings::default(), 1));
        }
    }
}
