use expect_test::expect;

use crate::fixture::{SAAS, check};

#[test]
fn comparisons_with_null_offer_a_test() {
    check(
        "named('users') CLAUSE col(role) = lit(null)",
        SAAS,
        expect![[r#"
            error contradiction at `p`: no row can pass policy `p` on public.users: none of its clauses is ever true
              help: write a clause that some row can pass, or remove the policy
              `col(role) = lit(null)`: never true
            error null-comparison at `col(role) = lit(null)`: a comparison with null by `=` is never true
              help: write `IS NULL`
              fix: Replace with `IS NULL`: …IS NULL
            public.users
              removed 0: contradiction
        "#]],
    );
    check(
        "named('users') CLAUSE lit(null) != col(role) OR CLAUSE col(age) > lit(3)",
        SAAS,
        expect![[r#"
        error null-comparison at `lit(null) != col(role)`: a comparison with null by `!=` is never true
          help: write `IS NOT NULL`
          fix: Replace with `IS NOT NULL`: …col(role) IS NOT NULL OR CLAUSE col(age) > lit(3)
        public.users
          1: col('age') > lit(3)
          removed 0: contradiction
    "#]],
    );
    check(
        "named('users') CLAUSE col(age) < lit(null) OR CLAUSE col(age) > lit(3)",
        SAAS,
        expect![[r#"
        error null-comparison at `col(age) < lit(null)`: a comparison with null by `<` is never true
          help: null is neither less nor greater than anything; test for it with IS NULL
        public.users
          1: col('age') > lit(3)
          removed 0: contradiction
    "#]],
    );
    check(
        "named('users') CLAUSE col(role) LIKE lit(null) OR CLAUSE col(age) > lit(3)",
        SAAS,
        expect![[r#"
        error null-comparison at `lit(null)`: LIKE with null is never true
          help: test for null with IS NULL or IS NOT NULL
        public.users
          1: col('age') > lit(3)
          removed 0: contradiction
    "#]],
    );
}

#[test]
fn null_in_lists() {
    check(
        "named('users') CLAUSE col(role) IN lit(['a', null, 'b'])",
        SAAS,
        expect![[r#"
        warning subsumption at `lit(['a', null, 'b'])`: null in a list after `IN` matches no row
          help: take it out, and add a clause with IS NULL if such rows shall pass
          fix: Take null out of the list: …'b'])
          unnecessary
        public.users
          0: col('role') IN lit(['a', 'b'])
    "#]],
    );
    check(
        "named('users') CLAUSE col(role) NOT IN lit(['a', null]) OR CLAUSE col(age) > lit(3)",
        SAAS,
        expect![[r#"
        error null-comparison at `lit(['a', null])`: `NOT IN` is never true with null in the list
          help: take null out of the list, and test for it with IS NULL or IS NOT NULL
          fix: Take null out of the list: …lit(['a']) OR CLAUSE col(age) > lit(3)
        public.users
          1: col('age') > lit(3)
          removed 0: contradiction
    "#]],
    );
    check(
        "named('users') CLAUSE col(role) IN lit([null]) OR CLAUSE col(age) > lit(3)",
        SAAS,
        expect![[r#"
        error null-comparison at `lit([null])`: `IN` is never true with null in the list
          help: take null out of the list, and test for it with IS NULL or IS NOT NULL
        public.users
          1: col('age') > lit(3)
          removed 0: contradiction
    "#]],
    );
    check(
        "named('users') CLAUSE lit(null) IN lit(['a']) OR CLAUSE col(age) > lit(3)",
        SAAS,
        expect![[r#"
        error null-comparison at `lit(null)`: null is neither in a list nor not in it, so this is never true
        public.users
          1: col('age') > lit(3)
          removed 0: contradiction
    "#]],
    );
}

#[test]
fn tests_for_null_are_fine() {
    check(
        "named('users') CLAUSE col(role) IS NULL OR CLAUSE session('k') IS NOT NULL",
        SAAS,
        expect![[r#"
        public.users
          0: col('role') IS NULL
          1: session('k') IS NOT NULL
    "#]],
    );
}
