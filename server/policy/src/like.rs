//! SQL's LIKE on text, character by character.

use std::fmt;

/// A pattern that ends in its escape character, which PostgreSQL refuses to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrailingEscape;

impl fmt::Display for TrailingEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pattern ends in the escape character `\\`; write `\\\\` for a backslash")
    }
}

impl std::error::Error for TrailingEscape {}

/// Whether the whole of `text` matches `pattern`: `%` is any text, `_` one character, and `\` takes the
/// character after it literally.
pub fn matches(pattern: &str, text: &str) -> Result<bool, TrailingEscape> {
    Pattern::parse(pattern).map(|pattern| pattern.matches(text))
}

/// A pattern that was read once, to be matched with many texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

impl Pattern {
    /// Reads a pattern.
    pub fn parse(pattern: &str) -> Result<Pattern, TrailingEscape> {
        parse(pattern).map(Pattern)
    }

    /// What every text begins with that matches.
    pub fn literal_prefix(&self) -> String {
        let literal = |part: &Part| match part {
            Part::Character(character) => Some(*character),
            Part::Any | Part::One => None,
        };
        self.0.iter().map_while(literal).collect()
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let Pattern(pattern) = self;
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut read) = (0, 0);
        // The last `%`, and how much of the text it takes so far.
        let mut retry: Option<(usize, usize)> = None;
        while read < text.len() {
            match pattern.get(at) {
                Some(Part::Any) => {
                    retry = Some((at, read));
                    at += 1;
                    continue;
                }
                Some(Part::One) => {
                    (at, read) = (at + 1, read + 1);
                    continue;
                }
                Some(Part::Character(character)) if text.get(read) == Some(character) => {
                    (at, read) = (at + 1, read + 1);
                    continue;
                }
                _ => {}
            }
            let Some((any, taken)) = retry else { return false };
            retry = Some((any, taken + 1));
            (at, read) = (any + 1, taken + 1);
        }
        pattern.iter().skip(at).all(|part| *part == Part::Any)
    }
}

/// Whether the pattern can be used at all.
pub fn validate(pattern: &str) -> Result<(), TrailingEscape> {
    parse(pattern).map(drop)
}

/// The pattern with every `_` that stands for any character escaped, so that it stands for itself.
pub fn escape_underscores(pattern: &str) -> String {
    let mut escaped = String::with_capacity(pattern.len() + 4);
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character == '_' {
            escaped.push('\\');
        }
        escaped.push(character);
        if character == '\\' {
            escaped.extend(characters.next());
        }
    }
    escaped
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Character(char),
}

fn parse(pattern: &str) -> Result<Vec<Part>, TrailingEscape> {
    let mut parts = Vec::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Character(characters.next().ok_or(TrailingEscape)?),
            other => Part::Character(other),
        });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests;
