//! Types, domains, collations and extensions.

use squawk_syntax::ast::{self, AstNode};

use super::column::{boolean, option_values};
use super::names::{Spelled, name_of, spelled};
use super::reader::Reader;
use super::state::DomainDetails;
use crate::type_name::{Modifiers, domain_type, quote_qualified};
use crate::{BaseType, ColumnType, Domain, QualifiedName};

impl Reader<'_> {
    /// CREATE TYPE. Only enums are kept; other types are known by name where they are used.
    pub(super) fn create_type(&mut self, node: &ast::CreateType) {
        let Some(name) = node.type_name().and_then(|name| spelled(&name)) else { return };
        let Some(ast::CreateTypeKind::EnumType(kind)) = node.kind() else { return };
        let variants = kind.variant_list().into_iter().flat_map(|list| list.variants());
        let labels = variants.filter_map(|variant| variant.literal()?.string_value()).collect();
        self.catalog.enums.insert(self.created(&name), labels);
    }

    /// ALTER TYPE.
    pub(super) fn alter_type(&mut self, node: &ast::AlterType) {
        let Some(name) = node.type_name_ref().and_then(|name| spelled(&name)) else { return };
        match node.action() {
            Some(ast::AlterTypeAction::AddValue(action)) => self.add_label(&name, &action),
            Some(ast::AlterTypeAction::RenameValue(action)) => {
                let mut labels = action.syntax().children().filter_map(ast::Literal::cast);
                let old = labels.next().and_then(|label| label.string_value());
                let new = labels.next().and_then(|label| label.string_value());
                if let (Some(old), Some(new), Some(name)) = (old, new, self.find_enum(&name)) {
                    let labels = self.catalog.enums.get_mut(&name).into_iter().flatten();
                    labels.filter(|label| **label == old).for_each(|label| label.clone_from(&new));
                }
            }
            Some(ast::AlterTypeAction::TypeRenameTo(action)) => {
                if let Some(new) = action.type_name().and_then(|new| spelled(&new)) {
                    self.move_type(&name, None, Some(&new.name));
                }
            }
            Some(ast::AlterTypeAction::SetSchema(action)) => {
                if let Some(schema) = action.schema_ref() {
                    self.move_type(&name, Some(&name_of(&schema)), None);
                }
            }
            _ => {}
        }
    }

    fn find_enum(&self, name: &Spelled) -> Option<QualifiedName> {
        self.resolve(name, |name| self.catalog.enums.contains_key(name))
    }

    fn add_label(&mut self, name: &Spelled, action: &ast::AddValue) {
        let Some(label) = action.literal().and_then(|label| label.string_value()) else { return };
        let (neighbour, after) = match action.value_position() {
            Some(ast::ValuePosition::BeforeValue(position)) => (position.literal(), false),
            Some(ast::ValuePosition::AfterValue(position)) => (position.literal(), true),
            None => (None, true),
        };
        let neighbour = neighbour.and_then(|label| label.string_value());
        let Some(labels) = self.find_enum(name).and_then(|name| self.catalog.enums.get_mut(&name)) else {
            return self.note(format!("the type {} is not an enum that is defined here", name.name));
        };
        if labels.contains(&label) {
            return;
        }
        let at = neighbour.and_then(|neighbour| labels.iter().position(|label| *label == neighbour));
        labels.insert(at.map_or(labels.len(), |at| at + usize::from(after)), label);
    }

    /// CREATE DOMAIN.
    pub(super) fn create_domain(&mut self, node: &ast::CreateDomain) {
        let Some(name) = node.domain().and_then(|name| spelled(&name)) else { return };
        let name = self.created(&name);
        let Some(mut base) = node.ty().and_then(|ty| self.type_of(&ty, Modifiers::Keep)) else {
            return self.note(format!("the type of the domain {name} was not understood"));
        };
        let mut details = DomainDetails { over: base.domain.take(), not_null: false };
        if let Some(over) = details.over.as_ref().and_then(|over| self.catalog.domains.get(over)) {
            base = over.base.clone();
        }
        for qualifier in node.domain_qualifiers() {
            match qualifier {
                ast::DomainQualifier::Collate(collate) => base.collation = self.collation_of(&collate),
                ast::DomainQualifier::Constraint(ast::Constraint::NotNullConstraint(_)) => {
                    details.not_null = true
                }
                ast::DomainQualifier::Constraint(_) => {}
            }
        }
        self.catalog.domains.insert(name.clone(), Domain { base, not_null: false });
        self.domains.insert(name, details);
    }

    /// ALTER DOMAIN.
    pub(super) fn alter_domain(&mut self, node: &ast::AlterDomain) {
        let Some(name) = node.domain_ref().and_then(|name| spelled(&name)) else { return };
        let found = self.resolve(&name, |name| self.domains.contains_key(name));
        let Some(found) = found else {
            return self.note(format!("the domain {} is not defined here", self.created(&name)));
        };
        match node.action() {
            Some(ast::AlterDomainAction::SetNotNull(_)) => self.set_domain_not_null(&found, true),
            Some(ast::AlterDomainAction::DropNotNull(_)) => self.set_domain_not_null(&found, false),
            Some(ast::AlterDomainAction::AddConstraint(add)) => {
                if let Some(ast::Constraint::NotNullConstraint(_)) = add.constraint() {
                    self.set_domain_not_null(&found, true);
                }
            }
            Some(ast::AlterDomainAction::DomainRenameTo(action)) => {
                if let Some(new) = action.domain().and_then(|new| spelled(&new)) {
                    self.move_type(&name, None, Some(&new.name));
                }
            }
            Some(ast::AlterDomainAction::SetSchema(action)) => {
                if let Some(schema) = action.schema_ref() {
                    self.move_type(&name, Some(&name_of(&schema)), None);
                }
            }
            _ => {}
        }
    }

    fn set_domain_not_null(&mut self, name: &QualifiedName, not_null: bool) {
        if let Some(details) = self.domains.get_mut(name) {
            details.not_null = not_null;
        }
    }

    /// Whether a domain, or one that it is over, is NOT NULL.
    pub(super) fn domain_not_null(&self, name: &QualifiedName) -> bool {
        let mut next = Some(name);
        // A chain cannot be longer than the number of domains.
        for _ in 0..=self.domains.len() {
            let Some(details) = next.and_then(|name| self.domains.get(name)) else { return false };
            if details.not_null {
                return true;
            }
            next = details.over.as_ref();
        }
        false
    }

    /// Renames a type or domain, or moves it to another schema, everywhere that it is used.
    pub(super) fn move_type(&mut self, spelled: &Spelled, schema: Option<&str>, name: Option<&str>) {
        let known = |name: &QualifiedName| {
            self.catalog.enums.contains_key(name) || self.catalog.domains.contains_key(name)
        };
        let old = self.resolve(spelled, known).unwrap_or_else(|| self.created(spelled));
        let new = QualifiedName::new(schema.unwrap_or(&old.schema), name.unwrap_or(&old.name));
        self.rename_type(&old, &new);
    }

    /// Gives a type a new name everywhere.
    pub(super) fn rename_type(&mut self, old: &QualifiedName, new: &QualifiedName) {
        if let Some(labels) = self.catalog.enums.remove(old) {
            self.catalog.enums.insert(new.clone(), labels);
        }
        if let Some(domain) = self.catalog.domains.remove(old) {
            self.catalog.domains.insert(new.clone(), domain);
        }
        if let Some(details) = self.domains.remove(old) {
            self.domains.insert(new.clone(), details);
        }
        for details in self.domains.values_mut().filter(|details| details.over.as_ref() == Some(old)) {
            details.over = Some(new.clone());
        }
        let columns = self.catalog.relations.values_mut().flat_map(|relation| &mut relation.columns);
        let functions = self.catalog.functions.values_mut().flatten();
        let types = columns
            .map(|column| &mut column.ty)
            .chain(self.catalog.domains.values_mut().map(|domain| &mut domain.base))
            .chain(functions.flat_map(|function| function.arguments.iter_mut().chain(&mut function.returns)));
        types.for_each(|ty| rename_in_type(ty, old, new));
    }

    /// CREATE EXTENSION. `plpgsql`, which every database has, is not kept.
    pub(super) fn create_extension(&mut self, node: &ast::CreateExtension) {
        let Some(name) = node.extension().map(|name| name_of(&name)) else { return };
        if name == "plpgsql" || self.catalog.extensions.contains_key(&name) {
            return;
        }
        let schema = node.extension_schema().and_then(|schema| schema.schema_ref());
        let schema = schema.map_or_else(|| self.creation_schema().to_owned(), |schema| name_of(&schema));
        self.catalog.extensions.insert(name, schema);
    }

    /// ALTER EXTENSION … SET SCHEMA.
    pub(super) fn alter_extension(&mut self, node: &ast::AlterExtension) {
        let Some(name) = node.extension_ref().map(|name| name_of(&name)) else { return };
        let Some(ast::AlterExtensionAction::SetSchema(action)) = node.action() else { return };
        let Some(schema) = action.schema_ref().map(|schema| name_of(&schema)) else { return };
        let old = self.catalog.extensions.insert(name.clone(), schema.clone());
        if let Some(old) = old.filter(|_| name == "citext") {
            self.rename_type(&QualifiedName::new(old, "citext"), &QualifiedName::new(schema, "citext"));
        }
    }

    /// CREATE COLLATION.
    pub(super) fn create_collation(&mut self, node: &ast::CreateCollation) {
        let Some(name) = node.collation().and_then(|name| spelled(&name)) else { return };
        let name = self.created(&name);
        let deterministic = match node.definition() {
            Some(ast::CreateCollationDefinition::AttributeList(list)) => option_values(&list)
                .iter()
                .rfind(|(option, _)| option == "deterministic")
                .is_none_or(|(_, value)| boolean(value.as_deref()) == Some(true)),
            Some(ast::CreateCollationDefinition::CollationFrom(from)) => {
                let from = from.collation_ref().and_then(|from| spelled(&from));
                let known = from.as_ref().and_then(|from| {
                    self.resolve(from, |name| self.catalog.nondeterministic_collations.contains(name))
                });
                known.is_none()
            }
            None => return,
        };
        if deterministic {
            self.collations.insert(name);
        } else {
            self.catalog.nondeterministic_collations.insert(name);
        }
    }

    /// ALTER COLLATION … RENAME TO / SET SCHEMA.
    pub(super) fn alter_collation(&mut self, node: &ast::AlterCollation) {
        let Some(name) = node.collation_ref().and_then(|name| spelled(&name)) else { return };
        let known = |name: &QualifiedName| {
            self.collations.contains(name) || self.catalog.nondeterministic_collations.contains(name)
        };
        let Some(old) = self.resolve(&name, known) else { return };
        let new = match node.action() {
            Some(ast::AlterCollationAction::CollationRenameTo(action)) => {
                let Some(new) = action.collation().and_then(|new| spelled(&new)) else { return };
                QualifiedName::new(&old.schema, new.name)
            }
            Some(ast::AlterCollationAction::SetSchema(action)) => {
                let Some(schema) = action.schema_ref() else { return };
                QualifiedName::new(name_of(&schema), &old.name)
            }
            _ => return,
        };
        for collations in [&mut self.collations, &mut self.catalog.nondeterministic_collations] {
            if collations.remove(&old) {
                collations.insert(new.clone());
            }
        }
    }
}

