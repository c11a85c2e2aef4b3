//! What is wrong with a text's form, and the edit that mends it where one is obvious.

use rowan::{TextRange, TextSize};

/// A fault in a policy's form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyntaxError {
    /// What was expected, in the language's own words.
    pub message: String,
    /// Where; inside the item that it spoils, and not empty unless the text is.
    pub range: TextRange,
    /// The one obvious way to mend it.
    pub fix: Option<SyntaxFix>,
    /// The rule that it breaks.
    pub rule: SyntaxRule,
}

/// Rules that syntax errors are reported under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyntaxRule {
    /// The text does not follow the grammar.
    Syntax,
    /// A policy says neither PERMISSIVE nor RESTRICTIVE.
    MissingPolicyType,
}

impl SyntaxRule {
    /// The rule's stable id.
    pub fn id(self) -> &'static str {
        match self {
            SyntaxRule::Syntax => "syntax",
            SyntaxRule::MissingPolicyType => "missing-policy-type",
        }
    }
}

/// Edits that mend an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyntaxFix {
    /// What the fix does, as a command.
    pub title: String,
    /// Edits to the text that the error was found in; they do not overlap.
    pub edits: Vec<TextEdit>,
}

/// A replacement of one stretch of text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextEdit {
    /// The stretch to replace; empty to insert.
    pub range: TextRange,
    /// The new text.
    pub insert: String,
}

impl SyntaxError {
    pub(crate) fn new(message: impl Into<String>, range: TextRange) -> Self {
        Self { message: message.into(), range, fix: None, rule: SyntaxRule::Syntax }
    }

    pub(crate) fn with_fix(mut self, fix: SyntaxFix) -> Self {
        self.fix = Some(fix);
        self
    }

    pub(crate) fn with_rule(mut self, rule: SyntaxRule) -> Self {
        self.rule = rule;
        self
    }

    /// The same error with ranges counted from `base`, for storage that must not
    /// change when text before the item does. `None` if part of it lies before `base`.
    pub fn relative_to(&self, base: TextSize) -> Option<Self> {
        let mut error = self.clone();
        error.range = error.range.checked_sub(base)?;
        for edit in error.fix.iter_mut().flat_map(|it| &mut it.edits) {
            edit.range = edit.range.checked_sub(base)?;
        }
        Some(error)
    }

    /// The same error of a text in which what stood at `from` stands at `to`. `None` if part of it lies before.
    pub(crate) fn moved(&self, from: TextSize, to: TextSize) -> Option<Self> {
        let mut error = self.relative_to(from)?;
        error.range += to;
        error.fix.iter_mut().flat_map(|it| &mut it.edits).for_each(|edit| edit.range += to);
        Some(error)
    }
}

impl SyntaxFix {
    pub(crate) fn insert(title: impl Into<String>, offset: TextSize, insert: impl Into<String>) -> Self {
        Self::replace(title, TextRange::empty(offset), insert)
    }

    pub(crate) fn replace(title: impl Into<String>, range: TextRange, insert: impl Into<String>) -> Self {
        Self { title: title.into(), edits: vec![TextEdit { range, insert: insert.into() }] }
    }

    /// `insert` before `range` and `close` after it.
    pub(crate) fn wrap(title: impl Into<String>, range: TextRange, open: &str, close: &str) -> Self {
        let edit =
            |offset, insert: &str| TextEdit { range: TextRange::empty(offset), insert: insert.to_owned() };
        Self { title: title.into(), edits: vec![edit(range.start(), open), edit(range.end(), close)] }
    }
}

/// Applies edits that do not overlap; edits at one offset keep their order.
pub fn apply_edits(text: &str, edits: &[TextEdit]) -> String {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|it| (it.range.start(), it.range.end()));
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for edit in sorted {
        let (start, end) = (usize::from(edit.range.start()), usize::from(edit.range.end()));
        out.push_str(text.get(copied..start).unwrap_or_default());
        out.push_str(&edit.insert);
        copied = end.max(copied);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}
