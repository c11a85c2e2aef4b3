//! Formatting keeps every comment and every token that means something, and a
//! formatted text stays as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgpe_syntax::{NodeOrToken, Parse, SyntaxKind, format, parse};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let parsed = parse(&text);
    let formatted = format(&parsed);
    let again = parse(&formatted);
    assert_eq!(content(&again), content(&parsed), "{formatted}");
    assert_eq!(again.errors().len(), parsed.errors().len(), "{formatted}");
    if parsed.errors().is_empty() {
        assert_eq!(format(&again), formatted);
    }
});

/// All tokens but blanks and braces, spelled alike.
fn content(parsed: &Parse) -> Vec<(SyntaxKind, String)> {
    use SyntaxKind::*;
    let tokens = parsed.syntax_node().descendants_with_tokens().filter_map(NodeOrToken::into_token);
    let mut content: Vec<_> = tokens
        .filter(|it| !matches!(it.kind(), WHITESPACE | BYTE_ORDER_MARK | L_BRACE | R_BRACE))
        .map(|it| match it.kind() {
            LT_GT => (NE, "!=".to_owned()),
            kind if kind.is_word() => (kind, it.text().to_ascii_uppercase()),
            kind if kind.is_comment() => {
                (kind, it.text().trim_end().replace("\r\n", "\n").replace('\r', "\n"))
            }
            kind => (kind, it.text().to_owned()),
        })
        .collect();
    // A comment may move across a bracket or comma, so comments are compared among themselves.
    content.sort_by_key(|it| it.0.is_comment());
    content
}
