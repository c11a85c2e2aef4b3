//! From the YAML tree to typed records, noting every mistake on the way.
//!
//! Not serde's own derive, because that stops at the first mistake and forgets where values stood. One
//! `record!` defines a mapping's shape, its reading, and (through schemars) its JSON Schema.

use std::borrow::Cow;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::edit::{PLACEHOLDER_REASON, yaml_text};
use crate::nearest::{listed, nearest, quoted_word};
use crate::node::{Node, Value};
use crate::{ConfigError, ConfigFix};

/// More mistakes than this help nobody.
const MAX_ERRORS: usize = 100;

/// A type that a YAML value can be read as.
pub(crate) trait Read: Sized {
    /// Reads it; `None` if it can't be, after noting why.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;

    /// The value where the key is missing or has no value; `None` if it must be given.
    fn absent() -> Option<Self> {
        None
    }
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub value: T,
    pub range: Range<u32>,
}

/// Names chosen by the user, each with a value, in source order.
#[derive(Debug)]
pub(crate) struct Named<T>(pub Vec<(At<String>, T)>);

/// Notes mistakes; knows which value is being read.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    yaml: String,
    path: String,
    pub errors: Vec<ConfigError>,
}

impl Reader {
    pub fn of(yaml: &str) -> Reader {
        Reader { yaml: yaml.to_owned(), ..Reader::default() }
    }

    /// How a value is written, if that is on one line and no alias: only then it can be edited.
    pub fn written(&self, node: &Node) -> Option<&str> {
        let written = self.yaml.get(node.range.start as usize..node.range.end as usize)?;
        let is_plain = match &node.value {
            Value::Text(text) => {
                let quoted = |quote: char| {
                    written.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) == Some(text)
                };
                written == text || quoted('"') || quoted('\'')
            }
            Value::Bool(_) | Value::Number(_) => {
                !written.is_empty()
                    && written
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_'))
            }
            _ => false,
        };
        (is_plain && !written.contains('\n')).then_some(written)
    }

    /// Whether a word of letters and digits stands at a place, and no alias.
    pub fn is_word(&self, range: &Range<u32>) -> bool {
        let written = self.yaml.get(range.start as usize..range.end as usize);
        written.is_some_and(|it| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric()))
    }

    /// The fix that writes another word in place of a value.
    pub fn replacement(&self, node: &Node, word: &str) -> Option<ConfigFix> {
        self.written(node)?;
        let mut fix = ConfigFix::replace(node.range.clone(), yaml_text(word));
        fix.title = format!("Replace with `{word}`");
        Some(fix)
    }

    pub fn error(&mut self, error: ConfigError) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }

    /// The value being read, for messages.
    pub fn subject(&self) -> String {
        if self.path.is_empty() { "the configuration".to_owned() } else { format!("`{}`", self.path) }
    }

    /// Notes that a value is not what it has to be.
    pub fn expected(&mut self, node: &Node, expected: &str, help: Option<&str>) {
        self.expected_but_fixable(node, expected, help, None);
    }

    /// Notes that a value is not what it has to be, and what would make it that.
    pub fn expected_but_fixable(
        &mut self,
        node: &Node,
        expected: &str,
        help: Option<&str>,
        fixes: impl IntoIterator<Item = ConfigFix>,
    ) {
        let found = node.value.kind();
        let message = format!("{} must be {expected}, but it is {found}", self.subject());
        let mut error = ConfigError::new(node.range.clone(), message);
        error.help = help.map(str::to_owned);
        self.error(error.with_fixes(fixes));
    }

    /// Reads with a step added to the path.
    pub fn within<T>(&mut self, step: &str, read: impl FnOnce(&mut Reader) -> T) -> T {
        let length = self.path.len();
        if length > 0 && !step.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(step);
        let result = read(self);
        self.path.truncate(length);
        result
    }

    /// Takes the node as a mapping with none but the given keys.
    pub fn record<'n>(&mut self, node: &'n Node, keys: &'static [&'static str]) -> Option<Record<'n>> {
        let entries: &[(Node, Node)] = match &node.value {
            Value::Map(entries) => entries,
            // A file with nothing but comments, or a section whose lines are all commented out.
            Value::Null => &[],
            _ => {
                let help = known_keys(keys);
                self.expected(node, "a mapping", Some(&help));
                return None;
            }
        };
        for (key, _) in entries {
            if !matches!(&key.value, Value::Text(text) if keys.contains(&text.as_str())) {
                self.unknown_key(key, keys, entries);
            }
        }
        Some(Record { entries, range: node.range.clone() })
    }

    fn unknown_key(&mut self, key: &Node, keys: &'static [&'static str], entries: &[(Node, Node)]) {
        let text = if let Value::Text(text) = &key.value { text.as_str() } else { "" };
        let mut message = match quoted_word(text) {
            Some(word) => format!("unknown key {word}"),
            None => "unknown key".to_owned(),
        };
        if !self.path.is_empty() {
            message.push_str(&format!(" in {}", self.subject()));
        }
        let mut fix = None;
        if let Some(meant) = nearest(text, keys.iter().copied()) {
            message.push_str(&format!("; did you mean `{meant}`?"));
            fix = self.replacement(key, meant).filter(|_| !has_key(entries, meant));
        }
        let help = known_keys(keys);
        self.error(ConfigError::new(key.range.clone(), message).with_help(help).with_fixes(fix));
    }
}

