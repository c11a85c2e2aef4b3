use expect_test::{Expect, expect};

use crate::test_support::{Fixture, SCHEMA, show_edits};

fn check(text: &str, expected: Expect) {
    let fixture = Fixture::new(&format!("{text}{SCHEMA}"));
    let at = fixture.offset;
    let fixes = fixture.analysis().fixes(&fixture.path, at..at, &|_| None).unwrap();
    let text = fixture.text();
    let mut shown = String::new();
    for found in fixes {
        let edits = found.fix.edits.iter().map(|edit| (&edit.place.range, edit.text.as_str()));
        shown += &format!("{}: {}\n{}", found.finding.rule, found.fix.title, show_edits(&text, edits));
    }
    expected.assert_eq(&shown);
}

#[test]
fn the_finding_under_the_cursor_is_mended() {
    check(
        "POLICY p\n  PERMISSIVE\n  FOR SELECT\n  SELECTOR named('users')\n  CLAUSE col(tenant_i$0) = session('a.b')\n",
        expect![[r#"
            unknown-column: Replace with `tenant_id`
            74: "tenant_i" -> "tenant_id"
        "#]],
    );
}

#[test]
fn other_findings_are_left_alone() {
    check(
        "POLICY p\n  PERMISSIVE\n  FOR SELECT\n  SELECTOR named('us$0ers')\n  CLAUSE col(tenant_i) = session('a.b')\n",
        expect![[""]],
    );
}

#[test]
fn syntax_errors_have_fixes() {
    check(
        "POLCY$0 p\n  PERMISSIVE\n  FOR SELECT\n  SELECTOR ALL\n  CLAUSE col(id) IS NOT NULL\n",
        expect![[r#"
        syntax: Replace with `POLICY`
        0: "POLCY" -> "POLICY"
    "#]],
    );
}
