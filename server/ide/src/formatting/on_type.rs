//! What follows a keystroke: a new line gets the indentation that its place asks for.

use pgpe_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use super::TextEdit;
use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::folding::{line_ends, tokens};
use crate::queries;

/// One more level.
const INDENT: usize = 2;

impl Analysis {
    /// The edit that indents the line on which a place is, after a line end was typed before it. Empty if the
    /// line is right, has something before the place, or continues a text; `None` if it is no policy file.
    pub fn indent_new_line(&self, path: &str, offset: u32) -> Cancellable<Option<Vec<TextEdit>>> {
        self.with(|db, project| {
            let file = project.policies(db).iter().find(|file| file.path(db) == path)?;
            let root = queries::parsed(db, *file).syntax_node();
            Some(new_line(&root, file.text(db), offset).into_iter().collect())
        })
    }
}

fn new_line(root: &SyntaxNode, text: &str, offset: u32) -> Option<TextEdit> {
    let before = text.get(..offset as usize)?;
    let start = before.rfind(['\n', '\r'])? + 1;
    let blanks = text.get(start..)?.find(|c| c != ' ' && c != '\t').unwrap_or(text.len() - start);
    let (old, line) = (text.get(start..start + blanks)?, TextSize::new(start as u32));
    if start + blanks < offset as usize {
        return None;
    }
    let tokens: Vec<SyntaxToken> = tokens(root).collect();
    let (before, after) = tokens.split_at(tokens.partition_point(|it| it.text_range().start() < line));
    // The line end may stand in a comment, which is nobody's to change.
    if before.last()?.kind() != SyntaxKind::WHITESPACE {
        return None;
    }
    let wanted = " ".repeat(indentation(before, after, line, text));
    let range = start as u32..(start + blanks) as u32;
    (old != wanted).then_some(TextEdit { range, text: wanted })
}

/// How far a line is indented, by the tokens before and after its start.
fn indentation(before: &[SyntaxToken], after: &[SyntaxToken], line: TextSize, text: &str) -> usize {
    let is_meaningful = |token: &SyntaxToken| !token.kind().is_trivia();
    let Some(at) = before.iter().rposition(is_meaningful) else { return 0 };
    let (Some(last), Some(until_last)) = (before.get(at), before.get(..=at)) else { return 0 };
    let next = after.iter().find(|token| is_meaningful(token));
    if next.is_none_or(begins_item) {
        // A blank line ends an item.
        let between = TextRange::new(last.text_range().end(), line);
        let blank = text.get(between.start().into()..between.end().into()).unwrap_or_default();
        if line_ends(blank) > 1 && blank.trim().is_empty() {
            return 0;
        }
    }
    let on_line = until_last.iter().rev().take_while(|token| !token.text().contains(['\n', '\r']));
    let first = on_line.filter(|token| is_meaningful(token)).last().unwrap_or(last);
    let base = column(first, text);
    let opens = matches!(last.kind(), SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_BRACE);
    let deeper = match next {
        Some(next) if opens => {
            !matches!(next.kind(), SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_BRACE)
        }
        _ => opens || begins_item(first) || begins_part(first) && expects_more(last),
    };
    if deeper { base + INDENT } else { base }
}

/// The blanks before a token that begins a line.
fn column(token: &SyntaxToken, text: &str) -> usize {
    let before = text.get(..token.text_range().start().into()).unwrap_or_default();
    before.len() - before.trim_end_matches([' ', '\t']).len()
}

fn begins_item(first: &SyntaxToken) -> bool {
    matches!(first.kind(), SyntaxKind::POLICY_KW | SyntaxKind::GRANT_KW)
}

fn begins_part(first: &SyntaxToken) -> bool {
    use SyntaxKind::*;
    matches!(first.kind(), FOR_KW | TO_KW | SELECTOR_KW | CLAUSE_KW | OR_KW | WITH_KW)
}

/// Whether what a line ends with can't be the end of a part.
fn expects_more(last: &SyntaxToken) -> bool {
    use SyntaxKind::*;
    matches!(
        last.kind(),
        FOR_KW
            | TO_KW
            | SELECTOR_KW
            | CLAUSE_KW
            | CHECK_KW
            | AND_KW
            | OR_KW
            | NOT_KW
            | IN_KW
            | LIKE_KW
            | IS_KW
            | COMMA
            | EQ
            | NE
            | LT_GT
            | LT
            | LE
            | GT
            | GE
    )
}

#[cfg(test)]
mod tests;
