use expect_test::{Expect, expect};
use pgpe_config::Config;

use crate::fixture::{SAAS, catalog, policies, problems};
use crate::{Candidates, Governing, resolve, traversal_cycles};

/// `header` and `condition` of each policy.
fn check(written: &[(&str, &str)], expected: Expect) {
    check_with(written, false, expected);
}

fn check_with(written: &[(&str, &str)], initplan: bool, expected: Expect) {
    let text: Vec<String> =
        written.iter().map(|(header, clause)| format!("POLICY {header} CLAUSE {clause}\n")).collect();
    let policies = policies(&text.concat());
    let (catalog, config) = (catalog(SAAS), Config::default());
    let mut resolved = Vec::new();
    for (item, (policy, _)) in policies.iter().enumerate() {
        for table in Candidates::of(&catalog, &config).selected(policy.selector.as_ref(), &catalog, &config) {
            let resolution = resolve(policy, &table, &catalog, &config);
            resolved.push((
                item,
                table,
                resolution.policy.unwrap_or_else(|| panic!("{:?}", resolution.problems)),
            ));
        }
    }
    let governing: Vec<Governing<'_>> = resolved
        .iter()
        .map(|(item, table, policy)| Governing { item: *item, source: &policies[*item].0, table, policy })
        .collect();
    let mut out = String::new();
    for (item, problem) in traversal_cycles(&governing, initplan) {
        out.push_str(&problems(&[problem], &policies[item].1));
    }
    expected.assert_eq(&out);
}

const TASKS: &str = "exists(rel(_, project_id, projects, id), {col(tenant_id) = session('t')})";
const PROJECTS: &str = "exists(rel(_, id, tasks, project_id), {col(status) IS NULL})";

#[test]
fn no_circle() {
    check(
        &[
            ("a PERMISSIVE FOR ALL SELECTOR named('tasks')", TASKS),
            ("b PERMISSIVE FOR ALL SELECTOR named('projects')", "col(tenant_id) = session('t')"),
        ],
        expect![[""]],
    );
}

