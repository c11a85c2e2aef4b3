//! Where in `pgpe.yaml` a place is, told by the lines and their indentation: while somebody writes, the text is rarely
//! valid YAML.

use std::ops::Range;

/// A step from the root to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The value of a key.
    Key(String),
    /// An item of a list; items are told apart by where they begin.
    Item(usize),
}

/// Which side of a colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// A key, or an item that is no mapping.
    Key,
    /// A value.
    Value,
}

/// A place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The mapping that the key is of, or the key that the value is of.
    pub(super) path: Vec<Step>,
    pub(super) at: At,
    /// Whether an item of a list begins here.
    pub(super) is_item: bool,
    /// The other keys of the mapping.
    pub(super) siblings: Vec<String>,
    /// The names of the configured targets.
    pub(super) targets: Vec<String>,
    /// What is written of the word.
    pub(super) insert: Range<usize>,
    /// The whole word.
    pub(super) replace: Range<usize>,
    /// The quote that the word is in.
    quote: Option<char>,
    /// Between brackets, where commas end a word.
    in_brackets: bool,
}

/// The keys that are open at some line, with the columns that they begin in.
#[derive(Debug, Default)]
struct Open(Vec<(usize, Step)>);

/// A line without its indentation and the dashes of items.
struct Content<'t> {
    column: usize,
    text: &'t str,
    is_item: bool,
}

impl Open {
    fn path(&self) -> Vec<Step> {
        self.0.iter().map(|(_, step)| step.clone()).collect()
    }

    /// Takes a line's indentation and dashes, which begin at an offset.
    fn indent<'t>(&mut self, line: &'t str, offset: usize) -> Content<'t> {
        let mut text = line.trim_start_matches(' ');
        let mut column = line.len() - text.len();
        let mut is_item = false;
        while let Some(rest) = text.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' '))
        {
            // An item may stand as far left as the key of its list.
            self.close(|at, step| at > column || at == column && matches!(step, Step::Item(_)));
            self.0.push((column, Step::Item(offset + column)));
            text = rest.trim_start_matches(' ');
            column = line.len() - text.len();
            is_item = true;
        }
        if !is_item || !text.is_empty() {
            self.close(|at, _| at >= column);
        }
        Content { column, text, is_item }
    }

    fn close(&mut self, ends: impl Fn(usize, &Step) -> bool) {
        while self.0.last().is_some_and(|(at, step)| ends(*at, step)) {
            self.0.pop();
        }
    }
}

/// Where an offset is; `None` in comments.
pub(super) fn place(text: &str, offset: usize) -> Option<Place> {
    let before = text.get(..offset)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.get(line_start..)?;
    let behind = text.get(offset..)?;
    let behind = behind.get(..behind.find(['\n', '\r']).unwrap_or(behind.len()))?;
    let mut open = Open::default();
    let mut keys = Vec::new();
    read(before.get(..line_start)?, 0, &mut open, &mut keys);
    let content = open.indent(line, line_start);
    let start = line_start + content.column;
    if comment_start(content.text).is_some() {
        return None;
    }
    let mut place = Place {
        path: open.path(),
        at: At::Key,
        is_item: content.is_item,
        siblings: Vec::new(),
        targets: Vec::new(),
        insert: start..offset,
        replace: start..offset,
        quote: None,
        in_brackets: false,
    };
    if let Some((key, value)) = key_of(content.text) {
        place.path.push(Step::Key(key));
        place.at = At::Value;
        place.insert.start = start + value;
    }
    enter_brackets(&mut place, text, offset);
    set_word(&mut place, text, behind);
    // What comes after the line has keys of the same mapping.
    let rest = offset + behind.len();
    read(text.get(rest..)?, rest, &mut open, &mut keys);
    let of = |path: &[Step]| -> Vec<String> {
        keys.iter().filter(|(parent, _)| parent == path).map(|(_, key)| key.clone()).collect()
    };
    place.siblings.extend(of(&place.path));
    place.targets = of(&[Step::Key("targets".to_owned())]);
    Some(place)
}

/// Notes the keys of some lines with the paths of their mappings.
fn read(text: &str, offset: usize, open: &mut Open, keys: &mut Vec<(Vec<Step>, String)>) {
    let mut start = offset;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        if !trimmed.trim_start().is_empty() && !trimmed.trim_start().starts_with('#') {
            let content = open.indent(trimmed, start);
            if let Some((key, _)) = key_of(content.text) {
                keys.push((open.path(), key.clone()));
                open.0.push((content.column, Step::Key(key)));
            }
        }
        start += line.len();
    }
}

