//! Edits that leave a tidy file tidy: an item in its canonical layout is in it afterwards, any other is left as it is.

use pgpe_report::{Edit, Place};
use pgpe_syntax::{TextEdit, TextRange, TextSize, apply_edits, format_range, minimal_edit, parse};

use super::context::{Context, PolicyAt};
use crate::database::SourceFile;
use crate::queries;

/// The same edits, with what they leave of each item that was in its canonical layout brought into that again.
pub(super) fn keep(context: &Context<'_>, edits: Vec<Edit>) -> Vec<Edit> {
    let mut kept = Vec::new();
    let mut rest = edits;
    for file in context.project.policies(context.db) {
        let (own, others): (Vec<Edit>, Vec<Edit>) =
            rest.into_iter().partition(|edit| edit.place.file == *file.path(context.db));
        rest = others;
        if !own.is_empty() {
            kept.extend(keep_in_file(context, *file, own));
        }
    }
    kept.extend(rest);
    kept
}

fn keep_in_file(context: &Context<'_>, file: SourceFile, edits: Vec<Edit>) -> Vec<Edit> {
    let text: &str = file.text(context.db);
    let mut rest: Vec<Edit> = edits.into_iter().map(|edit| with_line_ends_of(text, edit)).collect();
    let mut kept = Vec::new();
    for item in queries::item_ranges(context.db, file) {
        let (inside, outside): (Vec<Edit>, Vec<Edit>) =
            rest.into_iter().partition(|edit| item.contains_range(range(&edit.place)));
        rest = outside;
        if !inside.is_empty() {
            kept.extend(keep_in_item(file.path(context.db), text, *item, inside));
        }
    }
    kept.extend(rest);
    kept.sort_by(|left, right| left.place.cmp(&right.place));
    kept
}

fn keep_in_item(path: &str, text: &str, item: TextRange, edits: Vec<Edit>) -> Vec<Edit> {
    let before = text.get(usize::from(item.start())..usize::from(item.end())).unwrap_or_default();
    let parsed = parse(before);
    let is_tidy = parsed.errors().is_empty() && format_range(&parsed, whole(before)).is_empty();
    if !is_tidy {
        return edits;
    }
    let relative: Vec<TextEdit> = edits
        .iter()
        .map(|edit| TextEdit { range: range(&edit.place) - item.start(), insert: edit.text.clone() })
        .collect();
    let after = apply_edits(before, &relative);
    let after = apply_edits(&after, &format_range(&parse(&after), whole(&after)));
    let place = |range: TextRange| {
        let range = range + item.start();
        Place { file: path.to_owned(), range: range.start().into()..range.end().into() }
    };
    let edit = minimal_edit(before, &after);
    edit.into_iter().map(|edit| Edit { place: place(edit.range), text: edit.insert }).collect()
}

fn range(place: &Place) -> TextRange {
    let (start, end) = (place.range.start, place.range.end.max(place.range.start));
    TextRange::new(start.into(), end.into())
}

fn whole(text: &str) -> TextRange {
    TextRange::up_to(TextSize::of(text))
}

fn with_line_ends_of(text: &str, mut edit: Edit) -> Edit {
    if text.contains("\r\n") {
        edit.text = edit.text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    edit
}

/// A policy's lines with the comments right above it and a blank line beside it: what goes when the policy goes.
pub(super) fn with_comments(text: &str, item: TextRange) -> TextRange {
    let (start, end) = (usize::from(item.start()), usize::from(item.end()));
    let mut from = line_start(text, start);
    if !text.get(from..start).unwrap_or_default().trim().is_empty() {
        return item;
    }
    while let Some(above) = from.checked_sub(1).map(|at| line_start(text, at)) {
        let line = text.get(above..from).unwrap_or_default().trim();
        if !is_comment(line) {
            break;
        }
        from = above;
    }
    let rest = text.get(end..line_end(text, end)).unwrap_or_default().trim();
    if !(rest.is_empty() || is_comment(rest)) {
        return item;
    }
    let mut to = end_with_comments(text, end);
    let blank_below = |at: usize| {
        let next = line_end(text, at);
        (next > at && text.get(at..next).unwrap_or_default().trim().is_empty()).then_some(next)
    };
    while let Some(next) = blank_below(to) {
        to = next;
    }
    // At the end of the file the blank lines above it go instead.
    if text.get(to..).unwrap_or_default().is_empty() {
        let before = text.get(..from).unwrap_or_default();
        let kept = before.trim_end_matches([' ', '\t', '\r', '\n']).len();
        from = if kept == 0 { 0 } else { line_end(text, kept) };
    }
    TextRange::new((from as u32).into(), (to as u32).into())
}

/// Where the line ends on which an item does, with the indented comments below, which are part of it.
fn end_with_comments(text: &str, end: usize) -> usize {
    let mut at = line_end(text, end);
    loop {
        let next = line_end(text, at);
        let line = text.get(at..next).unwrap_or_default();
        if !(line.starts_with([' ', '\t']) && is_comment(line.trim_start())) {
            return at;
        }
        at = next;
    }
}

fn is_comment(line: &str) -> bool {
    line.starts_with("--") || line.starts_with("//")
}

/// Where the line begins that an offset is in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line_end| line_end + 1)
}

/// Where the next line begins.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |line_end| at + line_end + 1)
}

/// A new policy at the end of a text.
pub(super) fn appended(path: &str, text: &str, policy: &str) -> Edit {
    let gap = match text {
        text if text.trim().is_empty() => "",
        text if text.ends_with("\n\n") || text.ends_with("\n\r\n") => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let end = text.len() as u32;
    let policy = pgpe_syntax::format(&parse(policy));
    Edit { place: Place { file: path.to_owned(), range: end..end }, text: format!("{gap}{policy}") }
}

/// A new policy below another of the same file.
pub(super) fn added_after(policy: &PolicyAt<'_>, new: &str) -> Edit {
    let text = policy.file_text();
    let at = end_with_comments(text, usize::from(policy.range.end()));
    let gap = if text.get(..at).is_some_and(|before| before.ends_with('\n')) { "\n" } else { "\n\n" };
    let new = pgpe_syntax::format(&parse(new));
    let at = at as u32;
    Edit { place: Place { file: policy.whole().file, range: at..at }, text: format!("{gap}{new}") }
}
