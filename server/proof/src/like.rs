//! LIKE patterns as parts that a regular expression is built from.

use crate::formula::LikePart;

/// The parts of a pattern; `None` if it ends in its escape character, which PostgreSQL rejects when it
/// evaluates the match.
pub(crate) fn parse(pattern: &str) -> Option<Vec<LikePart>> {
    let mut parts: Vec<LikePart> = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '%' => {
                if parts.last() != Some(&LikePart::Many) {
                    parts.push(LikePart::Many);
                }
                continue;
            }
            '_' => {
                parts.push(LikePart::One);
                continue;
            }
            '\\' => characters.next()?,
            other => other,
        };
        match parts.last_mut() {
            Some(LikePart::Text(text)) => text.push(literal),
            _ => parts.push(LikePart::Text(literal.to_string())),
        }
    }
    Some(parts)
}
