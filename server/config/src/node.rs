//! YAML text as a tree in which every value knows its place.
//!
//! All expansion is bounded: aliases, depth, and the number of values have limits far above any real
//! configuration.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Error, Location, MessageFormatter, Spanned, UserMessageFormatter};

use crate::ConfigError;

/// Longer texts are refused unread.
const MAX_BYTES: usize = 1 << 20;

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub value: Value,
    pub range: Range<u32>,
}

/// What a YAML value is.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// A number; with its value if that is an integer of usual size.
    Number(Option<i64>),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Value {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "empty",
            Value::Bool(true) => "`true`",
            Value::Bool(false) => "`false`",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Reads a text that holds one YAML document; an empty one is [`Value::Null`].
pub(crate) fn parse(yaml: &str) -> Result<Node, ConfigError> {
    if yaml.len() > MAX_BYTES {
        return Err(ConfigError::new(0..0, "the configuration is larger than 1 MiB"));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_depth: 16,
            flow_nesting_limit: 16,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_recorded_anchor_events: 50_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 50_000,
            max_replay_stack_depth: 8,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        // `off` is a severity, not a boolean.
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Value>>(yaml, options) {
        Ok(spanned) => {
            let mut root = Node::from(spanned);
            root.close_brackets(yaml);
            Ok(root)
        }
        Err(error) => Err(syntax_error(yaml, &error)),
    }
}

fn syntax_error(yaml: &str, error: &Error) -> ConfigError {
    let range = error.location().map_or(0..0, |location| place_of_error(yaml, location));
    match error {
        Error::DuplicateMappingKey { .. } => ConfigError::new(range, "this key is given twice")
            .with_help("remove one of the two; the second does not replace the first"),
        Error::MultipleDocuments { .. } => {
            ConfigError::new(range, "the file holds more than one YAML document")
                .with_help("remove the `---` lines")
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            ConfigError::new(range, "the configuration is too large or too deeply nested")
        }
        _ => {
            let message = UserMessageFormatter.format_message(error);
            // A key or a `-` is expected where a line begins in a column of its own.
            let help = if message.starts_with("while parsing a block") {
                "keys of one mapping, and the `-` of one list, begin in the same column: look at the spaces before it"
            } else {
                "texts with `*`, `!`, `:`, `#`, quotes or brackets need to be quoted"
            };
            ConfigError::new(range, format!("this is not valid YAML: {message}")).with_help(help)
        }
    }
}

/// Syntax errors may come with a line and a column only.
fn place_of_error(yaml: &str, location: Location) -> Range<u32> {
    if let Some(range) = byte_range(location) {
        return range;
    }
    let line_start = match location.line() {
        0 | 1 => 0,
        line => match yaml.match_indices('\n').nth(line as usize - 2) {
            Some((newline, _)) => newline + 1,
            None => yaml.len(),
        },
    };
    let rest = yaml.get(line_start..).unwrap_or_default();
    let (bom, line) = match rest.strip_prefix('\u{feff}') {
        Some(line) => (rest.len() - line.len(), line),
        None => (0, rest),
    };
    let column = usize::try_from(location.column().saturating_sub(1)).unwrap_or(0);
    let (start, length) = match line.char_indices().nth(column) {
        Some((start, found)) if !matches!(found, '\r' | '\n') => (start, found.len_utf8()),
        Some((start, _)) => (start, 0),
        None => (line.len(), 0),
    };
    let start = line_start + bom + start;
    to_range(start as u64, length as u64)
}

fn byte_range(location: Location) -> Option<Range<u32>> {
    let span = location.span();
    Some(to_range(span.byte_offset()?, span.byte_len()?))
}

fn to_range(start: u64, length: u64) -> Range<u32> {
    let clamp = |offset: u64| u32::try_from(offset).unwrap_or(u32::MAX);
    clamp(start)..clamp(start.saturating_add(length))
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Node {
        Node { value: spanned.value, range: byte_range(spanned.referenced).unwrap_or(0..0) }
    }
}

impl Node {
    /// Lets collections cover their contents: the parser gives them the place of their first token.
    fn close_brackets(&mut self, yaml: &str) {
        let children: Vec<&mut Node> = match &mut self.value {
            Value::List(items) => items.iter_mut().collect(),
            Value::Map(entries) => entries.iter_mut().flat_map(|(key, value)| [key, value]).collect(),
            _ => return,
        };
        for child in children {
            child.close_brackets(yaml);
            self.range.end = self.range.end.max(child.range.end);
        }
        let closing = match yaml.as_bytes().get(self.range.start as usize) {
            Some(b'[') => ']',
            Some(b'{') => '}',
            _ => return,
        };
        let rest = yaml.get(self.range.end as usize..).unwrap_or_default();
        let after = rest.trim_start_matches([' ', '\t', '\r', '\n', ',']);
        if after.starts_with(closing) {
            self.range.end += (rest.len() - after.len()) as u32 + 1;
        }
    }

    /// The node, or nothing at the key's place, which is easier to point at than the void after the colon.
    pub fn or_key(&self, key: &Node) -> Cow<'_, Node> {
        match self.value {
            Value::Null => Cow::Owned(Node { value: Value::Null, range: key.range.clone() }),
            _ => Cow::Borrowed(self),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true or false, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(Some(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(i64::try_from(value).ok()))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Value, E> {
        Ok(Value::Number(None))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Value, E> {
        Ok(Value::Number(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Number(None))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Value, E> {
        Err(E::custom("binary values have no meaning here"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Value>>()? {
            items.push(Node::from(item));
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<Spanned<Value>>()? {
            if matches!(key.value, Value::List(_) | Value::Map(_)) {
                return Err(A::Error::custom("a key must be a plain word"));
            }
            entries.push((Node::from(key), Node::from(access.next_value::<Spanned<Value>>()?)));
        }
        Ok(Value::Map(entries))
    }
}
