//! A database gives the same catalog whether it is introspected or read from SQL: what people wrote, and what
//! pg_dump prints.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/postgres.rs"]
mod postgres_server;

use std::sync::{Mutex, PoisonError};

use pgpe_catalog::ddl::read_ddl;
use pgpe_catalog::{Catalog, QualifiedName, Relation, Roles};
use pgpe_database::{ConnectOptions, DatabaseError, Introspection};
use postgres_server::Database;

/// Schemas as people write them, with the roles that they need.
const SCHEMAS: &[(&str, &str, &[&str])] = &[
    ("saas", include_str!("../policies/saas/schema.sql"), &[]),
    ("saas, text", include_str!("../policies/saas/schema-text.sql"), &[]),
    ("hospital", include_str!("../policies/hospital/schema.sql"), &["doctor", "clerk"]),
    ("leaky", include_str!("../policies/leaky/schema.sql"), &[]),
    ("membership", include_str!("import/membership.sql"), &["anon", "authenticated"]),
    ("mixed", include_str!("import/mixed.sql"), &[]),
    ("settings", include_str!("import/settings.sql"), &["support", "tenant_user"]),
    ("handwritten", include_str!("../server/catalog/tests/data/handwritten.sql"), &[]),
    ("corners", include_str!("database_introspection/corners.sql"), &[]),
];

fn introspect_as(database: &Database, role: &str) -> Result<Introspection, DatabaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let target = pgpe_config::Target { url: database.url_as(role), protected: false };
    runtime.block_on(async {
        let mut session = pgpe_database::connect("test", &target, &ConnectOptions::default()).await?;
        pgpe_database::introspect(&mut session.client).await
    })
}

fn introspect(database: &Database) -> Introspection {
    introspect_as(database, postgres_server::SUPERUSER).expect("the database can be read")
}

/// Roles are the server's, and would turn up in what another test compares.
static ROLES: Mutex<()> = Mutex::new(());

/// A database with that schema in it.
fn loaded(schema: &str, roles: &[&str]) -> Database {
    let database = Database::create();
    let mut client = database.connect();
    for role in roles {
        client.batch_execute(&format!("CREATE ROLE {role}")).unwrap();
    }
    database.load(schema);
    database
}

/// Line by line, so that a difference is found by eye.
fn assert_same(name: &str, one: &Catalog, other: &Catalog) {
    let lines = |catalog| serde_json::to_string_pretty(catalog).unwrap();
    let (one_text, other_text) = (lines(one), lines(other));
    let differences: Vec<String> = one_text
        .lines()
        .zip(other_text.lines())
        .enumerate()
        .filter(|(_, (one, other))| one != other)
        .map(|(at, (one, other))| format!("{at}: {one} | {other}"))
        .take(20)
        .collect();
    assert_eq!(differences, Vec::<String>::new(), "{name}");
    assert_eq!(one, other, "{name}");
}

/// Without the roles that every server has, and that a dump does not list.
fn without_own_roles(mut catalog: Catalog) -> Catalog {
    assert!(catalog.roles.complete);
    catalog.roles.complete = false;
    catalog.roles.known.retain(|name, _| !name.starts_with("pg_"));
    for role in catalog.roles.known.values_mut() {
        role.member_of.retain(|group, _| group != "pg_database_owner");
    }
    catalog
}

/// Without what hand-written SQL does not tell, or tells in other words: all roles, who the owner is, the
/// columns of views, and how the server prints expressions.
fn without_untold(mut catalog: Catalog, written: &Catalog) -> Catalog {
    catalog.roles = Roles::default();
    let untold = |name: &QualifiedName, relation: &mut Relation| {
        let written = written.relations.get(name);
        if written.is_some_and(|written| written.owner.is_none()) {
            relation.owner = None;
        }
        if written.is_some_and(|written| written.columns.is_empty()) {
            relation.columns.clear();
        }
        for policy in relation.policies.values_mut() {
            let known = |text: &mut Option<String>| *text = text.as_ref().map(|_| "…".to_owned());
            known(&mut policy.using);
            known(&mut policy.check);
        }
    };
    catalog.relations.iter_mut().for_each(|(name, relation)| untold(name, relation));
    for (name, schema) in &mut catalog.closed_schemas {
        if written.closed_schemas.get(name).is_some_and(|written| written.owner.is_none()) {
            schema.owner = None;
        }
    }
    catalog
}

#[test]
fn every_road_gives_the_same_catalog() {
    let _roles = ROLES.lock().unwrap_or_else(PoisonError::into_inner);
    for (name, schema, roles) in SCHEMAS {
        let database = loaded(schema, roles);
        let live = introspect(&database);
        assert_eq!(live.unseen, Vec::<String>::new());
        let dump = read_ddl(&database.dump());
        assert_eq!(dump.skipped, [], "{name}");
        assert_same(&format!("{name}, as dumped"), &without_own_roles(live.catalog.clone()), &dump.catalog);
        let written = read_ddl(schema).catalog;
        let live = without_untold(live.catalog, &written);
        assert_same(&format!("{name}, as written"), &live, &without_untold(written.clone(), &written));
    }
}

