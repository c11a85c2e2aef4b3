//! Telling which word of the language a misspelt one was meant to be.

use crate::SyntaxKind;

/// The candidate that `word` most resembles, if it resembles one at all.
pub(crate) fn closest_word(word: &str, candidates: &[SyntaxKind]) -> Option<SyntaxKind> {
    candidates
        .iter()
        .filter_map(|kind| {
            let spelling = kind.spelling()?;
            let allowed = if spelling.len() <= 4 { 1 } else { 2 };
            let distance =
                edit_distance(&word.to_ascii_lowercase(), &spelling.to_ascii_lowercase(), allowed)?;
            Some((distance, *kind))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, kind)| kind)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words,
/// unless there are more than `limit`.
fn edit_distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(x != y)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    Some(rows[a.len()][b.len()]).filter(|it| *it <= limit)
}
