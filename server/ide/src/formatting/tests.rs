use expect_test::{Expect, expect};
use pgpe_syntax::{TextEdit as SyntaxEdit, TextRange, apply_edits};

use crate::test_support::{Fixture, show_edits};

fn check(text: &str, expected: Expect) {
    let fixture = Fixture::new(text);
    let before = fixture.text();
    let edits = fixture.analysis().format(&fixture.path).unwrap().unwrap();
    expected.assert_eq(&show_edits(&before, edits.iter().map(|edit| (&edit.range, edit.text.as_str()))));

    let edits: Vec<SyntaxEdit> = edits
        .into_iter()
        .map(|edit| SyntaxEdit {
            range: TextRange::new(edit.range.start.into(), edit.range.end.into()),
            insert: edit.text,
        })
        .collect();
    let after = apply_edits(&before, &edits);
    assert_eq!(after, pgpe_syntax::format(&pgpe_syntax::parse(&before)));
}

#[test]
fn only_what_differs_is_replaced() {
    check(
        "policy p\n      PERMISSIVE\n  FOR SELECT\n  SELECTOR ALL\n  CLAUSE col(a)<>lit(1) -- why\n",
        expect![[r#"
            0: "policy" -> "POLICY"
            11: "    " -> ""
            69: "" -> " "
            69: "<>" -> "!="
            71: "" -> " "
        "#]],
    );
}

#[test]
fn added_braces_and_cut_comments_need_few_edits() {
    check(
        "POLICY p\n  PERMISSIVE\n  FOR SELECT\n  SELECTOR ALL\n  CLAUSE exists(rel(_, a, t, b), col(x) = lit(1)) -- why   \n",
        expect![[r#"
            58: "" -> "\n   "
            66: "" -> "\n      "
            82: " " -> "\n      {"
            98: "" -> "}\n    "
            106: "   " -> ""
        "#]],
    );
}

#[test]
fn crlf_stays_and_is_never_cut() {
    check(
        "POLICY p\r\n  permissive\r\n  FOR SELECT\r\n\r\n\r\n  SELECTOR ALL\r\n  CLAUSE col(a) = lit(1)",
        expect![[r#"
            12: "permissive" -> "PERMISSIVE"
            38: "\r\n\r\n" -> ""
            82: "" -> "\r\n"
        "#]],
    );
}

#[test]
fn what_is_canonical_needs_nothing() {
    check("POLICY p\n  PERMISSIVE\n  FOR SELECT\n  SELECTOR ALL\n  CLAUSE col(a) = lit(1)\n", expect![[""]]);
}

#[test]
fn what_is_broken_stays() {
    check(
        "POLICY   p\nGRANT  x",
        expect![[r#"
        11: "" -> "\n"
        19: "" -> "\n"
    "#]],
    );
}

#[test]
fn other_files_are_not_formatted() {
    let fixture = Fixture::new("//- /schema.sql\nCREATE TABLE t (a int);\n");
    assert_eq!(fixture.analysis().format("schema.sql"), Ok(None));
    assert_eq!(fixture.analysis().format("nowhere"), Ok(None));
}
