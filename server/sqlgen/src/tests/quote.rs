use pgpe_catalog::QualifiedName;
use proptest::prelude::*;

use super::{comment_text, quote_identifier, quote_literal, quote_qualified};

#[test]
fn names_are_quoted_only_where_needed() {
    let cases = [
        ("users", "users"),
        ("_private", "_private"),
        ("table2", "table2"),
        ("Users", "\"Users\""),
        ("2fast", "\"2fast\""),
        ("", "\"\""),
        ("a b", "\"a b\""),
        ("a-b", "\"a-b\""),
        ("a$", "\"a$\""),
        ("naïve", "\"naïve\""),
        ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ("a\\b", "\"a\\b\""),
        ("a;--", "\"a;--\""),
        // Reserved, a type's or function's name, a column's name, new in a later version, unreserved.
        ("user", "\"user\""),
        ("left", "\"left\""),
        ("none", "\"none\""),
        ("timestamp", "\"timestamp\""),
        ("system_user", "\"system_user\""),
        ("policy", "policy"),
        ("name", "name"),
    ];
    for (name, quoted) in cases {
        assert_eq!(quote_identifier(name), quoted);
    }
    assert_eq!(quote_qualified(&QualifiedName::new("My", "order")), "\"My\".\"order\"");
}

#[test]
fn keywords_are_in_order() {
    assert!(crate::keywords::KEYWORDS.is_sorted());
}

#[test]
fn literals_are_escaped() {
    let cases = [
        ("", "''"),
        ("plain", "'plain'"),
        ("it's", "'it''s'"),
        ("'; DROP TABLE users; --", "'''; DROP TABLE users; --'"),
        ("\\", "E'\\\\'"),
        ("\\'", "E'\\\\'''"),
        ("two\nlines", "'two\nlines'"),
        ("/* $$ \" */", "'/* $$ \" */'"),
        ("ü\u{202e}😀", "'ü\u{202e}😀'"),
    ];
    for (text, quoted) in cases {
        assert_eq!(quote_literal(text), quoted);
    }
}

#[test]
fn what_cannot_exist_is_refused_by_postgresql_and_ends_nothing_early() {
    assert_eq!(quote_literal("a\0'b\\"), "E'a\\000''b\\\\'");
    assert_eq!(quote_identifier("a\0\"b\\"), "U&\"a\\0000\"\"b\\\\\"");
}

#[test]
fn a_comment_stays_on_its_line() {
    assert_eq!(comment_text("a\nDROP TABLE b;\r\u{85}c"), "a\\nDROP TABLE b;\\r\\u{85}c");
    assert_eq!(comment_text("naïve 'table'"), "naïve 'table'");
}

/// Reads one string literal as PostgreSQL's lexer does, and what follows.
fn read_literal(sql: &str, conforming: bool) -> Option<(String, String)> {
    let (escapes, body) = match sql.strip_prefix("E'") {
        Some(body) => (true, body),
        None => (!conforming, sql.strip_prefix('\'')?),
    };
    let mut value = String::new();
    let mut rest = body.chars();
    while let Some(character) = rest.next() {
        match character {
            '\'' if rest.as_str().starts_with('\'') => value.extend(rest.next()),
            '\'' => return Some((value, rest.as_str().to_owned())),
            // Escapes of other characters than the backslash are not written.
            '\\' if escapes => match rest.next()? {
                '\\' => value.push('\\'),
                _ => return None,
            },
            other => value.push(other),
        }
    }
    None
}

fn read_identifier(sql: &str) -> Option<(String, String)> {
    let Some(body) = sql.strip_prefix('"') else {
        let end = sql.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        return Some((sql[..end].to_ascii_lowercase(), sql[end..].to_owned()));
    };
    let mut name = String::new();
    let mut rest = body.chars();
    while let Some(character) = rest.next() {
        match character {
            '"' if rest.as_str().starts_with('"') => name.extend(rest.next()),
            '"' => return Some((name, rest.as_str().to_owned())),
            other => name.push(other),
        }
    }
    None
}

/// Text made of what is special to SQL, and of anything else.
fn hostile_text() -> impl Strategy<Value = String> {
    let special = "['\"\\\\E$;*/\\-\n\r\t(){}\\[\\]a-zA-Z0-9_ é\u{2019}\u{ff07}]{0,24}";
    prop_oneof![special.prop_map(|text| text.replace('\0', "")), "[^\0]{0,24}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_literal_reads_back_and_ends_where_it_should(text in hostile_text()) {
        let sql = format!("{} , 'rest'", quote_literal(&text));
        for conforming in [true, false] {
            let read = read_literal(&sql, conforming);
            prop_assert_eq!(read, Some((text.clone(), " , 'rest'".to_owned())));
        }
    }

    #[test]
    fn a_name_reads_back_and_ends_where_it_should(name in hostile_text()) {
        let sql = format!("{}.rest", quote_identifier(&name));
        prop_assert_eq!(read_identifier(&sql), Some((name, ".rest".to_owned())));
    }

    #[test]
    fn comments_never_end(name in any::<String>()) {
        prop_assert!(!comment_text(&name).contains(['\n', '\r', '\0']));
    }
}
