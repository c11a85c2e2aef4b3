//! A scanner for PostgreSQL's lexical structure: quoting, comments and words, nothing of the grammar.
//!
//! It never fails: what is not closed ends with the text and says so. Positions are byte offsets, and
//! tokens border on ASCII characters only, so that every one of them is a valid slice of the text.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Blanks and line ends.
    Space,
    /// `-- …` and `/* … */`.
    Comment,
    /// An unquoted identifier or keyword.
    Word,
    /// `"…"` or `U&"…"`.
    QuotedName,
    /// A string constant, with its prefix and quotes.
    Text,
    /// `$tag$ … $tag$`.
    DollarText,
    /// A numeric constant.
    Number,
    /// Any other character by itself.
    Symbol,
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Where it begins.
    pub(crate) start: usize,
    /// Where it ends.
    pub(crate) end: usize,
    /// False for a string, quoted name or comment that the text ends in.
    pub(crate) closed: bool,
}

impl Token {
    /// Whether it is only there for the reader.
    pub(crate) fn is_trivia(self) -> bool {
        matches!(self.kind, TokenKind::Space | TokenKind::Comment)
    }

    /// Its text.
    pub(crate) fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether it is that keyword (given in lower case).
    pub(crate) fn is_word(self, source: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(source).eq_ignore_ascii_case(word)
    }

    /// Whether it is that character.
    pub(crate) fn is_symbol(self, source: &str, symbol: char) -> bool {
        self.kind == TokenKind::Symbol && self.text(source).starts_with(symbol)
    }

    /// The name that it spells, folded and cut as PostgreSQL does, if it is an identifier or keyword.
    pub(crate) fn name(self, source: &str) -> Option<String> {
        let text = self.text(source);
        match self.kind {
            TokenKind::Word => Some(cut_name(text.to_ascii_lowercase())),
            TokenKind::QuotedName => {
                let inner = text.get(text.find('"')? + 1..)?.strip_suffix('"')?;
                Some(cut_name(inner.replace("\"\"", "\"")))
            }
            _ => None,
        }
    }
}

/// The longest name that PostgreSQL keeps, in bytes.
pub(crate) const NAME_LIMIT: usize = 63;

/// A name as PostgreSQL stores it: what is beyond 63 bytes is lost.
pub(crate) fn cut_name(mut name: String) -> String {
    name.truncate(floor_char_boundary(&name, NAME_LIMIT));
    name
}

/// The last character boundary that is not after `limit`.
pub(crate) fn floor_char_boundary(text: &str, limit: usize) -> usize {
    if limit >= text.len() {
        return text.len();
    }
    (0..=limit).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The tokens of a text, one after another, all of it.
pub(crate) fn tokens(source: &str) -> impl Iterator<Item = Token> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let token = next_token(source, at)?;
        at = token.end;
        Some(token)
    })
}

/// The tokens that are not blanks or comments.
pub(crate) fn plain_tokens(source: &str) -> Vec<Token> {
    tokens(source).filter(|token| !token.is_trivia()).collect()
}

