//! The comments around an item of a file, and those behind a part of one.

use pgpe_syntax::{SyntaxKind, TextRange, TextSize};

use super::removal::{Piece, is_line_end, pieces};

/// A policy's lines with the comments right above it and below it, and the blank lines below: what goes when the policy
/// goes.
pub(super) fn with_comments(text: &str, item: TextRange) -> TextRange {
    let (start, end) = (usize::from(item.start()), usize::from(item.end()));
    let (Some(mut from), Some(mut to)) = (start_with_comments(text, start), end_with_comments(text, end))
    else {
        return item;
    };
    while let Some(next) = blank_line_below(text, to) {
        to = next;
    }
    // At the end of the file the blank lines above it go instead.
    if text.get(to..).unwrap_or_default().is_empty() {
        let before = text.get(..from).unwrap_or_default();
        let kept = before.trim_end_matches([' ', '\t', '\r', '\n']).len();
        from = if kept == 0 { 0 } else { line_end(text, kept) };
    }
    TextRange::new((from as u32).into(), (to as u32).into())
}

fn blank_line_below(text: &str, at: usize) -> Option<usize> {
    let next = line_end(text, at);
    (next > at && text.get(at..next).unwrap_or_default().trim().is_empty()).then_some(next)
}

/// Where the next line begins.
fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |line_end| at + line_end + 1)
}

/// Where the lines of comments begin that stand right above an item; `None` if something else is on its line.
fn start_with_comments(text: &str, start: usize) -> Option<usize> {
    let before = pieces(text, range(0, start));
    let mut rest = before.as_slice();
    loop {
        let Some((gap, above)) = rest.split_last() else { return Some(0) };
        if !is_line_end(gap) {
            return (above.is_empty() && is_blank(gap)).then_some(0);
        }
        let line = gap.text.rfind('\n').map_or(0, |at| at + 1);
        let from = usize::from(gap.range.start()) + line;
        let lines = gap.text.matches('\n').count();
        match above.split_last() {
            Some((last, above)) if lines == 1 && last.is_comment() => {
                let is_alone =
                    above.last().is_none_or(is_line_end) || matches!(above, [only] if is_blank(only));
                if !is_alone {
                    return Some(from);
                }
                rest = above;
            }
            _ => return Some(from),
        }
    }
}

fn is_blank(piece: &Piece<'_>) -> bool {
    piece.kind == SyntaxKind::WHITESPACE
}

/// Where the line ends on which an item does, with the indented comments below, which are part of it; `None` if
/// something else begins on that line.
pub(super) fn end_with_comments(text: &str, end: usize) -> Option<usize> {
    let behind = behind_comments(text, end, true);
    let line = text.get(behind..line_end(text, behind))?;
    line.trim().is_empty().then(|| line_end(text, behind))
}

/// Where the comments end that follow a place on its line, and the indented ones on lines of their own below where these
/// are asked for; the place itself if anything else stands on its line.
pub(super) fn behind_comments(text: &str, place: usize, below: bool) -> usize {
    let after = pieces(text, range(place, text.len()));
    let line = after.iter().take_while(|piece| piece.kind.is_trivia() && !is_line_end(piece)).count();
    let (line, rest) = after.split_at(line);
    if rest.first().is_some_and(|next| !next.kind.is_trivia()) {
        return place;
    }
    let mut at = line.iter().rfind(|piece| piece.is_comment()).map_or(place, |last| last.range.end().into());
    let mut rest = rest;
    while below && let [gap, comment, more @ ..] = rest {
        let is_indented = gap.text.matches('\n').count() == 1 && gap.text.ends_with([' ', '\t']);
        let is_alone = more.first().is_none_or(is_line_end);
        if !(is_indented && comment.is_comment() && is_alone) {
            break;
        }
        (at, rest) = (comment.range.end().into(), more);
    }
    at
}

fn range(start: usize, end: usize) -> TextRange {
    let offset = |at: usize| TextSize::new(u32::try_from(at).unwrap_or(u32::MAX));
    TextRange::new(offset(start.min(end)), offset(end))
}
