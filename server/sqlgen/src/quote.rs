//! Names and literals as SQL text.
//!
//! A security boundary: whatever the input, the result is one token that ends where it should, with
//! `standard_conforming_strings` on or off.

use pgpe_catalog::QualifiedName;

use crate::keywords;

/// A name as SQL: as it is if PostgreSQL reads it back the same, otherwise in double quotes.
///
/// A name with a NUL character can't exist; it becomes a token that PostgreSQL refuses.
pub fn quote_identifier(name: &str) -> String {
    if name.contains('\0') {
        return unicode_identifier(name);
    }
    let starts_plainly = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if starts_plainly && name.bytes().all(is_plain) && !keywords::needs_quotes(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Text as a SQL string literal without a type.
///
/// Text with a NUL character can't exist; it becomes a literal that PostgreSQL refuses, because leaving the
/// character out would make it another value.
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if !text.contains(['\\', '\0']) {
        return format!("'{quoted}'");
    }
    // Without the E, a backslash escapes the next character where standard_conforming_strings is off.
    format!("E'{}'", quoted.replace('\\', "\\\\").replace('\0', "\\000"))
}

/// `schema.name` as SQL.
pub fn quote_qualified(name: &QualifiedName) -> String {
    format!("{}.{}", quote_identifier(&name.schema), quote_identifier(&name.name))
}

/// Written with escapes, as raw NUL would end the statement in many clients.
fn unicode_identifier(name: &str) -> String {
    format!("U&\"{}\"", name.replace('"', "\"\"").replace('\\', "\\\\").replace('\0', "\\0000"))
}

/// A body of code between dollars, by a tag that does not occur in it.
pub fn dollar_quoted(body: &str) -> String {
    let numbered = (1..).map(|number| format!("body{number}"));
    let mut tags = std::iter::once("body".to_owned()).chain(numbered);
    let tag = tags.find(|tag| !body.contains(&format!("${tag}"))).unwrap_or_default();
    format!("${tag}${body}${tag}$")
}

/// Text for one line of a comment.
pub fn comment_text(text: &str) -> String {
    // The end of the line is the end of the comment; what follows would be run.
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

#[cfg(test)]
#[path = "tests/quote.rs"]
mod tests;
