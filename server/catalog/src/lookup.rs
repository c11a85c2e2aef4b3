//! Finding things in a catalog.

use crate::type_name::{Modifiers, TypeName};
use crate::{BaseType, Catalog, ColumnType, ForeignKey, Function, QualifiedName, Relation};

impl Catalog {
    /// The relation of that name.
    pub fn table(&self, name: &QualifiedName) -> Option<&Relation> {
        self.relations.get(name)
    }

    /// The relations that can have policies, by name.
    pub fn tables(&self) -> impl Iterator<Item = (&QualifiedName, &Relation)> {
        self.relations.iter().filter(|(_, relation)| relation.kind.is_table())
    }

    /// The relation that a name stands for: in `schema` if one is given, else in the first of the schemas
    /// to `search` that has it.
    pub fn resolve<'c>(
        &'c self,
        name: &str,
        schema: Option<&str>,
        search: &[String],
    ) -> Option<(&'c QualifiedName, &'c Relation)> {
        in_schemas(name, schema, search).find_map(|name| self.relations.get_key_value(&name))
    }

    /// The functions that a name may stand for, as in [`Catalog::resolve`]: all overloads of the first
    /// schema that has one.
    pub fn functions_named<'c>(
        &'c self,
        name: &str,
        schema: Option<&str>,
        search: &[String],
    ) -> Option<(&'c QualifiedName, &'c [Function])> {
        let found = in_schemas(name, schema, search).find_map(|name| self.functions.get_key_value(&name));
        found.map(|(name, overloads)| (name, overloads.as_slice()))
    }

    /// The type that a text names: any spelling of PostgreSQL's own types, an enum or domain of the
    /// catalog, or another type that some column has. Unqualified names are looked for in `schemas`.
    pub fn type_by_name(&self, text: &str, schemas: &[String]) -> Option<ColumnType> {
        let name = TypeName::parse(text).filter(|name| !name.set)?;
        if let Some(serial) = name.serial() {
            return Some(ColumnType::plain(serial));
        }
        for schema in
            name.schema.iter().chain(schemas).take(if name.schema.is_some() { 1 } else { usize::MAX })
        {
            let ty = name.resolve(self, std::slice::from_ref(schema), Modifiers::Keep);
            if name.is_builtin_element() || !matches!(ty.base, BaseType::Other(_)) || self.has_type(&ty.base)
            {
                return Some(ty);
            }
        }
        // Without any schema PostgreSQL's own types are known all the same.
        (schemas.is_empty() && name.is_builtin_element())
            .then(|| name.resolve(self, schemas, Modifiers::Keep))
    }

    /// The type that PostgreSQL's `format_type` prints so with an empty search path; `None` if the text is no
    /// type.
    pub fn displayed_type(&self, text: &str) -> Option<ColumnType> {
        let name = TypeName::parse(text).filter(|name| !name.set)?;
        Some(name.resolve(self, &[], Modifiers::Keep))
    }

    /// Whether a column has that type, or it is an array of one that the catalog defines.
    fn has_type(&self, base: &BaseType) -> bool {
        let BaseType::Other(name) = base else { return false };
        let element = name.strip_suffix("[]");
        let defined = self.enums.keys().chain(self.domains.keys());
        element.is_some_and(|element| {
            defined.into_iter().any(|name| crate::type_name::quote_qualified(name) == element)
        }) || self
            .relations
            .values()
            .flat_map(|relation| &relation.columns)
            .any(|column| column.ty.base == *base)
    }

    /// The foreign keys of all tables that refer to a table.
    pub fn foreign_keys_to<'c>(
        &'c self,
        target: &'c QualifiedName,
    ) -> impl Iterator<Item = (&'c QualifiedName, &'c ForeignKey)> {
        self.relations.iter().flat_map(move |(table, relation)| {
            let keys = relation.foreign_keys.iter().filter(move |key| key.target == *target);
            keys.map(move |key| (table, key))
        })
    }
}

/// The names to try, best first.
fn in_schemas<'n>(
    name: &'n str,
    schema: Option<&'n str>,
    search: &'n [String],
) -> impl Iterator<Item = QualifiedName> + use<'n> {
    let searched = if schema.is_some() { &[] } else { search };
    let schemas = schema.into_iter().chain(searched.iter().map(String::as_str));
    schemas.map(move |schema| QualifiedName::new(schema, name))
}

impl Function {
    /// Whether it can be called with that many arguments.
    pub fn takes(&self, count: usize) -> bool {
        (self.arguments.len().saturating_sub(self.defaults)..=self.arguments.len()).contains(&count)
    }
}

#[cfg(test)]
mod tests;
