//! Pages of findings that the solver confirms. Values come from models, so that they are left out of what is compared.

use expect_test::expect;
use pgpe_config::Rule;

use crate::CounterexamplePage;
use crate::test_support::{Fixture, SCHEMA, solved};

const LEAKY: &str = "POLICY own PERMISSIVE FOR SELECT SELECTOR named('users')
  CLAUSE col(tenant_id) = session('app.tenant_id')
POLICY all_named PERMISSIVE FOR SELECT SELECTOR named('users')
  CLAUSE col(tenant_id) = session('app.tenant_id')
  OR CLAUSE col(email) IS NOT NULL AND exists(rel(_, tenant_id, tenants, id), {col(id) IS NOT NULL})
";

fn page(fixture: &Fixture, line: u32, rule: Rule) -> Option<CounterexamplePage> {
    let text = fixture.text();
    let start: usize = text.split_inclusive('\n').take(line as usize).map(str::len).sum();
    let length = text[start..].find('\n').map_or(0, |end| end + 1);
    let range = start as u32..(start + length) as u32;
    let analysis = fixture.analysis();
    analysis.counterexample_page(&fixture.path, range, rule, &solved(&analysis)).unwrap()
}

/// The page without the replay, and with `…` for each value.
fn shown(page: &CounterexamplePage) -> String {
    let text = page.markdown.split("\n\n## Replay").next().unwrap();
    let mut shown = String::new();
    for code in text.split_inclusive('`') {
        let value = |start: &str| start.starts_with(|c: char| c == '\'' || c.is_ascii_digit());
        match code.split_once(" = ").filter(|(_, rest)| value(rest)) {
            Some((name, _)) => shown.push_str(&format!("{name} = …`")),
            None if value(code) => shown.push_str("…`"),
            None => shown.push_str(code),
        }
    }
    shown + "\n"
}

