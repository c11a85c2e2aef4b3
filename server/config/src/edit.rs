//! Additions to the text of a `pgpe.yaml` that leave the rest as it is: comments, order and layout.

use std::ops::Range;

use crate::node::{self, Node, Value};

/// What stands for a reason that is still to be written.
pub const PLACEHOLDER_REASON: &str = "TODO: why this is fine";

/// A step from the root of the file to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'s> {
    /// The value of a key.
    Key(&'s str),
    /// An item of a list.
    Item(usize),
}

/// Something to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A text.
    Text(String),
    /// Several things.
    List(Vec<Entry>),
    /// Things with names.
    Map(Vec<(String, Entry)>),
}

/// What is added to a list or a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addition {
    /// Items, behind those of a list.
    Items(Vec<Entry>),
    /// A key that a mapping does not have.
    Pair(String, Entry),
}

/// A piece of text to be put into the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlEdit {
    /// Where, in bytes; empty.
    pub range: Range<u32>,
    /// What.
    pub text: String,
}

impl Entry {
    /// Names with texts.
    pub fn record<'t>(fields: impl IntoIterator<Item = (&'t str, String)>) -> Entry {
        let fields = fields.into_iter();
        Entry::Map(fields.map(|(name, text)| (name.to_owned(), Entry::Text(text))).collect())
    }
}

impl Addition {
    /// Puts this where a path leads in the text of a `pgpe.yaml`. What of the path is not there is written, too.
    ///
    /// `None` if it can't be done by putting in one piece of text: the result is read again, and has to say what the
    /// text said and the addition, nothing else.
    pub fn to(&self, yaml: &str, path: &[Step<'_>]) -> Option<YamlEdit> {
        let root = node::parse(yaml).ok()?;
        let mut wanted = Entry::try_from(&root).ok();
        insert(&mut wanted, path, self)?;
        let edit = place(yaml, &root, path, self)?;
        let mut text = yaml.to_owned();
        text.insert_str(edit.range.start as usize, &edit.text);
        let written = node::parse(&text).ok()?;
        (Entry::try_from(&written).ok() == wanted).then_some(edit)
    }
}

/// What a file says, for comparing; empty values and what is no text are kept apart by how they are shown.
impl TryFrom<&Node> for Entry {
    type Error = ();

