//! What is shown beside policies, complete and incomplete ones.

use std::fmt::Write;
use std::ops::Range;

use expect_test::{Expect, expect};

use super::Preview;
use crate::test_support::{Fixture, SCHEMA};

const TENANT: &str = "\
POLICY ten$0ant
  PERMISSIVE
  FOR ALL
  SELECTOR has_column('tenant_id')
  CLAUSE col('tenant_id') = session('app.tenant_id')
  OR CLAUSE col('id') IS NULL AND col('tenant_id') IS NULL
";

fn fixture(policies: &str) -> Fixture {
    Fixture::new(&format!("{policies}{SCHEMA}"))
}

fn preview(fixture: &Fixture, table: Option<&str>) -> Preview {
    fixture.analysis().preview(&fixture.path, Some(fixture.offset), table).unwrap().unwrap()
}

fn whole_file(fixture: &Fixture) -> Preview {
    fixture.analysis().preview(&fixture.path, None, None).unwrap().unwrap()
}

fn shown(preview: &Preview) -> String {
    let tables: Vec<String> = preview.tables.iter().map(ToString::to_string).collect();
    let table = preview.table.as_ref().map(ToString::to_string);
    format!("{:?} on {table:?} of {tables:?}\n{}", preview.policy, preview.text)
}

fn check(policies: &str, table: Option<&str>, expected: &Expect) {
    expected.assert_eq(&shown(&preview(&fixture(policies), table)));
}

fn part<'t>(text: &'t str, range: &Range<u32>) -> &'t str {
    &text[range.start as usize..range.end as usize]
}

