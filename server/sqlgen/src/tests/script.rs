//! Whole scripts.

use expect_test::{expect, expect_file};
use pgpe_catalog::Command;
use pgpe_policy::source::PolicyKind;

use super::*;
use crate::{GrantInput, TableInput, compile};

/// The multi-tenant example.
fn saas(grants: &[GrantInput]) -> crate::Compiled {
    let isolation = policy("tenant_isolation", one(own_tenant()));
    let inner = equal(column("tenant_id", &text()), setting("app.tenant_id"), &text());
    let traversal = exists("projects", &[("project_id", "id")], [inner]);
    let via_project = policy("tenant_isolation_via_project", one(traversal));
    let boolean = plain(BaseType::Boolean);
    let not_deleted =
        equal(column("is_deleted", &boolean), Operand::Literal(Literal::Boolean(false)), &boolean);
    let soft_delete = TablePolicy {
        kind: PolicyKind::Restrictive,
        commands: CommandSet::default().with(Command::Select),
        ..policy("soft_delete", one(not_deleted))
    };
    let own = [&isolation];
    let both = [&isolation, &soft_delete];
    let via = [&via_project];
    let names = ["users", "tasks", "projects", "comments", "files"].map(table);
    let policies: [&[&TablePolicy]; 5] = [&own, &via, &both, &own, &via];
    let tables: Vec<TableInput> =
        names.iter().zip(policies).map(|(name, policies)| TableInput { name, policies, grants }).collect();
    compile(&tables, &catalog(), Session::default())
}

#[test]
fn the_example_compiles_to_the_expected_script() {
    expect_file!["../../tests/data/saas.sql"].assert_eq(&saas(&[]).to_sql());
}

#[test]
fn a_table_compiles_to_its_part_of_the_script() {
    let compiled = saas(&[]);
    let parts: Vec<String> = compiled.tables.iter().map(crate::CompiledTable::to_sql).collect();
    assert_eq!(parts.join("\n"), compiled.to_sql());
}

