//! Names out of syntax trees, and the default names that PostgreSQL chooses for constraints and indexes.

use std::ops::Range;

use squawk_syntax::SyntaxKind::{PATH_SEGMENT, PATH_SEGMENT_REF};
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use crate::lex::{NAME_LIMIT, cut_name, floor_char_boundary};

/// A name as it is written, folded, with the place of its last part in the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelled {
    /// The schema, if one is written.
    pub(super) schema: Option<String>,
    /// The name.
    pub(super) name: String,
    /// Where the name stands in the statement.
    pub(super) range: Range<usize>,
}

/// The name of a node that is one identifier.
pub(super) fn name_of(node: &impl AstNode) -> String {
    name_of_node(node.syntax())
}

/// The same, of an untyped node.
pub(super) fn name_of_node(node: &SyntaxNode) -> String {
    cut_name(ast::normalize_name_node(node))
}

/// The range of a node in the statement.
pub(super) fn range_of(node: &SyntaxNode) -> Range<usize> {
    let range = node.text_range();
    usize::from(range.start())..usize::from(range.end())
}

/// The parts of a dotted name, with their ranges.
pub(super) fn parts(node: &SyntaxNode) -> Vec<(String, Range<usize>)> {
    node.descendants()
        .filter(|node| matches!(node.kind(), PATH_SEGMENT | PATH_SEGMENT_REF))
        .map(|segment| (name_of_node(&segment), range_of(&segment)))
        .collect()
}

/// A possibly qualified name; a database's name before the schema is ignored.
pub(super) fn spelled(node: &impl AstNode) -> Option<Spelled> {
    let mut parts = parts(node.syntax());
    let (name, range) = parts.pop()?;
    let schema = parts.pop().map(|(schema, _)| schema);
    (!name.is_empty()).then_some(Spelled { schema, name, range })
}

/// A name from two parts and a label, shortened as PostgreSQL does to fit into 63 bytes: the longer part
/// loses characters first.
pub(super) fn object_name(first: &str, second: &str, label: &str) -> String {
    let mut overhead = 0;
    if !second.is_empty() {
        overhead += 1;
    }
    if !label.is_empty() {
        overhead += label.len() + 1;
    }
    let available = NAME_LIMIT.saturating_sub(overhead);
    let (mut first_length, mut second_length) = (first.len(), second.len());
    while first_length + second_length > available {
        if first_length > second_length {
            first_length -= 1;
        } else {
            second_length -= 1;
        }
    }
    let first = cut(first, first_length);
    let second = cut(second, second_length);
    let pieces = [first, second, label];
    let mut name = String::with_capacity(NAME_LIMIT);
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(piece);
    }
    name
}

/// The name of several columns together, in the default name of a key or foreign key.
pub(super) fn joined_columns<'c>(columns: impl Iterator<Item = &'c str>) -> String {
    let mut joined = String::new();
    for column in columns {
        if joined.len() > NAME_LIMIT {
            break;
        }
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
    }
    joined
}

fn cut(text: &str, length: usize) -> &str {
    text.get(..floor_char_boundary(text, length)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_part_is_shortened() {
        assert_eq!(object_name("users", "tenant_id", "fkey"), "users_tenant_id_fkey");
        assert_eq!(object_name("users", "", "pkey"), "users_pkey");
        let name = object_name(&"t".repeat(60), "tenant_id", "fkey");
        assert_eq!(name, format!("{}_tenant_id_fkey", "t".repeat(48)));
        let name = object_name(&"ä".repeat(31), &"c".repeat(60), "key");
        assert_eq!(name, format!("{}_{}_key", "ä".repeat(14), "c".repeat(29)));
    }
}
