//! Edits that leave a tidy file tidy: an item in its canonical layout is in it afterwards, any other is left as it is.

use pgpe_report::{Edit, Place};
use pgpe_syntax::{TextEdit, TextRange, TextSize, apply_edits, format_range, minimal_edit, parse};

use super::context::{Context, PolicyAt};
use super::{removal, surroundings};
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
    let items = queries::item_ranges(context.db, file);
    let mut rest: Vec<Edit> = edits.into_iter().map(|edit| with_line_ends_of(text, edit)).collect();
    let mut kept = Vec::new();
    for item in items {
        // Comments behind it are laid out along with it.
        let end = surroundings::behind_comments(text, usize::from(item.end()), true) as u32;
        let item = &TextRange::new(item.start(), end.into());
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

/// The edits, of which those that take a part out of a policy take the comments about it along.
pub(super) fn minding(context: &Context<'_>, edits: Vec<Edit>) -> Vec<Edit> {
    let files = context.project.policies(context.db).iter();
    files.fold(edits, |edits, file| {
        let path = file.path(context.db);
        if edits.iter().all(|edit| edit.place.file != *path) {
            return edits;
        }
        minding_comments(path, file.text(context.db), queries::item_ranges(context.db, *file), edits)
    })
}

/// The edits of a file, of which those that take a part out of an item take the comments about it along.
fn minding_comments(path: &str, text: &str, items: &[TextRange], edits: Vec<Edit>) -> Vec<Edit> {
    let mut minding: Vec<Edit> = Vec::new();
    let mut more: Vec<Edit> = Vec::new();
    for edit in edits {
        let part = range(&edit.place);
        let around = items.iter().find(|item| item.contains_range(part) && **item != part);
        let Some(item) = around.filter(|_| edit.text.is_empty() && edit.place.file == path) else {
            minding.push(edit);
            continue;
        };
        let place = |range: TextRange| Place {
            file: path.to_owned(),
            range: range.start().into()..range.end().into(),
        };
        let removed = removal::of(text, *item, part).edits.into_iter();
        let mut removed = removed.map(|edit| Edit { place: place(edit.range), text: edit.insert });
        minding.extend(removed.next());
        more.extend(removed);
    }
    for edit in more {
        let is_free = |other: &Edit| {
            let (one, other) = (&edit.place, &other.place);
            let is_apart = other.range.end <= one.range.start || one.range.end <= other.range.start;
            one.file != other.file || is_apart && one != other
        };
        if minding.iter().all(is_free) {
            minding.push(edit);
        }
    }
    minding
}

/// The edits, with the comments that would be lost above the policy that stays.
pub(super) fn saving_comments(context: &Context<'_>, policy: &PolicyAt<'_>, edits: Vec<Edit>) -> Vec<Edit> {
    let mut edits = edits;
    let (mut replaced, mut kept) = (Vec::new(), Vec::new());
    for file in context.project.policies(context.db) {
        let own: Vec<TextRange> = edits
            .iter()
            .filter(|it| it.place.file == *file.path(context.db))
            .map(|it| range(&it.place))
            .collect();
        if own.is_empty() {
            continue;
        }
        let text: &str = file.text(context.db);
        for comment in removal::pieces(text, whole(text)).into_iter().filter(|piece| piece.is_comment()) {
            let is_replaced = own.iter().any(|range| range.contains_range(comment.range));
            if is_replaced { &mut replaced } else { &mut kept }.push(comment.text.trim_end());
        }
    }
    replaced
        .retain(|comment| !kept.contains(comment) && !edits.iter().any(|edit| edit.text.contains(comment)));
    if !replaced.is_empty() {
        let (text, start) = (policy.file_text(), usize::from(policy.range.start()));
        let before = text.get(line_start(text, start)..start).unwrap_or_default();
        let gap = if before.trim().is_empty() { "" } else { "\n" };
        let comments: String = replaced.iter().map(|comment| format!("{comment}\n")).collect();
        edits.push(policy.insert(0.into(), format!("{gap}{comments}")));
    }
    edits
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

/// Where the line begins that an offset is in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line_end| line_end + 1)
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
    let (text, end) = (policy.file_text(), usize::from(policy.range.end()));
    let new = pgpe_syntax::format(&parse(new));
    let (at, text) = match surroundings::end_with_comments(text, end) {
        Some(at) if text.get(..at).is_some_and(|before| before.ends_with('\n')) => (at, format!("\n{new}")),
        Some(at) => (at, format!("\n\n{new}")),
        // Another policy goes on behind it.
        None => (end, format!("\n\n{new}\n")),
    };
    let at = at as u32;
    Edit { place: Place { file: policy.whole().file, range: at..at }, text }
}