#[test]
fn every_line_knows_its_policy() {
    let (text, policies) = saas(&[]).to_sql_with_map();
    assert_eq!(text.lines().count(), policies.len());
    let lines: Vec<String> = text
        .lines()
        .zip(&policies)
        .skip(3)
        .take(8)
        .map(|(line, policy)| format!("{}|{line}\n", policy.as_deref().unwrap_or_default()))
        .collect();
    expect![[r#"
        |ALTER TABLE public.comments ENABLE ROW LEVEL SECURITY;
        |ALTER TABLE public.comments FORCE ROW LEVEL SECURITY;
        |
        tenant_isolation|CREATE POLICY tenant_isolation_comments
        tenant_isolation|  ON public.comments
        tenant_isolation|  AS PERMISSIVE
        tenant_isolation|  FOR ALL
        tenant_isolation|  USING (tenant_id = current_setting('app.tenant_id'));
    "#]]
    .assert_eq(&lines.concat());
}

#[test]
fn statements_stand_where_they_are_said_to() {
    let roles = vec!["app".to_owned(), "reader".to_owned()];
    let compiled = saas(&[GrantInput { commands: CommandSet::default().with(Command::Select), roles }]);
    let (text, places) = compiled.to_sql_with_places();
    let found: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
    let statements = compiled.tables.iter().flat_map(|table| {
        let policies = table.policies.iter().map(|policy| policy.statement.as_str());
        policies.chain(table.grants.iter().map(|grant| grant.statement.as_str()))
    });
    assert_eq!(found, statements.collect::<Vec<_>>());
    assert_eq!(found.len(), 6 + 5 * 2);
}

#[test]
fn line_breaks_in_literals_keep_the_map_in_step() {
    let atom = equal(column("title", &text()), Operand::Literal(string("a\n\r\nb")), &text());
    let policy = policy("odd", one(atom));
    let name = table("tasks");
    let table = TableInput { name: &name, policies: &[&policy], grants: &[] };
    let (text, policies) = compile(&[table], &catalog(), Session::default()).to_sql_with_map();
    assert_eq!(text.strip_suffix('\n').unwrap().split('\n').count(), policies.len());
}

#[test]
fn the_json_form() {
    let mut compiled = saas(&[GrantInput {
        commands: CommandSet::default().with(Command::Select).with(Command::Insert),
        roles: vec!["app".to_owned()],
    }]);
    compiled.tables.retain(|table| table.name.name == "projects");
    expect![[r#"
        {
          "version": 1,
          "tables": [
            {
              "schema": "public",
              "table": "projects",
              "statements": [
                "ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;",
                "ALTER TABLE public.projects FORCE ROW LEVEL SECURITY;",
                "CREATE POLICY tenant_isolation_projects\n  ON public.projects\n  AS PERMISSIVE\n  FOR ALL\n  USING (tenant_id = current_setting('app.tenant_id'));",
                "CREATE POLICY soft_delete_projects\n  ON public.projects\n  AS RESTRICTIVE\n  FOR SELECT\n  USING (is_deleted = false);",
                "GRANT SELECT, INSERT ON public.projects TO app;"
              ],
              "policies": [
                {
                  "name": "tenant_isolation_projects",
                  "policy": "tenant_isolation",
                  "type": "PERMISSIVE",
                  "command": "ALL",
                  "roles": [],
                  "using": "tenant_id = current_setting('app.tenant_id')",
                  "check": null
                },
                {
                  "name": "soft_delete_projects",
                  "policy": "soft_delete",
                  "type": "RESTRICTIVE",
                  "command": "SELECT",
                  "roles": [],
                  "using": "is_deleted = false",
                  "check": null
                }
              ],
              "grants": [
                {
                  "role": "app",
                  "privileges": [
                    "SELECT",
                    "INSERT"
                  ]
                }
              ]
            }
          ]
        }"#]].assert_eq(&serde_json::to_string_pretty(&compiled).unwrap());
}

#[test]
fn grants_are_one_statement_per_role() {
    let grants = [
        GrantInput {
            commands: [Command::Insert, Command::Select].into_iter().collect(),
            roles: ["app", "Back Office", "public", "app"].map(str::to_owned).to_vec(),
        },
        GrantInput { commands: CommandSet::ALL, roles: vec!["admin".to_owned()] },
    ];
    let isolation = policy("tenant_isolation", one(own_tenant()));
    let name = QualifiedName::new("billing", "invoices");
    let governed = TableInput { name: &name, policies: &[&isolation], grants: &grants };
    let merely_granted = table("config");
    let other = TableInput { name: &merely_granted, policies: &[], grants: &grants[1..] };
    expect![[r#"
        -- ============================================================
        -- billing.invoices
        -- ============================================================
        ALTER TABLE billing.invoices ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.invoices FORCE ROW LEVEL SECURITY;

        CREATE POLICY tenant_isolation_invoices
          ON billing.invoices
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id'));

        GRANT SELECT, INSERT ON billing.invoices TO app;
        GRANT SELECT, INSERT ON billing.invoices TO "Back Office";
        GRANT SELECT, INSERT ON billing.invoices TO PUBLIC;
        GRANT SELECT, INSERT, UPDATE, DELETE ON billing.invoices TO admin;

        -- ============================================================
        -- config
        -- ============================================================
        GRANT SELECT, INSERT, UPDATE, DELETE ON public.config TO admin;
    "#]]
    .assert_eq(&compile(&[other, governed], &catalog(), Session::default()).to_sql());
}

#[test]
fn a_banner_cannot_be_broken_out_of() {
    let isolation = policy("p", one(own_tenant()));
    let name = QualifiedName::new("public", "x\nDROP TABLE users; --");
    let table = TableInput { name: &name, policies: &[&isolation], grants: &[] };
    let script = compile(&[table], &catalog(), Session::default()).to_sql();
    expect![[r#"
        -- ============================================================
        -- x\nDROP TABLE users; --
        -- ============================================================
        ALTER TABLE public."x
        DROP TABLE users; --" ENABLE ROW LEVEL SECURITY;
        ALTER TABLE public."x
        DROP TABLE users; --" FORCE ROW LEVEL SECURITY;

        CREATE POLICY "p_x
        DROP TABLE users; --"
          ON public."x
        DROP TABLE users; --"
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id'));
    "#]]
    .assert_eq(&script);
}
