use expect_test::expect;
use pgpe_config::Config;

use crate::fixture::{SAAS, catalog, check, check_without_schema, policies, table};
use crate::source::{CommandSet, PolicyKind};

fn resolved(text: &str) -> Option<crate::resolved::TablePolicy> {
    let (policy, _) = policies(text).into_iter().next()?;
    crate::resolve(&policy, &table("users"), &catalog(SAAS), &Config::default()).policy
}

#[test]
fn the_header_is_kept() {
    let policy = resolved(
        "POLICY p RESTRICTIVE FOR ALL TO b, a, b SELECTOR ALL CLAUSE col(id) IS NOT NULL
            WITH CHECK CLAUSE col(role) IS NOT NULL",
    )
    .unwrap();
    assert_eq!((policy.policy.as_str(), policy.kind), ("p", PolicyKind::Restrictive));
    assert_eq!(policy.commands, CommandSet::ALL);
    assert_eq!(policy.roles, ["b", "a"]);
    assert!(policy.check.is_some());
}

#[test]
fn nothing_is_believed_of_a_broken_policy() {
    for text in [
        "POLICY p FOR ALL SELECTOR ALL CLAUSE col(id) IS NOT NULL",
        "POLICY p PERMISSIVE FOR SELECTOR ALL CLAUSE col(id) IS NOT NULL",
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE",
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(id) IS NOT NULL AND",
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(id) IS NOT NULL OR CLAUSE col(id) ==",
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(id) IS NOT NULL WITH CHECK",
        "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(id) IS NOT NULL WITH CHECK CLAUSE col(id) IS NULL",
    ] {
        assert_eq!(resolved(text), None, "{text}");
    }
}

#[test]
fn what_can_be_read_of_a_broken_policy_is_still_checked() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR named('users') CLAUSE col(rolle) IS NULL AND col(age) = OR CLAUSE col(age) = lit('x')",
        SAAS,
        expect![[r#"
            error unknown-column at `rolle`: there is no column `rolle` on public.users
              help: did you mean `role`?
              public.users.role: `role` is defined here
              fix: Replace with `role`: …col(role) IS NULL AND col(age) = OR CLAUSE col(age) = lit('x')
            error invalid-literal at `lit('x')`: `'x'` can't be compared with col('age') (integer) on public.users: it is not a valid integer
            public.users
              error
        "#]],
    );
}

#[test]
fn without_a_schema_syntax_alone_decides() {
    check_without_schema(
        "ALL CLAUSE col(a) = lit('x') AND col(a) = lit('y')
            OR CLAUSE lit(1) < col(b) AND exists(rel(_, c, d, e), {col(f) = session('k')})
            OR CLAUSE col(a) = lit(null) OR CLAUSE col(a) LIKE lit('x\\')",
        expect![[r#"
            error null-comparison at `col(a) = lit(null)`: a comparison with null by `=` is never true
              help: write `IS NULL`
              fix: Replace with `IS NULL`: …IS NULL OR CLAUSE col(a) LIKE lit('x\')
            error invalid-literal at `lit('x\')`: the pattern `'x\'` ends in a lone escape character
              help: `\` escapes the character after it; write `\\` for a backslash
              fix: Double the backslash: …lit('x\\')
            any table
              error
        "#]],
    );
    check_without_schema(
        "ALL CLAUSE col(a) = lit('x') AND col(a) = lit(1) OR CLAUSE exists(rel(t, c, s.d, e), {col(f) = session('k')})",
        expect![[r#"
            any table
              0: col('a') = lit(1) AND col('a') = lit('x')
              1: exists(rel(_, c, s.d, e), {col('f') = session('k')})
        "#]],
    );
    check_without_schema(
        "ALL CLAUSE col(a) = fn(f, [])",
        expect![[r#"
            error function-not-allowed at `f`: function `f` is not on the configuration's list of allowed functions
              help: add `f` to `functions.allow` in pgpe.yaml if policies may call it
            any table
              error
        "#]],
    );
}
