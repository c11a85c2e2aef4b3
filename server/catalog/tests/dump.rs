//! The same database, as people write it and as pg_dump prints it, gives the same catalog.

#![allow(clippy::unwrap_used)]

use std::ops::Range;

use pgpe_catalog::ddl::{SchemaRead, read_ddl};
use pgpe_catalog::{Catalog, QualifiedName};

/// Made by `psql -f handwritten.sql`, `pg_dumpall --roles-only` and `pg_dump --schema-only`, PostgreSQL 15.
const HANDWRITTEN: &str = include_str!("data/handwritten.sql");
const ROLES: &str = include_str!("data/roles_dump.sql");
const DUMP: &str = include_str!("data/dump.sql");

/// The two dumps, without the role that every server has, and that the script does not name as an owner.
fn dumped() -> (String, SchemaRead) {
    let text = format!("{ROLES}\n{DUMP}");
    let mut read = read_ddl(&text);
    read.catalog.roles.known.remove("postgres");
    for schema in read.catalog.closed_schemas.values_mut() {
        schema.owner = schema.owner.take().filter(|owner| owner != "postgres");
    }
    (text, read)
}

/// Line by line, so that a difference is found by eye.
fn lines(catalog: &Catalog) -> Vec<String> {
    serde_json::to_string_pretty(catalog).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_dump_gives_the_same_catalog() {
    let written = read_ddl(HANDWRITTEN);
    let (_, dumped) = dumped();
    for (at, (one, other)) in lines(&written.catalog).iter().zip(lines(&dumped.catalog)).enumerate() {
        assert_eq!(*one, other, "line {at}");
    }
    assert_eq!(written.catalog, dumped.catalog);
    assert!(written.catalog.relations.len() > 25);
}

#[test]
fn nothing_is_skipped() {
    assert_eq!(read_ddl(HANDWRITTEN).skipped, []);
    assert_eq!(dumped().1.skipped, []);
}

/// What a range of the text spells, unquoted.
fn spelled(text: &str, range: &Range<u32>) -> String {
    let name = text.get(range.start as usize..range.end as usize).unwrap();
    match name.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\""),
        None => name.to_lowercase(),
    }
}

#[test]
fn sources_spell_the_names() {
    let (text, read) = dumped();
    assert_eq!(read.sources.relations.len(), read.catalog.relations.len());
    for (name, range) in &read.sources.relations {
        assert_eq!(spelled(&text, range).trim_end_matches('"'), name.name.trim_end_matches('"'));
    }
    for ((table, column), range) in &read.sources.columns {
        assert_eq!(spelled(&text, range), *column, "{table}");
    }
    for ((table, policy), range) in &read.sources.policies {
        assert_eq!(spelled(&text, range), *policy, "{table}");
    }
    let policies: usize = read.catalog.relations.values().map(|relation| relation.policies.len()).sum();
    assert_eq!(read.sources.policies.len(), policies);
    let columns: usize = read.catalog.tables().map(|(_, relation)| relation.columns.len()).sum();
    assert!(read.sources.columns.len() >= columns);
}

#[test]
fn a_catalog_survives_json() {
    let catalog = read_ddl(HANDWRITTEN).catalog;
    let text = serde_json::to_string(&catalog).unwrap();
    assert!(text.contains("\"Odd Names.\\\"Table \\\"\\\"One\\\"\\\"\\\"\""), "a name that needs quoting");
    assert_eq!(serde_json::from_str::<Catalog>(&text).unwrap(), catalog);
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Catalog>(&text).unwrap()).unwrap(), text);
}

#[test]
fn moving_lines_leaves_the_catalog_equal() {
    let moved = format!("\n-- a remark\n{}", HANDWRITTEN.replace(";\n", ";\n\n"));
    let (one, other) = (read_ddl(HANDWRITTEN), read_ddl(&moved));
    assert_eq!(one.catalog, other.catalog);
    assert_ne!(one.sources, other.sources);
}

/// The running example of the documentation, with tenants by text or uuid.
#[test]
fn the_running_example() {
    for tenant in ["text", "uuid"] {
        let read = read_ddl(&include_str!("data/saas.sql").replace("TENANT_TYPE", tenant));
        assert_eq!(read.skipped, []);
        let table = |name| read.catalog.table(&QualifiedName::new("public", name)).unwrap();
        assert_eq!(read.catalog.tables().count(), 7);
        assert_eq!(table("tenants").column("id").unwrap().ty.display, tenant);
        let projects = table("projects");
        let not_null: Vec<&str> = projects
            .columns
            .iter()
            .filter(|column| column.not_null)
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(not_null, ["id", "tenant_id", "name", "is_deleted"]);
        let targets: Vec<String> =
            projects.foreign_keys.iter().map(|key| format!("{} {}", key.name, key.target)).collect();
        assert_eq!(
            targets,
            ["projects_owner_id_fkey public.users", "projects_tenant_id_fkey public.tenants"]
        );
        assert_eq!(projects.proof_keys().map(|key| key.columns.join(",")).collect::<Vec<_>>(), ["id"]);
        let to_tasks: Vec<String> = read
            .catalog
            .foreign_keys_to(&QualifiedName::new("public", "tasks"))
            .map(|(table, _)| table.to_string())
            .collect();
        assert_eq!(to_tasks, ["public.comments"]);
    }
}
