//! Schemas: who owns them, and who may use them.

use std::collections::BTreeSet;

use squawk_syntax::ast;

use super::names::name_of;
use super::reader::Reader;

/// All roles, in the place of a role.
pub(super) const PUBLIC: &str = "public";

/// What is known of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct SchemaDetails {
    pub(super) owner: Option<String>,
    /// Roles that were granted USAGE.
    pub(super) usage: BTreeSet<String>,
}

impl SchemaDetails {
    /// The schema `public` of a new database.
    pub(super) fn open() -> SchemaDetails {
        SchemaDetails { owner: None, usage: BTreeSet::from([PUBLIC.to_owned()]) }
    }
}

impl Reader<'_> {
    /// A schema that a statement makes, unless it is there already.
    pub(super) fn add_schema(&mut self, name: &str, owner: Option<String>) {
        self.schemas.entry(name.to_owned()).or_insert_with(|| SchemaDetails { owner, ..Default::default() });
    }

    /// ALTER SCHEMA.
    pub(super) fn alter_schema(&mut self, node: &ast::AlterSchema) {
        let Some(name) = node.schema_ref().map(|schema| name_of(&schema)) else { return };
        match node.action() {
            Some(ast::AlterSchemaAction::SchemaRenameTo(action)) => {
                let Some(new) = action.schema().map(|schema| name_of(&schema)) else { return };
                self.rename_schema(&name, &new);
                if let Some(schema) = self.schemas.remove(&name) {
                    self.schemas.insert(new, schema);
                }
            }
            Some(ast::AlterSchemaAction::OwnerTo(action)) => {
                let owner = action.role_ref().and_then(|role| self.role_name(&role));
                if let Some(schema) = self.schemas.get_mut(&name) {
                    schema.owner = owner;
                }
            }
            None => {}
        }
    }

    /// GRANT USAGE ON SCHEMA, or REVOKE.
    pub(super) fn set_usage(&mut self, schemas: &[String], roles: &[String], granted: bool) {
        for schema in schemas {
            // One that was not made here may be anybody's.
            let Some(schema) = self.schemas.get_mut(schema) else { continue };
            match granted {
                true => schema.usage.extend(roles.iter().cloned()),
                false => schema.usage.retain(|role| !roles.contains(role)),
            }
        }
    }
}
