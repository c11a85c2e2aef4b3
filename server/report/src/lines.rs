//! Byte offsets as lines and columns.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use line_index::{LineIndex, TextSize, WideEncoding};
use serde::{Deserialize, Serialize};

use crate::Place;

/// The texts that findings speak of.
pub trait Sources {
    /// The text of a file, named as in [`Place::file`]; `None` if it is not at hand.
    fn text(&self, file: &str) -> Option<&str>;
}

impl Sources for BTreeMap<String, String> {
    fn text(&self, file: &str) -> Option<&str> {
        self.get(file).map(String::as_str)
    }
}

impl Sources for HashMap<String, String> {
    fn text(&self, file: &str) -> Option<&str> {
        self.get(file).map(String::as_str)
    }
}

/// A line and a column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Position {
    /// The start of a file.
    pub const START: Position = Position { line: 1, column: 1 };
}

/// Converts places, keeping an index of each file's lines.
pub struct Lines<'s> {
    sources: &'s dyn Sources,
    indexes: HashMap<String, LineIndex>,
}

impl<'s> Lines<'s> {
    /// For the given texts.
    pub fn new(sources: &'s dyn Sources) -> Lines<'s> {
        Lines { sources, indexes: HashMap::new() }
    }

    /// Where a place starts and ends (exclusive). Offsets outside the text count as its end; a file whose
    /// text is not at hand has nothing but its start.
    pub fn range(&mut self, place: &Place) -> Range<Position> {
        let Some(text) = self.sources.text(&place.file) else {
            return Position::START..Position::START;
        };
        if !self.indexes.contains_key(&place.file) {
            self.indexes.insert(place.file.clone(), LineIndex::new(text));
        }
        let Some(index) = self.indexes.get(&place.file) else {
            return Position::START..Position::START;
        };
        let range = clamped(text, &place.range);
        position(text, index, range.start)..position(text, index, range.end)
    }
}

/// The range within the text, at character boundaries.
pub(crate) fn clamped(text: &str, range: &Range<u32>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start as usize);
    let end = text.ceil_char_boundary(range.end.max(range.start) as usize);
    start..end
}

fn position(text: &str, index: &LineIndex, offset: usize) -> Position {
    let offset = TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX));
    let position =
        index.try_line_col(offset).and_then(|position| index.to_wide(WideEncoding::Utf32, position));
    let Some(position) = position else { return Position::START };
    // Editors don't show a byte order mark.
    let mark = u32::from(position.line == 0 && position.col > 0 && text.starts_with('\u{feff}'));
    Position { line: position.line + 1, column: position.col - mark + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str, bytes: Range<u32>) -> (u32, u32, u32, u32) {
        let sources = BTreeMap::from([("f".to_owned(), text.to_owned())]);
        let Range { start, end } = Lines::new(&sources).range(&Place { file: "f".to_owned(), range: bytes });
        (start.line, start.column, end.line, end.column)
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(range("a é😀x\r\nb", 0..1), (1, 1, 1, 2));
        assert_eq!(range("a é😀x\r\nb", 4..8), (1, 4, 1, 5));
        assert_eq!(range("a é😀x\r\nb", 8..12), (1, 5, 2, 2));
        assert_eq!(range("a é😀x\r\nb", 12..12), (2, 2, 2, 2));
    }

    #[test]
    fn byte_order_marks_do_not_count() {
        assert_eq!(range("\u{feff}POLICY\nx", 3..9), (1, 1, 1, 7));
        assert_eq!(range("\u{feff}POLICY\nx", 10..11), (2, 1, 2, 2));
        assert_eq!(range("\u{feff}", 0..3), (1, 1, 1, 1));
    }

    #[test]
    fn places_outside_the_text_are_clamped() {
        assert_eq!(range("é", 1..1), (1, 1, 1, 2));
        assert_eq!(range("ab\n", 1..99), (1, 2, 2, 1));
        assert_eq!(range("ab\n", 50..99), (2, 1, 2, 1));
        let (start, end) = (5, 1);
        assert_eq!(range("", start..end), (1, 1, 1, 1));
        let none = BTreeMap::new();
        let place = Place { file: "missing".to_owned(), range: 3..4 };
        assert_eq!(Lines::new(&none).range(&place), Position::START..Position::START);
    }
}
