//! Idempotence, absorption, contradictions, tautologies and subsumption.

use expect_test::expect;

use super::helpers::{check, check_stays, written};
use crate::normal_form::normalise;

#[test]
fn idempotence() {
    check(
        "col(s) = lit('a') AND lit('a') = col(s)",
        expect![[r#"
              0: col('s') = lit('a')
        "#]],
    );
    check(
        "col(s) = lit('a') OR CLAUSE col(i) = lit(1) OR CLAUSE col(s) = lit('a')",
        expect![[r#"
              1: col('i') = lit(1)
              0: col('s') = lit('a')
              2 removed, same as 0
        "#]],
    );
    check(
        "col(i) = lit('1') OR CLAUSE col(i) = lit(1)",
        expect![[r#"
              1: col('i') = lit(1)
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(id) = lit('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')
            OR CLAUSE col(id) = lit('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')",
        expect![[r#"
              0: col('id') = lit('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')
              1 removed, covered by 0
        "#]],
    );
    check(
        "col(j) < col(i) OR CLAUSE col(i) > col(j)",
        expect![[r#"
              0: col('i') > col('j')
              1 removed, same as 0
        "#]],
    );
}

#[test]
fn absorption() {
    check(
        "col(s) = session('k') AND col(i) = lit(1) OR CLAUSE col(s) = session('k')",
        expect![[r#"
              1: col('s') = session('k')
              0 removed, covered by 1
        "#]],
    );
    check(
        "exists(rel(_, id, u, t), {col(s) = session('k') AND col(i) = lit(1)})
            OR CLAUSE exists(rel(_, id, u, t), {col(s) = session('k')})",
        expect![[r#"
              1: exists(rel(_, id, public.u, t), {col('s') = session('k')})
              0 removed, covered by 1
        "#]],
    );
    check_stays("col(s) = session('k') AND col(i) = lit(1) OR CLAUSE col(s) = session('l')");
    check_stays(
        "exists(rel(_, id, u, t), {col(s) = session('k')}) OR CLAUSE exists(rel(_, other, u, t), {col(s) = session('k')})",
    );
}

#[test]
fn contradictions() {
    check(
        "col(s) = lit('admin') AND col(s) = lit('viewer') OR CLAUSE col(i) = lit(1)",
        expect![[r#"
              1: col('i') = lit(1)
              0 removed, never: col('s') = lit('admin'), col('s') = lit('viewer')
        "#]],
    );
    check(
        "col(s) IS NULL AND col(s) IS NOT NULL",
        expect![[r#"
              0 removed, never: col('s') IS NULL, col('s') IS NOT NULL
        "#]],
    );
    check(
        "col(s) IS NULL AND col(s) = session('k')",
        expect![[r#"
              0 removed, never: col('s') = session('k'), col('s') IS NULL
        "#]],
    );
    check(
        "col(id) IS NULL AND exists(rel(_, id, u, t), {col(s) IS NULL})",
        expect![[r#"
              0 removed, never: col('id') IS NULL, exists(rel(_, id, public.u, t), {col('s') IS NULL})
        "#]],
    );
    check(
        "col(i) < col(j) AND col(j) < col(i)",
        expect![[r#"
              0 removed, never: col('i') < col('j'), col('i') > col('j')
        "#]],
    );
    check(
        "col(s) = session('k') AND col(s) != session('k')",
        expect![[r#"
              0 removed, never: col('s') = session('k'), col('s') != session('k')
        "#]],
    );
    check(
        "col(s) LIKE session('k') AND col(s) NOT LIKE session('k')",
        expect![[r#"
              0 removed, never: col('s') LIKE session('k'), col('s') NOT LIKE session('k')
        "#]],
    );
    check(
        "col(s) != col(s)",
        expect![[r#"
              0 removed, never: col('s') != col('s')
        "#]],
    );
    check(
        "lit(1) = lit(2)",
        expect![[r#"
              0 removed, never: lit(1) = lit(2)
        "#]],
    );
    check(
        "lit(null) IS NOT NULL OR CLAUSE lit(1) IS NULL",
        expect![[r#"
              0 removed, never: lit(null) IS NOT NULL
              1 removed, never: lit(1) IS NULL
        "#]],
    );
    check(
        "col(s) = lit(null) OR CLAUSE col(s) != lit(null) OR CLAUSE col(s) LIKE lit(null)",
        expect![[r#"
              0 removed, never: col('s') = lit(null)
              1 removed, never: col('s') != lit(null)
              2 removed, never: col('s') LIKE lit(null)
        "#]],
    );
    check(
        "col(s) NOT IN lit(['a', null]) OR CLAUSE col(s) IN lit([null])",
        expect![[r#"
              0 removed, never: col('s') NOT IN lit(['a', null])
              1 removed, never: col('s') IN lit([null])
        "#]],
    );
    check(
        "exists(rel(_, id, u, t), {col(s) = lit('a') AND col(s) = lit('b')})",
        expect![[r#"
              0 removed, never: col('s') = lit('a'), col('s') = lit('b')
        "#]],
    );
}

#[test]
fn what_is_no_contradiction() {
    check_stays("col(s) = session('a') AND col(s) = session('b')");
    check_stays("col(s) = session('a') AND col(s) = lit('v')");
    check_stays("session('a') = lit('x') AND session('a') = lit('y')");
    check_stays("col(s) IS NULL AND col(v) = session('a')");
    check_stays(
        "exists(rel(_, id, u, t), {col(s) = lit('a')}) AND exists(rel(_, id, u, t), {col(s) = lit('b')})",
    );
    check_stays("col(js) IS NULL OR CLAUSE col(js) IS NOT NULL");
}

#[test]
fn tautologies() {
    check(
        "col(s) = col(s)",
        expect![[r#"
              0: col('s') IS NOT NULL
        "#]],
    );
    check(
        "col(i) <= col(i) OR CLAUSE session('k') = session('k')",
        expect![[r#"
              0: col('i') IS NOT NULL
              1: session('k') IS NOT NULL
        "#]],
    );
    check(
        "lit(1) = lit(1) OR CLAUSE col(i) = lit(1)",
        expect![[r#"
              0: true
              1 removed, covered by 0
        "#]],
    );
    check(
        "lit(null) IS NULL AND col(i) = lit(1)",
        expect![[r#"
              0: col('i') = lit(1)
        "#]],
    );
    check(
        "lit('a') IN lit(['a', 'b']) AND col(i) = lit(1)",
        expect![[r#"
              0: col('i') = lit(1)
        "#]],
    );
    check_stays("col(b) = lit(true)");
    check_stays("col(ip) = col(ip)");
}

#[test]
fn subsumption() {
    check(
        "col(i) = lit(1) OR CLAUSE col(i) IN lit([1, 2])",
        expect![[r#"
              1: col('i') IN lit([1, 2])
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(i) > lit(5) OR CLAUSE col(i) >= lit(3)",
        expect![[r#"
              1: col('i') >= lit(3)
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(i) > lit(5) OR CLAUSE col(i) != lit(5)",
        expect![[r#"
              1: col('i') != lit(5)
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(i) > lit(5) OR CLAUSE col(i) >= lit(6)",
        expect![[r#"
              0: col('i') > lit(5)
              1 removed, covered by 0
        "#]],
    );
    check(
        "col(n) > lit(5) OR CLAUSE col(n) >= lit('5.0')",
        expect![[r#"
              1: col('n') >= lit('5.0')
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(s) = session('k') OR CLAUSE col(s) IS NOT NULL",
        expect![[r#"
              1: col('s') IS NOT NULL
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(s) NOT IN lit(['a', 'b']) OR CLAUSE col(s) != lit('a')",
        expect![[r#"
              1: col('s') != lit('a')
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(s) = lit('y') OR CLAUSE col(s) != lit('x')",
        expect![[r#"
              1: col('s') != lit('x')
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(s) = lit('abc') OR CLAUSE col(s) LIKE lit('a%')",
        expect![[r#"
              1: col('s') LIKE lit('a%')
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(i) < col(j) OR CLAUSE col(i) <= col(j)",
        expect![[r#"
              1: col('i') <= col('j')
              0 removed, covered by 1
        "#]],
    );
    check(
        "col(m) = lit('sad') OR CLAUSE col(m) < lit('happy')",
        expect![[r#"
              1: col('m') < lit('happy')
              0 removed, covered by 1
        "#]],
    );
    check(
        "exists(rel(_, id, u, t), {col(i) = lit(1)}) OR CLAUSE exists(rel(_, id, u, t), {col(i) IN lit([1, 2])})",
        expect![[r#"
              1: exists(rel(_, id, public.u, t), {col('i') IN lit([1, 2])})
              0 removed, covered by 1
        "#]],
    );
    check(
        "exists(rel(_, (id, other), u, (t, id)), {col(s) IS NULL}) OR CLAUSE exists(rel(_, id, u, t), {col(s) IS NULL})",
        expect![[r#"
              1: exists(rel(_, id, public.u, t), {col('s') IS NULL})
              0 removed, covered by 1
        "#]],
    );
    check_stays("col(s) IS NULL OR CLAUSE col(s) != lit('x')");
    check_stays("col(s) = lit('abc') OR CLAUSE col(s) LIKE lit('b%')");
}

#[test]
fn the_result_is_sorted() {
    check(
        "exists(rel(_, id, u, t), {col(s) IS NULL}) OR CLAUSE col(s) IS NULL OR CLAUSE col(s) LIKE lit('a%')
            OR CLAUSE col(s) IN lit(['b', 'a']) OR CLAUSE col(s) = lit('c') AND col(i) = lit(3) OR CLAUSE col(i) = lit(2)",
        expect![[r#"
              5: col('i') = lit(2)
              4: col('i') = lit(3) AND col('s') = lit('c')
              3: col('s') IN lit(['a', 'b'])
              2: col('s') LIKE lit('a%')
              1: col('s') IS NULL
              0: exists(rel(_, id, public.u, t), {col('s') IS NULL})
        "#]],
    );
}

#[test]
fn many_clauses_are_only_compared_for_equality() {
    let mut text: Vec<String> =
        (0..600).map(|value| format!("col(i) = lit({value}) AND col(j) = lit(1)")).collect();
    text.push("col(j) = lit(1)".to_owned());
    text.push("col(i) = lit(7) AND col(j) = lit(1)".to_owned());
    let normalised = normalise(written(&text.join(" OR CLAUSE "), None), None);
    assert_eq!(normalised.result.clauses.len(), 601);
    assert_eq!(normalised.removed.len(), 1);
}
