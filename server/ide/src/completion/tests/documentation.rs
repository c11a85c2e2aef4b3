//! What is said of completions when somebody looks at them.

use expect_test::expect;

use super::{EDITOR, HEAD, complete, notes};

#[test]
fn documentation() {
    let of = |text: &str, label: &str| {
        let (fixture, found) = complete(text, EDITOR);
        let item =
            found.items.iter().find(|item| item.label == label).unwrap_or_else(|| panic!("no {label}"));
        let analysis = fixture.analysis();
        let text = analysis.completion_documentation(&fixture.path, fixture.offset, item.kind, &item.name);
        text.unwrap().unwrap_or_default()
    };
    let tasks = format!("{HEAD}SELECTOR named('tasks')\nCLAUSE ");
    let shown = [
        of(&format!("{HEAD}$0"), "SELECTOR"),
        of(&format!("{tasks}col(id) $0"), "NOT IN"),
        of(&format!("{tasks}col($0)"), "title"),
        of(&format!("{HEAD}SELECTOR named($0)"), "users"),
        of(&format!("{tasks}exists($0)"), "rel(_, project_id, projects, id)"),
        of(&format!("{tasks}col(id) = session($0)"), "app.tenant_id"),
        of(&notes("col(id) = fn($0)"), "auth.uid"),
        of(&notes("col(mood) = lit($0)"), "great"),
        of("-- pgpe: allow($0", "tautology"),
        of("$0", "policy"),
        of("$0", "policy for isolation"),
        of(&notes("col(id) IS NULL\n-- pgpe: allow(x) $0"), "p"),
    ];
    expect![[r#"
        `SELECTOR` – says which tables the policy governs

        ```pgpe-policy
        SELECTOR has_column(tenant_id) AND NOT named('log_%')
        ```
        ----
        `NOT IN` – the value is one of a list

        ```pgpe-policy
        col(status) IN lit(['open', 'done'])
        ```
        ----
        column `title`
        - `text`, may be null – `public.tasks`
        ----
        table `public.users`: `id uuid`, `tenant_id uuid`, `email character varying(80)`, `age integer`
        ----
        `public.tasks (project_id) → public.projects (id)`: foreign key `tasks_project_id_fkey`

        The target's columns are a key: it leads to at most one row.

        From `public.tasks`.
        ----
        setting `app.tenant_id` of the connection, used in no policy

        It says which tenant a session is.
        ----
        ```sql
        auth.uid() → uuid STABLE
        ```

        allowed by the configuration
        ----
        enum type `public.mood`: `so so`, `it's fine`, `great`
        ----
        Every row passes in every session. Its severity is warning unless the configuration sets another.
        ----
        ```pgpe-policy
        POLICY name
          PERMISSIVE
          FOR ALL
          SELECTOR ALL
          CLAUSE
        ```
        ----
        ```pgpe-policy
        POLICY tenant_isolation
          PERMISSIVE
          FOR ALL
          SELECTOR has_column(tenant_id)
          CLAUSE col(tenant_id) = session('app.tenant_id')
        ```
        ----
        permissive policy in a.policy, on `public.notes`"#]]
    .assert_eq(&shown.join("\n----\n"));
}
