//! Reading a text again after an edit, at the cost of the items that it concerns.
//!
//! What an item is read as depends on little else than its own text:
//! - A token depends on its line and itself, except for a comment that lacks its end. A text with such a comment is
//!   read as a whole.
//! - The parser brings nothing into an item from those before it. Of what follows, it looks at no more than
//!   [`SEEN_AHEAD`] tokens.
//! - Blanks and comments between items belong to none of them.
//! - Errors, those of the validation too, lie within the item that they are about.
//!
//! So the items before the edit stay if all that they depend on does; those behind it stay from where the parser, which
//! reads on from there, begins one at the same place of the same text.

use rowan::{GreenNode, NodeOrToken, TextRange, TextSize};

use crate::{
    SyntaxKind, SyntaxNode,
    error::SyntaxError,
    language::SyntaxElement,
    parse::{Parse, parse},
    parser::{SEEN_AHEAD, parse_file, parse_items},
};

/// How many items behind an edit are tried as the first that stays.
const ATTEMPTS: usize = 2;

/// Reads `text`. Gives the same as [`parse`], in less time if it is like `old_text`, which `old` was read from.
pub fn reparse(old: &Parse, old_text: &str, text: &str) -> Parse {
    reparse_locally(old, old_text, text).unwrap_or_else(|| parse(text))
}

/// Where two texts differ: in what is between the offset and the distances from their ends.
struct Difference {
    start: usize,
    /// Where the same text begins again in the old text.
    old_end: usize,
    /// The same place in the new one.
    new_end: usize,
}

/// A place in a tree between two children of the root, or at an end.
#[derive(Clone, Copy)]
struct Boundary {
    /// How many children come before it.
    child: usize,
    offset: TextSize,
}

fn reparse_locally(old: &Parse, old_text: &str, text: &str) -> Option<Parse> {
    if !old.is_local || usize::from(old.green.text_len()) != old_text.len() {
        return None;
    }
    if old_text == text {
        return Some(old.clone());
    }
    let difference = Difference::between(old_text, text);
    let items = items(&old.green);
    let first = items.partition_point(|it| usize::from(it.offset) < difference.start);
    let from = last_unaffected(old, old_text, items.get(..first)?, &difference);
    let behind = items.iter().copied().filter(|it| usize::from(it.offset) >= difference.old_end);
    let behind = behind.map(Some).take(ATTEMPTS);
    // Behind the last item there is but the end of the file.
    let is_last = behind.clone().count() < ATTEMPTS;
    behind.chain(is_last.then_some(None)).find_map(|to| replace(old, text, &difference, from, to))
}

/// The tree with all between two boundaries read again; up to the end if there is no second one.
fn replace(
    old: &Parse,
    text: &str,
    difference: &Difference,
    from: Boundary,
    to: Option<Boundary>,
) -> Option<Parse> {
    let changed = text.get(usize::from(from.offset)..)?;
    let parsed = match to {
        Some(to) => {
            let end = usize::from(to.offset) - difference.old_end + difference.new_end;
            parse_items(changed, end.checked_sub(usize::from(from.offset))?)?
        }
        None => Some(parse_file(changed)).filter(|it| it.is_local)?,
    };
    let new = Parse::new(parsed);
    let behind = to.map_or(old.green.children().len(), |it| it.child);
    let green = old.green.splice_children(from.child..behind, new.green.children().map(|it| it.to_owned()));
    let errors = &old.errors;
    let before = errors.partition_point(|it| it.range.start() < from.offset);
    let mut all: Vec<SyntaxError> = errors.get(..before)?.to_vec();
    for error in &*new.errors {
        all.push(error.moved(TextSize::new(0), from.offset)?);
    }
    if let Some(to) = to {
        let kept = errors.partition_point(|it| it.range.start() < to.offset);
        let now = from.offset + new.green.text_len();
        for error in errors.get(kept..)? {
            all.push(error.moved(to.offset, now)?);
        }
    }
    Some(Parse { green, errors: all.into(), is_local: true })
}

/// Where the last item begins that all before it and all that they depend on stays: the start of the file if there is
/// none. `items`: those that begin before the difference.
fn last_unaffected(old: &Parse, old_text: &str, items: &[Boundary], difference: &Difference) -> Boundary {
    // What is on the line of the difference may be read as other tokens now.
    let before = old_text.as_bytes().get(..difference.start).unwrap_or_default();
    let line = before.iter().rposition(|it| matches!(it, b'\n' | b'\r')).map_or(0, |it| it + 1);
    let root = old.syntax_node();
    let stays = |it: &&Boundary| {
        let item = root.child_or_token_at_range(TextRange::at(it.offset, TextSize::new(1)));
        item.and_then(SyntaxElement::into_node).is_some_and(|it| are_before(line, &it))
    };
    items.iter().rev().find(stays).copied().unwrap_or(Boundary { child: 0, offset: TextSize::new(0) })
}

/// Whether the tokens that an item begins with, as many as those before it look at, are before an offset.
fn are_before(offset: usize, item: &SyntaxNode) -> bool {
    let tokens = std::iter::successors(item.first_token(), |it| it.next_token());
    let last = tokens.filter(|it| !it.kind().is_trivia()).nth(SEEN_AHEAD - 1);
    last.is_some_and(|it| usize::from(it.text_range().end()) <= offset)
}

/// Where policies and grants begin.
fn items(root: &GreenNode) -> Vec<Boundary> {
    let mut offset = TextSize::new(0);
    let mut items = Vec::with_capacity(root.children().len() / 2);
    for (child, element) in root.children().enumerate() {
        let kind = element.kind().0;
        if kind == SyntaxKind::POLICY as u16 || kind == SyntaxKind::GRANT as u16 {
            items.push(Boundary { child, offset });
        }
        offset += match element {
            NodeOrToken::Node(node) => node.text_len(),
            NodeOrToken::Token(token) => token.text_len(),
        };
    }
    items
}

impl Difference {
    fn between(old: &str, new: &str) -> Difference {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let start = same_at_start(old, new);
        let rest = |text: &[u8]| text.len() - start;
        let behind = same_at_end(old, new).min(rest(old)).min(rest(new));
        Difference { start, old_end: old.len() - behind, new_end: new.len() - behind }
    }
}

/// Texts are compared in blocks first, which is faster than by bytes.
const BLOCK: usize = 1024;

fn is_same_block((one, other): &(&[u8], &[u8])) -> bool {
    one.len() == BLOCK && one == other
}

/// How many bytes two texts have in common at their starts.
fn same_at_start(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.chunks(BLOCK).zip(other.chunks(BLOCK)).take_while(is_same_block).count();
    let (one, other) = (one.chunks(BLOCK).nth(blocks), other.chunks(BLOCK).nth(blocks));
    let bytes = one.unwrap_or_default().iter().zip(other.unwrap_or_default());
    blocks * BLOCK + bytes.take_while(|(one, other)| one == other).count()
}

/// How many bytes two texts have in common at their ends.
fn same_at_end(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.rchunks(BLOCK).zip(other.rchunks(BLOCK)).take_while(is_same_block).count();
    let (one, other) = (one.rchunks(BLOCK).nth(blocks), other.rchunks(BLOCK).nth(blocks));
    let bytes = one.unwrap_or_default().iter().rev().zip(other.unwrap_or_default().iter().rev());
    blocks * BLOCK + bytes.take_while(|(one, other)| one == other).count()
}