#[test]
fn what_a_dump_loses_is_seen_all_the_same() {
    let database = loaded(
        "CREATE TABLE base (id integer NOT NULL, name text NOT NULL); \
         CREATE TABLE derived () INHERITS (base); \
         ALTER TABLE derived ALTER name DROP NOT NULL; \
         CREATE TABLE target (id integer PRIMARY KEY); \
         CREATE TABLE referring (id integer REFERENCES target, again integer REFERENCES target) \
           PARTITION BY LIST (id); \
         CREATE TABLE part PARTITION OF referring FOR VALUES IN (1); \
         ALTER TABLE part DISABLE TRIGGER ALL;",
        &[],
    );
    let catalog = introspect(&database).catalog;
    let table = |name: &str| catalog.table(&QualifiedName::new("public", name)).unwrap();
    let nullable = |name: &str| {
        table(name).columns.iter().filter(|it| !it.not_null).map(|it| it.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(nullable("base"), ["name"]);
    assert_eq!(nullable("derived"), ["name"]);
    // What is not checked in a partition does not hold for the whole.
    assert_eq!(table("referring").foreign_keys.len(), 2);
    assert_eq!(table("referring").proof_foreign_keys().count(), 0);
    assert_eq!(table("part").proof_foreign_keys().count(), 0);
}

#[test]
fn a_role_without_any_privilege_sees_the_same() {
    let _roles = ROLES.lock().unwrap_or_else(PoisonError::into_inner);
    let database = loaded(include_str!("../policies/saas/schema.sql"), &["without_privileges"]);
    let mut client = database.connect();
    client
        .batch_execute("ALTER ROLE without_privileges LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC")
        .unwrap();
    let (own, other) = (introspect(&database), introspect_as(&database, "without_privileges").unwrap());
    assert_same("without privileges", &own.catalog, &other.catalog);
    assert!(own.server.is_superuser && !other.server.is_superuser);
    assert_eq!(other.server.current_role, "without_privileges");
    assert_eq!(other.server.database, database.name);
    assert!(other.server.version >= 140_000 && !other.server.in_recovery && other.server.can_create_temp);
    client.batch_execute(&format!("REVOKE TEMP ON DATABASE {} FROM PUBLIC", database.name)).unwrap();
    assert!(!introspect_as(&database, "without_privileges").unwrap().server.can_create_temp);
}

#[test]
fn what_may_not_be_seen_is_said() {
    let _roles = ROLES.lock().unwrap_or_else(PoisonError::into_inner);
    let database = loaded("CREATE TABLE t (a integer); COMMENT ON TABLE t IS 'x';", &["half_blind"]);
    let mut client = database.connect();
    client.batch_execute("ALTER ROLE half_blind LOGIN").unwrap();
    client
        .batch_execute(
            "REVOKE SELECT ON pg_catalog.pg_proc, pg_catalog.pg_description, pg_catalog.pg_auth_members FROM PUBLIC",
        )
        .unwrap();
    let seen = introspect_as(&database, "half_blind").unwrap();
    assert!(!seen.catalog.roles.complete && seen.catalog.roles.known.is_empty());
    assert_eq!(seen.catalog.relations.len(), 1);
    assert_eq!(
        seen.unseen,
        [
            "functions: half_blind may not read pg_proc",
            "roles and who is a member of them: half_blind may not read pg_roles and pg_auth_members",
            "comments: half_blind may not read pg_description",
        ]
    );
    client.batch_execute("REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC").unwrap();
    let error = introspect_as(&database, "half_blind").unwrap_err().to_string();
    assert!(error.contains("half_blind may not read pg_catalog.pg_policy"), "{error}");
}

#[test]
fn the_number_of_queries_does_not_grow_with_the_tables() {
    let count = |tables: usize| {
        let database = Database::create();
        let mut client = database.connect();
        let create = |table: usize| {
            format!(
                "CREATE TABLE t{table} (id integer PRIMARY KEY, tenant_id uuid NOT NULL, \
                   other integer REFERENCES t0); \
                 CREATE POLICY p ON t{table} USING (tenant_id IS NOT NULL); GRANT SELECT ON t{table} TO PUBLIC;"
            )
        };
        client.batch_execute(&(0..tables).map(create).collect::<String>()).unwrap();
        client.batch_execute(&format!("ALTER DATABASE {} SET log_statement = 'all'", database.name)).unwrap();
        let before = database.log().len();
        let catalog = introspect(&database).catalog;
        assert_eq!(catalog.relations.len(), tables);
        let log = database.log().split_off(before);
        log.lines().filter(|line| line.contains("LOG:  execute") || line.contains("LOG:  statement")).count()
    };
    let few = count(2);
    assert!(few > 5, "the log tells of {few} statements");
    assert_eq!(count(100), few);
}
