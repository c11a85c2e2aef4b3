use expect_test::expect;

use crate::fixture::{SAAS, check};

#[test]
fn a_fine_policy() {
    check(
        "has_column('tenant_id') CLAUSE col('tenant_id') = session('app.tenant_id')",
        SAAS,
        expect![[r#"
            public.projects
              0: col('tenant_id') = session('app.tenant_id')
            public.users
              0: col('tenant_id') = session('app.tenant_id')
        "#]],
    );
    check(
        "named('tasks') OR named('files') CLAUSE exists(rel(_, project_id, projects, id), {session('app.tenant_id') = col('tenant_id')})",
        SAAS,
        expect![[r#"
            public.files
              0: exists(rel(_, project_id, public.projects, id), {col('tenant_id') = session('app.tenant_id')})
            public.tasks
              0: exists(rel(_, project_id, public.projects, id), {col('tenant_id') = session('app.tenant_id')})
        "#]],
    );
    check(
        "named('tasks') OR named('files') CLAUSE col(stat) = lit('x') OR CLAUSE col(project_id) = lit('x')",
        SAAS,
        expect![[r#"
            error unknown-column at `stat`: there is no column `stat` on public.files
            error unknown-column at `stat`: there is no column `stat` on public.tasks
              help: did you mean `status`?
              public.tasks.status: `status` is defined here
              fix: Replace with `status`: …col(status) = lit('x') OR CLAUSE col(project_id) = lit('x')
            error invalid-literal at `lit('x')`: `'x'` can't be compared with col('project_id') (uuid) on 2 tables (public.files, public.tasks): it is not a valid uuid
            public.files
              error
            public.tasks
              error
        "#]],
    );
}
