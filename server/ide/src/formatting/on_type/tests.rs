use crate::test_support::Fixture;

/// The cursor is where it is after a line end was typed; `|` stands for the indentation that it gets.
fn check(text: &str) {
    let marked = text.find('|').unwrap();
    let line = text[..marked].rfind('\n').unwrap() + 1;
    let wanted = &text[line..marked];
    for typed in ["", "  ", "    ", "\t"] {
        let before = format!("{}{typed}$0{}", &text[..line], &text[marked + 1..]);
        let fixture = Fixture::new(&before);
        let edits = fixture.analysis().indent_new_line(&fixture.path, fixture.offset).unwrap().unwrap();
        let mut after = fixture.text();
        for edit in &edits {
            after.replace_range(edit.range.start as usize..edit.range.end as usize, &edit.text);
        }
        assert_eq!(after, text.replacen('|', "", 1));
        assert_eq!(edits.is_empty(), typed == wanted, "{typed:?}");
    }
}

#[test]
fn parts_of_a_policy_are_indented() {
    check("POLICY p\n  |");
    check("POLICY p\n  PERMISSIVE\n  |");
    check("POLICY p\n  PERMISSIVE\n  |\n  FOR SELECT\n");
    check("GRANT SELECT\n  |");
}

#[test]
fn a_line_after_a_clause_keeps_its_indentation() {
    check("POLICY p\n  FOR ALL\n  SELECTOR ALL\n  CLAUSE col(a) = lit(1)\n  |\n");
    check("POLICY p\n  CLAUSE\n    col(a) = lit(1)\n    |AND col(b) = lit(1)\n");
    check("POLICY p\n  CLAUSE col(a) = lit(1)\n  WITH CHECK\n    CLAUSE col(a) = lit(1)\n    |\n");
    check("POLICY p\n  CLAUSE col(a) = lit(1) -- why\n  |\n\nPOLICY q\n");
}

#[test]
fn what_is_not_at_its_end_goes_on_deeper() {
    check("POLICY p\n  CLAUSE\n    |");
    check("POLICY p\n  CLAUSE col(a) = lit(1) AND\n    |");
    check("POLICY p\n  WITH CHECK\n    |");
    check("POLICY p\n  CLAUSE\n    col(a) = lit(1) AND\n    |");
}

#[test]
fn brackets_indent_what_is_between_them() {
    check("POLICY p\n  CLAUSE\n    exists(\n      |");
    check("POLICY p\n  CLAUSE\n    exists(\n      rel(_, a, t, b),\n      |");
    check("POLICY p\n  CLAUSE\n    exists(\n    |)\n");
}

#[test]
fn a_blank_line_ends_an_item() {
    check("POLICY p\n  CLAUSE col(a) = lit(1)\n\n|");
    check("POLICY p\n  CLAUSE col(a) = lit(1)\n\n|\nPOLICY q\n");
    check("-- what this is\n|");
}

#[test]
fn texts_and_lines_with_something_before_the_cursor_stay() {
    for text in ["POLICY p /* a\n$0 */", "POLICY p\nFOR$0", "POLICY p\r\n  PERM$0", "$0", "\n$0"] {
        let fixture = Fixture::new(text);
        let edits = fixture.analysis().indent_new_line(&fixture.path, fixture.offset).unwrap();
        assert_eq!(edits, Some(Vec::new()), "{text}");
    }
    assert_eq!(Fixture::new("x").analysis().indent_new_line("nowhere", 0), Ok(None));
}
