//! Each rule on columns of types whose values differ in what is known of them.

use expect_test::{Expect, expect};
use pgpe_catalog::Catalog;

use crate::fixture::{catalog, clauses, policy, table};
use crate::normal_form::{Normalised, RemovedWhy, normalise};
use crate::resolved::{Conjunction, Disjunction};
use crate::show;

const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE EXTENSION citext;
    CREATE COLLATION loose (provider = icu, locale = 'und', deterministic = false);
    CREATE TABLE t (
        id uuid, other uuid, i integer, j integer, n numeric, f double precision, b boolean, s text, v varchar(9),
        c citext, ch char(4), l text COLLATE loose, bytes text COLLATE \"C\", m mood, d date, js jsonb, ip inet
    );
    CREATE TABLE u (id uuid PRIMARY KEY, t uuid, s text, i integer);";

/// The clauses of `text` as they are written, on table `t`.
fn written(text: &str, catalog: Option<&Catalog>) -> Disjunction {
    let mut clauses = Vec::new();
    let (policy, _) = policy(&format!("ALL CLAUSE {text}"));
    assert!(!policy.broken, "{text}");
    for clause in 0..policy.clauses.len() {
        // Each condition by itself, so that resolving does not normalise anything yet.
        let mut atoms = Vec::new();
        for atom in 0..policy.clauses[clause].atoms.len() {
            let mut single = policy.clone();
            single.clauses = vec![policy.clauses[clause].clone()];
            single.clauses[0].atoms = vec![policy.clauses[clause].atoms[atom].clone()];
            let raw = crate::resolve::raw_atom(&single, catalog.map(|catalog| (table("t"), catalog)));
            atoms.push(raw.unwrap_or_else(|| panic!("{text}")));
        }
        clauses.push(Conjunction { atoms, clause });
    }
    Disjunction { clauses }
}

fn shown(normalised: &Normalised) -> String {
    let mut out = clauses(&normalised.result, "");
    for removed in &normalised.removed {
        let why = match &removed.why {
            RemovedWhy::Contradiction { atoms } => {
                let atoms: Vec<String> = atoms.iter().map(show::atom).collect();
                format!("never: {}", atoms.join(", "))
            }
            RemovedWhy::AbsorbedBy(other) => format!("covered by {other}"),
            RemovedWhy::Duplicate(other) => format!("same as {other}"),
        };
        out.push_str(&format!("  {} removed, {why}\n", removed.clause));
    }
    out
}

fn check(text: &str, expected: Expect) {
    let catalog = catalog(SCHEMA);
    let normalised = normalise(written(text, Some(&catalog)), Some(&catalog));
    let again = normalise(normalised.result.clone(), Some(&catalog));
    assert_eq!(again.result, normalised.result, "twice changes nothing");
    assert_eq!(again.removed, []);
    let mut reversed = written(text, Some(&catalog));
    reversed.clauses.reverse();
    reversed.clauses.iter_mut().for_each(|clause| clause.atoms.reverse());
    let atoms = |disjunction: &Disjunction| -> Vec<_> {
        disjunction.clauses.iter().map(|clause| clause.atoms.clone()).collect()
    };
    let reversed = normalise(reversed, Some(&catalog));
    assert_eq!(atoms(&reversed.result), atoms(&normalised.result), "order does not matter");
    expected.assert_eq(&shown(&normalised));
}

fn check_without_schema(text: &str, expected: Expect) {
    expected.assert_eq(&shown(&normalise(written(text, None), None)));
}

/// Nothing may be rewritten but the order.
fn check_stays(text: &str) {
    let catalog = catalog(SCHEMA);
    let written = written(text, Some(&catalog));
    let normalised = normalise(written.clone(), Some(&catalog));
    assert_eq!(normalised.removed, [], "{text}");
    let sorted = |mut disjunction: Disjunction| {
        disjunction.clauses.iter_mut().for_each(|clause| clause.atoms.sort());
        disjunction.clauses.sort();
        disjunction
    };
    assert_eq!(normalised.result, sorted(written), "{text}");
}

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
