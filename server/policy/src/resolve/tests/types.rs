use expect_test::expect;

use crate::fixture::check;

const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE TYPE weather AS ENUM ('sun', 'rain');
    CREATE EXTENSION citext;
    CREATE DOMAIN slug AS varchar(20);
    CREATE TABLE t (
        a text, b varchar(10), c citext, d slug,
        i integer, j bigint, n numeric, f real, g double precision,
        u uuid, x boolean, y date, z timestamptz, tm time,
        m mood, m2 mood, w weather, js jsonb, ip inet, ip2 inet, r int4range,
        ca text COLLATE \"C\", cb text COLLATE \"de_DE\"
    );";

#[test]
fn one_family_compares() {
    check(
        "ALL CLAUSE col(b) = col(a) AND col(c) = col(a) AND col(i) < col(j) AND col(n) >= col(i)
            AND col(f) = col(g) AND col(y) < col(z) AND col(m) = col(m2) AND col(ip) = col(ip2)",
        SCHEMA,
        expect![[r#"
            public.t
              0: col('a') = col('b') AND col('a') = col('c') AND col('f') = col('g') AND col('i') < col('j') AND col('i') <= col('n') AND col('ip') = col('ip2') AND col('m') = col('m2') AND col('y') < col('z')
        "#]],
    );
}

#[test]
fn columns_stand_on_the_left_in_order() {
    check(
        "ALL CLAUSE col(j) > col(i) OR CLAUSE lit(5) <= col(i) OR CLAUSE session('k') != col(a)
            OR CLAUSE lit('x') = session('k') OR CLAUSE session('l') = session('k')",
        SCHEMA,
        expect![[r#"
            public.t
              2: col('a') != session('k')
              0: col('i') < col('j')
              1: col('i') >= lit(5)
              4: session('k') = session('l')
              3: session('k') = lit('x')
        "#]],
    );
}

#[test]
fn families_do_not_mix() {
    check(
        "ALL CLAUSE col(i) = col(a)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(i) = col(a)`: col('i') (integer) can't be compared with col('a') (text) on public.t
          help: compare values of one family of types
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(u) = col(a)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(u) = col(a)`: col('u') (uuid) can't be compared with col('a') (text) on public.t
          help: compare values of one family of types
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(i) = col(g)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(i) = col(g)`: col('i') (integer) can't be compared with col('g') (double precision) on public.t
          help: compare values of one family of types
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(m) = col(w)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(m) = col(w)`: col('m') (public.mood) can't be compared with col('w') (public.weather) on public.t
          help: compare values of one family of types
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(y) = col(tm)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(y) = col(tm)`: col('y') (date) can't be compared with col('tm') (time without time zone) on public.t
          help: compare values of one family of types
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(ip) = col(r)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(ip) = col(r)`: col('ip') (inet) can't be compared with col('r') (int4range) on public.t
          help: compare values of one family of types
        public.t
          error
    "#]],
    );
}

#[test]
fn json_is_only_tested_for_null() {
    check(
        "ALL CLAUSE col(js) IS NOT NULL",
        SCHEMA,
        expect![[r#"
        public.t
          0: col('js') IS NOT NULL
    "#]],
    );
    check(
        "ALL CLAUSE col(js) = session('k')",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(js) = session('k')`: col('js') (jsonb) can't be compared with session('k') on public.t: json has no comparison here
          help: json is only tested with IS NULL and IS NOT NULL
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(js) IN lit(['{}', '[]'])",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(js) IN lit(['{}', '[]'])`: col('js') (jsonb) can't be compared with lit('{}') on public.t: json has no comparison here
          help: json is only tested with IS NULL and IS NOT NULL
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(js) LIKE lit('%')",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(js)`: LIKE compares text, which col('js') (jsonb) on public.t is not
        public.t
          error
    "#]],
    );
}

#[test]
fn two_collations_do_not_mix() {
    check(
        "ALL CLAUSE col(ca) = col(a)",
        SCHEMA,
        expect![[r#"
        public.t
          0: col('a') = col('ca')
    "#]],
    );
    check(
        "ALL CLAUSE col(ca) = col(cb)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(ca) = col(cb)`: col('ca') (text) can't be compared with col('cb') (text) on public.t: their collations differ
          help: PostgreSQL can't decide between two collations; give both columns the same
        public.t
          error
    "#]],
    );
}

#[test]
fn like_needs_text() {
    check(
        "ALL CLAUSE col(d) LIKE lit('a%') AND col(c) NOT LIKE session('k')",
        SCHEMA,
        expect![[r#"
        public.t
          0: col('c') NOT LIKE session('k') AND col('d') LIKE lit('a%')
    "#]],
    );
    check(
        "ALL CLAUSE col(i) LIKE lit('1%')",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(i)`: LIKE compares text, which col('i') (integer) on public.t is not
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(a) LIKE lit(1)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `lit(1)`: LIKE compares text, which `1` is not
          fix: Replace with `'1'`: …lit('1')
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(a) LIKE col(u)",
        SCHEMA,
        expect![[r#"
        error type-mismatch at `col(u)`: LIKE compares text, which col('u') (uuid) on public.t is not
        public.t
          error
    "#]],
    );
    check(
        r"ALL CLAUSE col(a) LIKE lit('a\')",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit('a\')`: the pattern `'a\'` ends in a lone escape character
          help: `\` escapes the character after it; write `\\` for a backslash
          fix: Double the backslash: …lit('a\\')
        public.t
          error
    "#]],
    );
}

#[test]
fn session_values_take_the_other_sides_type() {
    use crate::fixture::{catalog, policy, table};
    use crate::resolved::Atom;
    let catalog = catalog(SCHEMA);
    let type_of = |clause: &str| {
        let (policy, _) = policy(&format!("ALL CLAUSE {clause}"));
        let resolution = crate::resolve(&policy, &table("t"), &catalog, &pgpe_config::Config::default());
        match resolution.policy.unwrap().using.clauses.remove(0).atoms.remove(0) {
            Atom::Compare { ty, .. } | Atom::In { ty, .. } | Atom::Like { ty, .. } => ty.unwrap().display,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(type_of("col(u) = session('k')"), "uuid");
    assert_eq!(type_of("col(d) = session('k')"), "character varying", "neither domain nor length");
    assert_eq!(type_of("session('k') < col(i)"), "integer");
    assert_eq!(type_of("col(m) = session('k')"), "public.mood");
    assert_eq!(type_of("col(c) = session('k')"), "public.citext");
    assert_eq!(type_of("session('k') IN lit(['a', 'b'])"), "text");
    assert_eq!(type_of("session('k') = session('l')"), "text");
    assert_eq!(type_of("col(i) < col(j)"), "bigint");
    assert_eq!(type_of("col(n) = lit(3)"), "numeric");
    assert_eq!(type_of("col(d) LIKE lit('%')"), "character varying");
}
