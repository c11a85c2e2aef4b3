//! Merging of conditions on one column, as far as the column's type tells values apart.

use expect_test::expect;

use super::helpers::{check, check_stays, check_without_schema};

#[test]
fn lists_merge() {
    check(
        "col(i) IN lit([1, 2, 3]) AND col(i) IN lit([2, 3, 4])",
        expect![[r#"
              0: col('i') IN lit([2, 3])
        "#]],
    );
    check(
        "col(i) IN lit([1, 2]) AND col(i) IN lit([3])",
        expect![[r#"
              0 removed, never: col('i') = lit(3), col('i') IN lit([1, 2])
        "#]],
    );
    check(
        "col(i) IN lit([3, 1, '1', 2, 1])",
        expect![[r#"
              0: col('i') IN lit([1, 2, 3])
        "#]],
    );
    check(
        "col(i) IN lit([1])",
        expect![[r#"
              0: col('i') = lit(1)
        "#]],
    );
    check(
        "col(i) NOT IN lit([1])",
        expect![[r#"
              0: col('i') != lit(1)
        "#]],
    );
    check(
        "col(i) = lit(1) AND col(i) IN lit([1, 2])",
        expect![[r#"
              0: col('i') = lit(1)
        "#]],
    );
    check(
        "col(i) = lit(3) AND col(i) IN lit([1, 2])",
        expect![[r#"
              0 removed, never: col('i') = lit(3), col('i') IN lit([1, 2])
        "#]],
    );
    check(
        "col(i) != lit(1) AND col(i) IN lit([1, 2])",
        expect![[r#"
              0: col('i') = lit(2)
        "#]],
    );
    check(
        "col(s) IN lit(['a', 'b']) AND col(s) NOT IN lit(['a', 'b'])",
        expect![[r#"
              0 removed, never: col('s') IN lit(['a', 'b']), col('s') NOT IN lit(['a', 'b'])
        "#]],
    );
    check(
        "col(s) IN lit(['a', 'b']) AND col(s) != lit('a') AND col(s) != lit('b')",
        expect![[r#"
              0 removed, never: col('s') != lit('a'), col('s') != lit('b'), col('s') IN lit(['a', 'b'])
        "#]],
    );
    check(
        "col(i) = lit(1) AND col(i) != lit(2)",
        expect![[r#"
              0: col('i') = lit(1)
        "#]],
    );
    check(
        "col(i) IN lit([1, null, 2])",
        expect![[r#"
              0: col('i') IN lit([1, 2])
        "#]],
    );
    check(
        "col(s) IN lit(['abc', 'bcd']) AND col(s) LIKE lit('a%')",
        expect![[r#"
              0: col('s') = lit('abc')
        "#]],
    );
    check(
        "exists(rel(_, id, u, t), {col(i) IN lit([1, 2]) AND col(i) IN lit([2, 3])})",
        expect![[r#"
              0: exists(rel(_, id, public.u, t), {col('i') = lit(2)})
        "#]],
    );
}

#[test]
fn bounds_merge() {
    check(
        "col(i) > lit(65) AND col(i) < lit(18)",
        expect![[r#"
              0 removed, never: col('i') < lit(18), col('i') > lit(65)
        "#]],
    );
    check(
        "col(i) > lit(3) AND col(i) < lit(4)",
        expect![[r#"
              0 removed, never: col('i') < lit(4), col('i') > lit(3)
        "#]],
    );
    check(
        "col(i) >= lit(3) AND col(i) < lit(3)",
        expect![[r#"
              0 removed, never: col('i') < lit(3), col('i') >= lit(3)
        "#]],
    );
    check(
        "col(i) > lit(3) AND col(i) > lit(5) AND col(i) <= lit(9) AND col(i) < lit(10)",
        expect![[r#"
              0: col('i') < lit(10) AND col('i') > lit(5)
        "#]],
    );
    check(
        "col(i) IN lit([1, 5, 9]) AND col(i) > lit(4)",
        expect![[r#"
              0: col('i') IN lit([5, 9])
        "#]],
    );
    check(
        "col(d) > lit('2026-02-01') AND col(d) < lit('2026-01-01')",
        expect![[r#"
              0 removed, never: col('d') < lit('2026-01-01'), col('d') > lit('2026-02-01')
        "#]],
    );
    check(
        "col(m) > lit('ok') AND col(m) < lit('ok')",
        expect![[r#"
              0 removed, never: col('m') < lit('ok'), col('m') > lit('ok')
        "#]],
    );
    check(
        "col(bytes) > lit('b') AND col(bytes) < lit('a')",
        expect![[r#"
              0 removed, never: col('bytes') < lit('a'), col('bytes') > lit('b')
        "#]],
    );
    check_stays("col(i) >= lit(3) AND col(i) <= lit(3)");
    check_stays("col(n) > lit(3) AND col(n) < lit(4)");
    check_stays("col(s) > lit('b') AND col(s) < lit('a')");
}

#[test]
fn only_known_equality_merges() {
    for (column, one, other) in [
        ("c", "'A'", "'a'"),
        ("ch", "'a'", "'b'"),
        ("l", "'a'", "'b'"),
        ("f", "1", "2"),
        ("ip", "'::1'", "'::2'"),
    ] {
        check_stays(&format!("col({column}) = lit({one}) AND col({column}) = lit({other})"));
        check_stays(&format!("col({column}) = lit({one}) AND col({column}) != lit({other})"));
        check_stays(&format!("col({column}) IN lit([{one}, {other}]) AND col({column}) != session('k')"));
        check_stays(&format!("col({column}) = lit({one}) OR CLAUSE col({column}) != lit({other})"));
    }
    check(
        "col(c) = lit('A') AND col(c) IN lit(['A', 'b'])",
        expect![[r#"
              0: col('c') = lit('A')
        "#]],
    );
    check(
        "col(c) = lit('A') AND col(c) != lit('A')",
        expect![[r#"
              0 removed, never: col('c') = lit('A'), col('c') != lit('A')
        "#]],
    );
    check(
        "col(f) > lit(5) AND col(f) > lit(5)",
        expect![[r#"
              0: col('f') > lit(5)
        "#]],
    );
    check_stays("col(f) > lit(5) AND col(f) < lit(3)");
    check_stays("col(c) = lit('abc') AND col(c) LIKE lit('b%')");
    check_stays("col(ip) = lit('::1') AND col(ip) IS NOT NULL");
}

#[test]
fn without_a_schema_literals_differ_as_they_are_written() {
    check_without_schema(
        "col(s) = lit('a') AND col(s) = lit('b')",
        expect![[r#"
              0 removed, never: col('s') = lit('a'), col('s') = lit('b')
        "#]],
    );
    check_without_schema(
        "col(i) > lit(3) AND col(i) < lit(2) OR CLAUSE col(i) > lit(3) AND col(i) < lit(4)",
        expect![[r#"
              1: col('i') < lit(4) AND col('i') > lit(3)
              0 removed, never: col('i') < lit(2), col('i') > lit(3)
        "#]],
    );
    check_without_schema(
        "col(s) = lit('1') AND col(s) = lit(1)",
        expect![[r#"
              0: col('s') = lit(1) AND col('s') = lit('1')
        "#]],
    );
    check_without_schema(
        "col(s) = col(s)",
        expect![[r#"
              0: col('s') IS NOT NULL
        "#]],
    );
}
