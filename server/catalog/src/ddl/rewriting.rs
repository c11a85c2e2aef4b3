//! CREATE CAST and CREATE RULE: what makes conditions and statements mean something else than they say.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::names::{name_of, spelled};
use super::reader::Reader;
use crate::type_name::{Modifiers, TypeName};
use crate::types::ColumnType;
use crate::{QualifiedName, cast_override, rule_on};

impl Reader<'_> {
    /// A cast, implicit or not: policies are compiled to casts, and without one of its own PostgreSQL converts
    /// by the text of a value.
    pub(super) fn create_cast(&mut self, node: &ast::CreateCast) {
        let cast = node.cast_sig().and_then(|sig| self.cast_override(&sig));
        self.catalog.overrides.extend(cast);
    }

    /// DROP CAST.
    pub(super) fn drop_cast(&mut self, node: &ast::DropCast) {
        if let Some(cast) = node.cast_sig().and_then(|sig| self.cast_override(&sig)) {
            self.catalog.overrides.remove(&cast);
        }
    }

    fn cast_override(&self, sig: &ast::CastSig) -> Option<String> {
        let text = self.text_of(sig.syntax());
        let at = sig.as_token()?.text_range() - sig.syntax().text_range().start();
        let (source, target) = (text.get(..at.start().into())?, text.get(at.end().into()..)?);
        let source = self.named_type(source.trim().strip_prefix('(')?)?;
        let target = self.named_type(target.trim().strip_suffix(')')?)?;
        cast_override(&source, &target)
    }

    /// The type of that text, without its modifiers.
    pub(super) fn named_type(&self, text: &str) -> Option<ColumnType> {
        Some(self.resolve_type(&TypeName::parse(text.trim())?, Modifiers::Drop))
    }

    /// A rule is run with the rights of its table's owner, on whatever it names.
    pub(super) fn create_rule(&mut self, node: &ast::CreateRule) {
        let (Some(rule), Some(on), Some(what)) = (node.rule(), node.rule_on(), node.rule_do()) else {
            return;
        };
        let Some(table) = on.relation_name_ref().and_then(|name| self.need_relation(&name)) else { return };
        let rule = rule_on(&name_of(&rule), &table);
        // With OR REPLACE, this may be another.
        self.forget_rule(&rule);
        if what.instead_token().is_some() && matches!(what.rule_action(), Some(ast::RuleAction::Nothing(_))) {
            return;
        }
        let mentioned = node.syntax().descendants();
        let mut touched: BTreeSet<QualifiedName> = mentioned
            .filter_map(|node| match ast::RelationNameRef::cast(node.clone()) {
                Some(name) => spelled(&name),
                None => spelled(&ast::TableNameRef::cast(node)?),
            })
            .filter_map(|name| self.find_relation(&name))
            .collect();
        touched.insert(table);
        for name in touched {
            if let Some(relation) = self.relation_mut(&name) {
                relation.rules.insert(rule.clone());
            }
        }
    }

    /// DROP RULE.
    pub(super) fn drop_rule(&mut self, node: &ast::DropRule) {
        let table = node.syntax().descendants().find_map(ast::RelationNameRef::cast);
        let table = table.and_then(|name| self.find_relation(&spelled(&name)?));
        if let (Some(rule), Some(table)) = (node.rule_ref(), table) {
            self.forget_rule(&rule_on(&name_of(&rule), &table));
        }
    }

    fn forget_rule(&mut self, rule: &str) {
        for relation in self.catalog.relations.values_mut() {
            relation.rules.remove(rule);
        }
    }
}
