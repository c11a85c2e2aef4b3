//! Taking a part out of a policy: comments about it go along, comments about the rest stay.

use pgpe_syntax::{SyntaxKind, TextEdit, TextRange, TextSize, tokenize};

/// What becomes of a text when a part of it goes.
pub(super) struct Removal {
    /// The edits, the first of which takes the part out.
    pub(super) edits: Vec<TextEdit>,
    /// The comments that go along.
    pub(super) comments: Vec<String>,
}

/// A token with its place.
pub(super) struct Piece<'t> {
    pub(super) kind: SyntaxKind,
    pub(super) range: TextRange,
    pub(super) text: &'t str,
}

impl Piece<'_> {
    pub(super) fn is_comment(&self) -> bool {
        self.kind.is_comment()
    }

    /// What only joins parts.
    fn is_joint(&self) -> bool {
        use SyntaxKind::{AND_KW, CHECK_KW, CLAUSE_KW, OR_KW, WITH_KW};
        matches!(self.kind, AND_KW | CHECK_KW | CLAUSE_KW | OR_KW | WITH_KW)
    }
}

/// Takes a part out of an item of a text. A part either ends where the next one begins, or it begins where the one
/// before ends.
pub(super) fn of(text: &str, item: TextRange, part: TextRange) -> Removal {
    let plain = TextEdit { range: part, insert: String::new() };
    let inside = pieces(text, part);
    if inside.iter().all(|piece| piece.kind.is_trivia()) {
        return Removal { edits: vec![plain], comments: Vec::new() };
    }
    let leads_on = inside.last().is_some_and(|last| last.kind.is_trivia());
    let (mut edits, mut comments);
    let mut kept = Vec::new();
    if leads_on {
        let before = pieces(text, TextRange::new(item.start(), part.start()));
        let is_on_lines = slice(text, part).contains('\n');
        let is_condition = inside.iter().rev().find(|it| !it.kind.is_trivia()).map(|it| it.kind);
        let all = is_condition != Some(SyntaxKind::AND_KW);
        let next = comments_of_next(&inside);
        edits = vec![plain];
        comments = Vec::new();
        if is_on_lines {
            for comment in comments_in_front(&before).filter(|it| all || is_suppression(it.text)) {
                comments.push(comment.text.to_owned());
                edits.push(TextEdit { range: with_blanks(text, comment.range), insert: String::new() });
            }
        }
        match (line_of_joint(text, &before), edits.first_mut()) {
            // They stay above the keyword.
            (Some((at, indent)), _) if !next.is_empty() => {
                let insert = next.iter().map(|comment| format!("{comment}\n{indent}")).collect();
                edits.push(TextEdit { range: TextRange::empty(at), insert });
            }
            (_, Some(edit)) => edit.insert = next.iter().map(|comment| format!("{comment}\n")).collect(),
            _ => {}
        }
        kept = next;
    } else {
        // A comment on the line before is about what stands there.
        let line = inside.iter().take_while(|it| it.kind.is_trivia() && !is_line_end(it));
        let start = line.filter(|it| it.is_comment()).last().map_or(part.start(), |it| it.range.end());
        let rest = TextRange::new(start, part.end());
        edits = vec![TextEdit { range: rest, insert: String::new() }];
        comments = Vec::new();
        if slice(text, rest).contains('\n') {
            let end = text.len().try_into().map_or(part.end(), TextSize::new);
            let after = slice(text, TextRange::new(part.end(), end));
            let line = TextSize::of(after.split('\n').next().unwrap_or_default().trim_end());
            let line = TextRange::at(part.end(), line);
            let behind = pieces(text, line);
            // What else stands on the line is not to be commented on either.
            if behind.iter().all(|it| it.kind.is_trivia()) && behind.iter().any(Piece::is_comment) {
                comments.extend(behind.iter().filter(|it| it.is_comment()).map(|it| it.text.to_owned()));
                edits.push(TextEdit { range: line, insert: String::new() });
            }
        }
    }
    let gone = edits.first().map(|edit| edit.range).unwrap_or_default();
    let own = inside.iter().filter(|it| it.is_comment() && gone.contains_range(it.range));
    comments.extend(own.filter(|it| !kept.contains(&it.text)).map(|it| it.text.to_owned()));
    Removal { edits, comments }
}

fn slice(text: &str, range: TextRange) -> &str {
    text.get(range.start().into()..range.end().into()).unwrap_or_default()
}

/// The tokens of a part of a text.
pub(super) fn pieces(text: &str, range: TextRange) -> Vec<Piece<'_>> {
    let mut at = range.start();
    let tokens = tokenize(slice(text, range)).0.into_iter();
    tokens
        .map(|token| {
            let range = TextRange::at(at, token.len);
            at = range.end();
            Piece { kind: token.kind, range, text: slice(text, range) }
        })
        .collect()
}

/// Blanks with the end of a line.
pub(super) fn is_line_end(piece: &Piece<'_>) -> bool {
    piece.kind == SyntaxKind::WHITESPACE && piece.text.contains('\n')
}

