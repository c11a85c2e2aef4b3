//! LIKE patterns: their parts, and matching on concrete text.

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

/// Whether the whole of `text` matches.
pub(crate) fn matches(pattern: &[LikePart], text: &str) -> bool {
    match pattern {
        [] => text.is_empty(),
        [LikePart::Text(start), rest @ ..] => {
            text.strip_prefix(start.as_str()).is_some_and(|text| matches(rest, text))
        }
        [LikePart::One, rest @ ..] => {
            let mut characters = text.chars();
            characters.next().is_some() && matches(rest, characters.as_str())
        }
        [LikePart::Many] => true,
        [LikePart::Many, rest @ ..] => {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(rest, &text[at..]))
        }
    }
}
