//! Keys where they stand in a `pgpe.yaml`, with what its JSON Schema says of them. Read from lines and indentation alone:
//! while somebody writes, the text is seldom valid YAML.

use std::ops::Range;

use serde_json::Value;

use crate::Config;

/// A key and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its place, in byte offsets.
    pub range: Range<u32>,
    /// What it means.
    pub description: String,
    /// What holds without it, as JSON.
    pub default: Option<String>,
}

/// A step from a value to one inside of it.
enum Step {
    Key(String),
    Item,
}

impl Config {
    /// The key at an offset of the text of a `pgpe.yaml`; `None` if there is none that has a meaning.
    pub fn key_at(yaml: &str, offset: u32) -> Option<Key> {
        let offset = offset as usize;
        let start = yaml.get(..offset)?.rfind('\n').map_or(0, |newline| newline + 1);
        let line = yaml.get(start..)?.lines().next().unwrap_or_default();
        let (range, mut path) = written(line, offset - start)?;
        let mut before = above(yaml.get(..start)?, line);
        before.append(&mut path);
        let schema = Config::json_schema();
        let found = find(&schema, &before)?;
        let described = found.get("description").or_else(|| resolved(&schema, found)?.get("description"))?;
        Some(Key {
            range: u32::try_from(start + range.start).ok()?..u32::try_from(start + range.end).ok()?,
            description: described.as_str()?.replace('\n', " "),
            default: found.get("default").map(Value::to_string),
        })
    }
}

/// The key of a line at a column, and the steps that lead to it within the line.
fn written(line: &str, column: usize) -> Option<(Range<usize>, Vec<Step>)> {
    let mut path: Vec<Step> = dashes(line).map(|_| Step::Item).collect();
    let mut at = content(line);
    // Of each open bracket, whether it holds items.
    let mut last = None;
    loop {
        let rest = line.get(at..)?;
        let token = rest.find(['{', '}', '[', ']', ',', ':', '#']).map_or(rest.len(), |end| end);
        let text = rest.get(..token)?;
        let name = text.trim().trim_matches(['\'', '"']);
        let start = at + text.len() - text.trim_start().len();
        let end = start + text.trim().len();
        let mark = rest.get(token..)?.chars().next()?;
        match mark {
            ':' => {
                if start <= column && column <= end && !name.is_empty() {
                    path.push(Step::Key(name.to_owned()));
                    return Some((start..end, path));
                }
                last = Some(name.to_owned());
            }
            '{' => path.extend(last.take().map(Step::Key)),
            '[' => {
                path.extend(last.take().map(Step::Key));
                path.push(Step::Item);
            }
            '}' => drop(path.pop()),
            ']' => path.truncate(path.len().saturating_sub(2)),
            ',' => last = None,
            // A comment, or a value that has one of these in it: nothing of it is a key.
            _ => return None,
        }
        at += token + mark.len_utf8();
    }
}

/// The steps from the whole to what a line stands in, by the lines above it.
fn above(text: &str, line: &str) -> Vec<Step> {
    let (mut depth, mut path) = (indentation(line), Vec::new());
    if line.trim_start().starts_with('-') {
        // A list may stand as far to the left as the key that it belongs to.
        depth += 1;
    }
    for line in text.lines().rev() {
        let rest = line.get(content(line)..).unwrap_or_default();
        if rest.is_empty() || rest.starts_with('#') {
            continue;
        }
        let Some((name, _)) = rest.split_once(':') else { continue };
        let (dash, own) = (indentation(line), content(line));
        let has_dash = dashes(line).next().is_some();
        if own < depth {
            path.push(Step::Key(name.trim().trim_matches(['\'', '"']).to_owned()));
            depth = own;
        }
        if has_dash && dash < depth {
            path.push(Step::Item);
            depth = dash + 1;
        }
        if depth == 0 {
            break;
        }
    }
    path.reverse();
    path
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The dashes before a line's content.
fn dashes(line: &str) -> impl Iterator<Item = char> {
    line.get(..content(line)).unwrap_or_default().chars().filter(|character| *character == '-')
}

/// Where a line's content begins, behind blanks and the dashes of lists.
fn content(line: &str) -> usize {
    let mut rest = line.trim_start_matches(' ');
    while let Some(behind) = rest.strip_prefix("- ") {
        rest = behind.trim_start_matches(' ');
    }
    line.len() - rest.len()
}

/// The schema of the value that a path leads to.
fn find<'s>(root: &'s Value, path: &[Step]) -> Option<&'s Value> {
    path.iter().try_fold(root, |schema, step| {
        let schema = resolved(root, schema)?;
        match step {
            Step::Item => schema.get("items"),
            Step::Key(name) => {
                let known = schema.get("properties").and_then(|properties| properties.get(name));
                known.or_else(|| schema.get("additionalProperties").filter(|it| it.is_object()))
            }
        }
    })
}

/// A schema that is only referred to.
fn resolved<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    let choices = schema.get("anyOf").and_then(Value::as_array);
    let reference = choices.and_then(|choices| choices.iter().find_map(|choice| choice.get("$ref")));
    match reference.or_else(|| schema.get("$ref")).and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.strip_prefix('#')?),
        None => Some(schema),
    }
}
