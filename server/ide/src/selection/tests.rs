use expect_test::{Expect, expect};

use crate::test_support::Fixture;

fn check(text: &str, expected: Expect) {
    let fixture = Fixture::new(text);
    let text = fixture.text();
    let ranges = fixture.analysis().selections(&fixture.path, fixture.offset).unwrap();
    let shown = ranges.iter().map(|it| format!("{:?}\n", &text[it.start as usize..it.end as usize]));
    expected.assert_eq(&shown.collect::<String>());
}

#[test]
fn a_selection_grows_by_the_tree() {
    check(
        "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL\n  CLAUSE col(a) = session('app.$0id') AND col(b) IS NULL\n",
        expect![[r#"
            "app.id"
            "'app.id'"
            "session('app.id')"
            "col(a) = session('app.id')"
            "col(a) = session('app.id') AND col(b) IS NULL"
            "CLAUSE col(a) = session('app.id') AND col(b) IS NULL"
            "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL\n  CLAUSE col(a) = session('app.id') AND col(b) IS NULL"
            "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL\n  CLAUSE col(a) = session('app.id') AND col(b) IS NULL\n"
        "#]],
    );
    check(
        "POLICY p PERMISSIVE FOR SEL$0ECT SELECTOR ALL CLAUSE col(a) IS NULL\n",
        expect![[r#"
        "SELECT"
        "FOR SELECT"
        "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) IS NULL"
        "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) IS NULL\n"
    "#]],
    );
}

#[test]
fn comments_and_blanks_have_ranges_too() {
    check(
        "-- a comm$0ent\nGRANT SELECT TO app SELECTOR ALL\n",
        expect![[r#"
        "-- a comment"
        "-- a comment\nGRANT SELECT TO app SELECTOR ALL\n"
    "#]],
    );
    check(
        "GRANT SELECT TO app\n  $0  \n  SELECTOR ALL\n",
        expect![[r#"
        "GRANT SELECT TO app\n    \n  SELECTOR ALL"
        "GRANT SELECT TO app\n    \n  SELECTOR ALL\n"
    "#]],
    );
    check(
        "$0",
        expect![[r#"
        ""
    "#]],
    );
}

#[test]
#[allow(clippy::single_range_in_vec_init, reason = "a list of one range is meant")]
fn what_is_broken_has_ranges() {
    check(
        "POLICY 'a$0\nCLAUSE",
        expect![[r#"
        "'a"
        "POLICY 'a\nCLAUSE"
    "#]],
    );
    check(
        "POLICY ''$0",
        expect![[r#"
        "''"
        "POLICY ''"
    "#]],
    );
    assert_eq!(Fixture::new("x").analysis().selections("nowhere", 7), Ok(Vec::new()));
    let beyond = Fixture::new("x").analysis().selections("a.policy", u32::MAX).unwrap();
    assert_eq!(beyond.first(), Some(&(0..1)));
}
