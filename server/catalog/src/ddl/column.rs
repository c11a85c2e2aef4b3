//! Column definitions: names, types, collations and what is written after them.

use squawk_syntax::ast::{self, AstNode};

use super::constraint::{Constraint, read_constraint};
use super::names::{name_of, range_of, spelled};
use super::reader::Reader;
use crate::type_name::{Modifiers, TypeName};
use crate::{BaseType, Collation, Column, ColumnType, QualifiedName};

/// The parts of a column definition in CREATE TABLE or ADD COLUMN.
pub(super) struct Definition {
    pub(super) name: ast::ColumnName,
    pub(super) ty: Option<ast::Type>,
    pub(super) collate: Option<ast::Collate>,
    pub(super) constraints: Vec<ast::Constraint>,
}

impl Definition {
    /// From CREATE TABLE.
    pub(super) fn of_column(column: &ast::Column) -> Option<Definition> {
        let mut definition =
            Definition { name: column.name()?, ty: column.ty(), collate: None, constraints: Vec::new() };
        for clause in column.clauses() {
            match clause {
                ast::ColumnClause::Collate(collate) => definition.collate = Some(collate),
                ast::ColumnClause::ColumnConstraint(constraint) => {
                    definition.constraints.extend(ast::Constraint::cast(constraint.syntax().clone()));
                }
                _ => {}
            }
        }
        Some(definition)
    }

    /// From ADD COLUMN.
    pub(super) fn of_addition(column: &ast::AddColumn) -> Option<Definition> {
        Some(Definition {
            name: column.column_name()?,
            ty: column.ty(),
            collate: column.collate(),
            constraints: column.constraints().collect(),
        })
    }
}

impl Reader<'_> {
    /// The column and the constraints that are written at it. None if its type cannot be read.
    pub(super) fn read_column(&self, definition: &Definition) -> Option<(Column, Vec<Constraint>)> {
        let name = name_of(&definition.name);
        let type_name = TypeName::parse(self.text_of(definition.ty.as_ref()?.syntax()))?;
        let serial = type_name.serial();
        let not_null = serial.is_some();
        let mut ty = match serial {
            Some(base) => ColumnType::plain(base),
            None => self.resolve_type(&type_name, Modifiers::Keep),
        };
        if let Some(collate) = &definition.collate {
            ty.collation = self.collation_of(collate);
        }
        let constraints = self.constraints_at(&name, definition);
        Some((Column { name, ty, not_null, comment: None }, constraints))
    }

    /// The constraints that are written at a column.
    pub(super) fn constraints_at(&self, name: &str, definition: &Definition) -> Vec<Constraint> {
        definition
            .constraints
            .iter()
            .filter_map(|constraint| read_constraint(constraint, Some(name)))
            .collect()
    }

    /// Adds a column to a relation, defined at a place of the current statement.
    pub(super) fn push_column(&mut self, table: &QualifiedName, column: Column, definition: &Definition) {
        let range = self.in_file(&range_of(definition.name.syntax()));
        self.sources.columns.insert((table.clone(), column.name.clone()), range);
        if let Some(relation) = self.relation_mut(table) {
            relation.columns.push(column);
        }
    }

    /// What is known of a collation.
    pub(super) fn collation_of(&self, collate: &ast::Collate) -> Collation {
        let Some(name) = collate.collation_ref().and_then(|name| spelled(&name)) else {
            return Collation::Nondeterministic;
        };
        let own = |name: &QualifiedName| {
            self.catalog.nondeterministic_collations.contains(name) || self.collations.contains(name)
        };
        let builtin = name.schema.is_none() || name.schema.as_deref() == Some("pg_catalog");
        match name.name.as_str() {
            "default" if builtin => return Collation::Default,
            "C" | "POSIX" | "ucs_basic" if builtin => return Collation::Bytewise,
            _ => {}
        }
        match self.resolve(&name, own) {
            Some(own) if self.catalog.nondeterministic_collations.contains(&own) => {
                Collation::Nondeterministic
            }
            Some(_) => Collation::Deterministic,
            None if name.schema.as_deref() == Some("pg_catalog") => Collation::Deterministic,
            None if name.schema.is_none() && looks_predefined(&name.name) => Collation::Deterministic,
            // Defined elsewhere, perhaps so that different text is equal.
            None => Collation::Nondeterministic,
        }
    }
}

/// Whether a collation has a name that PostgreSQL gives those of the operating system, ICU or its own.
fn looks_predefined(name: &str) -> bool {
    let locale = |name: &str| {
        let mut bytes = name.bytes();
        let language = bytes.by_ref().take_while(u8::is_ascii_lowercase).count();
        let rest = name.get(language..).unwrap_or_default();
        (2..=3).contains(&language) && (rest.is_empty() || rest.starts_with(['_', '.', '@']))
    };
    name.ends_with("-x-icu")
        || name.starts_with("C.")
        || name == "unicode"
        || name.starts_with("pg_")
        || locale(name)
}

/// The value of a boolean option such as `security_invoker`, as PostgreSQL reads it; none if it is not
/// one. An option without a value is on.
pub(super) fn boolean(text: Option<&str>) -> Option<bool> {
    let Some(text) = text else { return Some(true) };
    let text = text.trim_matches('\'').to_ascii_lowercase();
    let prefix_of = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    if prefix_of("true", 1) || prefix_of("yes", 1) || text == "on" || text == "1" {
        Some(true)
    } else if prefix_of("false", 1) || prefix_of("no", 1) || prefix_of("off", 2) || text == "0" {
        Some(false)
    } else {
        None
    }
}

/// The options of `WITH (a = b, …)`, names in lower case, values as written.
pub(super) fn option_values(list: &ast::AttributeList) -> Vec<(String, Option<String>)> {
    list.attribute_options()
        .filter_map(|option| {
            let name = name_of(&option.name()?);
            Some((name, option.attribute_value().map(|value| value.syntax().text().to_string())))
        })
        .collect()
}

/// The type of a view's column, which DDL does not tell.
pub(super) fn unknown_type() -> ColumnType {
    ColumnType::plain(BaseType::Other("unknown".to_owned()))
}
