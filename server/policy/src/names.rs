//! Names in messages and fixes: the nearest ones, and how to write them.

use std::fmt::Write;

use pgpe_catalog::QualifiedName;
use pgpe_syntax::ast::quote_string;

use crate::source::Spanned;

/// At most three of `candidates` that resemble `name`, the most similar first.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let mut scored: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let distance = strsim::osa_distance(&wanted, &other);
            let length = wanted.chars().count().max(other.chars().count());
            // Short names resemble everything; long ones may differ by more than a slip of the finger.
            let close = distance <= (length / 3).clamp(1, 4) || strsim::jaro_winkler(&wanted, &other) > 0.9;
            close.then_some((distance, candidate))
        })
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored.into_iter().map(|(_, candidate)| candidate).take(3).collect()
}

/// A name as the source writes names: quoted if it was quoted there, or has to be.
pub(crate) fn written_like(old: &Spanned<String>, name: &str) -> String {
    let was_quoted = usize::from(old.range.len()) != old.value.len();
    if was_quoted || !is_identifier(name) { quote_string(name) } else { name.to_owned() }
}

/// Whether a name can stand without quotes.
fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    name != "_"
        && characters.next().is_some_and(|first| first == '_' || first.is_ascii_alphabetic())
        && characters.all(|character| character == '_' || character.is_ascii_alphanumeric())
}

/// `` did you mean `a`, `b` or `c`? ``
pub(crate) fn did_you_mean(names: &[&str]) -> Option<String> {
    (!names.is_empty()).then(|| format!("did you mean {}?", list(names, "or")))
}

/// `` `a`, `b` and `c` ``
pub(crate) fn list<T: AsRef<str>>(names: &[T], joiner: &str) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let separator = match index {
            0 => String::new(),
            last if last + 1 == names.len() => format!(" {joiner} "),
            _ => ", ".to_owned(),
        };
        // Writing to a string can't fail.
        let _ = write!(text, "{separator}`{}`", name.as_ref());
    }
    text
}

/// `` `a`, `b`, `c` and 2 more ``
pub(crate) fn list_some<T: AsRef<str>>(names: &[T]) -> String {
    let shown = names.get(..3).unwrap_or(names);
    match names.len() - shown.len() {
        0 => list(names, "and"),
        rest => {
            let shown: Vec<String> = shown.iter().map(|name| format!("`{}`", name.as_ref())).collect();
            format!("{} and {rest} more", shown.join(", "))
        }
    }
}

/// ` on public.users`, ` on 2 tables (public.a, public.b)`, to go on a message; long lists are cut.
pub fn on_tables<T: std::fmt::Display>(tables: &[T]) -> String {
    match tables {
        [] => String::new(),
        [table] => format!(" on {table}"),
        _ => {
            let shown: Vec<String> = tables.iter().take(3).map(T::to_string).collect();
            let more = match tables.len().saturating_sub(shown.len()) {
                0 => String::new(),
                rest => format!(" and {rest} more"),
            };
            format!(" on {} tables ({}{more})", tables.len(), shown.join(", "))
        }
    }
}

/// ` on public.users`
pub(crate) fn on_table(table: &QualifiedName) -> String {
    format!(" on {table}")
}

#[cfg(test)]
mod tests;
