use crate::ddl::read_ddl;
use crate::{BaseType, Catalog, QualifiedName};

fn catalog() -> Catalog {
    let read = read_ddl(
        "CREATE EXTENSION citext SCHEMA ext;
         CREATE SCHEMA app;
         CREATE TYPE app.mood AS ENUM ('sad', 'ok');
         CREATE DOMAIN email AS varchar(80);
         CREATE TABLE tenants (id uuid PRIMARY KEY, at public.geometry(Point));
         CREATE TABLE app.tasks (id int, tenant_id uuid REFERENCES tenants);
         CREATE VIEW app.tenants AS SELECT 1 AS id;
         CREATE FUNCTION app.f(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
         CREATE FUNCTION app.f(a text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;",
    );
    assert_eq!(read.skipped, []);
    read.catalog
}

fn schemas(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn relations_are_found_along_the_search_path() {
    let catalog = catalog();
    let find = |name, schema, search: &[&str]| {
        catalog.resolve(name, schema, &schemas(search)).map(|(name, _)| name.to_string())
    };
    assert_eq!(find("tenants", None, &["public", "app"]).as_deref(), Some("public.tenants"));
    assert_eq!(find("tenants", None, &["app", "public"]).as_deref(), Some("app.tenants"));
    assert_eq!(find("tasks", None, &["public", "app"]).as_deref(), Some("app.tasks"));
    assert_eq!(find("tasks", Some("public"), &["app"]), None);
    assert_eq!(find("tasks", None, &[]), None);
    let tables: Vec<String> = catalog.tables().map(|(name, _)| name.to_string()).collect();
    assert_eq!(tables, ["app.tasks", "public.tenants"]);
}

#[test]
fn types_are_found_by_any_spelling() {
    let catalog = catalog();
    let search = schemas(&["public", "app"]);
    let find = |text: &str| catalog.type_by_name(text, &search).map(|ty| ty.display);
    assert_eq!(find("INT8").as_deref(), Some("bigint"));
    assert_eq!(find("timestamp with time zone").as_deref(), Some("timestamp with time zone"));
    assert_eq!(find("serial").as_deref(), Some("integer"));
    assert_eq!(find("mood").as_deref(), Some("app.mood"));
    assert_eq!(find("app.mood[]").as_deref(), Some("app.mood[]"));
    assert_eq!(find("Email").as_deref(), Some("public.email"));
    assert_eq!(find("citext").as_deref(), Some("ext.citext"));
    assert_eq!(find("geometry").as_deref(), Some("public.geometry"));
    assert_eq!(find("text[]").as_deref(), Some("text[]"));
    assert_eq!(find("public.mood"), None);
    assert_eq!(find("nonsense"), None);
    assert_eq!(find("1"), None);
    assert_eq!(catalog.type_by_name("uuid", &[]).map(|ty| ty.base), Some(BaseType::Uuid));
}

#[test]
fn functions_and_foreign_keys_are_found() {
    let catalog = catalog();
    let (_, overloads) = catalog.functions_named("f", None, &schemas(&["public", "app"])).unwrap();
    let counts: Vec<usize> = (0..4).filter(|&count| overloads.iter().any(|f| f.takes(count))).collect();
    assert_eq!((overloads.len(), counts), (2, vec![1, 2]));
    let tenants = QualifiedName::new("public", "tenants");
    let keys: Vec<String> = catalog.foreign_keys_to(&tenants).map(|(_, key)| key.name.clone()).collect();
    assert_eq!(keys, ["tasks_tenant_id_fkey"]);
}
