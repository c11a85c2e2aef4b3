use expect_test::{Expect, expect};

use super::*;

fn check(text: &str, expect: Expect) {
    let (tokens, errors) = tokenize(text);
    let mut out = String::new();
    let mut offset = 0;
    for token in tokens {
        let end = offset + usize::from(token.len);
        out += &format!("{:?} {:?}\n", token.kind, &text[offset..end]);
        offset = end;
    }
    assert_eq!(offset, text.len());
    for error in errors {
        out += &format!("{:?}: {}\n", error.range, error.message);
    }
    expect.assert_eq(&out);
}

#[test]
fn words_in_any_case_but_only_ascii() {
    // The long s and the Kelvin sign fold to ASCII letters in Unicode, not here.
    check(
        "policy Policy ſelect li\u{212a}e policyx",
        expect![[r#"
        POLICY_KW "policy"
        WHITESPACE " "
        POLICY_KW "Policy"
        WHITESPACE " "
        IDENT "ſelect"
        WHITESPACE " "
        IDENT "liKe"
        WHITESPACE " "
        IDENT "policyx"
    "#]],
    );
}

#[test]
fn identifiers_strings_and_numbers() {
    check(
        "_ _a a1 größe 'x''y' '' -12 12a",
        expect![[r#"
        UNDERSCORE "_"
        WHITESPACE " "
        IDENT "_a"
        WHITESPACE " "
        IDENT "a1"
        WHITESPACE " "
        IDENT "größe"
        WHITESPACE " "
        STRING "'x''y'"
        WHITESPACE " "
        STRING "''"
        WHITESPACE " "
        INTEGER "-12"
        WHITESPACE " "
        INTEGER "12"
        IDENT "a"
    "#]],
    );
}

#[test]
fn marks() {
    check(
        "()[]{},.= != <> < > <= >= == =<!",
        expect![[r#"
        L_PAREN "("
        R_PAREN ")"
        L_BRACK "["
        R_BRACK "]"
        L_BRACE "{"
        R_BRACE "}"
        COMMA ","
        DOT "."
        EQ "="
        WHITESPACE " "
        NE "!="
        WHITESPACE " "
        LT_GT "<>"
        WHITESPACE " "
        LT "<"
        WHITESPACE " "
        GT ">"
        WHITESPACE " "
        LE "<="
        WHITESPACE " "
        GE ">="
        WHITESPACE " "
        EQ_EQ "=="
        WHITESPACE " "
        EQ "="
        LT "<"
        ERROR "!"
    "#]],
    );
}

#[test]
fn comments_of_three_forms() {
    check(
        "--a\r\n// b\n/* c /* d */ '*/x/**/--",
        expect![[r#"
        LINE_COMMENT "--a"
        WHITESPACE "\r\n"
        LINE_COMMENT "// b"
        WHITESPACE "\n"
        BLOCK_COMMENT "/* c /* d */ '*/"
        IDENT "x"
        BLOCK_COMMENT "/**/"
        LINE_COMMENT "--"
    "#]],
    );
}

#[test]
fn byte_order_mark_and_blanks() {
    check(
        "\u{feff} \t\r\nx\r",
        expect![[r#"
        BYTE_ORDER_MARK "\u{feff}"
        WHITESPACE " \t\r\n"
        IDENT "x"
        WHITESPACE "\r"
    "#]],
    );
}

#[test]
fn strings_without_end() {
    check(
        "'abc)\n'x, 'y\n\"q\"\"r\n'",
        expect![[r#"
        STRING "'abc"
        R_PAREN ")"
        WHITESPACE "\n"
        STRING "'x, '"
        IDENT "y"
        WHITESPACE "\n"
        STRING "\"q\""
        STRING "\"r"
        WHITESPACE "\n"
        STRING "'"
        0..4: expected `'` to close this string
        13..16: expected a string in single quotes: 'text'
        16..18: expected a string in single quotes: 'text'
        19..20: expected `'` to close this string
    "#]],
    );
}

#[test]
fn comments_without_end() {
    check(
        "/* a\n b\n policy x /* c */ /* d",
        expect![[r#"
        ERROR "/* a\n b"
        WHITESPACE "\n "
        POLICY_KW "policy"
        WHITESPACE " "
        IDENT "x"
        WHITESPACE " "
        BLOCK_COMMENT "/* c */"
        WHITESPACE " "
        ERROR "/* d"
        0..2: expected `*/` to close this comment
        26..28: expected `*/` to close this comment
    "#]],
    );
}

#[test]
fn stray_characters_are_joined() {
    check(
        "§$ %é\0",
        expect![[r#"
        ERROR "§$"
        WHITESPACE " "
        ERROR "%"
        IDENT "é"
        ERROR "\0"
    "#]],
    );
}
