use expect_test::expect;
use pgpe_config::Config;

use crate::fixture::{SAAS, check, check_with};

#[test]
fn along_a_foreign_key_to_a_primary_key() {
    check(
        "named('tasks') OR named('files') CLAUSE
            exists(rel(_, project_id, projects, id), {col('tenant_id') = session('app.tenant_id')})",
        SAAS,
        expect![[r#"
            public.files
              0: exists(rel(_, project_id, public.projects, id), {col('tenant_id') = session('app.tenant_id')})
            public.tasks
              0: exists(rel(_, project_id, public.projects, id), {col('tenant_id') = session('app.tenant_id')})
        "#]],
    );
    check(
        "named('tasks') CLAUSE exists(rel(tasks, project_id, public.projects, id), {
            exists(rel(projects, tenant_id, tenants, id), {col(name) = session('t')})})",
        SAAS,
        expect![[r#"
            public.tasks
              0: exists(rel(_, project_id, public.projects, id), {exists(rel(_, tenant_id, public.tenants, id), {col('name') = session('t')})})
        "#]],
    );
}

#[test]
fn the_start_must_be_the_table_at_hand() {
    check(
        "named('tasks') OR named('files') CLAUSE exists(rel(tasks, project_id, projects, id), {col(id) IS NOT NULL})",
        SAAS,
        expect![[r#"
            error unknown-table at `tasks`: a traversal on public.files can't start from `tasks`
              help: write `_` for the table that the condition is about
              fix: Replace with `_`: …exists(rel(_, project_id, projects, id), {col(id) IS NOT NULL})
            public.files
              error
            public.tasks
              0: exists(rel(_, project_id, public.projects, id), {col('id') IS NOT NULL})
        "#]],
    );
    check(
        "named('tasks') CLAUSE exists(rel(_, project_id, projects, id), {
            exists(rel(tasks, tenant_id, tenants, id), {col(name) = session('t')})})",
        SAAS,
        expect![[r#"
            error unknown-table at `tasks`: a traversal on public.projects can't start from `tasks`
              help: write `_` for the table that the condition is about
              fix: Replace with `_`: …exists(rel(_, tenant_id, tenants, id), {col(name) = session('t')})})
            public.tasks
              error
        "#]],
    );
}

#[test]
fn the_target_must_be_a_table() {
    let schema = format!("{SAAS} CREATE VIEW open_projects AS SELECT id FROM projects;");
    check(
        "named('tasks') CLAUSE exists(rel(_, project_id, project, id), {col(id) IS NOT NULL})",
        &schema,
        expect![[r#"
            error unknown-table at `project`: there is no table `project` in schema `public`
              help: did you mean `projects`?
              fix: Replace with `projects`: …projects, id), {col(id) IS NOT NULL})
            public.tasks
              error
        "#]],
    );
    check(
        "named('tasks') CLAUSE exists(rel(_, project_id, other.projects, id), {col(id) IS NOT NULL})",
        &schema,
        expect![[r#"
            error unknown-table at `other.projects`: there is no table `projects` in schema `other`
            public.tasks
              error
        "#]],
    );
    check(
        "named('tasks') CLAUSE exists(rel(_, project_id, open_projects, id), {col(id) IS NOT NULL})",
        &schema,
        expect![[r#"
            error traversal-target-not-table at `open_projects`: public.open_projects is a view, and traversals only reach tables
              help: traverse the table that its rows come from
              public.open_projects: defined here
            public.tasks
              error
        "#]],
    );
}

#[test]
fn columns_must_exist_and_compare() {
    check(
        "named('tasks') CLAUSE exists(rel(_, projectid, projects, idd), {col(tenant) = session('t')})",
        SAAS,
        expect![[r#"
            error unknown-column at `projectid`: there is no column `projectid` on public.tasks
              help: did you mean `project_id`?
              public.tasks.project_id: `project_id` is defined here
              fix: Replace with `project_id`: …project_id, projects, idd), {col(tenant) = session('t')})
            error unknown-column at `idd`: there is no column `idd` on public.projects
              help: did you mean `id`?
              public.projects.id: `id` is defined here
              fix: Replace with `id`: …id), {col(tenant) = session('t')})
            error unknown-column at `tenant`: there is no column `tenant` on public.projects
              help: did you mean `tenant_id`?
              public.projects.tenant_id: `tenant_id` is defined here
              fix: Replace with `tenant_id`: …{col(tenant_id) = session('t')})
            public.tasks
              error
        "#]],
    );
    check(
        "named('tasks') OR named('files') CLAUSE exists(rel(_, id, projects, name), {col(id) IS NOT NULL})",
        SAAS,
        expect![[r#"
            error type-mismatch at `id`: column `id` (uuid) on 2 tables (public.files, public.tasks) can't be compared with `name` (text) of its target
              help: link columns of one family of types
              `name`: the target's column
            public.files
              error
            public.tasks
              error
        "#]],
    );
}

#[test]
fn without_a_foreign_key_or_key_there_is_a_warning() {
    check(
        "named('tasks') OR named('files') CLAUSE exists(rel(_, id, projects, id), {col(id) IS NOT NULL})",
        SAAS,
        expect![[r#"
            warning traversal-without-foreign-key at `rel(_, id, projects, id)`: no foreign key connects `id` on 2 tables (public.files, public.tasks) with `id` of public.projects
              help: values without a counterpart hide rows; check the columns, or add the foreign key
              public.projects: the table reached
              fix: Follow the foreign key from `project_id` to `id` (changes access): …project_id, projects, id), {col(id) IS NOT NULL})
            public.files
              0: exists(rel(_, id, public.projects, id), {col('id') IS NOT NULL})
            public.tasks
              0: exists(rel(_, id, public.projects, id), {col('id') IS NOT NULL})
        "#]],
    );
    check(
        "named('files') CLAUSE exists(rel(_, name, projects, name), {col(id) IS NOT NULL})",
        SAAS,
        expect![[r#"
            warning traversal-without-foreign-key at `rel(_, name, projects, name)`: no foreign key connects `name` on public.files with `name` of public.projects
              help: values without a counterpart hide rows; check the columns, or add the foreign key
              public.projects: the table reached
              fix: Follow the foreign key from `project_id` to `id` (changes access): …project_id, projects, id), {col(id) IS NOT NULL})
            warning traversal-key-not-unique at `name`: `name` is no key of public.projects, so a row may reach several rows there
              help: any of them may let the row pass, another tenant's too; link a primary key or a unique constraint that is neither partial nor deferrable
              public.projects: the table reached
            public.files
              0: exists(rel(_, name, public.projects, name), {col('id') IS NOT NULL})
        "#]],
    );
    check(
        "named('projects') CLAUSE exists(rel(_, id, tasks, project_id), {col(id) IS NOT NULL})",
        SAAS,
        expect![[r#"
        warning traversal-key-not-unique at `project_id`: `project_id` is no key of public.tasks, so a row may reach several rows there
          help: any of them may let the row pass, another tenant's too; link a primary key or a unique constraint that is neither partial nor deferrable
          public.tasks: the table reached
        public.projects
          0: exists(rel(_, id, public.tasks, project_id), {col('id') IS NOT NULL})
    "#]],
    );
}

#[test]
fn keys_that_prove_nothing_do_not_count() {
    for key in [
        "id uuid PRIMARY KEY DEFERRABLE",
        "id uuid",
        "id uuid PRIMARY KEY, other int); CREATE TABLE child (x int) INHERITS (projects",
    ] {
        let schema = format!("CREATE TABLE projects ({key}); CREATE TABLE tasks (project_id uuid);");
        let (policy, _) = crate::fixture::policy(
            "named('tasks') CLAUSE exists(rel(_, project_id, projects, id), {col(id) IS NOT NULL})",
        );
        let catalog = pgpe_catalog::ddl::read_ddl(&schema).catalog;
        let found = crate::resolve(&policy, &crate::fixture::table("tasks"), &catalog, &Config::default());
        let rules: Vec<&str> = found.problems.iter().map(|problem| problem.rule.id()).collect();
        assert!(rules.contains(&"traversal-key-not-unique"), "{key}: {rules:?}");
    }
}

#[test]
fn composite_keys() {
    let schema = "
        CREATE TABLE projects (tenant_id int, id int, PRIMARY KEY (tenant_id, id));
        CREATE TABLE tasks (tenant_id int, project_id int, note int,
            FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id));";
    let exists =
        |links: &str| format!("named('tasks') CLAUSE exists(rel(_, {links}), {{col(id) IS NOT NULL}})");
    check(
        &exists("(tenant_id, project_id), projects, (tenant_id, id)"),
        schema,
        expect![[r#"
        public.tasks
          0: exists(rel(_, (project_id, tenant_id), public.projects, (id, tenant_id)), {col('id') IS NOT NULL})
    "#]],
    );
    check(
        &exists("(project_id, tenant_id), projects, (id, tenant_id)"),
        schema,
        expect![[r#"
        public.tasks
          0: exists(rel(_, (project_id, tenant_id), public.projects, (id, tenant_id)), {col('id') IS NOT NULL})
    "#]],
    );
    check(
        &exists("project_id, projects, id"),
        schema,
        expect![[r#"
        warning traversal-without-foreign-key at `rel(_, project_id, projects, id)`: no foreign key connects `project_id` on public.tasks with `id` of public.projects
          help: values without a counterpart hide rows; check the columns, or add the foreign key
          public.projects: the table reached
        warning traversal-key-not-unique at `id`: `id` is no key of public.projects, so a row may reach several rows there
          help: any of them may let the row pass, another tenant's too; link a primary key or a unique constraint that is neither partial nor deferrable
          public.projects: the table reached
        public.tasks
          0: exists(rel(_, project_id, public.projects, id), {col('id') IS NOT NULL})
    "#]],
    );
}

#[test]
fn depth_is_limited() {
    let nested = "named('tasks') CLAUSE exists(rel(_, project_id, projects, id), {
        exists(rel(_, owner_id, users, id), {
            exists(rel(_, tenant_id, tenants, id), {col(name) = session('t')})})})";
    check(
        nested,
        SAAS,
        expect![[r#"
        error traversal-depth at `rel(_, tenant_id, tenants, id)`: `exists` is nested 3 deep, and the limit is 2
          help: reach the table by fewer steps, or raise `traversal.max_depth` in pgpe.yaml
        public.tasks
          error
    "#]],
    );
    let config = Config { max_traversal_depth: 3, ..Config::default() };
    check_with(
        nested,
        SAAS,
        &config,
        expect![[r#"
        public.tasks
          0: exists(rel(_, project_id, public.projects, id), {exists(rel(_, owner_id, public.users, id), {exists(rel(_, tenant_id, public.tenants, id), {col('name') = session('t')})})})
    "#]],
    );
}