fn is_suppression(comment: &str) -> bool {
    comment.strip_prefix("--").is_some_and(|rest| rest.trim_start().starts_with("pgpe:"))
}

/// The comments on lines of their own above the part that stays.
fn comments_of_next<'t>(inside: &[Piece<'t>]) -> Vec<&'t str> {
    let mut kept: Vec<&str> = Vec::new();
    let mut is_own_line = false;
    for piece in inside {
        if is_line_end(piece) {
            is_own_line = true;
        } else if piece.is_comment() && is_own_line {
            kept.push(piece.text);
        } else if !piece.kind.is_trivia() && !piece.is_joint() {
            kept.clear();
            is_own_line = false;
        }
    }
    kept
}

/// The last keyword in front of a part if it begins its line, and what it is indented by.
fn line_of_joint<'t>(text: &'t str, before: &[Piece<'_>]) -> Option<(TextSize, &'t str)> {
    let joint = before.iter().rev().find(|it| !it.kind.is_trivia()).filter(|it| it.is_joint())?;
    let line = text.get(..joint.range.start().into())?.rsplit('\n').next()?;
    line.trim().is_empty().then_some((joint.range.start(), line))
}

/// The comments between what comes before a part and the part, but for those on the line of the former.
fn comments_in_front<'p, 't>(before: &'p [Piece<'t>]) -> impl Iterator<Item = &'p Piece<'t>> {
    let joining = before.iter().rev().take_while(|it| it.kind.is_trivia() || it.is_joint()).count();
    let joining = before.get(before.len() - joining..).unwrap_or_default();
    let line = joining.iter().position(|it| is_line_end(it) || it.is_joint());
    joining.get(line.unwrap_or(joining.len())..).unwrap_or_default().iter().filter(|it| it.is_comment())
}

/// A comment with the blanks in front of it, and with the end of its line if nothing else stands there.
fn with_blanks(text: &str, comment: TextRange) -> TextRange {
    let before = text.get(..comment.start().into()).unwrap_or_default();
    let blank = before.trim_end_matches([' ', '\t']);
    let after = text.get(comment.end().into()..).unwrap_or_default();
    // Words must not run into each other.
    let start = if after.starts_with(char::is_whitespace) { TextSize::of(blank) } else { comment.start() };
    let line_end = ["\r\n", "\n"].into_iter().find(|it| after.starts_with(it)).map_or(0, str::len);
    let is_alone = blank.is_empty() || blank.ends_with('\n');
    let end = if is_alone { comment.end() + TextSize::new(line_end as u32) } else { comment.end() };
    TextRange::new(start, end)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use pgpe_syntax::apply_edits;

    use super::*;

    /// Removes what is between `‹` and `›` from the only item.
    fn check(marked: &str, expected: Expect) {
        let start = TextSize::of(marked.split('‹').next().unwrap());
        let text = marked.replace('‹', "");
        let end = TextSize::of(text.split('›').next().unwrap());
        let text = text.replace('›', "");
        let removal = of(&text, TextRange::up_to(TextSize::of(text.as_str())), TextRange::new(start, end));
        let after = apply_edits(&text, &removal.edits);
        expected.assert_eq(&format!("{after}\ngone: {:?}\n", removal.comments));
    }

    #[test]
    fn the_last_part() {
        check(
            "SELECTOR ALL\n  CLAUSE a‹ -- of a\n  -- of b\n  OR CLAUSE b› -- b, too\n",
            expect![[r#"
                SELECTOR ALL
                  CLAUSE a -- of a

                gone: ["-- b, too", "-- of b"]
            "#]],
        );
        check(
            "CLAUSE a‹ OR CLAUSE b› -- of both\n",
            expect![[r#"
                CLAUSE a -- of both

                gone: []
            "#]],
        );
    }

    #[test]
    fn the_first_part() {
        check(
            "SELECTOR ALL -- all\n  -- of a\n  CLAUSE -- a, too\n    ‹a -- and that\n  -- of b\n  OR CLAUSE ›b -- b, too\n",
            expect![[r#"
                SELECTOR ALL -- all
                  -- of b
                  CLAUSE
                    b -- b, too

                gone: ["-- of a", "-- a, too", "-- and that"]
            "#]],
        );
        check(
            "-- of both\n  CLAUSE ‹a OR CLAUSE ›b\n",
            expect![[r#"
                -- of both
                  CLAUSE b

                gone: []
            "#]],
        );
        check(
            "SELECTOR ALL\n  -- pgpe: allow(x) a\n  -- of the clause\n  CLAUSE ‹a\n    AND ›b\n",
            expect![[r#"
                SELECTOR ALL
                  -- of the clause
                  CLAUSE b

                gone: ["-- pgpe: allow(x) a"]
            "#]],
        );
    }

    #[test]
    fn comments_themselves() {
        check(
            "CLAUSE a‹ -- c›\n",
            expect![[r#"
            CLAUSE a

            gone: []
        "#]],
        );
    }
}
