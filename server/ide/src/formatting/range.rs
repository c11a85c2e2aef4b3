//! Formatting a part of a file: of the edits that format the whole, those within the part.

use std::ops::Range;

use pgpe_syntax::{TextEdit as SyntaxEdit, TextRange, apply_edits};

use super::{TextEdit, edits};
use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::queries;

impl Analysis {
    /// The edits that bring a range of a policy file into its canonical layout; none of them touches anything
    /// outside. `None` if it is no policy file.
    pub fn format_range(&self, path: &str, range: Range<u32>) -> Cancellable<Option<Vec<TextEdit>>> {
        self.with(|db, project| {
            let file = project.policies(db).iter().find(|file| file.path(db) == path)?;
            let before: &str = file.text(db);
            let parse = queries::parsed(db, *file);
            let wanted = TextRange::new(range.start.into(), range.end.max(range.start).into());
            let mut found = edits(before, &pgpe_syntax::format(parse));
            found.retain(|edit| wanted.contains_range(edit.range));
            // Braces come in pairs, one of which may be outside.
            let errors = |text: &str| pgpe_syntax::parse(text).errors().len();
            if found.iter().any(has_brace) && errors(&apply_edits(before, &found)) > parse.errors().len() {
                found.retain(|edit| !has_brace(edit));
            }
            Some(found.into_iter().map(TextEdit::from).collect())
        })
    }
}

fn has_brace(edit: &SyntaxEdit) -> bool {
    edit.insert.contains(['{', '}'])
}

#[cfg(test)]
mod tests;