/// Whether a mapping has a key: it can't be given twice.
pub(crate) fn has_key(entries: &[(Node, Node)], key: &str) -> bool {
    entries.iter().any(|(name, _)| matches!(&name.value, Value::Text(text) if text == key))
}

fn known_keys(keys: &[&'static str]) -> String {
    match keys {
        [only] => format!("the only key here is `{only}`"),
        _ => format!("the keys here are {}", listed(keys.iter().copied(), "and")),
    }
}

/// A mapping whose fields are being read.
pub(crate) struct Record<'n> {
    entries: &'n [(Node, Node)],
    range: Range<u32>,
}

impl Record<'_> {
    /// Reads one field; `None` if there is no telling its value, after noting why.
    pub fn field<T: Read>(&self, key: &'static str, reader: &mut Reader) -> Option<T> {
        let found =
            self.entries.iter().find(|(name, _)| matches!(&name.value, Value::Text(text) if text == key));
        if let Some((_, node)) = found
            && !matches!(node.value, Value::Null)
        {
            return reader.within(key, |reader| T::read(node, reader)).or_else(T::absent);
        }
        let absent = T::absent();
        if absent.is_none() {
            let range = found.map_or(&self.range, |(name, _)| &name.range);
            let message = format!("{} lacks `{key}`", reader.subject());
            let fix = (key == "reason").then(|| self.with_reason(found.map(|(name, _)| name), reader));
            reader.error(ConfigError::new(range.clone(), message).with_fixes(fix.flatten()));
        }
        absent
    }
}

impl Record<'_> {
    /// A reason to be written, behind the other fields or behind its key.
    fn with_reason(&self, key: Option<&Node>, reader: &Reader) -> Option<ConfigFix> {
        let reason = yaml_text(PLACEHOLDER_REASON);
        let (at, text) = match (key, self.entries) {
            (Some(key), _) => {
                let behind = reader.yaml.get(key.range.end as usize..)?;
                let colon =
                    behind.find(':').filter(|at| behind.get(..*at).is_some_and(|it| it.trim().is_empty()))?;
                (key.range.end + colon as u32 + 1, format!(" {reason}"))
            }
            (None, [(first, _), ..]) => {
                let (_, last) = self.entries.last()?;
                let is_flow = reader.yaml.as_bytes().get(self.range.start as usize) == Some(&b'{');
                let same_line = |at: u32| reader.yaml.get(..at as usize)?.rsplit('\n').next();
                let text = match is_flow {
                    true => format!(", reason: {reason}"),
                    false => {
                        let column = same_line(first.range.start)?.chars().count();
                        format!("\n{}reason: {reason}", " ".repeat(column))
                    }
                };
                reader.written(last)?;
                (last.range.end, text)
            }
            (None, []) => return None,
        };
        Some(ConfigFix { title: "Add a reason".to_owned(), edits: vec![(at..at, text)] })
    }
}

