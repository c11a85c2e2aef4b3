//! The running example.

use expect_test::expect;
use postgres::Client;

use crate::server::unique_name;
use crate::{Example, changed, column, isolation, read, refused, run};

const GOVERNED: [&str; 5] = ["users", "projects", "tasks", "comments", "files"];

#[test]
fn every_governed_table_is_isolated() {
    for schema in ["schema.sql", "schema-text.sql"] {
        let checked = Example::load_with_schema("saas", schema).check();
        expect![[r#"
            comments: PROVEN PROVEN PROVEN PROVEN
            files: PROVEN PROVEN PROVEN PROVEN
            projects: PROVEN PROVEN PROVEN PROVEN
            tasks: PROVEN PROVEN PROVEN PROVEN
            users: PROVEN PROVEN PROVEN PROVEN
        "#]]
        .assert_eq(&isolation(&checked));
    }
}

#[test]
fn only_the_ungoverned_tables_are_reported() {
    let example = Example::load("saas");
    expect![[r#"
        isolation.policy:5 warning write-restriction projects INSERT, UPDATE
        isolation.policy:17 warning soft-delete projects UPDATE
        schema.sql:2 warning coverage tenants -
        schema.sql:46 warning coverage config -
    "#]]
    .assert_eq(&example.complaints(&example.check()));
}

#[test]
fn text_tenants_compile_to_the_expected_script() {
    assert_eq!(Example::load_with_schema("saas", "schema-text.sql").sql(), read("saas", "expected.sql"));
}

#[test]
fn uuid_tenants_compile_to_the_same_with_casts() {
    let expected = read("saas", "expected.sql")
        .replace("current_setting('app.tenant_id')", "current_setting('app.tenant_id')::uuid");
    assert_eq!(Example::load("saas").sql(), expected);
}

/// Two tenants with a row each in every table, and a deleted project of the first; a session without
/// privileges other than on these tables.
fn session(schema: &str, tenants: [&str; 2]) -> Client {
    let mut client = Example::load_with_schema("saas", schema).install();
    for tenant in tenants {
        run(
            &mut client,
            &format!(
                "INSERT INTO tenants (id, name) VALUES ('{tenant}', 'of {tenant}');
                 INSERT INTO users (tenant_id, email) VALUES ('{tenant}', 'of {tenant}');
                 WITH p AS (
                   INSERT INTO projects (tenant_id, name) VALUES ('{tenant}', 'of {tenant}') RETURNING id
                 ), f AS (
                   INSERT INTO files (project_id, name) SELECT id, 'of {tenant}' FROM p
                 ), t AS (
                   INSERT INTO tasks (project_id, title) SELECT id, 'of {tenant}' FROM p RETURNING id
                 )
                 INSERT INTO comments (tenant_id, task_id, body) SELECT '{tenant}', id, 'of {tenant}' FROM t"
            ),
        );
    }
    let app = unique_name("saas_app");
    run(
        &mut client,
        &format!(
            "INSERT INTO projects (tenant_id, name, is_deleted) VALUES ('{}', 'deleted', true);
             CREATE ROLE {app}; GRANT ALL ON {} TO {app}; SET ROLE {app}",
            tenants[0],
            GOVERNED.join(", ")
        ),
    );
    client
}

fn label_column(table: &str) -> &'static str {
    match table {
        "users" => "email",
        "tasks" => "title",
        "comments" => "body",
        _ => "name",
    }
}

fn each_sees_its_own(schema: &str, tenants: [&str; 2]) {
    let mut client = session(schema, tenants);
    for tenant in tenants {
        run(&mut client, &format!("SET app.tenant_id = '{tenant}'"));
        for table in GOVERNED {
            let label = label_column(table);
            let seen = column(&mut client, &format!("SELECT {label} FROM {table}"));
            assert_eq!(seen, [format!("of {tenant}")], "{tenant} {table}");
        }
    }
}

#[test]
fn text_tenants_see_their_own_rows_only() {
    each_sees_its_own("schema-text.sql", ["acme", "globex"]);
}

const TENANTS: [&str; 2] = ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"];

#[test]
fn uuid_tenants_see_their_own_rows_only() {
    each_sees_its_own("schema.sql", TENANTS);
}

#[test]
fn a_tenant_cannot_write_rows_of_another() {
    let mut client = session("schema.sql", TENANTS);
    let [own, other] = TENANTS;
    run(&mut client, &format!("SET app.tenant_id = '{own}'"));
    refused(&mut client, &format!("INSERT INTO users (tenant_id, email) VALUES ('{other}', 'x')"));
    refused(&mut client, &format!("UPDATE projects SET tenant_id = '{other}'"));
    for table in GOVERNED {
        let label = label_column(table);
        // Without WHERE, so that no more than the policies of the command itself protect the other's row.
        assert_eq!(
            changed(&mut client, &format!("UPDATE {table} SET {label} = 'of {own}'")),
            match table {
                "projects" => 2,
                _ => 1,
            }
        );
    }
    assert_eq!(changed(&mut client, "DELETE FROM files"), 1);
    run(&mut client, &format!("SET app.tenant_id = '{other}'"));
    for table in GOVERNED {
        let label = label_column(table);
        let seen = column(&mut client, &format!("SELECT {label} FROM {table}"));
        assert_eq!(seen, [format!("of {other}")], "{table}");
    }
}