/// The token that begins at `start`, or none at the end of the text.
pub(crate) fn next_token(source: &str, start: usize) -> Option<Token> {
    let bytes = source.as_bytes();
    let first = *bytes.get(start)?;
    let second = bytes.get(start + 1).copied().unwrap_or(0);
    let third = bytes.get(start + 2).copied().unwrap_or(0);
    let whole = |kind, end: usize| Token { kind, start, end, closed: true };
    let quoted = |kind, end: Option<usize>| Token {
        kind,
        start,
        end: end.unwrap_or(bytes.len()),
        closed: end.is_some(),
    };
    let token = match first {
        _ if first.is_ascii_whitespace() => {
            whole(TokenKind::Space, skip(bytes, start, |byte| byte.is_ascii_whitespace()))
        }
        b'-' if second == b'-' => whole(TokenKind::Comment, skip(bytes, start, |byte| byte != b'\n')),
        b'/' if second == b'*' => quoted(TokenKind::Comment, block_comment_end(bytes, start + 2)),
        b'\'' => quoted(TokenKind::Text, quote_end(bytes, start + 1, b'\'', false)),
        b'"' => quoted(TokenKind::QuotedName, quote_end(bytes, start + 1, b'"', false)),
        b'e' | b'E' if second == b'\'' => quoted(TokenKind::Text, quote_end(bytes, start + 2, b'\'', true)),
        b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if second == b'\'' => {
            quoted(TokenKind::Text, quote_end(bytes, start + 2, b'\'', false))
        }
        b'u' | b'U' if second == b'&' && third == b'\'' => {
            quoted(TokenKind::Text, quote_end(bytes, start + 3, b'\'', false))
        }
        b'u' | b'U' if second == b'&' && third == b'"' => {
            quoted(TokenKind::QuotedName, quote_end(bytes, start + 3, b'"', false))
        }
        b'$' => match dollar_tag_end(bytes, start) {
            Some(tag_end) => {
                let tag = source.get(start..tag_end).unwrap_or_default();
                let rest = source.get(tag_end..).unwrap_or_default();
                quoted(TokenKind::DollarText, rest.find(tag).map(|at| tag_end + at + tag.len()))
            }
            None => whole(TokenKind::Symbol, start + 1),
        },
        _ if starts_word(first) => whole(TokenKind::Word, skip(bytes, start, continues_word)),
        _ if first.is_ascii_digit() => {
            whole(TokenKind::Number, skip(bytes, start, |byte| byte == b'.' || continues_word(byte)))
        }
        _ => whole(TokenKind::Symbol, start + 1),
    };
    Some(token)
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn skip(bytes: &[u8], start: usize, inside: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(start).position(|&byte| !inside(byte)).map_or(bytes.len(), |length| start + length)
}

/// Where a quoted piece ends whose contents begin at `at`.
fn quote_end(bytes: &[u8], mut at: usize, quote: u8, backslash_escapes: bool) -> Option<usize> {
    while let Some(&byte) = bytes.get(at) {
        if byte == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return Some(at + 1);
            }
            at += 2;
        } else if byte == b'\\' && backslash_escapes {
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// Where a block comment ends whose contents begin at `at`; they nest.
fn block_comment_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 1;
    while at + 1 < bytes.len() {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'*'), Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            (Some(b'/'), Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    None
}

/// Where `$tag$` ends that begins at `start`.
fn dollar_tag_end(bytes: &[u8], start: usize) -> Option<usize> {
    let first = *bytes.get(start + 1)?;
    if first == b'$' {
        return Some(start + 2);
    }
    if !starts_word(first) {
        return None;
    }
    let end = skip(bytes, start + 1, |byte| starts_word(byte) || byte.is_ascii_digit());
    (bytes.get(end) == Some(&b'$')).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(TokenKind, &str)> {
        tokens(source)
            .filter(|token| !token.is_trivia())
            .map(|token| (token.kind, token.text(source)))
            .collect()
    }

    #[test]
    fn strings_names_and_dollar_quotes() {
        use TokenKind::*;
        assert_eq!(
            kinds(r#"a$1 'it''s' E'\'' "q""q" U&"x" $a$ ' $b$ $a$ $1 1.5e3 b'1' /* /* ; */ */ é;"#),
            [
                (Word, "a$1"),
                (Text, "'it''s'"),
                (Text, r"E'\''"),
                (QuotedName, r#""q""q""#),
                (QuotedName, r#"U&"x""#),
                (DollarText, "$a$ ' $b$ $a$"),
                (Symbol, "$"),
                (Number, "1"),
                (Number, "1.5e3"),
                (Text, "b'1'"),
                (Word, "é"),
                (Symbol, ";"),
            ]
        );
    }

    #[test]
    fn what_is_not_closed_ends_with_the_text() {
        for source in ["'abc", "E'\\", "\"abc", "$x$ abc $x", "/* /* */", "U&'"] {
            let last = tokens(source).last();
            assert!(last.is_some_and(|token| !token.closed && token.end == source.len()), "{source}");
        }
    }

    #[test]
    fn names_are_folded_and_cut() {
        let name = |source: &str| next_token(source, 0).and_then(|token| token.name(source));
        assert_eq!(name("Users").as_deref(), Some("users"));
        assert_eq!(name("\"Us\"\"ers\"").as_deref(), Some("Us\"ers"));
        assert_eq!(name(&"ä".repeat(40)).map(|name| name.len()), Some(62));
        assert_eq!(name("1"), None);
    }
}