impl<T: Read> Read for Option<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        T::read(node, reader).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for At<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        Some(At { value: T::read(node, reader)?, range: node.range.clone() })
    }
}

impl Read for String {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                let message = format!("{} is empty", reader.subject());
                reader.error(ConfigError::new(node.range.clone(), message));
                None
            }
            Value::Text(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => {
                let quoted = ConfigFix::wrap("Put it in quotes", node.range.clone(), ("\"", "\""));
                let quoted = reader.written(node).is_some().then_some(quoted);
                reader.expected_but_fixable(node, "text", Some("put it in quotes"), quoted);
                None
            }
            _ => {
                reader.expected(node, "text", None);
                None
            }
        }
    }
}

impl Read for bool {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        let meant = match &node.value {
            Value::Text(text) if ["yes", "on", "y", "true"].contains(&text.to_lowercase().as_str()) => {
                Some("true")
            }
            Value::Text(text) if ["no", "off", "n", "false"].contains(&text.to_lowercase().as_str()) => {
                Some("false")
            }
            _ => None,
        };
        let fix = meant.filter(|_| reader.written(node).is_some());
        let fix = fix.map(|meant| ConfigFix::replace(node.range.clone(), meant));
        reader.expected_but_fixable(node, "`true` or `false`", None, fix);
        None
    }
}

impl Read for u32 {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Number(Some(value)) = node.value
            && let Ok(value) = u32::try_from(value)
        {
            return Some(value);
        }
        if let Value::Number(_) = node.value {
            let message = format!("{} must be a whole number from 0 up", reader.subject());
            reader.error(ConfigError::new(node.range.clone(), message));
        } else {
            let meant = match &node.value {
                Value::Text(text) => text.trim().parse::<u32>().ok(),
                _ => None,
            };
            let fix = meant.filter(|_| reader.written(node).is_some());
            let fix = fix.map(|meant| ConfigFix::replace(node.range.clone(), meant.to_string()));
            reader.expected_but_fixable(node, "a whole number", None, fix);
        }
        None
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::List(items) = &node.value else {
            // Between brackets a comma or a bracket would mean something else.
            let fits = reader.written(node).is_some_and(|it| !it.contains([',', '[', ']', '{', '}']));
            let list = ConfigFix::wrap("Write it as a list", node.range.clone(), ("[", "]"));
            let help = Some("write `[…]`, or one `- …` per line");
            reader.expected_but_fixable(node, "a list", help, fits.then_some(list));
            return None;
        };
        let read = |(index, item)| reader.within(&format!("[{index}]"), |reader| T::read(item, reader));
        Some(items.iter().enumerate().filter_map(read).collect())
    }
}

impl<T: Read> Read for Named<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            reader.expected(node, "a mapping", Some("write one `name: …` per line"));
            return None;
        };
        let mut named = Vec::new();
        for (key, value) in entries {
            let Value::Text(name) = &key.value else {
                let message =
                    format!("a name in {} must be text, but it is {}", reader.subject(), key.value.kind());
                reader.error(ConfigError::new(key.range.clone(), message).with_help("put it in quotes"));
                continue;
            };
            let step = if quoted_word(name).is_some() { name.as_str() } else { "…" };
            if let Some(value) = reader.within(step, |reader| T::read(&value.or_key(key), reader)) {
                named.push((At { value: name.clone(), range: key.range.clone() }, value));
            }
        }
        Some(Named(named))
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Named_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "object", "additionalProperties": value })
    }
}

/// Defines a mapping with fixed keys: the struct, its reading and its JSON Schema.
macro_rules! record {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ })+) => {$(
        #[derive(Debug, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        $(#[$meta])*
        pub(crate) struct $name { $($(#[$field_meta])* pub $field: $type,)+ }

        impl $crate::reader::Read for $name {
            fn read(node: &$crate::node::Node, reader: &mut $crate::reader::Reader) -> Option<Self> {
                let record = reader.record(node, &[$(stringify!($field)),+])?;
                // All fields are read before any is missed, so that every mistake is noted.
                $(let $field = record.field(stringify!($field), reader);)+
                Some($name { $($field: $field?,)+ })
            }
        }
    )+};
}
pub(crate) use record;
