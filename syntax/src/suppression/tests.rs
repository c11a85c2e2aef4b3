use expect_test::{Expect, expect};

use super::*;

fn check(text: &str, expect: Expect) {
    let root = crate::parse(text).syntax_node();
    let mut out = String::new();
    for it in suppressions(&root, text) {
        assert_eq!(&text[it.rule_range], it.rule_text);
        out += &format!("{:?} because {:?} at:\n", it.rule_text, it.reason);
        let target = &text[it.target];
        let target = target.split_whitespace().collect::<Vec<_>>().join(" ");
        out += &format!("  {}\n", if target.is_empty() { "nothing" } else { &target });
    }
    expect.assert_eq(&out);
}

#[test]
fn above_and_behind_an_item() {
    check(
        "\
-- pgpe: allow(a) first
-- pgpe: allow(b) second
POLICY p PERMISSIVE FOR ALL -- pgpe: allow(c) third
  SELECTOR ALL CLAUSE col(a) = lit(1)
// pgpe: allow(d) fourth
GRANT SELECT TO r SELECTOR ALL",
        expect![[r#"
            "a" because Some("first") at:
              POLICY p PERMISSIVE FOR ALL -- pgpe: allow(c) third SELECTOR ALL CLAUSE col(a) = lit(1)
            "b" because Some("second") at:
              POLICY p PERMISSIVE FOR ALL -- pgpe: allow(c) third SELECTOR ALL CLAUSE col(a) = lit(1)
            "c" because Some("third") at:
              POLICY p PERMISSIVE FOR ALL -- pgpe: allow(c) third SELECTOR ALL CLAUSE col(a) = lit(1)
            "d" because Some("fourth") at:
              GRANT SELECT TO r SELECTOR ALL
        "#]],
    );
}

#[test]
fn at_selectors_clauses_and_atoms() {
    check(
        "\
POLICY p
  PERMISSIVE -- pgpe: allow(item) header
  FOR ALL
  SELECTOR named('a') OR named('b') -- pgpe: allow(selector) r
  CLAUSE col(a) = lit(1) AND col(b) = lit(2) -- pgpe: allow(both) r
  OR CLAUSE col(a) = lit(1) -- pgpe: allow(one) r
    -- pgpe: allow(other) r
    AND col(b) = lit(2)
  -- pgpe: allow(clause) r
  OR CLAUSE
    -- pgpe: allow(exists) r
    exists(
      rel(_, a, t, b), -- pgpe: allow(rel) r
      {
        col(c) = lit(3) -- pgpe: allow(inner) r
      }
    )
  -- pgpe: allow(check) r
  WITH CHECK
    CLAUSE col(z) = lit(1)",
        expect![[r#"
            "item" because Some("header") at:
              POLICY p PERMISSIVE -- pgpe: allow(item) header FOR ALL SELECTOR named('a') OR named('b') -- pgpe: allow(selector) r CLAUSE col(a) = lit(1) AND col(b) = lit(2) -- pgpe: allow(both) r OR CLAUSE col(a) = lit(1) -- pgpe: allow(one) r -- pgpe: allow(other) r AND col(b) = lit(2) -- pgpe: allow(clause) r OR CLAUSE -- pgpe: allow(exists) r exists( rel(_, a, t, b), -- pgpe: allow(rel) r { col(c) = lit(3) -- pgpe: allow(inner) r } ) -- pgpe: allow(check) r WITH CHECK CLAUSE col(z) = lit(1)
            "selector" because Some("r") at:
              named('a') OR named('b')
            "both" because Some("r") at:
              col(a) = lit(1) AND col(b) = lit(2)
            "one" because Some("r") at:
              col(a) = lit(1)
            "other" because Some("r") at:
              col(b) = lit(2)
            "clause" because Some("r") at:
              exists( rel(_, a, t, b), -- pgpe: allow(rel) r { col(c) = lit(3) -- pgpe: allow(inner) r } )
            "exists" because Some("r") at:
              exists( rel(_, a, t, b), -- pgpe: allow(rel) r { col(c) = lit(3) -- pgpe: allow(inner) r } )
            "rel" because Some("r") at:
              exists( rel(_, a, t, b), -- pgpe: allow(rel) r { col(c) = lit(3) -- pgpe: allow(inner) r } )
            "inner" because Some("r") at:
              col(c) = lit(3)
            "check" because Some("r") at:
              WITH CHECK CLAUSE col(z) = lit(1)
        "#]],
    );
}

#[test]
fn standing_at_nothing() {
    check(
        "\
-- pgpe: allow(gap) a blank line follows

POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
-- pgpe: allow(end) nothing follows
",
        expect![[r#"
            "gap" because Some("a blank line follows") at:
              nothing
            "end" because Some("nothing follows") at:
              nothing
        "#]],
    );
}

#[test]
fn odd_forms() {
    check(
        "\
--pgpe:allow( a )
-- pgpe: allow(b): why
-- pgpe: allow() no rule
-- pgpe: allow(unclosed
-- pgpe: deny(x) not this
/* pgpe: allow(block) not this either */
-- see pgpe: allow(quoted) nor this
POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            "a" because None at:
              POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            "b" because Some("why") at:
              POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            "" because Some("no rule") at:
              POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            "unclosed" because None at:
              POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
        "#]],
    );
}

#[test]
fn lines_that_end_with_crlf() {
    check(
        "-- pgpe: allow(a) why\r\nPOLICY p PERMISSIVE FOR ALL SELECTOR ALL\r\n  CLAUSE col(a) = lit(1) -- pgpe: allow(b) so\r\n",
        expect![[r#"
            "a" because Some("why") at:
              POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            "b" because Some("so") at:
              col(a) = lit(1)
        "#]],
    );
}
