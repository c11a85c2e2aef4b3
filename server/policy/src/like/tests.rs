use super::{TrailingEscape, escape_underscores, matches, validate};

#[test]
fn wildcards() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("a", "a", true),
        ("a", "A", false),
        ("%", "", true),
        ("%", "anything", true),
        ("_", "", false),
        ("_", "ü", true),
        ("__", "ü", false),
        ("a%", "abc", true),
        ("%c", "abc", true),
        ("%b%", "abc", true),
        ("a%c%e", "abcde", true),
        ("a%c%e", "abcd", false),
        ("%aab", "aaab", true),
        ("%a_b", "aaacb", true),
        ("_%_", "a", false),
        ("a%%", "a", true),
    ] {
        assert_eq!(matches(pattern, text), Ok(expected), "{text} LIKE {pattern}");
    }
}

#[test]
fn escapes() {
    assert_eq!(matches(r"a\_b", "a_b"), Ok(true));
    assert_eq!(matches(r"a\_b", "axb"), Ok(false));
    assert_eq!(matches(r"100\%", "100%"), Ok(true));
    assert_eq!(matches(r"100\%", "1000"), Ok(false));
    assert_eq!(matches(r"\\", r"\"), Ok(true));
    assert_eq!(matches(r"\x", "x"), Ok(true));
    assert_eq!(matches(r"a\", "b"), Err(TrailingEscape));
    assert_eq!(validate(r"a\\"), Ok(()));
    assert_eq!(validate(r"a\\\"), Err(TrailingEscape));
}

#[test]
fn long_patterns_take_no_time() {
    let text = "a".repeat(5_000);
    let pattern = format!("{}b", "%a".repeat(500));
    assert_eq!(matches(&pattern, &text), Ok(false));
}

#[test]
fn underscores_are_escaped_once() {
    assert_eq!(escape_underscores("user_role_%"), r"user\_role\_%");
    assert_eq!(escape_underscores(r"user\_role"), r"user\_role");
    assert_eq!(escape_underscores(r"a\\_b"), r"a\\\_b");
}