/// A key and where its value begins.
fn key_of(text: &str) -> Option<(String, usize)> {
    if text.starts_with(['[', '{', '#']) {
        return None;
    }
    let (key, rest) = match text.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        Some(quote) => {
            let (key, rest) = text.get(1..)?.split_once(quote)?;
            (key, rest.strip_prefix(':')?)
        }
        None => {
            let ends =
                |at: usize| text.get(at + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
            let colon = text.match_indices(':').map(|(at, _)| at).find(|at| ends(*at))?;
            (text.get(..colon)?.trim_end(), text.get(colon + 1..)?)
        }
    };
    let value = rest.trim_start_matches(' ');
    Some((key.to_owned(), text.len() - value.len()))
}

/// Where a comment begins in a line.
fn comment_start(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '#' && before.is_whitespace() => return Some(at),
            None => {}
        }
        before = c;
    }
    None
}

/// Follows brackets on the line: `{ key: value }`, `[item, item]`.
fn enter_brackets(place: &mut Place, text: &str, offset: usize) {
    let start = place.insert.start;
    let written = text.get(start..offset).unwrap_or_default();
    if !written.starts_with(['[', '{']) {
        return;
    }
    place.in_brackets = true;
    let outside = place.path.len();
    // For each open bracket the length of the path around it. Keys of brackets that are closed again are taken for
    // those of the one around them, which has none of the same names.
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote = None;
    let mut word = start;
    for (at, c) in written.char_indices() {
        let next = start + at + c.len_utf8();
        match (quote, c) {
            (Some(opened), c) if c == opened => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if word == start + at => quote = Some(c),
            (None, '[') => {
                open.push((c, place.path.len()));
                place.path.push(Step::Item(start + at));
                word = next;
            }
            (None, '{') => {
                open.push((c, place.path.len()));
                place.siblings.clear();
                word = next;
            }
            (None, ']' | '}') => {
                let length = open.pop().map_or(outside, |(_, length)| length);
                place.path.truncate(length);
                word = next;
            }
            (None, ',') => {
                if let Some(('{', length)) = open.last() {
                    place.path.truncate(*length);
                }
                word = next;
            }
            (None, ':') if matches!(open.last(), Some(('{', length)) if *length == place.path.len()) => {
                let key = text.get(word..start + at).unwrap_or_default().trim().trim_matches(['"', '\'']);
                place.path.push(Step::Key(key.to_owned()));
                place.siblings.push(key.to_owned());
                word = next;
            }
            (None, ' ') if word == start + at => word = next,
            _ => {}
        }
    }
    let in_mapping = matches!(open.last(), Some(('{', length)) if *length == place.path.len());
    place.at = if in_mapping { At::Key } else { At::Value };
    place.insert.start = word;
}

/// Sets where the word ends, and whether it is quoted.
fn set_word(place: &mut Place, text: &str, behind: &str) {
    let written = text.get(place.insert.clone()).unwrap_or_default();
    let offset = place.insert.end;
    let quote = written.chars().next().filter(|first| matches!(first, '"' | '\''));
    let end = match quote {
        Some(quote) => {
            place.insert.start += 1;
            behind.find(quote)
        }
        None if place.in_brackets => behind.find([',', ']', '}', ':']),
        None if place.at == At::Key => {
            behind.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
        }
        None => comment_start(behind),
    };
    let word = behind.get(..end.unwrap_or(behind.len())).unwrap_or_default();
    let word = if quote.is_some() { word } else { word.trim_end() };
    // A quote that is never closed goes on to the end of the line.
    place.quote = quote;
    place.replace = place.insert.start..offset + word.len();
    if quote.is_some() && end.is_none() {
        place.replace.end = offset;
    }
}

impl Place {
    /// A text as YAML reads it here.
    pub(super) fn scalar(&self, value: &str) -> String {
        match self.quote {
            Some('\'') => return value.replace('\'', "''"),
            Some(_) => return value.replace('\\', "\\\\").replace('"', "\\\""),
            None => {}
        }
        let begins_plainly = value.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.'));
        let is_other =
            matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on")
                || value.parse::<f64>().is_ok();
        let breaks = value.contains(": ")
            || value.contains(" #")
            || value.ends_with([':', ' '])
            || value.contains(['\n', '\t'])
            || self.in_brackets && value.contains([',', '[', ']', '{', '}']);
        if begins_plainly && !is_other && !breaks {
            value.to_owned()
        } else {
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        }
    }
}
