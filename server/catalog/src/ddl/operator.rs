//! CREATE OPERATOR: only whether comparisons in policies could come to mean it.

use std::collections::BTreeMap;

use squawk_syntax::ast::{self, AstNode};

use super::reader::Reader;
use crate::{COMPARISONS, QualifiedName, operator_override};

impl Reader<'_> {
    /// Between types of PostgreSQL's own, a comparison of the same name and closer types is taken instead of the
    /// one that everybody means: `varchar = varchar`, which is compared as text else.
    pub(super) fn create_operator(&mut self, node: &ast::CreateOperator) {
        let Some(name) = node.op().map(|op| self.text_of(op.syntax())) else { return };
        let symbol = name.rsplit('.').next().unwrap_or(name).trim();
        let options = node.attribute_list().into_iter().flat_map(|list| list.attribute_options());
        let argument = |option: ast::AttributeOption| {
            let argument = option.name().map(|name| self.text_of(name.syntax()).to_ascii_lowercase())?;
            let argument = argument.trim_matches('"').to_owned();
            let is_type = matches!(argument.as_str(), "leftarg" | "rightarg");
            is_type.then(|| (argument, option.attribute_value().map(|it| self.text_of(it.syntax()))))
        };
        let arguments: BTreeMap<String, Option<&str>> = options.filter_map(argument).collect();
        let ty = |argument: &str| self.named_type((*arguments.get(argument)?)?);
        match (ty("leftarg"), ty("rightarg")) {
            (Some(left), Some(right)) => {
                let schema = match name.rsplit_once('.') {
                    Some((schema, _)) => schema.trim().trim_matches('"'),
                    None => self.creation_schema(),
                };
                let known = operator_override(&QualifiedName::new(schema, symbol), &left, &right);
                self.catalog.overrides.extend(known);
            }
            // Of two types, or of one that can't be told.
            _ if COMPARISONS.contains(&symbol) => {
                self.note_doubt(format!("the operator {name} could stand for {symbol} in policies"));
            }
            _ => {}
        }
    }
}
