//! Edits as editors send them, sensible or not.

use std::str::FromStr;

use pgpe_syntax::{ColumnUnit, LineColumn};
use proptest::prelude::*;

use super::{Change, Document, Documents, apply};
use crate::convert::to_proto::Uri;
use crate::keys::FileKey;

fn change(start: (u32, u32), end: (u32, u32), text: &str) -> Change {
    let place = |(line, column)| LineColumn { line, column };
    Change { range: Some((place(start), place(end))), text: text.to_owned() }
}

fn edited(text: &str, change: Change, columns: ColumnUnit) -> String {
    let mut text = text.to_owned();
    apply(&mut text, change, columns);
    text
}

fn utf16(text: &str, start: (u32, u32), end: (u32, u32), new: &str) -> String {
    edited(text, change(start, end, new), ColumnUnit::Utf16)
}

#[test]
fn stretches_are_replaced() {
    assert_eq!(utf16("one\ntwo\n", (0, 1), (1, 2), "-"), "o-o\n");
    assert_eq!(utf16("", (0, 0), (0, 0), "new"), "new");
    let whole = Change { range: None, text: "all".to_owned() };
    assert_eq!(edited("one", whole, ColumnUnit::Utf16), "all");
}

#[test]
fn columns_count_in_the_units_agreed_upon() {
    assert_eq!(utf16("é😀x", (0, 3), (0, 4), "y"), "é😀y");
    assert_eq!(edited("é😀x", change((0, 6), (0, 7), "y"), ColumnUnit::Utf8), "é😀y");
}

#[test]
fn places_that_are_none_move_to_the_nearest_before() {
    // Past a line's end, inside of CRLF, past the last line.
    assert_eq!(utf16("a\r\nb", (0, 99), (0, 99), "!"), "a!\r\nb");
    assert_eq!(utf16("a\r\nb", (0, 2), (0, 2), "!"), "a!\r\nb");
    assert_eq!(utf16("a\r\nb", (9, 9), (9, 9), "!"), "a\r\nb!");
    // Inside a surrogate pair, and inside a character's bytes.
    assert_eq!(utf16("😀", (0, 1), (0, 1), "!"), "!😀");
    assert_eq!(edited("é", change((0, 1), (0, 1), "!"), ColumnUnit::Utf8), "!é");
    // The wrong way round.
    assert_eq!(utf16("abc", (0, 2), (0, 1), "!"), "ab!c");
}

fn document(text: &str) -> Document {
    Document {
        uri: Uri::from_str("file:///a").unwrap(),
        version: 1,
        language: "pgpe-policy".to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn changes_build_on_each_other_and_need_a_document() {
    let key = FileKey::Other("a".to_owned());
    let mut documents = Documents::default();
    let changes = || vec![change((0, 0), (0, 1), ""), change((0, 0), (0, 0), "xy")];
    assert!(!documents.change(&key, 2, changes(), ColumnUnit::Utf16));
    assert!(!documents.close(&key));
    documents.open(key.clone(), document("abc"));
    let before = documents.open_files();
    assert!(documents.change(&key, 2, changes(), ColumnUnit::Utf16));
    assert_eq!(documents.get(&key).unwrap().text, "xybc");
    // Snapshots keep the version that they were made with.
    assert_eq!((before[&key].version, documents.open_files()[&key].version), (1, 2));
    documents.open(key.clone(), document("again"));
    assert_eq!(documents.get(&key).unwrap().text, "again");
    assert!(documents.close(&key));
    assert!(documents.open_files().is_empty());
}

proptest! {
    #[test]
    fn no_edit_of_any_text_panics(
        text in "(\\PC|\r|\n|😀|é){0,40}",
        edits in prop::collection::vec(
            ((0u32..6, 0u32..50), (0u32..6, 0u32..50), "(\\PC|\r|\n|😀){0,4}"),
            0..12,
        ),
        unit in prop::sample::select(vec![ColumnUnit::Utf8, ColumnUnit::Utf16]),
    ) {
        let mut text = text;
        for (start, end, new) in edits {
            let length = text.len();
            apply(&mut text, change(start, end, &new), unit);
            prop_assert!(text.len() <= length + new.len());
        }
    }
}
