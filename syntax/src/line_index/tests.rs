use super::*;

const UNITS: [ColumnUnit; 3] = [ColumnUnit::Utf8, ColumnUnit::Utf16, ColumnUnit::Char];

fn at(line: u32, column: u32) -> LineColumn {
    LineColumn { line, column }
}

/// Columns of an offset in all three units.
fn columns(text: &str, offset: u32) -> [(u32, u32); 3] {
    let index = LineIndex::new(text);
    UNITS.map(|unit| {
        let found = index.line_column(TextSize::new(offset), unit);
        (found.line, found.column)
    })
}

fn offset(text: &str, line: u32, column: u32, unit: ColumnUnit) -> u32 {
    LineIndex::new(text).offset(at(line, column), unit).into()
}

#[test]
fn an_empty_text_has_one_line() {
    let index = LineIndex::new("");
    assert_eq!(index.line_count(), 1);
    assert!(index.is_empty());
    assert_eq!(columns("", 0), [(0, 0); 3]);
    assert_eq!(columns("", 9), [(0, 0); 3]);
    assert_eq!(offset("", 0, 7, ColumnUnit::Utf16), 0);
    assert_eq!(offset("", 3, 0, ColumnUnit::Utf16), 0);
}

#[test]
fn ascii_columns_agree_in_all_units() {
    let text = "ab\ncd\n";
    assert_eq!(columns(text, 0), [(0, 0); 3]);
    assert_eq!(columns(text, 2), [(0, 2); 3]);
    assert_eq!(columns(text, 3), [(1, 0); 3]);
    assert_eq!(columns(text, 5), [(1, 2); 3]);
    assert_eq!(columns(text, 6), [(2, 0); 3]);
    assert_eq!(columns(text, 60), [(2, 0); 3]);
}

#[test]
fn wide_characters_count_by_unit() {
    // é: 2 bytes, 1 unit. €: 3 bytes, 1 unit. 😀: 4 bytes, 2 units.
    let text = "aé€😀z";
    assert_eq!(columns(text, 1), [(0, 1), (0, 1), (0, 1)]);
    assert_eq!(columns(text, 3), [(0, 3), (0, 2), (0, 2)]);
    assert_eq!(columns(text, 6), [(0, 6), (0, 3), (0, 3)]);
    assert_eq!(columns(text, 10), [(0, 10), (0, 5), (0, 4)]);
    assert_eq!(columns(text, 11), [(0, 11), (0, 6), (0, 5)]);
    for (column, expected) in [(0, 0), (1, 1), (2, 3), (3, 6), (4, 6), (5, 10), (6, 11), (7, 11)] {
        assert_eq!(offset(text, 0, column, ColumnUnit::Utf16), expected, "UTF-16 column {column}");
    }
    for (column, expected) in [(0, 0), (1, 1), (2, 3), (3, 6), (4, 10), (5, 11), (6, 11)] {
        assert_eq!(offset(text, 0, column, ColumnUnit::Char), expected, "character column {column}");
    }
}

#[test]
fn positions_inside_a_character_move_to_its_start() {
    let text = "x😀y";
    for inside in 2..5 {
        assert_eq!(columns(text, inside), [(0, 1); 3], "byte {inside}");
        assert_eq!(offset(text, 0, inside, ColumnUnit::Utf8), 1, "UTF-8 column {inside}");
    }
    assert_eq!(offset(text, 0, 2, ColumnUnit::Utf16), 1);
    assert_eq!(offset(text, 0, 3, ColumnUnit::Utf16), 5);
}

#[test]
fn columns_past_the_end_stop_before_the_terminator() {
    for text in ["ab\ncd", "ab\r\ncd", "ab\rcd"] {
        for unit in UNITS {
            assert_eq!(offset(text, 0, 2, unit), 2);
            assert_eq!(offset(text, 0, 3, unit), 2);
            assert_eq!(offset(text, 0, u32::MAX, unit), 2);
        }
    }
    for unit in UNITS {
        assert_eq!(offset("é\r\n", 0, u32::MAX, unit), 2);
        assert_eq!(offset("😀\n", 0, u32::MAX, unit), 4);
    }
}

#[test]
fn lines_past_the_end_are_the_end_of_the_text() {
    for unit in UNITS {
        assert_eq!(offset("ab\n", 1, 0, unit), 3);
        assert_eq!(offset("ab\n", 1, 5, unit), 3);
        assert_eq!(offset("ab\n", 2, 0, unit), 3);
        assert_eq!(offset("ab", u32::MAX, u32::MAX, unit), 2);
    }
}

#[test]
fn a_line_ends_with_any_of_three_terminators() {
    let text = "a\r\nb\rc\n\r\n\n\re";
    let index = LineIndex::new(text);
    let lines: Vec<&str> = (0..index.line_count()).map(|it| &text[index.line_range(it).unwrap()]).collect();
    assert_eq!(lines, ["a", "b", "c", "", "", "", "e"]);
    assert_eq!(index.line_range(7), None);
    // Between CR and LF: still the line that they end, at its end.
    assert_eq!(columns(text, 2), [(0, 1); 3]);
    assert_eq!(columns(text, 3), [(1, 0); 3]);
}

#[test]
fn a_byte_order_mark_is_a_character() {
    let text = "\u{feff}ab";
    assert_eq!(columns(text, 3), [(0, 3), (0, 1), (0, 1)]);
    assert_eq!(offset(text, 0, 1, ColumnUnit::Utf16), 3);
}

#[test]
fn every_character_boundary_survives_the_way_there_and_back() {
    let text = "\u{feff}POLICY é€ -- 😀😀\r\n\tcol('ü')\n\n😀\r\nend";
    let index = LineIndex::new(text);
    for unit in UNITS {
        for (boundary, c) in text.char_indices().chain([(text.len(), ' ')]) {
            let place = TextSize::new(boundary as u32);
            let back = index.offset(index.line_column(place, unit), unit);
            // The place between CR and LF is not one.
            let expected =
                if c == '\n' && text[..boundary].ends_with('\r') { boundary - 1 } else { boundary };
            assert_eq!(usize::from(back), expected, "{unit:?}");
        }
        for byte in 0..text.len() + 3 {
            let back = index.offset(index.line_column(TextSize::new(byte as u32), unit), unit);
            assert!(text.is_char_boundary(back.into()) && usize::from(back) <= byte);
        }
        for line in 0..7 {
            for column in 0..30 {
                assert!(text.is_char_boundary(index.offset(at(line, column), unit).into()));
            }
        }
    }
}

#[test]
fn columns_agree_with_counting_by_hand() {
    let text = "aé😀b€c\nxx😀";
    let index = LineIndex::new(text);
    for (boundary, _) in text.char_indices() {
        let before = &text[..boundary];
        let line_start = before.rfind('\n').map_or(0, |it| it + 1);
        let line = &before[line_start..];
        let by_hand = [line.len(), line.encode_utf16().count(), line.chars().count()];
        for (unit, column) in UNITS.into_iter().zip(by_hand) {
            let found = index.line_column(TextSize::new(boundary as u32), unit);
            assert_eq!(found.column as usize, column, "{unit:?} at {boundary}");
        }
    }
}

#[test]
fn a_range_whose_ends_are_swapped_is_empty() {
    let index = LineIndex::new("abc\ndef");
    let range = index.range(at(0, 1), at(1, 2), ColumnUnit::Utf16);
    assert_eq!(range, TextRange::new(1.into(), 6.into()));
    let range = index.range(at(1, 2), at(0, 1), ColumnUnit::Utf16);
    assert_eq!(range, TextRange::empty(6.into()));
}
