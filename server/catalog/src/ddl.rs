//! Reads a database's schema from SQL DDL: `pg_dump --schema-only` or hand-written migrations in order.
//!
//! Statements are applied one after another, as a server would, each to the catalog that the ones before
//! have built. What cannot be read is skipped with a note and spoils nothing else.

mod alter;
mod column;
mod complexity;
mod constraint;
mod drop;
mod expression;
mod index;
mod moves;
mod names;
mod operator;
mod policy;
mod reader;
mod rewriting;
mod roles;
mod routine;
mod schemas;
mod session;
mod split;
mod state;
mod statement;
mod table;
mod typedef;
mod view;

use crate::{Catalog, SkippedStatement, SourceMap};

/// What a schema file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaRead {
    /// The schema that its statements build, in order.
    pub catalog: Catalog,
    /// Where things are defined in the text.
    pub sources: SourceMap,
    /// What was not understood though it may matter.
    pub skipped: Vec<SkippedStatement>,
}

/// Reads DDL. Any text gives a result; the default search path is `public`.
pub fn read_ddl(text: &str) -> SchemaRead {
    reader::read(text)
}

#[cfg(test)]
mod tests;
