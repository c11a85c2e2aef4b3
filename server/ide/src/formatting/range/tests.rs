use expect_test::{Expect, expect};

use crate::test_support::{Fixture, show_edits};

const UGLY: &str = "\
policy p
      permissive
  FOR SELECT
  SELECTOR ALL
  CLAUSE exists(rel(_, a, t, b), col(x)=lit(1))
  OR  CLAUSE col(a)<>lit(1) -- why

policy q
      permissive
";

/// Formats from one text to the end of another.
fn check(from: &str, to: &str, expected: Expect) {
    let fixture = Fixture::new(UGLY);
    let start = UGLY.find(from).unwrap() as u32;
    let end = (UGLY.find(to).unwrap() + to.len()) as u32;
    let edits = fixture.analysis().format_range(&fixture.path, start..end).unwrap().unwrap();
    assert!(edits.iter().all(|edit| start <= edit.range.start && edit.range.end <= end), "{edits:?}");
    expected.assert_eq(&show_edits(UGLY, edits.iter().map(|edit| (&edit.range, edit.text.as_str()))));
}

#[test]
fn nothing_outside_is_touched() {
    check(
        "      permissive",
        "SELECT",
        expect![[r#"
        11: "    " -> ""
        15: "permissive" -> "PERMISSIVE"
    "#]],
    );
    check(
        "  OR  ",
        "why\n",
        expect![[r#"
        107: " " -> ""
        121: "" -> " "
        121: "<>" -> "!="
        123: "" -> " "
    "#]],
    );
}

#[test]
fn braces_come_in_pairs_or_not_at_all() {
    check(
        "  CLAUSE exists",
        "lit(1))\n",
        expect![[r#"
        62: "" -> "\n   "
        70: "" -> "\n      "
        86: " " -> "\n      {"
        93: "" -> " "
        94: "" -> " "
        100: "" -> "}\n    "
    "#]],
    );
    check(
        "rel(",
        "col(x)=",
        expect![[r#"
        70: "" -> "\n      "
        93: "" -> " "
        94: "" -> " "
    "#]],
    );
}

#[test]
fn what_is_broken_stays() {
    check("policy q", "permissive\n", expect![[""]]);
}

#[test]
fn all_of_a_file_is_formatted_as_a_whole() {
    let fixture = Fixture::new(UGLY);
    let analysis = fixture.analysis();
    assert_eq!(analysis.format_range(&fixture.path, 0..u32::MAX), analysis.format(&fixture.path));
    assert_eq!(analysis.format_range("nowhere", 0..1), Ok(None));
}
