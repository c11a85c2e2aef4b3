//! No text can end its own literal or name early: read back by PostgreSQL's lexical
//! rules, both give the text that went in, and nothing is left over.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data).replace('\0', "");
    let literal = pgpe_sqlgen::quote_literal(&text);
    for conforming in [true, false] {
        assert_eq!(read_literal(&literal, conforming).as_deref(), Some(text.as_str()), "{literal}");
    }
    if !text.is_empty() {
        let identifier = pgpe_sqlgen::quote_identifier(&text);
        assert_eq!(read_identifier(&identifier).as_deref(), Some(text.as_str()), "{identifier}");
    }
});

/// What a string constant means, if `sql` is exactly one. Without conforming strings,
/// a backslash escapes in plain constants too.
fn read_literal(sql: &str, conforming: bool) -> Option<String> {
    let (body, escapes) = match sql.strip_prefix('E').or_else(|| sql.strip_prefix('e')) {
        Some(rest) => (rest, true),
        None => (sql, !conforming),
    };
    let mut characters = body.strip_prefix('\'')?.chars();
    let mut text = String::new();
    loop {
        match characters.next()? {
            '\'' => match characters.next() {
                Some('\'') => text.push('\''),
                Some(_) => return None,
                None => return Some(text),
            },
            '\\' if escapes => match characters.next()? {
                c @ ('\\' | '\'') => text.push(c),
                // No other escape is needed, and none is expected.
                _ => return None,
            },
            c => text.push(c),
        }
    }
}

/// What a name means, if `sql` is exactly one.
fn read_identifier(sql: &str) -> Option<String> {
    let Some(body) = sql.strip_prefix('"') else {
        // Unquoted names are folded to lower case and end at the first odd character.
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let sound = sql.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && sql.chars().all(plain);
        return sound.then(|| sql.to_owned());
    };
    let mut characters = body.chars();
    let mut text = String::new();
    loop {
        match characters.next()? {
            '"' => match characters.next() {
                Some('"') => text.push('"'),
                Some(_) => return None,
                None => return Some(text),
            },
            c => text.push(c),
        }
    }
}
