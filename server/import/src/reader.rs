//! What an expression is read with, and what is learnt on the way.

use std::collections::BTreeSet;

use pgpe_catalog::{Catalog, QualifiedName, Relation};
use pgpe_config::Config;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast;

use crate::outside::{Outside, Read};
use crate::scope::{Level, Levels};
use crate::sql;
use crate::written::Clauses;

/// Reads the expressions of policies on one table.
pub(crate) struct Reader<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) config: &'a Config,
    pub(crate) levels: Levels<'a>,
    /// See [`Imported::one_sided_errors`](crate::Imported::one_sided_errors).
    pub(crate) one_sided_errors: BTreeSet<String>,
    depth: usize,
}

/// Expressions that nest deeper are not read.
const MAX_DEPTH: usize = 60;

/// More clauses than anybody would want to read.
const MAX_CLAUSES: usize = 48;

impl<'a> Reader<'a> {
    pub(crate) fn new(
        catalog: &'a Catalog,
        config: &'a Config,
        (table, relation): (&'a QualifiedName, &'a Relation),
    ) -> Reader<'a> {
        let levels = Levels(vec![Level { table, relation, alias: None }]);
        Reader { catalog, config, levels, one_sided_errors: BTreeSet::new(), depth: 0 }
    }

    /// The clauses for which a whole expression is TRUE.
    pub(crate) fn expression(&mut self, text: &str) -> Read<Clauses> {
        let expr = sql::parse(text)?;
        self.condition(&expr, true)
    }

    /// Reads something that stands inside something else.
    pub(crate) fn deeper<T>(
        &mut self,
        node: &SyntaxNode,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Outside::at(node, "is nested too deeply"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The schemas in which unqualified names of types and functions are looked up.
    pub(crate) fn search_path(&self) -> Vec<String> {
        let own = self.levels.0.first().map(|level| level.table.schema.to_string());
        let mut path: Vec<String> = own.into_iter().collect();
        for schema in &self.config.tables.schemas {
            if !path.contains(schema) {
                path.push(schema.clone());
            }
        }
        path
    }
}

/// Clauses of which one or the other holds.
pub(crate) fn either(mut left: Clauses, right: Clauses, node: &SyntaxNode) -> Read<Clauses> {
    left.extend(right);
    limited(left, node)
}

/// Clauses that hold together.
pub(crate) fn both(left: &Clauses, right: &Clauses, node: &SyntaxNode) -> Read<Clauses> {
    if left.len().saturating_mul(right.len()) > MAX_CLAUSES {
        return Err(too_many(node));
    }
    let mut clauses = Clauses::new();
    for one in left {
        for other in right {
            let mut clause = one.clone();
            clause.extend(other.iter().filter(|it| !one.contains(it)).cloned());
            clauses.push(clause);
        }
    }
    Ok(clauses)
}

fn limited(clauses: Clauses, node: &SyntaxNode) -> Read<Clauses> {
    if clauses.len() > MAX_CLAUSES { Err(too_many(node)) } else { Ok(clauses) }
}

fn too_many(node: &SyntaxNode) -> Outside {
    Outside::at(node, format!("would take more than {MAX_CLAUSES} clauses"))
}

/// The node of an expression.
pub(crate) fn node(expr: &ast::Expr) -> &SyntaxNode {
    use squawk_syntax::ast::AstNode;
    expr.syntax()
}
