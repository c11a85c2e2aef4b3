use expect_test::expect;

use crate::fixture::{SAAS, check};

#[test]
fn a_contradictory_clause_vanishes() {
    check(
        "named('users') CLAUSE col(role) = lit('admin') AND col(role) = lit('viewer') OR CLAUSE col(age) > lit(3)",
        SAAS,
        expect![[r#"
            error contradiction at `col(role) = lit('admin') AND col(role) = lit('viewer')`: this clause is never true on public.users: `col('role') = lit('admin')` and `col('role') = lit('viewer')` exclude each other
              help: no row can pass it; correct a condition, or remove the clause
              `col(role) = lit('admin')`: part of the contradiction
              `col(role) = lit('viewer')`: part of the contradiction
            public.users
              1: col('age') > lit(3)
              removed 0: contradiction
        "#]],
    );
    check(
        "named('users') CLAUSE col(age) > lit(65) AND col(age) < lit(18) AND col(role) IS NULL",
        SAAS,
        expect![[r#"
            error contradiction at `p`: no row can pass policy `p` on public.users: none of its clauses is ever true
              help: write a clause that some row can pass, or remove the policy
              `col(age) > lit(65) AND col(age) < lit(18) AND col(role) IS NULL`: never true
            error contradiction at `col(age) > lit(65) AND col(age) < lit(18) AND col(role) IS NULL`: this clause is never true on public.users: `col('age') < lit(18)` and `col('age') > lit(65)` exclude each other
              help: no row can pass it; correct a condition, or remove the clause
              `col(age) > lit(65)`: part of the contradiction
              `col(age) < lit(18)`: part of the contradiction
            public.users
              removed 0: contradiction
        "#]],
    );
}

#[test]
fn a_contradiction_inside_a_traversal() {
    check(
        "named('tasks') CLAUSE exists(rel(_, project_id, projects, id),
            {col(name) = lit('a') AND col(name) = lit('b')}) OR CLAUSE col(title) = lit('x')",
        SAAS,
        expect![[r#"
            error contradiction at `exists(rel(_, project_id, projects, id),
                        {col(name) = lit('a') AND col(name) = lit('b')})`: this clause is never true on public.tasks: `col('name') = lit('a')` and `col('name') = lit('b')` exclude each other
              help: no row can pass it; correct a condition, or remove the clause
              `col(name) = lit('a')`: part of the contradiction
              `col(name) = lit('b')`: part of the contradiction
            public.tasks
              1: col('title') = lit('x')
              removed 0: contradiction
        "#]],
    );
}

#[test]
fn covered_clauses_vanish() {
    check(
        "named('users') CLAUSE col(tenant_id) = session('t') AND col(role) = lit('admin')
            OR CLAUSE col(tenant_id) = session('t')
            OR CLAUSE session('t') = col(tenant_id)",
        SAAS,
        expect![[r#"
            warning subsumption at `col(tenant_id) = session('t') AND col(role) = lit('admin')`: this clause is covered by another of its policy on public.users
              help: remove it, or make it say what the other does not
              `col(tenant_id) = session('t')`: the clause that covers it
              fix: Remove the clause: …session('t') OR CLAUSE session('t') = col(tenant_id)
              unnecessary
            warning subsumption at `session('t') = col(tenant_id)`: this clause says the same as another of its policy on public.users
              help: remove it, or make it say what the other does not
              `col(tenant_id) = session('t')`: the clause that covers it
              fix: Remove the clause: …session('t')
              unnecessary
            public.users
              1: col('tenant_id') = session('t')
              removed 0: absorbed by 1
              removed 2: same as 1
        "#]],
    );
}

#[test]
fn superfluous_conditions_are_told() {
    check(
        "named('users') CLAUSE col(age) = lit(3) AND col(age) IS NOT NULL AND col(age) != lit(4)",
        SAAS,
        expect![[r#"
        warning subsumption at `col(age) IS NOT NULL`: this condition adds nothing to `col('age') = lit(3)` beside it on public.users
          `col(age) = lit(3)`: the condition that it follows from
          fix: Remove the condition: …!= lit(4)
          unnecessary
        warning subsumption at `col(age) != lit(4)`: this condition adds nothing to `col('age') = lit(3)` beside it on public.users
          `col(age) = lit(3)`: the condition that it follows from
          fix: Remove the condition: …NULL
          unnecessary
        public.users
          0: col('age') = lit(3)
    "#]],
    );
}

#[test]
fn superfluous_conditions_of_other_kinds() {
    check(
        "named('users') CLAUSE lit(1) = lit(1) AND col(age) = lit(3)",
        SAAS,
        expect![[r#"
        warning subsumption at `lit(1) = lit(1)`: this condition always holds on public.users
          fix: Remove the condition: …col(age) = lit(3)
          unnecessary
        public.users
          0: col('age') = lit(3)
    "#]],
    );
    check(
        "named('users') CLAUSE lit(1) = lit(1)",
        SAAS,
        expect![[r#"
            public.users
              0: true
        "#]],
    );
    check(
        "named('tasks') CLAUSE exists(rel(_, project_id, projects, id),
            {col(name) IS NOT NULL AND col(name) = lit('a')}) AND col(project_id) IS NOT NULL",
        SAAS,
        expect![[r#"
            warning subsumption at `col(name) IS NOT NULL`: this condition adds nothing to `col('name') = lit('a')` beside it on public.tasks
              `col(name) = lit('a')`: the condition that it follows from
              fix: Remove the condition: …= lit('a')}) AND col(project_id) IS NOT NULL
              unnecessary
            warning subsumption at `col(project_id) IS NOT NULL`: this condition adds nothing to `exists(rel(_, project_id, public.projects, id), {col('name') IS NOT NULL AND col('name') = lit('a')})` beside it on public.tasks
              `exists(rel(_, project_id, projects, id),
                        {col(name) IS NOT NULL AND col(name) = lit('a')})`: the condition that it follows from
              fix: Remove the condition: …lit('a')})
              unnecessary
            public.tasks
              0: exists(rel(_, project_id, public.projects, id), {col('name') = lit('a')})
        "#]],
    );
}

#[test]
fn types_decide_per_table() {
    let schema = "
        CREATE EXTENSION citext;
        CREATE TABLE a (kind text);
        CREATE TABLE b (kind citext);";
    check(
        "ALL CLAUSE col(kind) = lit('A') AND col(kind) = lit('a') OR CLAUSE col(kind) = lit('b')",
        schema,
        expect![[r#"
            error contradiction at `col(kind) = lit('A') AND col(kind) = lit('a')`: this clause is never true on public.a: `col('kind') = lit('A')` and `col('kind') = lit('a')` exclude each other
              help: no row can pass it; correct a condition, or remove the clause
              `col(kind) = lit('A')`: part of the contradiction
              `col(kind) = lit('a')`: part of the contradiction
            public.a
              1: col('kind') = lit('b')
              removed 0: contradiction
            public.b
              0: col('kind') = lit('A') AND col('kind') = lit('a')
              1: col('kind') = lit('b')
        "#]],
    );
    check(
        "ALL CLAUSE col(kind) = lit('x') AND col(kind) != lit('y')",
        schema,
        expect![[r#"
            warning subsumption at `col(kind) != lit('y')`: this condition adds nothing to `col('kind') = lit('x')` beside it on public.a
              `col(kind) = lit('x')`: the condition that it follows from
            public.a
              0: col('kind') = lit('x')
            public.b
              0: col('kind') = lit('x') AND col('kind') != lit('y')
        "#]],
    );
}

#[test]
fn with_check_is_judged_by_itself() {
    check(
        "POLICY p PERMISSIVE FOR UPDATE SELECTOR named('users') CLAUSE col(role) IS NULL
            WITH CHECK CLAUSE col(role) = lit('a') AND col(role) IS NULL",
        SAAS,
        expect![[r#"
            error contradiction at `p`: no row can pass policy `p` on public.users: none of its WITH CHECK clauses is ever true
              help: write a clause that some row can pass, or remove the policy
              `col(role) = lit('a') AND col(role) IS NULL`: never true
            error contradiction at `col(role) = lit('a') AND col(role) IS NULL`: this clause is never true on public.users: `col('role') = lit('a')` and `col('role') IS NULL` exclude each other
              help: no row can pass it; correct a condition, or remove the clause
              `col(role) = lit('a')`: part of the contradiction
              `col(role) IS NULL`: part of the contradiction
            public.users
              0: col('role') IS NULL
        "#]],
    );
    check(
        "POLICY p PERMISSIVE FOR UPDATE SELECTOR named('users') CLAUSE col(role) IS NULL
            WITH CHECK CLAUSE col(role) = lit('a') OR CLAUSE col(role) IN lit(['a'])",
        SAAS,
        expect![[r#"
            warning subsumption at `col(role) IN lit(['a'])`: this clause says the same as another of its policy on public.users
              help: remove it, or make it say what the other does not
              `col(role) = lit('a')`: the clause that covers it
              fix: Remove the clause: …lit('a')
              unnecessary
            public.users
              0: col('role') IS NULL
              WITH CHECK 0: col('role') = lit('a')
        "#]],
    );
}

#[test]
fn insert_with_a_check_does_not_look_at_its_clauses() {
    check(
        "POLICY p PERMISSIVE FOR INSERT SELECTOR named('users') CLAUSE col(role) = lit('a') AND col(role) IS NULL
            WITH CHECK CLAUSE col(role) = lit('a')",
        SAAS,
        expect![[r#"
            public.users
              WITH CHECK 0: col('role') = lit('a')
              removed 0: contradiction
        "#]],
    );
}

#[test]
fn the_worked_example() {
    let schema = "CREATE TABLE t (tenant_id text, active boolean, role text, is_deleted boolean);";
    let clauses = "ALL
        CLAUSE col(tenant_id) = session('tid')
        OR CLAUSE col(tenant_id) = session('tid') AND col(active) = lit(true)
        OR CLAUSE col(role) = lit('admin') AND col(role) = lit('viewer')
        OR CLAUSE col(is_deleted) = lit(false)";
    check(
        clauses,
        schema,
        expect![[r#"
        warning subsumption at `col(tenant_id) = session('tid') AND col(active) = lit(true)`: this clause is covered by another of its policy on public.t
          help: remove it, or make it say what the other does not
          `col(tenant_id) = session('tid')`: the clause that covers it
          fix: Remove the clause: …col(role) = lit('admin') AND col(role) = lit('viewer') OR CLAUSE col(is_deleted) = lit(false)
          unnecessary
        error contradiction at `col(role) = lit('admin') AND col(role) = lit('viewer')`: this clause is never true on public.t: `col('role') = lit('admin')` and `col('role') = lit('viewer')` exclude each other
          help: no row can pass it; correct a condition, or remove the clause
          `col(role) = lit('admin')`: part of the contradiction
          `col(role) = lit('viewer')`: part of the contradiction
        public.t
          3: col('is_deleted') = lit(false)
          0: col('tenant_id') = session('tid')
          removed 1: absorbed by 0
          removed 2: contradiction
    "#]],
    );
    crate::fixture::check_without_schema(
        clauses,
        expect![[r#"
            warning subsumption at `col(tenant_id) = session('tid') AND col(active) = lit(true)`: this clause is covered by another of its policy
              help: remove it, or make it say what the other does not
              `col(tenant_id) = session('tid')`: the clause that covers it
              fix: Remove the clause: …col(role) = lit('admin') AND col(role) = lit('viewer') OR CLAUSE col(is_deleted) = lit(false)
              unnecessary
            error contradiction at `col(role) = lit('admin') AND col(role) = lit('viewer')`: this clause is never true: `col('role') = lit('admin')` and `col('role') = lit('viewer')` exclude each other
              help: no row can pass it; correct a condition, or remove the clause
              `col(role) = lit('admin')`: part of the contradiction
              `col(role) = lit('viewer')`: part of the contradiction
            any table
              3: col('is_deleted') = lit(false)
              0: col('tenant_id') = session('tid')
              removed 1: absorbed by 0
              removed 2: contradiction
        "#]],
    );
}