/// Replaces a type's name in a column's type. Arrays and unknown types are known by their display alone.
fn rename_in_type(ty: &mut ColumnType, old: &QualifiedName, new: &QualifiedName) {
    let (old_text, new_text) = (quote_qualified(old), quote_qualified(new));
    if ty.domain.as_ref() == Some(old) {
        let base = ColumnType { domain: None, ..ty.clone() };
        *ty = ColumnType { collation: ty.collation, ..domain_type(new, &base) };
    }
    match &mut ty.base {
        BaseType::Enum(name) if name == old => name.clone_from(new),
        BaseType::Citext { schema } if *schema == old.schema && old.name == "citext" => {
            *schema = new.schema.to_string();
        }
        BaseType::Other(name) => {
            if let Some(renamed) = renamed_display(name, &old_text, &new_text) {
                *name = renamed;
            }
        }
        _ => {}
    }
    if ty.domain.is_none()
        && let Some(renamed) = renamed_display(&ty.display, &old_text, &new_text)
    {
        ty.display = renamed.into();
    }
}

/// `old`, `old[]` or `old(…)` becomes the same of `new`.
fn renamed_display(display: &str, old: &str, new: &str) -> Option<String> {
    let rest = display.strip_prefix(old)?;
    (rest.is_empty() || rest.starts_with(['[', '('])).then(|| format!("{new}{rest}"))
}
