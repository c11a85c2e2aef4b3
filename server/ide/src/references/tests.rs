use expect_test::{Expect, expect};
use pgpe_report::Place;

use crate::test_support::{Fixture, NAMES, SCHEMA, annotated_places};

fn check(path: &str, before: &str, expected: Expect) {
    let fixture = Fixture::new(&format!("{NAMES}{SCHEMA}")).at(path, before, 1);
    let analysis = fixture.analysis();
    let all = analysis.references(&fixture.path, fixture.offset, true).unwrap().unwrap();
    let uses = analysis.references(&fixture.path, fixture.offset, false).unwrap().unwrap();
    let notes = all.iter().map(|place| (place, if uses.contains(place) { "use" } else { "definition" }));
    expected.assert_eq(&annotated_places(&analysis, notes));

    // Highlights are those of the same file, without the selectors that speak of a table.
    let place = |it: crate::Highlight| Place { file: fixture.path.clone(), range: it.range };
    let highlights: Vec<Place> =
        analysis.highlights(&fixture.path, fixture.offset).unwrap().into_iter().map(place).collect();
    assert!(!highlights.is_empty() && highlights.iter().all(|it| all.contains(it)), "{highlights:?}");
}

#[test]
fn policies_are_named_in_comments_and_the_configuration() {
    check(
        "a.policy",
        "own\n",
        expect![[r#"
            a.policy
            POLICY own
                   ^^^ definition
              -- pgpe: allow(subsumption) `own` stays, own or not; see also team_projects
                                           ^^^ use
            pgpe.yaml
              - { rule: subsumption, policy: own, table: tasks, reason: fine }
                                             ^^^ use
        "#]],
    );
    check(
        "b.policy",
        "'team_projects'",
        expect![[r#"
            a.policy
              -- pgpe: allow(subsumption) `own` stays, own or not; see also team_projects
                                                                            ^^^^^^^^^^^^^ use
            b.policy
            POLICY 'team_projects'
                   ^^^^^^^^^^^^^^^ definition
        "#]],
    );
}

#[test]
fn settings_are_the_same_in_any_case() {
    check(
        "a.policy",
        "'app.tenant_id'",
        expect![[r#"
        a.policy
          CLAUSE col(tenant_id) = session('app.tenant_id')
                                          ^^^^^^^^^^^^^^^ use
        b.policy
          CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('App.Tenant_id')})
                                                                                    ^^^^^^^^^^^^^^^ use
        pgpe.yaml
          - key: "session('app.tenant_id')"
                           ^^^^^^^^^^^^^ definition
    "#]],
    );
}

#[test]
fn columns_of_the_schema_are_those_of_one_table() {
    check(
        "schema.sql",
        "tenant_id uuid NOT NULL REFERENCES tenants, email",
        expect![[r#"
        a.policy
          SELECTOR has_column(tenant_id)
                              ^^^^^^^^^ use
          CLAUSE col(tenant_id) = session('app.tenant_id')
                     ^^^^^^^^^ use
        schema.sql
        CREATE TABLE users (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, email varchar(80), age integer);
                                                 ^^^^^^^^^ definition
    "#]],
    );
    check(
        "schema.sql",
        "project_id",
        expect![[r#"
        b.policy
          CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('App.Tenant_id')})
                               ^^^^^^^^^^ use
        schema.sql
        CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, title text);
                                                 ^^^^^^^^^^ definition
    "#]],
    );
}

#[test]
fn tables_are_used_by_what_governs_them() {
    check(
        "schema.sql",
        "tasks",
        expect![[r#"
            b.policy
              SELECTOR named('tasks')
                             ^^^^^^^ use
            GRANT SELECT TO app SELECTOR ALL
                                         ^^^ use
            pgpe.yaml
              - { rule: subsumption, policy: own, table: tasks, reason: fine }
                                                         ^^^^^ use
            schema.sql
            CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, title text);
                         ^^^^^ definition
        "#]],
    );
    check(
        "schema.sql",
        "projects",
        expect![[r#"
        a.policy
          SELECTOR has_column(tenant_id)
                   ^^^^^^^^^^^^^^^^^^^^^ use
        b.policy
          CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('App.Tenant_id')})
                                           ^^^^^^^^ use
        GRANT SELECT TO app SELECTOR ALL
                                     ^^^ use
        schema.sql
        CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text);
                     ^^^^^^^^ definition
    "#]],
    );
}

#[test]
fn roles_and_functions_are_found_where_they_are_written() {
    check(
        "a.policy",
        "app\n",
        expect![[r#"
        a.policy
          TO app
             ^^^ use
        b.policy
        GRANT SELECT TO app SELECTOR ALL
                        ^^^ use
    "#]],
    );
    check(
        "schema.sql",
        "uid() RETURNS",
        expect![[r#"
        a.policy
          OR CLAUSE col(id) = fn(auth.uid, [])
                                 ^^^^^^^^ use
        schema.sql
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
                             ^^^ definition
    "#]],
    );
}

#[test]
fn without_a_schema_names_are_matched_as_they_are() {
    let fixture = Fixture::new(
        "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a$0) = col(b) AND col(a) IS NULL\n",
    );
    let found = fixture.analysis().references(&fixture.path, fixture.offset, true).unwrap().unwrap();
    assert_eq!(found.len(), 2);
}

#[test]
fn nothing_is_named_by_a_keyword() {
    let fixture = Fixture::new("POL$0ICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) IS NULL\n");
    assert_eq!(fixture.analysis().references(&fixture.path, fixture.offset, true), Ok(None));
    assert_eq!(fixture.analysis().highlights(&fixture.path, fixture.offset), Ok(Vec::new()));
}
