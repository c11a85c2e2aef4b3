//! Text that is safe to print on a terminal.

use std::borrow::Cow;

/// Characters that move the cursor, change colours or reorder what is around them.
fn is_treacherous(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with treacherous characters spelled out, and line breaks as spaces.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_treacherous) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => visible.push(' '),
            _ if is_treacherous(c) => visible.extend(c.escape_default()),
            _ => visible.push(c),
        }
    }
    Cow::Owned(visible)
}

/// The text with as many characters in the same lines, but none that is treacherous.
pub(crate) fn visible_source(text: &str) -> String {
    let mut chars = text.chars().peekable();
    let mut visible = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let kept =
            matches!(c, '\n' | '\t') || (c == '\r' && chars.peek() == Some(&'\n')) || !is_treacherous(c);
        visible.push(if kept { c } else { '\u{fffd}' });
    }
    visible
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(visible("a\u{1b}[31mé\nb"), "a\\u{1b}[31mé b");
        assert_eq!(
            visible_source("a\r\n\rb\u{202e}\t\u{1b}c\r"),
            "a\r\n\u{fffd}b\u{fffd}\t\u{fffd}c\u{fffd}"
        );
        assert_eq!(visible("plain"), "plain");
    }
}
