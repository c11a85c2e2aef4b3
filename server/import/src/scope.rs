//! What column a name stands for: the innermost table that has it comes first, as in SQL.

use pgpe_catalog::{Column, QualifiedName, Relation};
use squawk_syntax::SyntaxNode;

use crate::outside::{Outside, Read};

/// A table whose columns can be named: level 0 is the governed one.
pub(crate) struct Level<'a> {
    pub(crate) table: &'a QualifiedName,
    pub(crate) relation: &'a Relation,
    /// The name that it goes by instead of its own.
    pub(crate) alias: Option<String>,
}

/// The tables that can be named at some place, innermost last.
#[derive(Default)]
pub(crate) struct Levels<'a>(pub(crate) Vec<Level<'a>>);

impl<'a> Level<'a> {
    fn is_called(&self, qualifier: &[String]) -> bool {
        match (qualifier, &self.alias) {
            ([name], Some(alias)) => name == alias,
            ([name], None) => *name == self.table.name,
            ([schema, name], None) => *schema == self.table.schema && *name == self.table.name,
            _ => false,
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<&'a Column> {
        self.relation.column(name)
    }
}

impl<'a> Levels<'a> {
    /// The innermost level.
    pub(crate) fn innermost(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// The column of that name, whose last part is the column's.
    pub(crate) fn column(&self, node: &SyntaxNode, parts: &[String]) -> Read<(usize, &'a Column)> {
        let Some((name, qualifier)) = parts.split_last() else {
            return Err(Outside::at(node, "is no name"));
        };
        let mut levels = self.0.iter().enumerate().rev();
        let found = if qualifier.is_empty() {
            levels.find_map(|(at, level)| Some((at, level.column(name)?)))
        } else {
            // The innermost table of that name hides the others, whether it has the column or not.
            let owner = levels.find(|(_, level)| level.is_called(qualifier));
            owner.and_then(|(at, level)| Some((at, level.column(name)?)))
        };
        found.ok_or_else(|| Outside::at(node, "is no column that the schema has here"))
    }
}
