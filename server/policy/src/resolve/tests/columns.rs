use expect_test::expect;

use crate::fixture::{SAAS, check};

#[test]
fn columns_of_every_governed_table() {
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
}

#[test]
fn an_unknown_column_offers_the_nearest() {
    check(
        "named('users') CLAUSE col('tenant') = session('app.tenant_id')",
        SAAS,
        expect![[r#"
        error unknown-column at `'tenant'`: there is no column `tenant` on public.users
          help: did you mean `tenant_id`?
          public.users.tenant_id: `tenant_id` is defined here
          fix: Replace with `tenant_id`: …col('tenant_id') = session('app.tenant_id')
        public.users
          error
    "#]],
    );
    check(
        "named('users') CLAUSE session('app.tenant_id') = col(tenantid)",
        SAAS,
        expect![[r#"
        error unknown-column at `tenantid`: there is no column `tenantid` on public.users
          help: did you mean `tenant_id`?
          public.users.tenant_id: `tenant_id` is defined here
          fix: Replace with `tenant_id`: …col(tenant_id)
        public.users
          error
    "#]],
    );
    check(
        "named('users') CLAUSE col(colour) IS NULL",
        SAAS,
        expect![[r#"
        error unknown-column at `colour`: there is no column `colour` on public.users
        public.users
          error
    "#]],
    );
}

#[test]
fn a_problem_of_several_tables_is_told_once() {
    check(
        "has_column('project_id') CLAUSE col(owner) IS NULL",
        SAAS,
        expect![[r#"
        error unknown-column at `owner`: there is no column `owner` on 2 tables (public.files, public.tasks)
        public.files
          error
        public.tasks
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(tenant_id) = session('t')",
        SAAS,
        expect![[r#"
        error unknown-column at `tenant_id`: there is no column `tenant_id` on 3 tables (public.files, public.tasks, public.tenants)
        public.files
          error
        public.projects
          0: col('tenant_id') = session('t')
        public.tasks
          error
        public.tenants
          error
        public.users
          0: col('tenant_id') = session('t')
    "#]],
    );
}

#[test]
fn names_are_taken_literally() {
    let schema = r#"CREATE TABLE t ("Tenant Id" text, tenant_id text);"#;
    check(
        "ALL CLAUSE col('Tenant Id') = session('t')",
        schema,
        expect![[r#"
        public.t
          0: col('Tenant Id') = session('t')
    "#]],
    );
    check(
        "ALL CLAUSE col(Tenant_ID) = session('t')",
        schema,
        expect![[r#"
        error unknown-column at `Tenant_ID`: there is no column `Tenant_ID` on public.t
          help: did you mean `tenant_id` or `Tenant Id`?
          public.t.tenant_id: `tenant_id` is defined here
          public.t.Tenant Id: `Tenant Id` is defined here
          fix: Replace with `tenant_id`: …col(tenant_id) = session('t')
          fix: Replace with `Tenant Id`: …col('Tenant Id') = session('t')
        public.t
          error
    "#]],
    );
}