#[test]
fn a_leak_is_shown_from_sessions_to_sql() {
    let fixture = Fixture::new(&format!("{LEAKY}{SCHEMA}"));
    let page = page(&fixture, 4, Rule::TenantIsolation).unwrap();
    assert_eq!(page.title, "tenant-isolation on public.users");
    expect![[r#"
        # tenant-isolation on public.users

        a session reaches rows of public.users that are not its own through this clause (SELECT)

        a row belongs to whom tenant\_id names: compare that with the session's key

        ## Sessions and rows

        |  | values | let in by |
        |---|---|---|
        | session 1 | `app.tenant_id = …` | `all_named (clause 2)` |
        | session 2 | `app.tenant_id = …` | `own` |
        | row of `public.users` | `email = …`, `tenant_id = …` |  |
        | row of `public.tenants` | `id = …` |  |

        ## The way through the policies

        Session 1 reads the row of public.users, which is not its own.

        ### Session 1: SELECT – the row passes

        - `own` (PERMISSIVE): **FALSE**
          - **FALSE** `col('tenant_id') = session('app.tenant_id')`
            - `col('tenant_id')` is `…`
            - `session('app.tenant_id')` is `…`
        - `all_named` (PERMISSIVE): **TRUE**
          - **FALSE** `col('tenant_id') = session('app.tenant_id')`
            - `col('tenant_id')` is `…`
            - `session('app.tenant_id')` is `…`
          - **TRUE** `col('email') IS NOT NULL AND exists(rel(_, tenant_id, public.tenants, id), {col('id') IS NOT NULL})`
            - **TRUE** `col('email') IS NOT NULL`
              - `col('email')` is `…`
            - **TRUE** `exists(rel(_, tenant_id, public.tenants, id), {col('id') IS NOT NULL})`
              - `col('tenant_id')` is `…`
              - row of `public.tenants`: `id = …`
                - **TRUE** `col('id') IS NOT NULL`
                  - `col('id')` is `…`

        ### Session 2: SELECT – the row passes

        - `own` (PERMISSIVE): **TRUE**
          - **TRUE** `col('tenant_id') = session('app.tenant_id')`
            - `col('tenant_id')` is `…`
            - `session('app.tenant_id')` is `…`
        - `all_named` (PERMISSIVE): **TRUE**
          - **TRUE** `col('tenant_id') = session('app.tenant_id')`
            - `col('tenant_id')` is `…`
            - `session('app.tenant_id')` is `…`
          - **TRUE** `col('email') IS NOT NULL AND exists(rel(_, tenant_id, public.tenants, id), {col('id') IS NOT NULL})`
            - **TRUE** `col('email') IS NOT NULL`
              - `col('email')` is `…`
            - **TRUE** `exists(rel(_, tenant_id, public.tenants, id), {col('id') IS NOT NULL})`
              - `col('tenant_id')` is `…`
              - row of `public.tenants`: `id = …`
                - **TRUE** `col('id') IS NOT NULL`
                  - `col('id')` is `…`

        ## SQL

        ```sql
        CREATE POLICY own_users
          ON public.users
          AS PERMISSIVE
          FOR SELECT
          USING (tenant_id = current_setting('app.tenant_id')::uuid);

        CREATE POLICY all_named_users
          ON public.users
          AS PERMISSIVE
          FOR SELECT
          USING (tenant_id = current_setting('app.tenant_id')::uuid OR (email IS NOT NULL AND EXISTS (
            SELECT 1 FROM public.tenants
            WHERE public.tenants.id = public.users.tenant_id
              AND public.tenants.id IS NOT NULL
          )));
        ```
    "#]].assert_eq(&shown(&page));
    let (_, replay) = page.markdown.split_once("## Replay").unwrap();
    assert!(
        replay.contains("```sql\n-- ") && replay.contains("BEGIN;") && replay.contains("ROLLBACK;"),
        "{replay}"
    );
}

#[test]
fn without_such_a_finding_there_is_no_page() {
    let fixture = Fixture::new(&format!("{LEAKY}{SCHEMA}"));
    assert_eq!(page(&fixture, 1, Rule::TenantIsolation), None, "a clause that is right");
    assert_eq!(page(&fixture, 4, Rule::CrossWrite), None, "another rule");
    let analysis = fixture.analysis();
    let nowhere = analysis.counterexample_page("nowhere", 0..9, Rule::TenantIsolation, &solved(&analysis));
    assert_eq!(nowhere, Ok(None));
    let unproved = Fixture::new(&format!("{LEAKY}{SCHEMA}")).analysis();
    let unproved = unproved.counterexample_page("a.policy", 0..999, Rule::TenantIsolation, &|_| None);
    assert_eq!(unproved, Ok(None));
    let accepted = LEAKY.replace("POLICY all", "-- pgpe: allow(tenant-isolation) a directory\nPOLICY all");
    let fixture = Fixture::new(&format!("{accepted}{SCHEMA}"));
    assert_eq!(page(&fixture, 5, Rule::TenantIsolation), None, "a suppressed finding");
}

#[test]
fn a_finding_on_several_tables_names_the_others() {
    let fixture = Fixture::new(&format!(
        "POLICY seen PERMISSIVE FOR SELECT SELECTOR has_column(tenant_id)\n  CLAUSE col(id) IS NOT NULL\n{SCHEMA}"
    ));
    let page = page(&fixture, 1, Rule::TenantIsolation).unwrap();
    assert_eq!(page.title, "tenant-isolation on public.projects");
    assert!(page.markdown.contains("Likewise on `public.users`."), "{}", page.markdown);
}

#[test]
fn names_and_values_are_no_markdown() {
    let fixture = Fixture::new(
        "POLICY seen PERMISSIVE FOR SELECT SELECTOR ALL
  CLAUSE col('a|`b') = lit('``` # x')
//- /schema.sql
CREATE TABLE \"*odd* | ```\" (id int PRIMARY KEY, tenant_id text NOT NULL, \"a|`b\" text);
",
    );
    let page = page(&fixture, 1, Rule::TenantIsolation).unwrap();
    let text = page.markdown;
    assert!(text.starts_with("# tenant-isolation on public.\\*odd\\* \\| \\`\\`\\`\n"), "{text}");
    assert!(text.contains("| row of ```` public.*odd* \\| ``` ```` |"), "{text}");
    assert!(text.contains("**TRUE** ```` col('a|`b') = lit('``` # x') ````"), "{text}");
    assert!(text.contains("````sql\nCREATE POLICY"), "{text}");
}
