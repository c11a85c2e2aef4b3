//! What roles are granted, by themselves and through others.

use std::collections::BTreeSet;

use pgpe_catalog::{Catalog, Command, QualifiedName, Relation};
use pgpe_sqlgen::CompiledGrant;

/// What a role may touch by its privileges, whatever policies say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Privilege {
    /// The whole table.
    Table,
    /// These columns.
    Columns(Vec<String>),
    /// Nothing.
    None,
}

/// A role as PostgreSQL looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    /// `None`: a role without a name, that has what PUBLIC has.
    pub(super) name: Option<String>,
    /// Roles whose privileges it has, itself included.
    pub(super) held: BTreeSet<String>,
    pub(super) superuser: bool,
    pub(super) bypass_rls: bool,
}

impl Holder {
    /// The role of that name.
    pub(super) fn named(catalog: &Catalog, name: &str) -> Holder {
        let known = catalog.roles.known.get(name);
        Holder {
            name: Some(name.to_owned()),
            held: catalog.roles.privileges_of(name),
            superuser: known.is_some_and(|role| role.superuser),
            bypass_rls: known.is_some_and(|role| role.bypass_rls),
        }
    }

    /// Any role that is granted nothing but what all are.
    pub(super) fn public() -> Holder {
        Holder { name: None, held: BTreeSet::new(), superuser: false, bypass_rls: false }
    }

    /// Whether it counts as the owner of a relation.
    pub(super) fn owns(&self, relation: &Relation) -> bool {
        relation.owner.as_ref().is_some_and(|owner| self.held.contains(owner))
    }

    /// Whether it may use a schema, without which it can't name what is in it.
    pub(super) fn uses(&self, schema: &str, catalog: &Catalog) -> bool {
        let Some(closed) = catalog.closed_schemas.get(schema) else { return true };
        let may = |role: &String| closed.owner.as_ref() == Some(role) || closed.usage.contains(role);
        let predefined = ["pg_read_all_data", "pg_write_all_data"];
        self.superuser || self.held.iter().any(may) || predefined.iter().any(|role| self.held.contains(*role))
    }

    /// What it may touch of a table. An owner counts as having all privileges, though it may have revoked them
    /// from itself.
    pub(super) fn privilege(
        &self,
        relation: &Relation,
        grants: &[CompiledGrant],
        command: Command,
    ) -> Privilege {
        let predefined = match command {
            Command::Select => "pg_read_all_data",
            Command::Insert | Command::Update | Command::Delete => "pg_write_all_data",
        };
        if self.superuser || self.owns(relation) || self.held.contains(predefined) {
            return Privilege::Table;
        }
        let holds = |role: &Option<String>| role.as_ref().is_none_or(|role| self.held.contains(role));
        if grants.iter().any(|grant| holds(&grant.role) && grant.commands.contains(&command)) {
            return Privilege::Table;
        }
        let granted = relation.grants.iter();
        let granted = granted.filter(|grant| grant.privilege == command.keyword() && holds(&grant.role));
        let mut columns = BTreeSet::new();
        for grant in granted {
            match &grant.column {
                None => return Privilege::Table,
                Some(column) => columns.insert(column.as_str()),
            };
        }
        let in_order = relation.columns.iter().filter(|column| columns.contains(column.name.as_str()));
        let columns: Vec<String> = in_order.map(|column| column.name.clone()).collect();
        if columns.is_empty() { Privilege::None } else { Privilege::Columns(columns) }
    }
}

impl Privilege {
    /// Whether it holds for these columns.
    pub(super) fn covers(&self, columns: &BTreeSet<&str>) -> bool {
        match self {
            Privilege::Table => true,
            Privilege::Columns(known) => columns.iter().all(|column| known.iter().any(|it| it == column)),
            Privilege::None => false,
        }
    }
}

/// The roles to speak of: those that are known, and those that tables, grants and policies name.
/// PostgreSQL's own (`pg_…`) are granted to others, and shown there.
pub(super) fn role_names<'c>(
    catalog: &'c Catalog,
    tables: &[QualifiedName],
    others: impl Iterator<Item = &'c str>,
) -> BTreeSet<&'c str> {
    let relations = || tables.iter().filter_map(|table| catalog.relations.get(table));
    let owners = relations().filter_map(|relation| relation.owner.as_deref());
    let grantees = relations().flat_map(|relation| &relation.grants).filter_map(|it| it.role.as_deref());
    let known = catalog.roles.known.keys().map(String::as_str);
    let names = known.chain(owners).chain(grantees).chain(others);
    names.filter(|name| !name.starts_with("pg_") && *name != "public").collect()
}
