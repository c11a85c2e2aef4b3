//! CREATE OPERATOR: only whether comparisons in policies could come to mean it.

use squawk_syntax::ast::{self, AstNode};

use super::reader::Reader;
use crate::type_name::{Modifiers, TypeName};
use crate::types::BaseType;

/// Operators that policies are compiled to and read from. `~~` is LIKE.
const COMPARISONS: &[&str] = &["=", "<>", "!=", "<", "<=", ">", ">=", "~~", "!~~"];

impl Reader<'_> {
    /// Between types of PostgreSQL's own, a comparison of the same name and closer types is taken instead of the
    /// one that everybody means: `varchar = varchar`, which is compared as text else.
    pub(super) fn create_operator(&mut self, node: &ast::CreateOperator) {
        let Some(name) = node.op().map(|op| self.text_of(op.syntax())) else { return };
        let symbol = name.rsplit('.').next().unwrap_or(name).trim();
        let options = node.attribute_list().into_iter().flat_map(|list| list.attribute_options());
        let is_builtin = |option: ast::AttributeOption| {
            let argument = option.name().map(|name| self.text_of(name.syntax()).to_ascii_lowercase())?;
            if !matches!(argument.trim_matches('"'), "leftarg" | "rightarg") {
                return None;
            }
            let ty = option.attribute_value().and_then(|value| TypeName::parse(self.text_of(value.syntax())));
            let ty = ty.map(|ty| self.resolve_type(&ty, Modifiers::Drop));
            Some(ty.is_none_or(|ty| !matches!(ty.base, BaseType::Other(_) | BaseType::Citext { .. })))
        };
        let arguments: Vec<bool> = options.filter_map(is_builtin).collect();
        if COMPARISONS.contains(&symbol) && arguments.iter().all(|builtin| *builtin) {
            self.note_doubt(format!(
                "the operator {name} could stand for {symbol} in policies, depending on the search_path"
            ));
        }
    }
}
