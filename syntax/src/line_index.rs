//! Offsets to lines and columns and back, counting columns as editors and terminals
//! do. Positions outside the text or inside a character are moved to the nearest
//! place before, never refused: editors send them.
//!
//! Lines end with LF, CRLF or a lone CR, as the language server protocol has it.

use std::sync::Arc;

use rowan::{TextRange, TextSize};

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnUnit {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16: characters beyond the basic plane count twice.
    Utf16,
    /// Characters (Unicode scalar values).
    Char,
}

/// A line and a column, both counted from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The column, in the units that were asked for.
    pub column: u32,
}

/// Where a text's lines begin and end, and where its columns are not bytes. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    lines: Arc<[Line]>,
    /// Characters of more than one byte, in order of their offsets.
    wide: Arc<[WideCharacter]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    start: u32,
    /// Before the line's terminator.
    end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WideCharacter {
    offset: u32,
    bytes: u8,
}

impl WideCharacter {
    fn end(self) -> u32 {
        self.offset + u32::from(self.bytes)
    }

    fn width(self, unit: ColumnUnit) -> u32 {
        match unit {
            ColumnUnit::Utf8 => u32::from(self.bytes),
            ColumnUnit::Utf16 if self.bytes == 4 => 2,
            ColumnUnit::Utf16 | ColumnUnit::Char => 1,
        }
    }
}

/// The highest bit of each of eight bytes that is a CR, a LF or no ASCII, and no other bit.
fn marks(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = 0x80 * EACH;
    const OTHERS: u64 = !HIGHEST;
    // Adding to the lower bits of a byte sets the highest one unless they are all zero, and carries nothing on.
    let is_zero = |it: u64| !(((it & OTHERS) + OTHERS) | it | OTHERS);
    is_zero(word ^ (u64::from(b'\n') * EACH)) | is_zero(word ^ (u64::from(b'\r') * EACH)) | word & HIGHEST
}

impl LineIndex {
    /// Indexes a text of less than 4 GiB.
    pub fn new(text: &str) -> Self {
        let (mut lines, mut wide) = (Vec::new(), Vec::new());
        let mut start = 0;
        let bytes = text.as_bytes();
        let mut note = |at: usize, byte: u8| {
            let offset = at as u32;
            match byte {
                // The line has ended with the CR.
                b'\n' if at.checked_sub(1).and_then(|it| bytes.get(it)) == Some(&b'\r') => start = offset + 1,
                b'\n' | b'\r' => {
                    lines.push(Line { start, end: offset });
                    start = offset + 1;
                }
                // The first byte of a character says how many there are.
                0xc0.. => wide.push(WideCharacter { offset, bytes: byte.leading_ones() as u8 }),
                _ => {}
            }
        };
        // Most bytes are of no interest, which is seen of eight at once.
        let (words, rest) = bytes.as_chunks::<8>();
        for (word, number) in words.iter().zip(0..) {
            let mut marks = marks(u64::from_le_bytes(*word));
            while marks != 0 {
                let at = marks.trailing_zeros() as usize / 8;
                note(number * 8 + at, word.get(at).copied().unwrap_or_default());
                marks &= marks - 1;
            }
        }
        for (byte, at) in rest.iter().zip(words.len() * 8..) {
            note(at, *byte);
        }
        lines.push(Line { start, end: text.len() as u32 });
        Self { lines: lines.into(), wide: wide.into() }
    }

    /// How many lines there are: one more than there are line ends.
    pub fn line_count(&self) -> u32 {
        self.lines.len() as u32
    }

    /// The text's length.
    pub fn len(&self) -> TextSize {
        TextSize::new(self.lines.last().map_or(0, |it| it.end))
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == TextSize::new(0)
    }

    /// The line's range without its terminator.
    pub fn line_range(&self, line: u32) -> Option<TextRange> {
        let line = self.lines.get(line as usize)?;
        Some(TextRange::new(TextSize::new(line.start), TextSize::new(line.end)))
    }

    /// The line and column of an offset. An offset inside a character counts as its
    /// start, one inside a CRLF as the end of its line.
    pub fn line_column(&self, offset: TextSize, unit: ColumnUnit) -> LineColumn {
        let offset = u32::from(offset);
        let number = self.lines.partition_point(|it| it.start <= offset).saturating_sub(1);
        let Some(line) = self.lines.get(number) else { return LineColumn::default() };
        let offset = offset.min(line.end);
        let mut column = offset - line.start;
        for character in self.wide_from(line.start).take_while(|it| it.offset < offset) {
            if character.end() > offset {
                column -= offset - character.offset;
            } else {
                column -= u32::from(character.bytes) - character.width(unit);
            }
        }
        LineColumn { line: number as u32, column }
    }

    /// The offset of a line and column. Lines after the last count as the text's end,
    /// columns after a line's end as that end, columns inside a character as its start.
    pub fn offset(&self, position: LineColumn, unit: ColumnUnit) -> TextSize {
        let Some(line) = self.lines.get(position.line as usize) else { return self.len() };
        let mut offset = line.start;
        let mut remaining = position.column;
        for character in self.wide_from(line.start).take_while(|it| it.offset < line.end) {
            let before = character.offset - offset;
            if remaining <= before {
                break;
            }
            remaining -= before;
            offset = character.offset;
            if remaining < character.width(unit) {
                return TextSize::new(offset);
            }
            remaining -= character.width(unit);
            offset = character.end();
        }
        TextSize::new(offset.saturating_add(remaining).min(line.end))
    }

    /// The range between two positions; empty if they come in the wrong order.
    pub fn range(&self, start: LineColumn, end: LineColumn, unit: ColumnUnit) -> TextRange {
        let start = self.offset(start, unit);
        TextRange::new(start, self.offset(end, unit).max(start))
    }

    fn wide_from(&self, start: u32) -> impl Iterator<Item = WideCharacter> + '_ {
        let first = self.wide.partition_point(|it| it.offset < start);
        self.wide.get(first..).unwrap_or_default().iter().copied()
    }
}

#[cfg(test)]
mod tests;
