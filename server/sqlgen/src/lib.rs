//! From normal form and catalog to SQL: the policies that PostgreSQL is to have, and the script that makes
//! them.
//!
//! Deterministic, and separate for each table. Expressions mean the same under any `search_path` as far as
//! types and functions outside `pg_catalog` go, and no name or literal of the input can end early.

mod compile;
mod compiled;
mod expression;
mod keywords;
mod operand;
mod quote;
mod types;

pub use compile::{
    GrantInput, TableInput, compile, compile_clauses, compile_policy, compile_policy_on_clone, compile_table,
    compile_table_on_clone, create_policy,
};
pub use compiled::{Compiled, CompiledGrant, CompiledPolicy, CompiledTable, WrittenClause};
pub use quote::{comment_text, dollar_quoted, quote_identifier, quote_literal, quote_qualified};

#[cfg(test)]
mod tests;
