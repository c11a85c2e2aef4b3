use expect_test::expect;

use crate::fixture::check;

const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE TABLE t (
        a text, i integer, s smallint, n numeric, u uuid, x boolean, d date, ts timestamp, tz timestamptz, m mood
    );";

#[test]
fn literals_are_read_as_the_columns_type() {
    check(
        "ALL CLAUSE col(a) = lit('x') AND col(i) > lit(3) AND col(n) < lit('1.5') AND col(x) = lit(true)
            AND col(u) = lit('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11') AND col(d) >= lit('2026-01-31')
            AND col(tz) < lit('2026-01-31 12:00:00+00') AND col(m) IN lit(['ok', 'happy'])",
        SCHEMA,
        expect![[r#"
            public.t
              0: col('a') = lit('x') AND col('d') >= lit('2026-01-31') AND col('i') > lit(3) AND col('n') < lit('1.5') AND col('tz') < lit('2026-01-31 12:00:00+00') AND col('u') = lit('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11') AND col('x') = lit(true) AND col('m') IN lit(['happy', 'ok'])
        "#]],
    );
}

#[test]
fn unreadable_literals() {
    check(
        "ALL CLAUSE col(u) = lit('x')",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit('x')`: `'x'` can't be compared with col('u') (uuid) on public.t: it is not a valid uuid
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE lit(70000) = col(s)",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit(70000)`: `70000` can't be compared with col('s') (smallint) on public.t: smallint ranges from -32768 to 32767
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(i) = lit(true)",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit(true)`: `true` can't be compared with col('i') (integer) on public.t: a boolean is no integer
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(i) IN lit([1, 'two', 'three'])",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit([1, 'two', 'three'])`: `'two'` can't be compared with col('i') (integer) on public.t: it is not a valid integer
        error invalid-literal at `lit([1, 'two', 'three'])`: `'three'` can't be compared with col('i') (integer) on public.t: it is not a valid integer
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(a) = lit(5)",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit(5)`: `5` can't be compared with col('a') (text) on public.t: a number is no text
          help: write it as a string
          fix: Replace with `'5'`: …lit('5')
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(a) IN lit(['x', 5])",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit(['x', 5])`: `5` can't be compared with col('a') (text) on public.t: a number is no text
          help: write it as a string
          fix: Replace with `'5'`: …'5'])
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE session('k') = lit(5)",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit(5)`: `5` can't be compared with session('k') on public.t: a number is no text
          help: write it as a string
          fix: Replace with `'5'`: …lit('5')
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE lit(5) = lit('x')",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit('x')`: `'x'` can't be compared with lit(5) on public.t: it is not a valid bigint
        public.t
          error
    "#]],
    );
}

#[test]
fn labels_must_exist() {
    check(
        "ALL CLAUSE col(m) = lit('hapy')",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit('hapy')`: `'hapy'` can't be compared with col('m') (public.mood) on public.t: the enum public.mood has no such label
          help: did you mean `happy`?
          fix: Replace with `happy`: …lit('happy')
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(m) IN lit(['ok', 'Sad'])",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit(['ok', 'Sad'])`: `'Sad'` can't be compared with col('m') (public.mood) on public.t: the enum public.mood has no such label
          help: did you mean `sad`?
          fix: Replace with `sad`: …'sad'])
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(m) = lit('furious')",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit('furious')`: `'furious'` can't be compared with col('m') (public.mood) on public.t: the enum public.mood has no such label
          help: its labels are `sad`, `ok` and `happy`
        public.t
          error
    "#]],
    );
}

#[test]
fn instants_must_be_fixed() {
    check(
        "ALL CLAUSE col(tz) < lit('2026-01-31 12:00:00')",
        SCHEMA,
        expect![[r#"
            error invalid-literal at `lit('2026-01-31 12:00:00')`: `'2026-01-31 12:00:00'` can't be compared with col('tz') (timestamp with time zone) on public.t: without an offset it would depend on the session's time zone: write it like 2026-01-31 12:00:00+00
              fix: Replace with `2026-01-31 12:00:00+00`, a time in UTC: …12:00:00+00')
            public.t
              error
        "#]],
    );
    check(
        "ALL CLAUSE col(tz) < lit('now')",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit('now')`: `'now'` can't be compared with col('tz') (timestamp with time zone) on public.t: PostgreSQL would freeze it at the moment when the policy is created
        public.t
          error
    "#]],
    );
    check(
        "ALL CLAUSE col(d) = lit('today')",
        SCHEMA,
        expect![[r#"
        error invalid-literal at `lit('today')`: `'today'` can't be compared with col('d') (date) on public.t: PostgreSQL would freeze it at the moment when the policy is created
        public.t
          error
    "#]],
    );
}
