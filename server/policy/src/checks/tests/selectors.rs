use expect_test::{Expect, expect};
use pgpe_config::Config;

use crate::fixture::{SAAS, catalog, policy, policy_problems, problems};

fn check_with(selector: &str, schema: &str, config: &Config, expected: Expect) {
    let (policy, text) = policy(&format!("{selector} CLAUSE col(a) IS NULL"));
    expected.assert_eq(&problems(&policy_problems(&policy, Some(&catalog(schema)), config), &text));
}

fn check(selector: &str, expected: Expect) {
    check_with(selector, SAAS, &Config::default(), expected);
}

#[test]
fn a_selector_that_matches_something_is_fine() {
    for selector in
        ["ALL", "named('users')", "named('nothing') OR named('users')", "has_column('tenant_id', uuid)"]
    {
        let (policy, _) = policy(&format!("{selector} CLAUSE col(a) IS NULL"));
        assert_eq!(policy_problems(&policy, Some(&catalog(SAAS)), &Config::default()), [], "{selector}");
    }
}

#[test]
fn a_selector_that_matches_nothing() {
    check(
        "named('user')",
        expect![[r#"
        warning selector-matches-nothing at `named('user')`: this selector matches no table
          help: did you mean `users`?
          fix: Replace with `users`: …named('users') CLAUSE col(a) IS NULL
    "#]],
    );
    check(
        "named('users') AND named('tasks')",
        expect![[r#"
        warning selector-matches-nothing at `named('users') AND named('tasks')`: this selector matches no table
          help: no policy is made of it until a table matches
    "#]],
    );
    check(
        "has_column(tenantid)",
        expect![[r#"
        warning selector-matches-nothing at `has_column(tenantid)`: this selector matches no table
          help: did you mean `tenant_id`?
          fix: Replace with `tenant_id`: …has_column(tenant_id) CLAUSE col(a) IS NULL
    "#]],
    );
    check(
        "in_schema(audit)",
        expect![[r#"
        warning selector-matches-nothing at `in_schema(audit)`: this selector matches no table
          help: only tables of `public` are considered; see `tables.schemas` in pgpe.yaml
    "#]],
    );
    check(
        "tagged('pii')",
        expect![[r#"
        warning selector-matches-nothing at `tagged('pii')`: this selector matches no table
          help: define the tag `pii` under `tags` in pgpe.yaml
    "#]],
    );
    let mut config = Config::default();
    config.tags.insert("personal".to_owned(), vec!["users".to_owned()]);
    check_with(
        "tagged('persona')",
        SAAS,
        &config,
        expect![[r#"
        warning selector-matches-nothing at `tagged('persona')`: this selector matches no table
          help: did you mean `personal`?
          fix: Replace with `personal`: …tagged('personal') CLAUSE col(a) IS NULL
    "#]],
    );
    check_with(
        "ALL",
        "",
        &Config::default(),
        expect![[r#"
        warning selector-matches-nothing at `ALL`: this selector matches no table
          help: the schema has no tables in `public`; see `tables` in pgpe.yaml
    "#]],
    );
}

#[test]
fn an_underscore_that_matches_more_than_is_spelled() {
    let schema = "CREATE TABLE user_roles (id int); CREATE TABLE userxroles (id int); CREATE TABLE user1roles (id int);";
    check_with(
        "named('user_roles')",
        schema,
        &Config::default(),
        expect![[r#"
            warning like-wildcard at `'user_roles'`: `_` stands for any character, so the pattern also matches `user1roles` and `userxroles`
              help: write '\_' for an underscore
              fix: Escape the underscore (widens access to the other tables): …named('user\_roles') CLAUSE col(a) IS NULL
        "#]],
    );
    check_with(
        "named('user_r%')",
        schema,
        &Config::default(),
        expect![[r#"
            warning like-wildcard at `'user_r%'`: `_` stands for any character, so the pattern also matches `user1roles` and `userxroles`
              help: write '\_' for an underscore
              fix: Escape the underscore (widens access to the other tables): …named('user\_r%') CLAUSE col(a) IS NULL
        "#]],
    );
    check_with(r"named('user\_roles')", schema, &Config::default(), expect![]);
    check_with("named('user_roles')", "CREATE TABLE user_roles (id int);", &Config::default(), expect![]);
    check_with(
        "named('userroles')",
        schema,
        &Config::default(),
        expect![[r#"
        warning selector-matches-nothing at `named('userroles')`: this selector matches no table
          help: did you mean `user1roles`, `user_roles` or `userxroles`?
          fix: Replace with `user1roles`: …named('user1roles') CLAUSE col(a) IS NULL
          fix: Replace with `user_roles`: …named('user\_roles') CLAUSE col(a) IS NULL
          fix: Replace with `userxroles`: …named('userxroles') CLAUSE col(a) IS NULL
    "#]],
    );
}

#[test]
fn types_must_be_known() {
    check(
        "has_column(id, uid)",
        expect![[r#"
        error unknown-type at `uid`: the schema knows no type `uid`
          help: did you mean `uuid`?
          fix: Replace with `uuid`: …uuid) CLAUSE col(a) IS NULL
    "#]],
    );
    check(
        "has_column(id, 'mood')",
        expect![[r#"
        error unknown-type at `'mood'`: the schema knows no type `mood`
          help: write the type as PostgreSQL names it; quote it if it has spaces
    "#]],
    );
    check("has_column(id, 'timestamp with time zone') OR ALL", expect![]);
}

#[test]
fn a_pattern_must_not_end_in_its_escape() {
    check(
        r"named('users\')",
        expect![[r#"
            error invalid-literal at `'users\'`: the pattern `users\` ends in a lone escape character
              help: `\` escapes the character after it; write `\\` for a backslash
              fix: Double the backslash: …named('users\\') CLAUSE col(a) IS NULL
        "#]],
    );
}

#[test]
fn without_a_schema_only_patterns_are_checked() {
    let (policy, text) = policy(r"named('x\') OR has_column(a, nothing) CLAUSE col(a) IS NULL");
    let found = policy_problems(&policy, None, &Config::default());
    expect![[r#"
        error invalid-literal at `'x\'`: the pattern `x\` ends in a lone escape character
          help: `\` escapes the character after it; write `\\` for a backslash
          fix: Double the backslash: …named('x\\') OR has_column(a, nothing) CLAUSE col(a) IS NULL
    "#]]
    .assert_eq(&problems(&found, &text));
}
