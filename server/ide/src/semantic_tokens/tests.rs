use expect_test::{Expect, expect};

use super::ColouredToken;
use crate::test_support::{Fixture, annotated};

fn check(text: &str, expected: Expect) {
    let fixture = Fixture::new(text);
    let tokens = fixture.analysis().coloured_tokens(&fixture.path, None).unwrap().unwrap();
    let kinds: Vec<String> = tokens.iter().map(|token| format!("{:?}", token.kind)).collect();
    let notes = tokens.iter().zip(&kinds).map(|(token, kind)| (token.range.clone(), kind.as_str()));
    expected.assert_eq(&annotated(&fixture.text(), notes));
}

#[test]
fn names_are_told_from_keywords() {
    check(
        "POLICY 'select' PERMISSIVE FOR ALL TO policy\n  SELECTOR has_column(for, text) AND in_schema(public)\n    OR NOT named('t%') AND tagged('x')\n",
        expect![[r#"
            POLICY 'select' PERMISSIVE FOR ALL TO policy
            ^^^^^^ Keyword
                   ^^^^^^^^ Policy
                            ^^^^^^^^^^ Keyword
                                       ^^^ Keyword
                                           ^^^ Keyword
                                               ^^ Keyword
                                                  ^^^^^^ Role
              SELECTOR has_column(for, text) AND in_schema(public)
              ^^^^^^^^ Keyword
                       ^^^^^^^^^^ Builtin
                                  ^^^ Column
                                       ^^^^ Type
                                             ^^^ Keyword
                                                 ^^^^^^^^^ Builtin
                                                           ^^^^^^ Schema
                OR NOT named('t%') AND tagged('x')
                ^^ Keyword
                   ^^^ Keyword
                       ^^^^^ Builtin
                             ^^^^ Pattern
                                   ^^^ Keyword
                                       ^^^^^^ Builtin
                                              ^^^ Tag
        "#]],
    );
}

#[test]
fn values_are_told_apart() {
    check(
        "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL\n  CLAUSE exists(rel(_, a, s.t, b), {col(x) != lit(null)})\n    AND fn(auth.uid, []) = session('a.b')\n    AND col(a) IN lit([1, 'x', true])\n",
        expect![[r#"
            POLICY p PERMISSIVE FOR SELECT SELECTOR ALL
            ^^^^^^ Keyword
                   ^ Policy
                     ^^^^^^^^^^ Keyword
                                ^^^ Keyword
                                    ^^^^^^ Keyword
                                           ^^^^^^^^ Keyword
                                                    ^^^ Keyword
              CLAUSE exists(rel(_, a, s.t, b), {col(x) != lit(null)})
              ^^^^^^ Keyword
                     ^^^^^^ Builtin
                            ^^^ Builtin
                                ^ Keyword
                                   ^ Column
                                      ^ Schema
                                        ^ Table
                                           ^ Column
                                                ^^^ Builtin
                                                    ^ Column
                                                       ^^ Operator
                                                          ^^^ Builtin
                                                              ^^^^ Keyword
                AND fn(auth.uid, []) = session('a.b')
                ^^^ Keyword
                    ^^ Builtin
                       ^^^^ Schema
                            ^^^ Function
                                     ^ Operator
                                       ^^^^^^^ Builtin
                                               ^^^^^ Setting
                AND col(a) IN lit([1, 'x', true])
                ^^^ Keyword
                    ^^^ Builtin
                        ^ Column
                           ^^ Keyword
                              ^^^ Builtin
                                   ^ Number
                                      ^^^ String
                                           ^^^^ Keyword
        "#]],
    );
}

#[test]
fn comments_have_rules() {
    check(
        "-- plain\n/* two\nlines */\n-- pgpe: allow(subsumption) fine\n-- pgpe: allow() fine\nGRANT SELECT TO app SELECTOR ALL\n",
        expect![[r#"
            -- plain
            ^^^^^^^^ Comment
            /* two
            ^^^^^^… Comment
            -- pgpe: allow(subsumption) fine
            ^^^^^^^^^^^^^^^ Comment
                           ^^^^^^^^^^^ Rule
                                      ^^^^^^ Comment
            -- pgpe: allow() fine
            ^^^^^^^^^^^^^^^^^^^^^ Comment
            GRANT SELECT TO app SELECTOR ALL
            ^^^^^ Keyword
                  ^^^^^^ Keyword
                         ^^ Keyword
                            ^^^ Role
                                ^^^^^^^^ Keyword
                                         ^^^ Keyword
        "#]],
    );
}

#[test]
fn what_is_broken_is_coloured_as_far_as_it_is_known() {
    check(
        "POLICY\nPOLICY p CLAUSE\nPOLICY p CLAUSE col( § = \n",
        expect![[r#"
            POLICY
            ^^^^^^ Keyword
            POLICY p CLAUSE
            ^^^^^^ Keyword
                   ^ Policy
                     ^^^^^^ Keyword
            POLICY p CLAUSE col( § =
            ^^^^^^ Keyword
                   ^ Policy
                     ^^^^^^ Keyword
                            ^^^ Builtin
                                   ^ Operator
        "#]],
    );
}

#[test]
fn a_range_has_the_tokens_that_it_touches() {
    let text = "POLICY p PERMISSIVE\n  FOR SELECT\n  SELECTOR ALL\n  CLAUSE col(a) IS NULL\n";
    let analysis = Fixture::new(text).analysis();
    let all = analysis.coloured_tokens("a.policy", None).unwrap().unwrap();
    let length = text.len() as u32;
    for (start, end) in (0..length).flat_map(|start| [0, 1, 7, 30, 900].map(|more| (start, start + more))) {
        let some = analysis.coloured_tokens("a.policy", Some(start..end)).unwrap().unwrap();
        let touched = |token: &&ColouredToken| token.range.start < end && start < token.range.end;
        assert_eq!(some, all.iter().filter(touched).cloned().collect::<Vec<_>>(), "{start}..{end}");
    }
    let reversed = std::ops::Range { start: 900, end: 800 };
    assert_eq!(analysis.coloured_tokens("a.policy", Some(reversed)), Ok(Some(Vec::new())));
    assert_eq!(analysis.coloured_tokens("nowhere", None), Ok(None));
}
