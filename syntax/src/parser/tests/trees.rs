//! The shape of trees, sound and broken.

use expect_test::{Expect, expect};

use crate::parse;

fn check_tree(text: &str, expect: Expect) {
    expect.assert_eq(&format!("{:#?}", parse(text).syntax_node()));
}

#[test]
fn blanks_and_comments_stay_outside_of_nodes() {
    check_tree(
        "-- a\nGRANT SELECT TO r -- b\n  SELECTOR ALL OR NOT ALL -- c\n",
        expect![[r#"
            POLICY_SET@0..59
              LINE_COMMENT@0..4 "-- a"
              WHITESPACE@4..5 "\n"
              GRANT@5..53
                GRANT_KW@5..10 "GRANT"
                WHITESPACE@10..11 " "
                COMMAND@11..17
                  SELECT_KW@11..17 "SELECT"
                WHITESPACE@17..18 " "
                ROLE_LIST@18..22
                  TO_KW@18..20 "TO"
                  WHITESPACE@20..21 " "
                  NAME@21..22
                    IDENT@21..22 "r"
                WHITESPACE@22..23 " "
                LINE_COMMENT@23..27 "-- b"
                WHITESPACE@27..30 "\n  "
                SELECTOR_CLAUSE@30..53
                  SELECTOR_KW@30..38 "SELECTOR"
                  WHITESPACE@38..39 " "
                  OR_SELECTOR@39..53
                    ALL_SELECTOR@39..42
                      ALL_KW@39..42 "ALL"
                    WHITESPACE@42..43 " "
                    OR_KW@43..45 "OR"
                    WHITESPACE@45..46 " "
                    NOT_SELECTOR@46..53
                      NOT_KW@46..49 "NOT"
                      WHITESPACE@49..50 " "
                      ALL_SELECTOR@50..53
                        ALL_KW@50..53 "ALL"
              WHITESPACE@53..54 " "
              LINE_COMMENT@54..58 "-- c"
              WHITESPACE@58..59 "\n"
        "#]],
    );
}

#[test]
fn a_broken_atom_spoils_its_clause_only() {
    check_tree(
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE ( x ) AND col(a) IS NULL OR CLAUSE col(b) = lit(1)",
        expect![[r#"
            POLICY_SET@0..98
              POLICY@0..98
                POLICY_KW@0..6 "POLICY"
                WHITESPACE@6..7 " "
                NAME@7..8
                  IDENT@7..8 "p"
                WHITESPACE@8..9 " "
                POLICY_TYPE@9..19
                  PERMISSIVE_KW@9..19 "PERMISSIVE"
                WHITESPACE@19..20 " "
                COMMAND_LIST@20..27
                  FOR_KW@20..23 "FOR"
                  WHITESPACE@23..24 " "
                  ALL_KW@24..27 "ALL"
                WHITESPACE@27..28 " "
                SELECTOR_CLAUSE@28..40
                  SELECTOR_KW@28..36 "SELECTOR"
                  WHITESPACE@36..37 " "
                  ALL_SELECTOR@37..40
                    ALL_KW@37..40 "ALL"
                WHITESPACE@40..41 " "
                CLAUSE_BLOCK@41..98
                  CLAUSE_KW@41..47 "CLAUSE"
                  WHITESPACE@47..48 " "
                  CLAUSE@48..72
                    ERROR@48..53
                      L_PAREN@48..49 "("
                      WHITESPACE@49..50 " "
                      IDENT@50..51 "x"
                      WHITESPACE@51..52 " "
                      R_PAREN@52..53 ")"
                    WHITESPACE@53..54 " "
                    AND_KW@54..57 "AND"
                    WHITESPACE@57..58 " "
                    NULL_ATOM@58..72
                      COLUMN_VALUE@58..64
                        COL_KW@58..61 "col"
                        L_PAREN@61..62 "("
                        NAME@62..63
                          IDENT@62..63 "a"
                        R_PAREN@63..64 ")"
                      WHITESPACE@64..65 " "
                      IS_KW@65..67 "IS"
                      WHITESPACE@67..68 " "
                      NULL_KW@68..72 "NULL"
                  WHITESPACE@72..73 " "
                  OR_KW@73..75 "OR"
                  WHITESPACE@75..76 " "
                  CLAUSE_KW@76..82 "CLAUSE"
                  WHITESPACE@82..83 " "
                  CLAUSE@83..98
                    COMPARE_ATOM@83..98
                      COLUMN_VALUE@83..89
                        COL_KW@83..86 "col"
                        L_PAREN@86..87 "("
                        NAME@87..88
                          IDENT@87..88 "b"
                        R_PAREN@88..89 ")"
                      WHITESPACE@89..90 " "
                      COMPARE_OP@90..91
                        EQ@90..91 "="
                      WHITESPACE@91..92 " "
                      LITERAL_VALUE@92..98
                        LIT_KW@92..95 "lit"
                        L_PAREN@95..96 "("
                        SCALAR_LITERAL@96..97
                          INTEGER@96..97 "1"
                        R_PAREN@97..98 ")"
        "#]],
    );
}
