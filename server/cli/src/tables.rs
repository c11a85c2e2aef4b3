//! Tables named on the command line.

use anyhow::{anyhow, bail};
use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::nearest;
use pgpe_ide::Analysis;

use crate::scope::is_named;

/// The tables of that name (`table` or `schema.table`); an error if there is none.
pub fn find_tables(analysis: &Analysis, name: &str) -> anyhow::Result<Vec<QualifiedName>> {
    let catalog = require_schema(analysis)?;
    let tables = catalog.relations.keys();
    let found: Vec<QualifiedName> =
        tables.filter(|table| is_named(name, &table.schema, &table.name)).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    Err(no_such_table(&catalog, name))
}

/// The one table of that name (`table` or `schema.table`).
pub fn resolve_table(analysis: &Analysis, name: &str) -> anyhow::Result<QualifiedName> {
    let catalog = require_schema(analysis)?;
    let mut found = catalog.relations.keys().filter(|table| is_named(name, &table.schema, &table.name));
    match (found.next(), found.next()) {
        (None, _) => Err(no_such_table(&catalog, name)),
        (Some(table), None) => Ok(table.clone()),
        (Some(one), Some(other)) => {
            bail!("`{name}` may be {one} or {other}: write the schema in front of it")
        }
    }
}

fn no_such_table(catalog: &Catalog, name: &str) -> anyhow::Error {
    let names: Vec<String> = catalog
        .relations
        .keys()
        .map(|table| if name.contains('.') { table.to_string() } else { table.name.to_string() })
        .collect();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(nearest) => anyhow!("the schema has no table `{name}`: did you mean `{nearest}`?"),
        None => anyhow!("the schema has no table `{name}`: check the name, or bring the schema up to date"),
    }
}

/// The schema; an error if there is none.
pub fn require_schema(analysis: &Analysis) -> anyhow::Result<std::sync::Arc<Catalog>> {
    let Some(catalog) = analysis.catalog()? else {
        bail!(
            "no schema is known: put the output of `pg_dump --schema-only` into schema.sql, or name a file with --schema or under `schema` in pgpe.yaml"
        );
    };
    Ok(catalog)
}
