use expect_test::{Expect, expect};
use pgpe_config::Config;

use crate::fixture::check_with;

const SCHEMA: &str = "
    CREATE SCHEMA auth;
    CREATE FUNCTION auth.uid() RETURNS uuid STABLE LANGUAGE sql AS $$ SELECT NULL::uuid $$;
    CREATE FUNCTION auth.dice() RETURNS uuid VOLATILE LANGUAGE sql AS $$ SELECT NULL::uuid $$;
    CREATE FUNCTION tenant_of(account text, strict boolean DEFAULT true) RETURNS uuid STABLE LANGUAGE sql
        AS $$ SELECT NULL::uuid $$;
    CREATE FUNCTION scale(n integer) RETURNS integer IMMUTABLE LANGUAGE sql AS $$ SELECT 1 $$;
    CREATE FUNCTION scale(n numeric) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$ SELECT 1 $$;
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TABLE t (id uuid PRIMARY KEY, account text, size integer, weight numeric, due timestamptz);";

fn check(text: &str, expected: Expect) {
    let allowed =
        ["auth.uid", "auth.dice", "tenant_of", "public.scale", "touch", "lower", "now", "random", "absent"];
    let config = Config { allowed_functions: allowed.map(str::to_owned).to_vec(), ..Config::default() };
    check_with(text, SCHEMA, &config, expected);
}

#[test]
fn allowed_functions_take_their_arguments() {
    check(
        "ALL CLAUSE col(id) = fn(auth.uid, [])",
        expect![[r#"
        public.t
          0: col('id') = fn(auth.uid, [])
    "#]],
    );
    check(
        "ALL CLAUSE fn(tenant_of, [session('app.account')]) = col(id)",
        expect![[r#"
        public.t
          0: col('id') = fn(public.tenant_of, [session('app.account')])
    "#]],
    );
    check(
        "ALL CLAUSE fn('public'.tenant_of, [col(account), lit(false)]) = col(id)",
        expect![[r#"
        public.t
          0: col('id') = fn(public.tenant_of, [col('account'), lit(false)])
    "#]],
    );
    check(
        "ALL CLAUSE fn(scale, [col(size)]) > lit(3) AND fn(scale, [col(weight)]) > lit('0.5')",
        expect![[r#"
        public.t
          0: fn(public.scale, [col('size')]) > lit(3) AND fn(public.scale, [col('weight')]) > lit('0.5')
    "#]],
    );
    check(
        "ALL CLAUSE fn(lower, [col(account)]) = session('k') AND col(due) > fn(now, [])",
        expect![[r#"
        public.t
          0: col('due') > fn(pg_catalog.now, []) AND fn(pg_catalog.lower, [col('account')]) = session('k')
    "#]],
    );
}

#[test]
fn others_are_not_allowed() {
    check(
        "ALL CLAUSE col(id) = fn(auth.uidd, [])",
        expect![[r#"
        error function-not-allowed at `auth.uidd`: function `auth.uidd` is not on the configuration's list of allowed functions
          help: did you mean `auth.uid` or `auth.dice`?
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(id) = fn(uid, [])",
        expect![[r#"
        error function-not-allowed at `uid`: function `uid` is not on the configuration's list of allowed functions
          help: did you mean `auth.uid`?
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(account) = fn(pg_read_file, [lit('/etc/passwd')])",
        expect![[r#"
        error function-not-allowed at `pg_read_file`: function `pg_read_file` is not on the configuration's list of allowed functions
          help: add `pg_read_file` to `functions.allow` in pgpe.yaml if policies may call it
        public.t
          error
    "#]],
    );
}

#[test]
fn the_schema_must_define_them() {
    check(
        "ALL CLAUSE col(id) = fn(absent, [])",
        expect![[r#"
        warning unknown-function at `absent`: the schema does not define function `absent`
          help: it is taken to be STABLE, and to return the type that it is compared with
        public.t
          0: col('id') = fn(absent, [])
    "#]],
    );
    check(
        "ALL CLAUSE col(id) = fn(auth.uid, [lit(1)])",
        expect![[r#"
        warning unknown-function at `fn(auth.uid, [lit(1)])`: function `auth.uid` does not take 1 argument
          help: the schema defines `auth.uid()`
        public.t
          0: col('id') = fn(auth.uid, [lit(1)])
    "#]],
    );
    check(
        "ALL CLAUSE fn(absent, []) = session('k')",
        expect![[r#"
        warning unknown-function at `absent`: the schema does not define function `absent`
          help: it is taken to be STABLE, and to return the type that it is compared with
        public.t
          0: fn(absent, []) = session('k')
    "#]],
    );
}

#[test]
fn arguments_must_fit() {
    check(
        "ALL CLAUSE fn(tenant_of, [col(size)]) = col(id)",
        expect![[r#"
        error type-mismatch at `col(size)`: function `public.tenant_of` takes text, which col('size') on public.t is not
          help: the schema defines `public.tenant_of(text, boolean)`
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE fn(tenant_of, [col(account), lit('maybe')]) = col(id)",
        expect![[r#"
        error type-mismatch at `lit('maybe')`: function `public.tenant_of` takes boolean, which lit('maybe') on public.t is not
          help: the schema defines `public.tenant_of(text, boolean)`
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE fn(scale, [col(account)]) = lit(1)",
        expect![[r#"
        error type-mismatch at `fn(scale, [col(account)])`: no function `public.scale` takes these arguments on public.t
          help: the schema defines `public.scale(integer)` and `public.scale(numeric)`
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE fn(scale, [lit(1)]) = lit(1)",
        expect![[r#"
        public.t
          0: fn(public.scale, [lit(1)]) = lit(1)
    "#]],
    );
    check(
        "ALL CLAUSE fn(tenant_of, [col(acount)]) = col(id)",
        expect![[r#"
        error unknown-column at `acount`: there is no column `acount` on public.t
          help: did you mean `account`?
          public.t.account: `account` is defined here
          fix: Replace with `account`: …[col(account)]) = col(id)
        public.t
          error
    "#]],
    );
}

#[test]
fn results_have_types() {
    check(
        "ALL CLAUSE col(account) = fn(auth.uid, [])",
        expect![[r#"
        error type-mismatch at `col(account) = fn(auth.uid, [])`: col('account') (text) can't be compared with fn(auth.uid, []) (uuid) on public.t
          help: compare values of one family of types
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE fn(auth.uid, []) = lit('x')",
        expect![[r#"
        error invalid-literal at `lit('x')`: `'x'` can't be compared with fn(auth.uid, []) (uuid) on public.t: it is not a valid uuid
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE fn(touch, []) IS NULL",
        expect![[r#"
        error type-mismatch at `touch`: function `public.touch` returns no single value
        public.t
          error
    "#]],
    );
}

#[test]
fn volatile_functions_are_errors() {
    check(
        "ALL CLAUSE col(id) = fn(auth.dice, [])",
        expect![[r#"
        error volatile-function at `auth.dice`: function `auth.dice` is VOLATILE
          help: it may give another result for each row; declare it STABLE or IMMUTABLE if that is what it is
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE fn(random, []) < lit('0.5')",
        expect![[r#"
        error volatile-function at `random`: function `pg_catalog.random` is VOLATILE
          help: it may give another result for each row; declare it STABLE or IMMUTABLE if that is what it is
        public.t
          error
    "#]],
    );
}