#[test]
fn two_tables_that_read_each_other() {
    check(
        &[
            ("a PERMISSIVE FOR SELECT SELECTOR named('tasks')", TASKS),
            ("b PERMISSIVE FOR ALL SELECTOR named('projects')", PROJECTS),
        ],
        expect![[r#"
            error traversal-cycle at `rel(_, project_id, projects, id)`: PostgreSQL ends in infinite recursion here: `a` on public.tasks reads public.projects, `b` on public.projects reads public.tasks
              help: break the circle: give one of the tables a column that its policy can test without a traversal
              policy b: on public.projects it reads public.tasks
            error traversal-cycle at `rel(_, id, tasks, project_id)`: PostgreSQL ends in infinite recursion here: `b` on public.projects reads public.tasks, `a` on public.tasks reads public.projects
              help: break the circle: give one of the tables a column that its policy can test without a traversal
              policy a: on public.tasks it reads public.projects
        "#]],
    );
}

#[test]
fn policies_for_different_roles_meet_in_a_session_with_both() {
    check(
        &[
            ("a PERMISSIVE FOR SELECT TO one SELECTOR named('tasks')", TASKS),
            ("b PERMISSIVE FOR SELECT TO two SELECTOR named('projects')", PROJECTS),
            ("c RESTRICTIVE FOR SELECT SELECTOR named('projects')", "col(name) IS NOT NULL"),
        ],
        expect![[r#"
            error traversal-cycle at `rel(_, project_id, projects, id)`: PostgreSQL ends in infinite recursion here, for a session with roles `one` and `two`: `a` on public.tasks reads public.projects, `b` on public.projects reads public.tasks
              help: break the circle: give one of the tables a column that its policy can test without a traversal
              policy b: on public.projects it reads public.tasks
            error traversal-cycle at `rel(_, id, tasks, project_id)`: PostgreSQL ends in infinite recursion here, for a session with roles `two` and `one`: `b` on public.projects reads public.tasks, `a` on public.tasks reads public.projects
              help: break the circle: give one of the tables a column that its policy can test without a traversal
              policy a: on public.tasks it reads public.projects
        "#]],
    );
}

#[test]
fn a_table_that_reads_itself() {
    check(
        &[(
            "a PERMISSIVE FOR SELECT SELECTOR named('users')",
            "exists(rel(_, id, users, id), {col(age) > lit(3)})",
        )],
        expect![[r#"
            error traversal-cycle at `rel(_, id, users, id)`: PostgreSQL ends in infinite recursion here: `a` on public.users reads public.users
              help: break the circle: give one of the tables a column that its policy can test without a traversal
        "#]],
    );
}

#[test]
fn a_way_through_a_nested_traversal() {
    check(
        &[
            (
                "a PERMISSIVE FOR SELECT SELECTOR named('files')",
                "exists(rel(_, project_id, projects, id), {exists(rel(_, owner_id, users, id), {col(age) > lit(3)})})",
            ),
            (
                "b PERMISSIVE FOR SELECT SELECTOR named('users')",
                "exists(rel(_, id, projects, owner_id), {exists(rel(_, id, files, project_id), {col(size) > lit(3)})})",
            ),
        ],
        expect![[r#"
            error traversal-cycle at `rel(_, owner_id, users, id)`: PostgreSQL ends in infinite recursion here: `a` on public.files reads public.users, `b` on public.users reads public.files
              help: break the circle: give one of the tables a column that its policy can test without a traversal
              policy b: on public.users it reads public.files
            error traversal-cycle at `rel(_, id, files, project_id)`: PostgreSQL ends in infinite recursion here: `b` on public.users reads public.files, `a` on public.files reads public.users
              help: break the circle: give one of the tables a column that its policy can test without a traversal
              policy a: on public.files it reads public.users
        "#]],
    );
}

#[test]
fn writing_may_read_its_own_table_only_if_reading_it_traverses_nothing() {
    let own = "exists(rel(_, id, users, id), {col(age) > lit(3)})";
    check(
        &[
            ("a PERMISSIVE FOR UPDATE SELECTOR named('users')", own),
            ("b PERMISSIVE FOR SELECT SELECTOR named('users')", "col(tenant_id) = session('t')"),
        ],
        expect![[""]],
    );
    check(
        &[
            ("a PERMISSIVE FOR UPDATE SELECTOR named('users')", own),
            (
                "b PERMISSIVE FOR SELECT SELECTOR named('users')",
                "exists(rel(_, tenant_id, tenants, id), {col(name) = session('t')})",
            ),
        ],
        expect![[r#"
            error traversal-cycle at `rel(_, id, users, id)`: PostgreSQL ends in infinite recursion here: `a` on public.users for UPDATE reads public.users, `b` on public.users reads public.tenants
              help: break the circle: give one of the tables a column that its policy can test without a traversal
              policy b: on public.users it reads public.tenants
        "#]],
    );
}

#[test]
fn a_check_that_leads_back() {
    check(
        &[
            ("a PERMISSIVE FOR INSERT SELECTOR named('tasks')", TASKS),
            ("b PERMISSIVE FOR SELECT SELECTOR named('projects')", PROJECTS),
            (
                "c PERMISSIVE FOR SELECT SELECTOR named('tasks')",
                "exists(rel(_, assignee_id, users, id), {col(age) > lit(3)})",
            ),
        ],
        expect![[r#"
            error traversal-cycle at `rel(_, project_id, projects, id)`: PostgreSQL ends in infinite recursion here: `a` on public.tasks for INSERT reads public.projects, `b` on public.projects reads public.tasks, `c` on public.tasks reads public.users
              help: break the circle: give one of the tables a column that its policy can test without a traversal
              policy b: on public.projects it reads public.tasks
              policy c: on public.tasks it reads public.users
        "#]],
    );
}

#[test]
fn clauses_that_vanish_lead_nowhere() {
    check(
        &[
            ("a PERMISSIVE FOR SELECT SELECTOR named('tasks')", TASKS),
            (
                "b PERMISSIVE FOR SELECT SELECTOR named('projects')",
                "col(name) IS NULL OR CLAUSE col(name) = lit('a') AND col(name) = lit('b') AND exists(rel(_, id, tasks, project_id), {col(status) IS NULL})",
            ),
        ],
        expect![[""]],
    );
}

#[test]
fn a_setting_in_a_subquery_closes_a_circle() {
    let policies = [
        ("own PERMISSIVE FOR SELECT SELECTOR named('projects')", "col(tenant_id) = session('t')"),
        (
            "delete PERMISSIVE FOR DELETE SELECTOR named('projects')",
            "exists(rel(_, owner_id, projects, id), {col(is_deleted) = lit(true)})",
        ),
    ];
    check(&policies, expect![[""]]);
    check_with(
        &policies,
        true,
        expect![[r#"
        error traversal-cycle at `rel(_, owner_id, projects, id)`: PostgreSQL ends in infinite recursion here: `delete` on public.projects for DELETE reads public.projects
          help: break the circle: give one of the tables a column that its policy can test without a traversal
    "#]],
    );
}

#[test]
fn a_traversal_in_a_check_closes_a_circle() {
    let visible = "col(tenant_id) = session('t') WITH CHECK \
                   CLAUSE exists(rel(_, owner_id, users, id), {col(role) = lit('admin')})";
    let delete = "exists(rel(_, owner_id, projects, id), {col(is_deleted) = lit(true)})";
    check(
        &[
            ("own PERMISSIVE FOR ALL SELECTOR named('projects')", visible),
            ("delete PERMISSIVE FOR DELETE SELECTOR named('projects')", delete),
        ],
        expect![[r#"
            error traversal-cycle at `rel(_, owner_id, projects, id)`: PostgreSQL ends in infinite recursion here: `delete` on public.projects for DELETE reads public.projects
              help: break the circle: give one of the tables a column that its policy can test without a traversal
        "#]],
    );
    // A policy for reading alone has no check.
    check(
        &[
            ("own PERMISSIVE FOR SELECT, UPDATE SELECTOR named('projects')", visible),
            ("delete PERMISSIVE FOR DELETE SELECTOR named('projects')", delete),
        ],
        expect![[""]],
    );
}
