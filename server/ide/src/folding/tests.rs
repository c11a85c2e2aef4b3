use expect_test::{Expect, expect};

use crate::test_support::Fixture;

/// Folds as their first and last lines.
fn check(text: &str, expected: Expect) {
    let fixture = Fixture::new(text);
    let folds = fixture.analysis().folds(&fixture.path).unwrap();
    let shown = folds.iter().map(|fold| {
        let inside = &text[fold.range.start as usize..fold.range.end as usize];
        let line = |at: u32| text[..at as usize].matches('\n').count() + 1;
        let (first, last) = (inside.lines().next().unwrap().trim(), inside.lines().last().unwrap().trim());
        format!("{}-{} {:?} {first} … {last}\n", line(fold.range.start), line(fold.range.end), fold.kind)
    });
    expected.assert_eq(&shown.collect::<String>());
}

#[test]
fn items_and_their_parts_fold() {
    check(
        "\
-- what
-- it is

POLICY p
  PERMISSIVE
  FOR SELECT
  SELECTOR
    has_column(a)
    OR has_column(b)
  CLAUSE
    exists(
      rel(_, a, t, b),
      {col(x) = lit(1)}
    )
    AND col(a) IN lit([
      1,
      2
    ])
  OR CLAUSE col(b) = lit(1)
  WITH CHECK
    CLAUSE col(a) = lit(1)
-- not of it

GRANT SELECT
  TO app
  SELECTOR ALL
",
        expect![[r#"
            1-2 Comment -- what … -- it is
            4-21 Code  … CLAUSE col(a) = lit(1)
            7-9 Code  … OR has_column(b)
            10-19 Code  … OR CLAUSE col(b) = lit(1)
            11-18 Code exists( … ])
            15-18 Code [ … ]
            20-21 Code  … CLAUSE col(a) = lit(1)
            24-26 Code SELECT … SELECTOR ALL
        "#]],
    );
}

#[test]
fn comments_and_regions_fold() {
    check(
        "\
-- region tenants
-- one
-- two
/* three
   four */
-- #region inner
POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) IS NULL
-- #endregion
-- alone

-- not with it
-- endregion
-- endregion
",
        expect![[r#"
            1-12 Region  … -- endregion
            2-3 Comment -- one … -- two
            4-5 Comment /* three … four */
            6-8 Region  … -- #endregion
        "#]],
    );
}

#[test]
fn what_is_broken_folds_as_far_as_it_goes() {
    check(
        "POLICY\n  FOR\n  CLAUSE col(\n  OR CLAUSE\nGRANT\n",
        expect![[r#"
        1-4 Code  … OR CLAUSE
        3-4 Code col( … OR CLAUSE
    "#]],
    );
}
