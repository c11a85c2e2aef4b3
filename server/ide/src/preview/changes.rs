//! Which lines of a text are not those of another.

use std::ops::Range;
use std::time::Duration;

use similar::{DiffOp, TextDiff};

/// Texts that have next to nothing in common take long to compare; more lines than need be are marked then.
const PATIENCE: Duration = Duration::from_millis(50);

/// The stretches of `after` that `before` does not have, in whole lines.
pub(super) fn lines(before: &str, after: &str) -> Vec<Range<u32>> {
    if before == after {
        return Vec::new();
    }
    let starts: Vec<usize> = std::iter::once(0)
        .chain(after.split_inclusive('\n').scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        }))
        .collect();
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    let changed = diff.ops().iter().filter_map(|op| match op {
        DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
            let lines = op.new_range();
            Some(super::offsets(*starts.get(lines.start)?..*starts.get(lines.end)?))
        }
        DiffOp::Equal { .. } | DiffOp::Delete { .. } => None,
    });
    changed.collect()
}