#[test]
fn a_policy_is_shown_on_its_first_table() {
    check(
        TENANT,
        None,
        &expect![[r#"
            Some("tenant") on Some("public.projects") of ["public.projects", "public.users"]
            CREATE POLICY tenant_projects
              ON public.projects
              AS PERMISSIVE
              FOR ALL
              USING (tenant_id = current_setting('app.tenant_id')::uuid OR (id IS NULL AND tenant_id IS NULL));
        "#]],
    );
}

#[test]
fn another_table_can_be_chosen_if_the_policy_governs_it() {
    for (wanted, shown) in [("users", "users"), ("public.users", "users"), ("tasks", "projects")] {
        let preview = preview(&fixture(TENANT), Some(wanted));
        assert_eq!(preview.table.unwrap().name, shown);
        assert!(preview.text.contains(&format!("ON public.{shown}\n")), "{}", preview.text);
    }
}

#[test]
fn clauses_lead_to_their_sql() {
    let fixture = fixture(TENANT);
    let mut lines = String::new();
    let preview = preview(&fixture, None);
    for mapped in &preview.map {
        let source = part(&fixture.text(), &mapped.source.range).to_owned();
        writeln!(lines, "{source}\n-> {}", part(&preview.text, &mapped.sql)).unwrap();
    }
    expect![[r#"
        POLICY tenant
          PERMISSIVE
          FOR ALL
          SELECTOR has_column('tenant_id')
        -> CREATE POLICY tenant_projects
          ON public.projects
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id')::uuid OR (id IS NULL AND tenant_id IS NULL));
        col('tenant_id') = session('app.tenant_id')
        -> tenant_id = current_setting('app.tenant_id')::uuid
        col('id') IS NULL AND col('tenant_id') IS NULL
        -> (id IS NULL AND tenant_id IS NULL)
    "#]]
    .assert_eq(&lines);
}

#[test]
fn outside_of_policies_the_whole_file_is_shown() {
    let policies = format!(
        "{}GRANT SEL$0ECT TO app, public SELECTOR named('users')\n//- /other.policy\n{}",
        TENANT.replace("$0", "").replace("has_column('tenant_id')", "named('users')"),
        TENANT.replace("$0", "").replace("POLICY tenant", "POLICY other"),
    );
    let fixture = fixture(&policies);
    let preview = preview(&fixture, None);
    expect![[r#"
        None on None of ["public.users"]
        -- ============================================================
        -- users
        -- ============================================================
        ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
        ALTER TABLE public.users FORCE ROW LEVEL SECURITY;

        CREATE POLICY tenant_users
          ON public.users
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id')::uuid OR (id IS NULL AND tenant_id IS NULL));

        GRANT SELECT ON public.users TO app;
        GRANT SELECT ON public.users TO PUBLIC;
    "#]]
    .assert_eq(&shown(&preview));
    let grants = preview.map.iter().filter(|mapped| part(&preview.text, &mapped.sql).starts_with("GRANT"));
    let sources: Vec<String> =
        grants.map(|mapped| part(&fixture.text(), &mapped.source.range).to_owned()).collect();
    assert_eq!(sources, ["GRANT SELECT TO app, public SELECTOR named('users')"; 2]);
    assert_eq!(whole_file(&fixture), preview);
}

#[test]
fn a_policy_without_sql_says_why() {
    let column = TENANT.replace("col('id')", "col('no')");
    check(
        &column,
        None,
        &expect![[r#"
            Some("tenant") on Some("public.projects") of ["public.projects", "public.users"]
            -- No SQL of tenant on public.projects: it has an error.
            -- Line 6: there is no column `no` on 2 tables (public.projects, public.users)
        "#]],
    );
    check(
        &TENANT.replace("CLAUSE col('tenant_id') =", "CLAUSE = ="),
        None,
        &expect![[r#"
            Some("tenant") on Some("public.projects") of ["public.projects", "public.users"]
            -- No SQL of tenant on public.projects: it has an error.
            -- Line 5: expected a value: `col(…)`, `session(…)`, `lit(…)` or `fn(…)`, found `=`
        "#]],
    );
    check(
        &TENANT.replace("has_column('tenant_id')", "named('nothing')"),
        None,
        &expect![[r#"
            Some("tenant") on None of []
            -- No SQL of tenant: it governs no table.
        "#]],
    );
    check(
        &TENANT.replace("SELECTOR has_column('tenant_id')", ""),
        None,
        &expect![[r#"
            Some("tenant") on None of []
            -- No SQL of tenant: its selector can't be read, so that it may govern any table.
            -- Line 3: expected `SELECTOR`, found `CLAUSE`
        "#]],
    );
    let alone = Fixture::new(TENANT);
    assert_eq!(
        preview(&alone, None).text,
        "-- No SQL of tenant: no schema is known.\n\
         -- To do: put the output of `pg_dump --schema-only` into schema.sql,\n\
         -- or name the file in pgpe.yaml under `schema`.\n"
    );
}

#[test]
fn a_policy_with_errors_is_told_of_below_the_others() {
    let fixture = fixture(&format!(
        "{TENANT}POLICY via PERMISSIVE FOR ALL SELECTOR named('tasks') OR named('users') CLAUSE col('title') = lit('x')\n"
    ));
    let text = whole_file(&fixture).text;
    let (sql, comment) = text.split_once("-- No SQL").unwrap();
    assert!(sql.contains("CREATE POLICY tenant_users") && sql.contains("CREATE POLICY via_tasks"), "{sql}");
    expect![[r#"
         of via on public.users: it has an error.
        -- Line 7: there is no column `title` on public.users
    "#]]
    .assert_eq(comment);
}

#[test]
fn lines_that_are_not_saved_are_marked() {
    let mut fixture = fixture(TENANT);
    let text = fixture.text();
    let changed = |fixture: &Fixture| {
        let preview = preview(fixture, None);
        let lines = preview.changed.iter().map(|range| part(&preview.text, range).to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(changed(&fixture), [] as [&str; 0]);
    // Never saved.
    fixture.host.set_saved("a.policy", None);
    assert_eq!(changed(&fixture), [preview(&fixture, None).text]);
    fixture.host.set_saved("a.policy", Some(&text.replace("FOR ALL", "FOR SELECT")));
    assert_eq!(changed(&fixture), ["  FOR ALL\n"]);
    // Only its place is another.
    fixture.host.set_saved("a.policy", Some(&format!("-- Moved.\n{text}")));
    assert_eq!(changed(&fixture), [] as [&str; 0]);
    fixture.host.set_saved("a.policy", Some(&text.replace("POLICY tenant", "POLICY former")));
    assert_eq!(changed(&fixture).len(), 1);
    // The schema that is not saved makes the difference.
    fixture.host.set_as_saved("a.policy");
    let schema = fixture.analysis().text("schema.sql").unwrap().unwrap();
    fixture.host.set_saved("schema.sql", Some(&schema.replace("tenant_id uuid", "tenant_id text")));
    assert_eq!(changed(&fixture).len(), 1);
    fixture.host.set_as_saved("schema.sql");
    assert_eq!(changed(&fixture), [] as [&str; 0]);
}

#[test]
fn other_files_have_no_preview() {
    let fixture = fixture(TENANT);
    for path in ["schema.sql", "none.policy"] {
        assert_eq!(fixture.analysis().preview(path, Some(0), None).unwrap(), None);
    }
}

#[test]
fn no_prefix_of_a_policy_is_too_little() {
    let whole = TENANT.replace("$0", "");
    for end in 0..=whole.len() {
        let fixture = fixture(&format!("{}$0\n", &whole[..end]));
        let preview = preview(&fixture, Some("users"));
        assert!(preview.map.iter().all(|it| it.sql.end as usize <= preview.text.len()));
    }
}
