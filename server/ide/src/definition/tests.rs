use expect_test::{Expect, expect};
use pgpe_report::Place;

use crate::test_support::{Fixture, NAMES, SCHEMA, annotated_places};

fn check(path: &str, before: &str, characters: u32, expected: Expect) {
    let fixture = Fixture::new(&format!("{NAMES}{SCHEMA}")).at(path, before, characters);
    let analysis = fixture.analysis();
    let shown = match analysis.definition(&fixture.path, fixture.offset).unwrap() {
        Some(definition) => {
            let origin = Place { file: fixture.path.clone(), range: definition.origin.clone() };
            for target in &definition.targets {
                assert!(target.whole.start <= target.name.range.start);
                assert!(target.name.range.end <= target.whole.end);
            }
            let targets = definition.targets.iter().map(|target| (&target.name, "here"));
            let shown = annotated_places(&analysis, targets);
            format!("from {}{shown}", annotated_places(&analysis, [(&origin, "origin")]))
        }
        None => "nothing\n".to_owned(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn a_column_leads_to_its_lines_in_the_schema() {
    check(
        "a.policy",
        "tenant_id) =",
        3,
        expect![[r#"
        from a.policy
          CLAUSE col(tenant_id) = session('app.tenant_id')
                     ^^^^^^^^^ origin
        schema.sql
        CREATE TABLE users (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, email varchar(80), age integer);
                                                 ^^^^^^^^^ here
        CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text);
                                                    ^^^^^^^^^ here
    "#]],
    );
}

#[test]
fn a_column_of_a_traversal_is_that_of_its_target() {
    check(
        "b.policy",
        "tenant_id) =",
        3,
        expect![[r#"
        from b.policy
          CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('App.Tenant_id')})
                                                               ^^^^^^^^^ origin
        schema.sql
        CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text);
                                                    ^^^^^^^^^ here
    "#]],
    );
    check(
        "b.policy",
        "project_id",
        3,
        expect![[r#"
        from b.policy
          CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('App.Tenant_id')})
                               ^^^^^^^^^^ origin
        schema.sql
        CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, title text);
                                                 ^^^^^^^^^^ here
    "#]],
    );
}

#[test]
fn a_table_leads_to_the_schema() {
    check(
        "b.policy",
        "projects, id",
        3,
        expect![[r#"
        from b.policy
          CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('App.Tenant_id')})
                                           ^^^^^^^^ origin
        schema.sql
        CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text);
                     ^^^^^^^^ here
    "#]],
    );
    check(
        "b.policy",
        "'tasks'",
        3,
        expect![[r#"
        from b.policy
          SELECTOR named('tasks')
                         ^^^^^^^ origin
        schema.sql
        CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, title text);
                     ^^^^^ here
    "#]],
    );
    check(
        "pgpe.yaml",
        "tasks",
        2,
        expect![[r#"
            from pgpe.yaml
              - { rule: subsumption, policy: own, table: tasks, reason: fine }
                                                         ^^^^^ origin
            schema.sql
            CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, title text);
                         ^^^^^ here
        "#]],
    );
}

#[test]
fn a_function_leads_to_the_schema() {
    check(
        "a.policy",
        "auth.uid",
        6,
        expect![[r#"
        from a.policy
          OR CLAUSE col(id) = fn(auth.uid, [])
                                 ^^^^^^^^ origin
        schema.sql
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
                             ^^^ here
    "#]],
    );
}

#[test]
fn a_setting_leads_to_the_configuration() {
    check(
        "b.policy",
        "App.Tenant_id",
        3,
        expect![[r#"
        from b.policy
          CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('App.Tenant_id')})
                                                                                    ^^^^^^^^^^^^^^^ origin
        pgpe.yaml
          - key: "session('app.tenant_id')"
                           ^^^^^^^^^^^^^ here
    "#]],
    );
}

#[test]
fn a_role_leads_to_its_privileges() {
    check(
        "a.policy",
        "app\n",
        1,
        expect![[r#"
        from a.policy
          TO app
             ^^^ origin
        b.policy
        GRANT SELECT TO app SELECTOR ALL
                        ^^^ here
    "#]],
    );
}

#[test]
fn policies_are_found_from_the_configuration_and_comments() {
    check(
        "pgpe.yaml",
        "own,",
        1,
        expect![[r#"
            from pgpe.yaml
              - { rule: subsumption, policy: own, table: tasks, reason: fine }
                                             ^^^ origin
            a.policy
            POLICY own
                   ^^^ here
        "#]],
    );
    check(
        "a.policy",
        "team_projects",
        1,
        expect![[r#"
            from a.policy
              -- pgpe: allow(subsumption) `own` stays, own or not; see also team_projects
                                                                            ^^^^^^^^^^^^^ origin
            b.policy
            POLICY 'team_projects'
                   ^^^^^^^^^^^^^^^ here
        "#]],
    );
    check(
        "a.policy",
        "subsumption",
        1,
        expect![[r#"
            from a.policy
              -- pgpe: allow(subsumption) `own` stays, own or not; see also team_projects
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ origin
            a.policy
            POLICY own
                   ^^^ here
        "#]],
    );
}

#[test]
fn nothing_stands_at_keywords_and_beyond_the_end() {
    check("a.policy", "PERMISSIVE", 2, expect![["nothing\n"]]);
    let fixture = Fixture::new(NAMES);
    assert_eq!(fixture.analysis().definition("a.policy", u32::MAX), Ok(None));
    assert_eq!(fixture.analysis().definition("nowhere", 0), Ok(None));
}
