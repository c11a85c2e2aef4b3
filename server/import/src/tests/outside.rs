//! What does not fit, and the reason that is given.

use pgpe_catalog::{Command, ExistingPolicy};
use pgpe_config::MissingSetting::{Deny, Error};

use super::{read, read_existing};

/// Each expression with a piece of the reason.
fn check(missing: pgpe_config::MissingSetting, cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let found = match read(sql, missing) {
            Ok(imported) => format!("fits: {}", imported.body.clauses),
            Err(outside) => outside.to_string(),
        };
        if !found.contains(expected) {
            wrong.push(format!("{sql}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn casts_that_change_values() {
    check(
        Error,
        &[
            ("(owner_id)::text = current_setting('app.user')", "casts a value so that it may compare"),
            ("(feeling)::text = 'ok'", "casts a value so that it may compare"),
            ("(tag)::text = 'x'", "casts a value so that it may compare"),
            ("(fixed)::text = 'x'", "casts a value so that it may compare"),
            ("(name)::text = 'x'", "casts a value so that it may compare"),
            ("title = current_setting('k')::varchar(3)", "length or precision"),
            ("title = current_setting('k')::code", "domain public.code"),
            ("title = 'abcdef'::character(3)", "length or precision"),
            ("fixed = 'x'::character", "length or precision"),
            ("level = current_setting('k')::bigint", "compares as bigint"),
            ("id = current_setting('k')::int", "casts a value to integer"),
            ("(level)::bigint = current_setting('k')::bigint", "compares as bigint"),
            ("level = 1.5", "compares as numeric"),
            ("(due)::date = day", "casts a value so that it may compare"),
            ("current_setting('k')::bigint = 5", "compares as bigint"),
            ("current_setting('app.admin')::boolean", "compares as boolean"),
            ("fixed = current_setting('k')", "compares as text"),
            ("tag = current_setting('k')", "compares as text"),
            ("(auth.uid())::text = title", "casts a value so that it may compare"),
            ("(unknown())::text = title", "casts the result of a function"),
            ("unknown() = 'x'::text", "compares a cast value with a function"),
            ("title = 'x' COLLATE \"C\"", "names a collation"),
            ("feeling = 'ok'::nowhere", "a type that the schema does not define"),
            ("feeling = 'angry'", "`'angry'` can't be compared"),
            ("title = current_setting('k'::varchar)", "whose name is no literal"),
            ("tag OPERATOR(pg_catalog.=) 'x'::citext", "names an operator"),
        ],
    );
}

/// The parser loses what follows BETWEEN after a cast.
#[test]
fn expressions_that_come_apart() {
    check(
        Error,
        &[
            ("-1::bigint BETWEEN -2 AND 1 OR level IN (3)", "can't be read"),
            ("public = public::boolean BETWEEN false AND true OR true", "can't be read"),
            (
                "EXISTS (SELECT 1 FROM teams WHERE public::boolean BETWEEN id = team_id AND true)",
                "can't be read",
            ),
        ],
    );
}

/// In quotes it is no word of the grammar, but the name of a function.
#[test]
fn functions_that_are_named_like_words() {
    check(Error, &[("title = \"nullif\"(title, '')", "passes an argument")]);
}

#[test]
fn constructs_that_the_language_lacks() {
    check(
        Error,
        &[
            ("title ~ '^a'", "USING: `title ~ '^a'` uses ~, a match with a regular expression"),
            ("title ILIKE 'a'", "a match that ignores case"),
            ("tags && ARRAY['a']", "uses &&, an operator on arrays"),
            ("'a' = ANY (tags)", "is an array that is not written as ARRAY"),
            ("title = ANY (string_to_array(current_setting('k'), ','))", "is an array"),
            ("level = ALL (ARRAY[1])", "compares with ALL"),
            ("data ->> 'a' = 'b'", "computes a value by an operator"),
            ("level + 1 = 2", "computes a value by an operator"),
            ("coalesce(public, false)", "is a COALESCE"),
            ("CASE WHEN public THEN true ELSE false END", "is a CASE"),
            ("(level, small) = (1, 2)", "is a row value"),
            ("title IS DISTINCT FROM 'a'", "uses IS DISTINCT FROM"),
            ("title LIKE 'a!%' ESCAPE '!'", "computes a value by an operator"),
            ("(title = 'a') IS NULL", "computes a value by an operator"),
            ("(title = 'a') IS NOT TRUE", "computes a value by an operator"),
            ("CURRENT_USER = title", "is a value that the language does not have"),
            ("nowhere = 1", "is no column that the schema has here"),
            ("ctid = '(0,1)'", "is no column that the schema has here"),
            ("other_function()", "not on the configuration's list of allowed functions"),
            ("level", "is no condition"),
            ("title = 'a') OR (true", "can't be read"),
            ("title = 'a', true", "can't be read"),
            ("data IS NULL AND data = '{}'", "compares json"),
            ("due > '2024-01-01'", "can't be compared"),
            ("due > 'now'", "can't be compared"),
        ],
    );
}

#[test]
fn sub_selects() {
    check(
        Error,
        &[
            ("NOT EXISTS (SELECT 1 FROM teams WHERE id = team_id)", "has no NOT EXISTS"),
            ("team_id NOT IN (SELECT id FROM teams)", "has no NOT EXISTS"),
            ("NOT (team_id IN (SELECT id FROM teams))", "has no NOT EXISTS"),
            (
                "EXISTS (SELECT 1 FROM members WHERE user_id = auth.uid())",
                "has no column of its table that equals",
            ),
            (
                "EXISTS (SELECT count(*) FROM teams WHERE id = team_id)",
                "selects more than columns and literals",
            ),
            (
                "EXISTS (SELECT DISTINCT id FROM teams WHERE id = team_id)",
                "selects more than columns and literals",
            ),
            (
                "EXISTS (SELECT 1 FROM teams WHERE id = team_id LIMIT 0)",
                "clauses that the language can't say",
            ),
            (
                "EXISTS (SELECT 1 FROM teams WHERE id = team_id UNION SELECT 2)",
                "clauses that the language can't say",
            ),
            ("EXISTS (SELECT 1 FROM teams GROUP BY id)", "clauses that the language can't say"),
            ("EXISTS (SELECT 1 FROM teams, members WHERE id = docs.team_id)", "other than one table"),
            (
                "EXISTS (SELECT 1 FROM ONLY teams WHERE id = docs.team_id)",
                "words that the language can't say",
            ),
            ("EXISTS (SELECT 1 FROM team_view v WHERE v.id = docs.team_id)", "which is no table"),
            ("EXISTS (SELECT 1 FROM elsewhere.t WHERE t.id = docs.team_id)", "does not define"),
            (
                "EXISTS (SELECT 1 FROM members m WHERE m.team_id = docs.team_id AND m.level < docs.level)",
                "by = with one of the table just around it",
            ),
            // Inside, `team_id` is the sub-select's own.
            (
                "EXISTS (SELECT 1 FROM members WHERE team_id = team_id)",
                "has no column of its table that equals",
            ),
            ("tenant_id = (SELECT tenant_id FROM teams WHERE name = title)", "no unique key"),
            ("owner_id = (SELECT user_id FROM members m WHERE m.team_id = docs.team_id)", "no unique key"),
            (
                "tenant_id = (SELECT tenant_id FROM teams t WHERE t.id = docs.team_id OR t.public)",
                "no unique key",
            ),
            ("EXISTS (SELECT 1 FROM teams docs WHERE docs.id = docs.team_id)", "is no column"),
            (
                "EXISTS (SELECT 1 FROM members m WHERE m.team_id = docs.team_id AND EXISTS (SELECT 1 FROM teams t WHERE t.id = docs.team_id))",
                "by = with one of the table just around it",
            ),
        ],
    );
}

#[test]
fn settings_that_may_be_missing() {
    check(
        Error,
        &[
            ("current_setting('k', true) IS NULL", "tests whether a setting is missing"),
            ("title = nullif(current_setting('k', true), '')", "reads an empty setting as NULL"),
            ("title = twice(current_setting('k', true))", "passes a setting to a function"),
            ("title = current_setting(title)", "whose name is no literal"),
            ("title = current_setting('k', public)", "neither true nor false"),
            ("current_setting('k')::uuid IS NULL", "tests a cast setting"),
        ],
    );
    check(
        Deny,
        &[
            ("title = current_setting('k', true)", "may be true of an empty setting"),
            ("current_setting('k') <> 'x'", "may be true of an empty setting"),
            ("current_setting('k', true) NOT IN ('x')", "may be true of an empty setting"),
            ("current_setting('k', true) IN ('x', '')", "may be true of an empty setting"),
            ("current_setting('k', true) LIKE '%'", "may be true of an empty setting"),
            ("current_setting('k', true) IS NOT NULL", "may be true of an empty setting"),
            ("nullif(current_setting('k'), '') IS NULL", "raises an error where the setting is missing"),
            ("title = twice(current_setting('k'))", "may be true of an empty setting"),
            ("title = nullif(current_setting('k'), 'x')", "a NULLIF other than"),
        ],
    );
}

#[test]
fn settings_that_fit_where_missing_ones_deny() {
    // Whether the original raises an error where the compiled SQL reads NULL.
    let fits = [
        ("title = nullif(current_setting('k', true), '')", false),
        ("nullif(current_setting('k', true), '') IS NULL", false),
        ("tenant_id = nullif(current_setting('k', true), '')::uuid", false),
        ("tenant_id = current_setting('k', true)::uuid", true),
        ("tenant_id <> current_setting('k')::uuid", true),
        ("current_setting('k', true) = 'x'", false),
        ("current_setting('k') IN ('x', 'y')", true),
        ("current_setting('k', true) LIKE 'a%'", false),
        ("feeling = current_setting('k', true)::mood", true),
        ("tenant_id = nullif(current_setting('k'), '')::uuid", true),
    ];
    for (sql, error) in fits {
        let imported = read(sql, Deny).unwrap_or_else(|outside| panic!("{sql}: {outside}"));
        assert_eq!(!imported.one_sided_errors.is_empty(), error, "{sql}");
    }
}

#[test]
fn clauses_that_the_command_does_not_take() {
    let policy = |permissive, command, using: Option<&str>, check: Option<&str>| {
        let (using, check) = (using.map(str::to_owned), check.map(str::to_owned));
        let existing = ExistingPolicy { permissive, command, roles: Vec::new(), using, check };
        read_existing(&existing, Error)
            .map(|it| (it.body.clauses, it.body.check))
            .map_err(|it| it.to_string())
    };
    let (always, public) = ("CLAUSE lit(true) = lit(true)", "CLAUSE col('public') = lit(true)");
    let both = |using: &str, check: Option<&str>| Ok((using.to_owned(), check.map(str::to_owned)));
    assert_eq!(policy(true, Some(Command::Insert), None, Some("public")), both(public, None));
    assert_eq!(policy(true, None, Some("public"), Some("true")), both(public, Some(always)));
    assert_eq!(policy(false, None, None, Some("public")), both(always, Some(public)));
    let refused = policy(true, None, None, Some("public")).unwrap_err();
    assert!(refused.contains("has no USING"), "{refused}");
    let refused = policy(true, Some(Command::Select), None, None).unwrap_err();
    assert!(refused.contains("has no expression for its command"), "{refused}");
}

#[test]
fn large_expressions_are_refused() {
    let deep = format!("{}public{}", "NOT (".repeat(200), ")".repeat(200));
    let wide = ["(level = 1 OR small = 2)"; 12].join(" AND ");
    let different: Vec<String> = (0..12).map(|at| format!("(level = {at} OR small = {at})")).collect();
    check(
        Error,
        &[
            (&deep, "is nested too deeply"),
            (&wide, "would take more than 48 clauses"),
            (&different.join(" AND "), "would take more than 48 clauses"),
        ],
    );
    let long = vec!["title = 'a'"; 40].join(" OR ");
    assert!(read(&long, Error).is_ok());
}
