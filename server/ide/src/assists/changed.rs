//! Edits of a text, and edits of what comes of them, as edits of the text that there was at first.

use std::ops::Range;

/// A text that was changed, perhaps several times.
#[derive(Clone)]
pub(super) struct Changed {
    parts: Vec<Part>,
    /// How long the first text was.
    length: usize,
}

#[derive(Clone)]
enum Part {
    /// A part of the first text.
    Old(Range<usize>),
    New(String),
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Part::Old(range) => range.len(),
            Part::New(text) => text.len(),
        }
    }

    fn cut(&self, range: Range<usize>) -> Part {
        match self {
            Part::Old(old) => Part::Old(old.start + range.start..old.start + range.end),
            Part::New(text) => Part::New(text.get(range).unwrap_or_default().to_owned()),
        }
    }
}

impl Changed {
    /// A text of that length, not changed yet.
    pub(super) fn new(length: usize) -> Changed {
        Changed { parts: vec![Part::Old(0..length)], length }
    }

    /// Changes what the text is by now. The edits are in the order of their places, which do not overlap.
    pub(super) fn apply<'e>(&mut self, edits: impl Iterator<Item = (Range<usize>, &'e str)>) {
        let mut parts = Vec::new();
        let mut at = 0;
        for (range, text) in edits {
            parts.extend(self.between(at..range.start));
            parts.push(Part::New(text.to_owned()));
            at = range.end.max(at);
        }
        parts.extend(self.between(at..usize::MAX));
        self.parts = parts;
    }

    fn between(&self, range: Range<usize>) -> Vec<Part> {
        let mut at = 0;
        let mut found = Vec::new();
        for part in &self.parts {
            let end = at + part.len();
            let (from, to) = (range.start.max(at), range.end.min(end));
            if from < to {
                found.push(part.cut(from - at..to - at));
            }
            at = end;
        }
        found
    }

    /// The text as it is by now; `first` is the one that there was at first.
    pub(super) fn text(&self, first: &str) -> String {
        let part = |part: &Part| match part {
            Part::Old(range) => first.get(range.clone()).unwrap_or_default().to_owned(),
            Part::New(text) => text.clone(),
        };
        self.parts.iter().map(part).collect()
    }

    /// The edits that make of the first text what it is by now, in the order of their places.
    pub(super) fn edits(&self) -> Vec<(Range<usize>, String)> {
        let mut edits = Vec::new();
        let (mut at, mut new) = (0, String::new());
        for part in &self.parts {
            match part {
                Part::New(text) => new += text,
                Part::Old(range) => {
                    if at < range.start || !new.is_empty() {
                        edits.push((at..range.start, std::mem::take(&mut new)));
                    }
                    at = range.end;
                }
            }
        }
        if at < self.length || !new.is_empty() {
            edits.push((at..self.length, new));
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_of_edits() {
        let first = "one two three";
        let mut changed = Changed::new(first.len());
        changed.apply([(0..3, "1"), (8..13, "3")].into_iter());
        assert_eq!(changed.text(first), "1 two 3");
        changed.apply([(0..2, ""), (2..5, "2"), (7..7, "!")].into_iter());
        assert_eq!(changed.text(first), "2 3!");
        assert_eq!(changed.edits(), [(0..7, "2".to_owned()), (8..13, "3!".to_owned())]);
        assert_eq!(Changed::new(5).edits(), []);
    }
}