    fn try_from(node: &Node) -> Result<Entry, ()> {
        let each = |node: &Node| Entry::try_from(node).unwrap_or(Entry::List(Vec::new()));
        Ok(match &node.value {
            Value::Null => return Err(()),
            Value::Bool(value) => Entry::Text(format!("\0{value}")),
            Value::Number(value) => Entry::Text(format!("\0{value:?}")),
            Value::Text(text) => Entry::Text(text.clone()),
            Value::List(items) => Entry::List(items.iter().map(each).collect()),
            Value::Map(entries) => {
                let name = |key: &Node| match Entry::try_from(key) {
                    Ok(Entry::Text(text)) => text,
                    _ => String::new(),
                };
                Entry::Map(entries.iter().map(|(key, value)| (name(key), each(value))).collect())
            }
        })
    }
}

/// Adds to what a file says. Nothing at all becomes what the step asks for.
fn insert(to: &mut Option<Entry>, path: &[Step<'_>], addition: &Addition) -> Option<()> {
    let is_empty = |entry: &Option<Entry>| match entry {
        None => true,
        Some(Entry::List(items)) => items.is_empty(),
        _ => false,
    };
    match (path.split_first(), addition) {
        (Some((Step::Key(key), rest)), _) => {
            if is_empty(to) {
                *to = Some(Entry::Map(Vec::new()));
            }
            let Some(Entry::Map(entries)) = to else { return None };
            let at = entries.iter().position(|(name, _)| name == key);
            let mut value = at.and_then(|at| entries.get(at)).map(|(_, value)| value.clone());
            insert(&mut value, rest, addition)?;
            match at.and_then(|at| entries.get_mut(at)) {
                Some((_, known)) => *known = value?,
                None => entries.push(((*key).to_owned(), value?)),
            }
        }
        (Some((Step::Item(index), rest)), _) => {
            let Entry::List(items) = to.get_or_insert_with(|| Entry::List(Vec::new())) else {
                return None;
            };
            let mut value = items.get(*index).cloned();
            insert(&mut value, rest, addition)?;
            let count = items.len();
            match items.get_mut(*index) {
                Some(known) => *known = value?,
                None if *index == count => items.push(value?),
                None => return None,
            }
        }
        (None, Addition::Items(more)) => {
            let Entry::List(items) = to.get_or_insert_with(|| Entry::List(Vec::new())) else {
                return None;
            };
            items.extend(more.iter().cloned());
        }
        (None, Addition::Pair(key, value)) => {
            if is_empty(to) {
                *to = Some(Entry::Map(Vec::new()));
            }
            let Some(Entry::Map(entries)) = to else { return None };
            entries.push((key.clone(), value.clone()));
        }
    }
    Some(())
}

/// Where the piece of text goes, and what it says.
fn place(yaml: &str, root: &Node, path: &[Step<'_>], addition: &Addition) -> Option<YamlEdit> {
    let (mut at, mut key): (&Node, Option<&Node>) = (root, None);
    let mut rest = path;
    while let Some((step, behind)) = rest.split_first() {
        let next = match (step, &at.value) {
            (Step::Key(wanted), Value::Map(entries)) => entries
                .iter()
                .find(|(name, _)| matches!(&name.value, Value::Text(text) if text == wanted))
                .map(|(key, value)| (Some(key), value)),
            (Step::Item(index), Value::List(items)) => items.get(*index).map(|item| (None, item)),
            _ => None,
        };
        let Some(next) = next else { break };
        ((key, at), rest) = (next, behind);
    }
    let added = missing(rest, addition);
    match (&at.value, &added) {
        (Value::Null, _) => {
            let whole = match added {
                Addition::Items(items) => Entry::List(items),
                Addition::Pair(key, value) => Entry::Map(vec![(key, value)]),
            };
            match (key, path.is_empty() || rest.len() == path.len()) {
                (None, true) => at_end(yaml, &whole),
                (Some(key), _) => below(yaml, key, &whole),
                (None, false) => None,
            }
        }
        (Value::List(_), Addition::Items(_)) | (Value::Map(_), Addition::Pair(..)) => {
            match is_in_brackets(yaml, at) {
                true => in_brackets(yaml, at, &added),
                false => behind_last(yaml, at, &added),
            }
        }
        _ => None,
    }
}

/// The addition with the part of the path that is not there.
fn missing(path: &[Step<'_>], addition: &Addition) -> Addition {
    let Some((first, rest)) = path.split_first() else { return addition.clone() };
    let inner = match missing(rest, addition) {
        Addition::Items(items) => Entry::List(items),
        Addition::Pair(key, value) => Entry::Map(vec![(key, value)]),
    };
    match first {
        Step::Key(key) => Addition::Pair((*key).to_owned(), inner),
        Step::Item(_) => Addition::Items(vec![inner]),
    }
}

fn edit(yaml: &str, at: usize, text: String) -> Option<YamlEdit> {
    let text = if yaml.contains("\r\n") { text.replace('\n', "\r\n") } else { text };
    let at = u32::try_from(at).ok()?;
    Some(YamlEdit { range: at..at, text })
}

/// In a file that says nothing.
fn at_end(yaml: &str, whole: &Entry) -> Option<YamlEdit> {
    let gap = if yaml.is_empty() || yaml.ends_with('\n') { "" } else { "\n" };
    edit(yaml, yaml.len(), format!("{gap}{}\n", block(whole, 0)))
}

/// As the value of a key that has none.
fn below(yaml: &str, key: &Node, whole: &Entry) -> Option<YamlEdit> {
    let at = line_end(yaml, key.range.end as usize);
    let rest = yaml.get(key.range.end as usize..at)?.trim_start().strip_prefix(':')?.trim_start();
    let column = column(yaml, key.range.start as usize)?;
    let is_void = rest.is_empty() || rest.starts_with('#');
    is_void.then(|| edit(yaml, at, format!("\n{}", block(whole, column + 2))))?
}

/// A list without brackets is said to begin with its first item, which may have some.
fn is_in_brackets(yaml: &str, container: &Node) -> bool {
    let first = match &container.value {
        Value::List(items) => items.first(),
        _ => None,
    };
    let is_bracket = matches!(yaml.as_bytes().get(container.range.start as usize), Some(b'[' | b'{'));
    is_bracket && first.is_none_or(|first| first.range.start != container.range.start)
}

fn in_brackets(yaml: &str, container: &Node, added: &Addition) -> Option<YamlEdit> {
    let texts: Vec<String> = match added {
        Addition::Items(items) => items.iter().map(flow).collect(),
        Addition::Pair(key, value) => vec![format!("{}: {}", yaml_text(key), flow(value))],
    };
    let text = texts.join(", ");
    let Some(last) = last_end(container) else {
        return edit(yaml, container.range.start as usize + 1, text);
    };
    let rest = yaml.get(last..)?;
    // A comma may stand behind the last item, too.
    match rest.trim_start().starts_with(',') {
        true => edit(yaml, last + rest.find(',')? + 1, format!(" {text}")),
        false => edit(yaml, last, format!(", {text}")),
    }
}

/// On lines of their own behind the last ones.
fn behind_last(yaml: &str, container: &Node, added: &Addition) -> Option<YamlEdit> {
    let (start, lines) = match (&container.value, added) {
        (Value::List(items), Addition::Items(more)) => {
            let before = yaml.get(..items.first()?.range.start as usize)?;
            let dash = before.trim_end().strip_suffix('-')?.len();
            let column = column(yaml, dash)?;
            (dash, block(&Entry::List(more.clone()), column))
        }
        (Value::Map(entries), Addition::Pair(key, value)) => {
            let start = entries.first()?.0.range.start as usize;
            let column = column(yaml, start)?;
            (start, block(&Entry::Map(vec![(key.clone(), value.clone())]), column))
        }
        _ => return None,
    };
    // A text of several lines takes the end of its last line along.
    let last = yaml.get(..last_end(container)?.max(start))?.trim_end_matches(['\n', '\r']).len();
    edit(yaml, line_end(yaml, last), format!("\n{lines}"))
}

/// Where the last thing in a collection ends.
fn last_end(node: &Node) -> Option<usize> {
    let end = |node: &Node| match node.value {
        Value::Null => 0,
        _ => node.range.end as usize,
    };
    match &node.value {
        Value::List(items) => items.last().map(|last| last_end(last).unwrap_or(0).max(end(last))),
        Value::Map(entries) => entries
            .last()
            .map(|(key, value)| last_end(value).unwrap_or(0).max(end(value)).max(key.range.end as usize)),
        _ => None,
    }
}

/// Where the line ends, before its end mark.
fn line_end(yaml: &str, at: usize) -> usize {
    let rest = yaml.get(at..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    at + line.strip_suffix('\r').unwrap_or(line).len()
}

fn column(yaml: &str, at: usize) -> Option<usize> {
    let line = yaml.get(..at)?.rsplit('\n').next()?;
    Some(line.trim_start_matches('\u{feff}').chars().count())
}

/// On lines that begin in a column.
fn block(entry: &Entry, column: usize) -> String {
    let indent = " ".repeat(column);
    match entry {
        Entry::Text(text) => format!("{indent}{}", yaml_text(text)),
        Entry::List(items) => {
            let item = |item: &Entry| {
                let inner = block(item, column + 2);
                format!("{indent}- {}", inner.trim_start_matches(' '))
            };
            items.iter().map(item).collect::<Vec<_>>().join("\n")
        }
        Entry::Map(entries) => {
            let pair = |(key, value): &(String, Entry)| match value {
                Entry::Text(text) => format!("{indent}{}: {}", yaml_text(key), yaml_text(text)),
                inner => format!("{indent}{}:\n{}", yaml_text(key), block(inner, column + 2)),
            };
            entries.iter().map(pair).collect::<Vec<_>>().join("\n")
        }
    }
}

/// Between brackets.
fn flow(entry: &Entry) -> String {
    match entry {
        Entry::Text(text) => yaml_text(text),
        Entry::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Entry::Map(entries) => {
            let pair = |(key, value): &(String, Entry)| format!("{}: {}", yaml_text(key), flow(value));
            format!("{{ {} }}", entries.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as YAML reads it anywhere: as it is if that is surely read as this text, else in quotes.
pub fn yaml_text(text: &str) -> String {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/'));
    // These are severities and are always written like that.
    if is_plain && (text == "off" || !words.contains(&text.to_ascii_lowercase().as_str())) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\U{:08X}", c as u32));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
#[path = "edit/tests.rs"]
mod tests;
