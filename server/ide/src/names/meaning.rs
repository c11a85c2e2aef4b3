//! What a name stands for, by the schema.

use std::collections::BTreeSet;

use pgpe_catalog::{Catalog, QualifiedName};

use super::{Name, Scope};
use crate::database::{Db, Project, SourceFile};
use crate::queries::{self, ItemKey};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entity {
    /// The policies of that name: one, unless it is a mistake.
    Policy(String),
    /// A setting; PostgreSQL does not tell cases apart.
    Session(String),
    /// A role.
    Role(String),
    /// Tables; empty if the schema has none such.
    Tables(BTreeSet<QualifiedName>),
    /// The columns of that name; of no table if the schema has none such.
    Column { tables: BTreeSet<QualifiedName>, column: String },
    /// The functions of that name; the schema is `None` if it is not written and not known.
    Function { schema: Option<String>, function: String },
}

impl Entity {
    /// Whether both stand for the same, or for something that they share.
    pub(crate) fn is(&self, other: &Entity) -> bool {
        match (self, other) {
            (Entity::Session(left), Entity::Session(right)) => left.eq_ignore_ascii_case(right),
            (Entity::Tables(left), Entity::Tables(right)) => !left.is_disjoint(right),
            (Entity::Column { tables: left, column }, Entity::Column { tables: right, column: other }) => {
                column == other && (!left.is_disjoint(right) || left.is_empty() && right.is_empty())
            }
            (left, right) => left == right,
        }
    }

    /// Whether a name can stand for it, as far as that can be told without looking it up.
    pub(super) fn may_be(&self, name: &Name) -> bool {
        match (self, name) {
            (Entity::Policy(entity), Name::Policy(name)) | (Entity::Role(entity), Name::Role(name)) => {
                entity == name
            }
            (Entity::Session(entity), Name::Session(name)) => entity.eq_ignore_ascii_case(name),
            (Entity::Column { column: entity, .. }, Name::Column { column: name, .. }) => entity == name,
            (Entity::Function { function: entity, .. }, Name::Function { function: name, .. }) => {
                entity == name
            }
            (Entity::Tables(tables), Name::Table { table, .. }) => tables.iter().any(|it| it.name == *table),
            (Entity::Tables(_), Name::Pattern(_) | Name::Configured(_)) => true,
            _ => false,
        }
    }
}

/// Looks a name of a file up.
pub(crate) fn entity(db: &dyn Db, project: Project, file: SourceFile, name: &Name) -> Entity {
    match name {
        Name::Policy(name) => Entity::Policy(name.clone()),
        Name::Session(key) => Entity::Session(key.clone()),
        Name::Role(role) => Entity::Role(role.clone()),
        Name::Function { schema, function } => self::function(db, project, schema.as_deref(), function),
        Name::Column { column, scope } => self::column(db, project, file, column, scope),
        Name::Table { schema, table, item } => {
            Entity::Tables(targets(db, project, file, schema.as_deref(), table, *item))
        }
        Name::Pattern(pattern) => {
            let matches =
                |table: &QualifiedName| pgpe_policy::like::matches(pattern, &table.name) == Ok(true);
            Entity::Tables(candidates(db, project).filter(matches).collect())
        }
        Name::Configured(name) => {
            let relations = queries::catalog(db, project).iter().flat_map(|catalog| catalog.relations.keys());
            let is_it = |table: &&QualifiedName| table.name == *name || table.to_string() == *name;
            Entity::Tables(relations.filter(is_it).cloned().collect())
        }
    }
}

fn function(db: &dyn Db, project: Project, schema: Option<&str>, function: &str) -> Entity {
    let search = &queries::config(db, project).tables.schemas;
    let catalog = queries::catalog(db, project).as_deref();
    let found = catalog.and_then(|catalog| catalog.functions_named(function, schema, search));
    let schema = found.map(|(name, _)| name.schema.as_str()).or(schema);
    Entity::Function { schema: schema.map(str::to_owned), function: function.to_owned() }
}

fn column(db: &dyn Db, project: Project, file: SourceFile, column: &str, scope: &Scope) -> Entity {
    let catalog = queries::catalog(db, project).as_deref();
    let has_it = |table: &QualifiedName| has_column(catalog, table, column);
    let governed = |item| governed(db, project, file, item).iter().filter(|table| has_it(table)).cloned();
    let tables = match scope {
        Scope::Governed(item) => governed(*item).collect(),
        Scope::Selecting(item) => {
            let selected: BTreeSet<QualifiedName> = governed(*item).collect();
            // A column that is asked not to be there.
            if selected.is_empty() { candidates(db, project).filter(has_it).collect() } else { selected }
        }
        Scope::Target { schema, table, item } => {
            let mut tables = targets(db, project, file, schema.as_deref(), table, *item);
            tables.retain(has_it);
            tables
        }
    };
    Entity::Column { tables, column: column.to_owned() }
}

fn has_column(catalog: Option<&Catalog>, table: &QualifiedName, column: &str) -> bool {
    catalog.is_some_and(|catalog| catalog.relations.get(table).is_some_and(|it| it.column(column).is_some()))
}

fn candidates(db: &dyn Db, project: Project) -> impl Iterator<Item = QualifiedName> {
    queries::candidates(db, project).tables().iter().cloned()
}

fn governed(db: &dyn Db, project: Project, file: SourceFile, item: usize) -> &[QualifiedName] {
    queries::selected(db, project, ItemKey::new(db, file, item))
}

/// The tables that a name stands for; without a schema that may differ by the governed table.
fn targets(
    db: &dyn Db,
    project: Project,
    file: SourceFile,
    schema: Option<&str>,
    table: &str,
    item: usize,
) -> BTreeSet<QualifiedName> {
    let Some(catalog) = queries::catalog(db, project).as_deref() else { return BTreeSet::new() };
    let config = queries::config(db, project);
    let look_up = |governed| pgpe_policy::look_up(schema, table, governed, catalog, config);
    let governed = governed(db, project, file, item);
    // Before a selector is written, nothing is governed yet.
    let found = governed
        .iter()
        .map(|table| look_up(Some(table)))
        .chain([governed.is_empty().then(|| look_up(None)).flatten()]);
    found.flatten().map(|(name, _)| name.clone()).collect()
}
