//! Session settings: where reading one as PostgreSQL's policy does, and as the language does, comes to the
//! same.
//!
//! They differ where a setting is missing or empty. A condition on one must then be TRUE in both or in
//! neither. Where one raises an error and the other is NULL, [`crate::missing`] decides: an error also keeps
//! other conditions from letting rows pass.

use pgpe_catalog::{BaseType, Catalog, ColumnType, Family};
use pgpe_config::MissingSetting;
use pgpe_policy::source::{CompareOp, Literal};
use squawk_syntax::SyntaxNode;

use crate::outside::{Outside, Read};
use crate::reader::Reader;

/// How a policy reads a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `current_setting(k)`: an error where it is missing.
    Strict,
    /// `current_setting(k, true)`: NULL where it is missing.
    Lenient,
    /// `nullif(current_setting(k), '')`
    StrictNotEmpty,
    /// `nullif(current_setting(k, true), '')`
    LenientNotEmpty,
}

/// What is done with a setting's value.
pub(crate) enum Use<'a> {
    /// Compared as a type, with a literal if there is one.
    Compare(CompareOp, Option<&'a Literal>, &'a ColumnType),
    /// Tested for being one of literals.
    In { negated: bool, list: &'a [Literal], ty: &'a ColumnType },
    /// Matched with a pattern, or as one.
    Like { negated: bool, pattern: Option<&'a Literal> },
    /// `IS [NOT] NULL`
    Null { negated: bool },
    /// Passed to a function.
    Argument,
}

impl Reader<'_> {
    /// Whether a setting that is read in that form for that use is what `session(…)` compiles to.
    pub(crate) fn setting(&mut self, node: &SyntaxNode, key: &str, form: Form, used: &Use<'_>) -> Read<()> {
        match self.config.session.missing {
            MissingSetting::Error => self.where_missing_is_an_error(node, key, form, used),
            MissingSetting::Deny => self.where_missing_is_null(node, key, form, used),
        }
    }

    /// `session(k)` compiles to `current_setting('k')`.
    fn where_missing_is_an_error(
        &mut self,
        node: &SyntaxNode,
        key: &str,
        form: Form,
        used: &Use<'_>,
    ) -> Read<()> {
        let why = match (form, used) {
            (Form::Strict, _) => return Ok(()),
            (Form::Lenient, Use::Argument) => "passes a setting to a function that may be missing",
            (Form::Lenient, Use::Null { negated: false }) => {
                "tests whether a setting is missing, where the compiled SQL would raise an error"
            }
            (Form::Lenient, _) => {
                self.one_sided_errors.insert(key.to_owned());
                return Ok(());
            }
            (Form::StrictNotEmpty | Form::LenientNotEmpty, _) => {
                "reads an empty setting as NULL, which the compiled SQL does not"
            }
        };
        Err(Outside::at(node, why).with_help("set `session: { missing: deny }` in pgpe.yaml"))
    }

    /// `session(k)` compiles to `nullif(current_setting('k', true), '')`.
    fn where_missing_is_null(
        &mut self,
        node: &SyntaxNode,
        key: &str,
        form: Form,
        used: &Use<'_>,
    ) -> Read<()> {
        let why = match (form, used) {
            (Form::LenientNotEmpty, _) => return Ok(()),
            (Form::StrictNotEmpty, Use::Null { negated: false } | Use::Argument) => {
                "raises an error where the setting is missing, and the compiled SQL reads NULL"
            }
            (Form::Strict | Form::Lenient, used) if self.holds_for_empty(used) => {
                "may be true of an empty setting, which the compiled SQL reads as NULL"
            }
            (form, used) => {
                if form != Form::Lenient || self.refuses_empty_in(used) {
                    self.one_sided_errors.insert(key.to_owned());
                }
                return Ok(());
            }
        };
        Err(Outside::at(node, why).with_help(
            "set `session: { missing: error }` in pgpe.yaml, or read the setting by nullif(current_setting(…, true), '')",
        ))
    }

    /// Whether the empty string raises an error there.
    fn refuses_empty_in(&self, used: &Use<'_>) -> bool {
        match used {
            Use::Compare(_, _, ty) | Use::In { ty, .. } => refuses_empty(ty, self.catalog),
            Use::Like { .. } | Use::Null { .. } | Use::Argument => false,
        }
    }

    /// Whether a condition on an empty setting can be TRUE.
    fn holds_for_empty(&self, used: &Use<'_>) -> bool {
        let not_empty = |literal: &Literal| match literal {
            Literal::String(text) => !text.is_empty(),
            literal => *literal == Literal::Null,
        };
        match used {
            Use::Compare(op, literal, ty) => {
                !(refuses_empty(ty, self.catalog) || *op == CompareOp::Eq && literal.is_some_and(not_empty))
            }
            Use::In { negated, list, ty } => {
                !refuses_empty(ty, self.catalog) && (*negated || !list.iter().all(not_empty))
            }
            Use::Like { negated, pattern } => {
                let Some(Literal::String(pattern)) = pattern else { return true };
                *negated || pattern.chars().all(|character| character == '%')
            }
            Use::Null { .. } | Use::Argument => true,
        }
    }
}

/// Whether `''` is no value of the type, so that the cast raises an error.
fn refuses_empty(ty: &ColumnType, catalog: &Catalog) -> bool {
    match &ty.base {
        BaseType::Enum(name) => {
            catalog.enums.get(name).is_some_and(|labels| labels.iter().all(|label| !label.is_empty()))
        }
        BaseType::Json | BaseType::Jsonb | BaseType::Other(_) => false,
        _ => ty.family() != Family::Text,
    }
}
