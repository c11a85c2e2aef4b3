//! Formatting: the edits that lead from a file to its canonical layout, as small as they can be, so that an
//! editor keeps cursors and folds where they are.

mod on_type;
mod range;

use std::ops::Range;

use pgpe_syntax::{SyntaxKind, Token, apply_edits, minimal_edit, tokenize};

use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::queries;

/// The replacement of one stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// Byte offsets of what is replaced.
    pub range: Range<u32>,
    /// By what.
    pub text: String,
}

impl Analysis {
    /// The edits that bring a policy file into its canonical layout; `None` if it is no policy file.
    pub fn format(&self, path: &str) -> Cancellable<Option<Vec<TextEdit>>> {
        self.with(|db, project| {
            let file = project.policies(db).iter().find(|file| file.path(db) == path)?;
            let before: &str = file.text(db);
            let after = pgpe_syntax::format(queries::parsed(db, *file));
            Some(edits(before, &after).into_iter().map(TextEdit::from).collect())
        })
    }
}

impl From<pgpe_syntax::TextEdit> for TextEdit {
    fn from(edit: pgpe_syntax::TextEdit) -> TextEdit {
        TextEdit { range: edit.range.start().into()..edit.range.end().into(), text: edit.insert }
    }
}

fn edits(before: &str, after: &str) -> Vec<pgpe_syntax::TextEdit> {
    let whole = || minimal_edit(before, after).into_iter().collect();
    match edits_between_tokens(before, after) {
        Some(edits) if apply_edits(before, &edits) == after => edits,
        _ => whole(),
    }
}

/// The formatter leaves words and their order alone, so that both texts can be walked side by side.
fn edits_between_tokens(before: &str, after: &str) -> Option<Vec<pgpe_syntax::TextEdit>> {
    let mut edits = Vec::new();
    let (mut old, mut new) = (Words::new(before), Words::new(after));
    let (mut old_end, mut new_end) = (0, 0);
    loop {
        let (left, right) = (old.next(), new.next());
        let (left, right) = match (left, right) {
            // Braces around a traversal's clause may be added; they count as part of the gap.
            (left, Some(right)) if is_brace(&right) && !left.as_ref().is_some_and(is_brace) => {
                old.back();
                continue;
            }
            (Some(left), Some(right)) => (left, right),
            (None, None) => {
                let (gap, wanted) = (before.get(old_end..)?, after.get(new_end..)?);
                edits.extend(shifted(minimal_edit(gap, wanted), old_end));
                return Some(edits);
            }
            _ => return None,
        };
        let (gap, wanted) = (before.get(old_end..left.start)?, after.get(new_end..right.start)?);
        edits.extend(shifted(minimal_edit(gap, wanted), old_end));
        if left.text != right.text {
            if !same_word(&left, &right) {
                return None;
            }
            edits.extend(shifted(minimal_edit(left.text, right.text), left.start));
        }
        (old_end, new_end) = (left.start + left.text.len(), right.start + right.text.len());
    }
}

fn shifted(edit: Option<pgpe_syntax::TextEdit>, by: usize) -> Option<pgpe_syntax::TextEdit> {
    let by = u32::try_from(by).ok()?;
    edit.map(|edit| pgpe_syntax::TextEdit { range: edit.range + pgpe_syntax::TextSize::new(by), ..edit })
}

/// The same word in another case, the other spelling of an operator, or a comment without trailing blanks.
fn same_word(left: &Word<'_>, right: &Word<'_>) -> bool {
    let unequal = |word: &Word<'_>| matches!(word.kind, SyntaxKind::NE | SyntaxKind::LT_GT);
    left.kind == right.kind || left.text.eq_ignore_ascii_case(right.text) || unequal(left) && unequal(right)
}

fn is_brace(word: &Word<'_>) -> bool {
    matches!(word.kind, SyntaxKind::L_BRACE | SyntaxKind::R_BRACE)
}

/// A token that is no blank.
struct Word<'t> {
    kind: SyntaxKind,
    text: &'t str,
    start: usize,
}

/// A text's tokens without its blanks.
struct Words<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    index: usize,
    offset: usize,
    /// The last token given, to be given again.
    last: (usize, usize),
}

impl<'t> Words<'t> {
    fn new(text: &'t str) -> Words<'t> {
        Words { text, tokens: tokenize(text).0, index: 0, offset: 0, last: (0, 0) }
    }

    fn next(&mut self) -> Option<Word<'t>> {
        self.last = (self.index, self.offset);
        loop {
            let token = self.tokens.get(self.index)?;
            let (kind, length) = (token.kind, usize::from(token.len));
            let start = self.offset;
            self.index += 1;
            self.offset += length;
            if kind != SyntaxKind::WHITESPACE {
                return Some(Word { kind, text: self.text.get(start..start + length)?, start });
            }
        }
    }

    fn back(&mut self) {
        (self.index, self.offset) = self.last;
    }
}

#[cfg(test)]
mod tests;
