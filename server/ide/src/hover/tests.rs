//! Each test hovers one place. The solver's answers are given by hand where they matter.

use expect_test::{Expect, expect};
use pgpe_proof::obligation::{Obligation, Outcome};

use crate::test_support::{Fixture, SCHEMA};

fn check(text: &str, expected: Expect) {
    check_with(text, &|_| None, expected);
}

fn check_with(text: &str, outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync), expected: Expect) {
    let fixture = Fixture::new(&format!("{text}{SCHEMA}"));
    let hover = fixture.analysis().hover(&fixture.path, fixture.offset, outcome).unwrap();
    let text = fixture.text();
    let shown = match hover {
        Some(hover) => {
            let word = &text[hover.range.start as usize..hover.range.end as usize];
            format!("at: {}\n{}\n", word.replace('\n', " "), hover.markdown)
        }
        None => "nothing\n".to_owned(),
    };
    expected.assert_eq(&shown);
}

fn policy(selector: &str, clause: &str) -> String {
    format!("POLICY p\n  PERMISSIVE\n  FOR SELECT\n  SELECTOR {selector}\n  CLAUSE {clause}\n")
}

#[test]
fn a_policys_name_shows_its_sql() {
    check(
        "POLICY ow$0n\n  PERMISSIVE\n  FOR ALL\n  SELECTOR has_column(tenant_id)\n  CLAUSE col(tenant_id) = session('app.tenant_id')\n",
        expect![[r#"
            at: own
            policy `own` governs 2 tables

            ```sql
            -- public.projects
            CREATE POLICY own_projects
              ON public.projects
              AS PERMISSIVE
              FOR ALL
              USING (tenant_id = current_setting('app.tenant_id')::uuid);
            ```

            Likewise on `public.users`.

            | isolation of tenants | SELECT | INSERT | UPDATE | DELETE |
            |---|---|---|---|---|
            | `public.projects` | … | … | … | … |
            | `public.users` | … | … | … | … |
        "#]],
    );
}

#[test]
fn verdicts_are_shown_once_they_are_known() {
    check_with(
        "$0POLICY own\n  PERMISSIVE\n  FOR SELECT, INSERT\n  SELECTOR named('users')\n  CLAUSE col(tenant_id) = session('app.tenant_id')\n",
        &|_| Some(Outcome::Unknown("the solver gave up".to_owned())),
        expect![[r#"
            at: POLICY
            policy `own` governs 1 table

            ```sql
            -- public.users
            CREATE POLICY own_users_select
              ON public.users
              AS PERMISSIVE
              FOR SELECT
              USING (tenant_id = current_setting('app.tenant_id')::uuid);

            CREATE POLICY own_users_insert
              ON public.users
              AS PERMISSIVE
              FOR INSERT
              WITH CHECK (tenant_id = current_setting('app.tenant_id')::uuid);
            ```

            | isolation of tenants | SELECT | INSERT | UPDATE | DELETE |
            |---|---|---|---|---|
            | `public.users` | UNKNOWN | UNKNOWN | DENIED | DENIED |

            `POLICY` – begins a policy: which rows of which tables a query may touch
        "#]],
    );
}

#[test]
fn a_policy_with_errors_compiles_to_nothing() {
    check(
        "POLICY ow$0n\n  PERMISSIVE\n  FOR ALL\n  SELECTOR named('users')\n  CLAUSE col(tenant) = session('app.tenant_id')\n",
        expect![[r#"
            at: own
            policy `own` governs 1 table

            It has errors: nothing is compiled of it.

            | isolation of tenants | SELECT | INSERT | UPDATE | DELETE |
            |---|---|---|---|---|
            | `public.users` | UNKNOWN | UNKNOWN | UNKNOWN | UNKNOWN |
        "#]],
    );
}

#[test]
fn a_selector_shows_its_tables() {
    check(
        &policy("has_$0column(tenant_id)", "col(id) IS NOT NULL"),
        expect![[r#"
        at: has_column(tenant_id)
        matches 2 tables: `public.projects`, `public.users`

        `has_column` – tables that have a column, perhaps of a type
    "#]],
    );
    check(
        &policy("named('us$0%') OR named('tasks')", "col(id) IS NOT NULL"),
        expect![[r#"
        at: named('us%')
        matches `public.users`
    "#]],
    );
    check(
        &policy("named('us%') $0OR named('tasks')", "col(id) IS NOT NULL"),
        expect![[r#"
        at: named('us%') OR named('tasks')
        matches 2 tables: `public.tasks`, `public.users`

        `OR` – one or the other: between clauses, and in selectors
    "#]],
    );
    check(
        &policy("named('no$0thing')", "col(id) IS NOT NULL"),
        expect![[r#"
        at: named('nothing')
        matches no table
    "#]],
    );
}

#[test]
fn a_column_shows_its_type_on_each_table() {
    check(
        &policy("has_column(tenant_id)", "col(tenan$0t_id) = session('a.b')"),
        expect![[r#"
        at: col(tenant_id)
        `tenant_id`: `uuid`, NOT NULL – `public.projects`, `public.users`
    "#]],
    );
    check(
        &policy("named('users') OR named('projects')", "col(ema$0il) IS NULL"),
        expect![[r#"
        at: col(email)
        `email`
        - no such column – `public.projects`
        - `character varying(80)`, may be null – `public.users`
    "#]],
    );
}

#[test]
fn a_column_inside_exists_is_the_targets() {
    check(
        &policy("named('tasks')", "exists(rel(_, project_id, projects, id), {col($0name) = lit('x')})"),
        expect![[r#"
            at: col(name)
            `name`: `text`, may be null – `public.projects`
        "#]],
    );
}

#[test]
fn a_setting_shows_what_it_is_read_as() {
    check(
        &policy("has_column(tenant_id)", "col(tenant_id) = session('a$0.b')"),
        expect![[r#"
        at: session('a.b')
        setting `a.b` of the connection: read as `uuid` – `public.projects`, `public.users`

        ```sql
        tenant_id = current_setting('a.b')::uuid
        ```
    "#]],
    );
    check(
        &policy(
            "named('tasks')",
            "exists(rel(_, project_id, projects, id), {col(tenant_id) = sess$0ion('a.b')})",
        ),
        expect![[r#"
            at: session('a.b')
            setting `a.b` of the connection: read as `uuid` – `public.projects`

            ```sql
            tenant_id = current_setting('a.b')::uuid
            ```

            `session` – a setting of the connection
        "#]],
    );
}

#[test]
fn a_literal_shows_what_it_is_read_as() {
    check(
        &policy("named('users')", "col(age) IN lit([1, $02])"),
        expect![[r#"
        at: lit([1, 2])
        literal: read as `integer` – `public.users`

        ```sql
        age IN (1, 2)
        ```
    "#]],
    );
    check(
        &policy("named('users')", "col(email) = li$0t('x')"),
        expect![[r#"
        at: lit('x')
        literal: read as `character varying` – `public.users`

        ```sql
        email = 'x'
        ```

        `lit` – a literal: a string, an integer, true, false, null, or a list
    "#]],
    );
}

#[test]
fn a_traversal_shows_its_foreign_key() {
    check(
        &policy("named('tasks')", "exists(rel(_, project$0_id, projects, id), {col(name) = lit('x')})"),
        expect![[r#"
            at: rel(_, project_id, projects, id)
            `public.tasks (project_id) → public.projects (id)`: foreign key `tasks_project_id_fkey`

            The target's columns are a key: it leads to at most one row.
        "#]],
    );
    check(
        &policy("named('projects')", "exists(rel(_, id, ta$0sks, project_id), {col(title) = lit('x')})"),
        expect![[r#"
            at: rel(_, id, tasks, project_id)
            `public.projects (id) → public.tasks (project_id)`: foreign key `tasks_project_id_fkey`, from its target back

            The target's columns are no key: it may lead to many rows.
        "#]],
    );
    check(
        &policy("named('users')", "exists(rel(_, email, tena$0nts, name), {col(name) = lit('x')})"),
        expect![[r#"
            at: rel(_, email, tenants, name)
            `public.users (email) → public.tenants (name)`: no foreign key

            The target's columns are no key: it may lead to many rows.
        "#]],
    );
}

#[test]
fn a_function_shows_its_signature() {
    check(
        &policy("named('users')", "col(id) = f$0n(auth.uid, [])"),
        expect![[r#"
        at: fn(auth.uid, [])
        ```sql
        auth.uid() → uuid STABLE
        ```

        not among the functions that the configuration allows

        `fn` – a function's result; the configuration says which are allowed
    "#]],
    );
    check(
        &format!(
            "{}//- /pgpe.yaml\nfunctions: {{ allow: [lower] }}\n",
            policy("named('users')", "col(email) = fn(lo$0wer, [col(email)])")
        ),
        expect![[r#"
            at: fn(lower, [col(email)])
            ```sql
            pg_catalog.lower(text) → text IMMUTABLE
            ```

            allowed by the configuration
        "#]],
    );
}

#[test]
fn a_keyword_is_explained() {
    check(
        &policy("ALL", "col(id) IS NOT NULL").replace("PERM", "PE$0RM"),
        expect![[r#"
        at: PERMISSIVE
        `PERMISSIVE` – lets rows in: a row is visible if one permissive policy holds for it

        ```pgpe-policy
        POLICY own_rows PERMISSIVE FOR SELECT …
        ```
    "#]],
    );
    check(
        "$0GRANT SELECT TO app SELECTOR ALL\n",
        expect![[r#"
        at: GRANT
        `GRANT` – gives roles privileges on tables; policies only narrow what a role may do

        ```pgpe-policy
        GRANT SELECT, INSERT TO app_reader SELECTOR in_schema(public)
        ```
    "#]],
    );
}

/// Hovers a place of the usual schema, below some policies.
fn check_schema(name: &str, policies: &str, expected: Expect) {
    let fixture = Fixture::new(&format!("{policies}{}", SCHEMA.replacen(name, &format!("$0{name}"), 1)));
    let hover = fixture.analysis().hover(&fixture.path, fixture.offset, &|_| None).unwrap();
    let hover = hover.map_or_else(|| "nothing".to_owned(), |hover| hover.markdown);
    expected.assert_eq(&format!("{hover}\n"));
}

const THREE: &str = "POLICY own PERMISSIVE FOR SELECT SELECTOR has_column(tenant_id)
  CLAUSE col(tenant_id) = session('app.tenant_id')
POLICY by_project PERMISSIVE FOR SELECT SELECTOR named('tasks')
  CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.tenant_id')})
POLICY named RESTRICTIVE FOR UPDATE SELECTOR named('users')
  CLAUSE col(id) IS NOT NULL WITH CHECK CLAUSE col(email) = session('a.b')
";

#[test]
fn a_table_of_the_schema_shows_its_policies() {
    check_schema(
        "users",
        THREE,
        expect![[r#"
        `public.users` is governed by `own`, `named`

        | isolation of tenants | SELECT | INSERT | UPDATE | DELETE |
        |---|---|---|---|---|
        | `public.users` | … | DENIED | DENIED | DENIED |
    "#]],
    );
    check_schema(
        "tenants",
        THREE,
        expect![[r#"
        no policy governs `public.tenants`
    "#]],
    );
}

#[test]
fn a_column_of_the_schema_shows_who_uses_it() {
    for (name, expected) in [
        (
            "email",
            expect![[r#"
            `public.users.email`: `character varying(80)`, may be null

            used by
            - `named`: clauses
        "#]],
        ),
        (
            "project_id",
            expect![[r#"
            `public.tasks.project_id`: `uuid`, NOT NULL

            used by
            - `by_project`: clauses
        "#]],
        ),
        (
            "age",
            expect![[r#"
            `public.users.age`: `integer`, may be null

            no policy uses it
        "#]],
        ),
        (
            "title",
            expect![[r#"
            `public.tasks.title`: `text`, may be null

            no policy uses it
        "#]],
        ),
    ] {
        check_schema(name, THREE, expected);
    }
    let projects = SCHEMA.find("projects (").unwrap();
    let at = SCHEMA[projects..].find("tenant_id").unwrap() + projects;
    let fixture = Fixture::new(&format!("{THREE}{}$0{}", &SCHEMA[..at], &SCHEMA[at..]));
    let hover = fixture.analysis().hover("schema.sql", fixture.offset, &|_| None).unwrap().unwrap();
    expect![[r#"
        `public.projects.tenant_id`: `uuid`, NOT NULL

        used by
        - `own`: selector and clauses
        - `by_project`: traversals"#]]
    .assert_eq(&hover.markdown);
}

#[test]
fn a_key_of_the_configuration_is_explained() {
    let fixture = Fixture::new("POLICY p\n//- /pgpe.yaml\nsession:\n  mis$0sing: deny\n");
    let hover = fixture.analysis().hover("pgpe.yaml", fixture.offset, &|_| None).unwrap().unwrap();
    expect![[r#"
        What a missing setting does: `error` lets the query fail; `deny` shows no rows, also where the
        setting is empty.

        What a session without the setting gets.

        Default: `error`"#]]
    .assert_eq(&hover.markdown);
}

#[test]
fn between_words_there_is_nothing() {
    check(
        "\n$0\nPOLICY p\n",
        expect![[r#"
        nothing
    "#]],
    );
    check(
        "-- rem$0ark\n",
        expect![[r#"
        nothing
    "#]],
    );
    let fixture = Fixture::new("POLICY p\n");
    assert_eq!(fixture.analysis().hover("a.policy", 9999, &|_| None), Ok(None));
    assert_eq!(fixture.analysis().hover("nowhere", 0, &|_| None), Ok(None));
}

#[test]
fn without_a_schema_words_still_mean_something() {
    let fixture = Fixture::new(&policy("ALL", "col(id) = session('$0a.b')"));
    let hover = fixture.analysis().hover("a.policy", fixture.offset, &|_| None).unwrap().unwrap();
    assert_eq!(hover.markdown, "setting `a.b` of the connection");
}

#[test]
fn every_place_of_every_text_can_be_hovered() {
    let text = policy(
        "has_column(tenant_id, uuid) AND NOT (named('ü|`%') OR tagged('x') OR in_schema(public))",
        "exists(rel(_, (id, tenant_id), projects, (id, tenant_id)), {col(x) IN lit(['é', 1])}) AND fn(a.b, [lit(1)]) LIKE session('😀')",
    );
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        let fixture = Fixture::new(&format!("{}\n{SCHEMA}", &text[..end]));
        for offset in [0, end.saturating_sub(1), end, end + 3] {
            let offset = u32::try_from(offset).unwrap();
            fixture.analysis().hover("a.policy", offset, &|_| None).unwrap();
        }
    }
}
