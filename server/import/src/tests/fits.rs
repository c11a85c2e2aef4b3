//! What fits, and its text.

use pgpe_config::MissingSetting;

use super::read;

/// Each expression with the clauses that it becomes.
fn check(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let found = match read(sql, MissingSetting::Error) {
            Ok(imported) => imported.body.clauses,
            Err(outside) => format!("outside: {outside}"),
        };
        if found != *expected {
            wrong.push(format!("{sql}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comparisons() {
    check(&[
        ("title = 'a'", "CLAUSE col('title') = lit('a')"),
        ("(title = 'a'::text)", "CLAUSE col('title') = lit('a')"),
        ("((role)::text = 'it''s'::text)", "CLAUSE col('role') = lit('it''s')"),
        ("role = 'a'", "CLAUSE col('role') = lit('a')"),
        ("(feeling = 'ok'::public.mood)", "CLAUSE col('feeling') = lit('ok')"),
        ("level > -5 AND small = 3", "CLAUSE col('level') > lit(-5) AND col('small') = lit(3)"),
        ("(price >= (5)::numeric)", "CLAUSE col('price') >= lit(5)"),
        ("price < 1.50", "CLAUSE col('price') < lit('1.50')"),
        ("(ratio < (2)::double precision)", "CLAUSE col('ratio') < lit(2)"),
        ("(tag OPERATOR(public.=) 'x'::public.citext)", "CLAUSE col('tag') = lit('x')"),
        ("((code)::text = 'x'::text)", "CLAUSE col('code') = lit('x')"),
        ("(fixed = 'x'::bpchar)", "CLAUSE col('fixed') = lit('x')"),
        ("id = 5 AND (level)::numeric = price", "CLAUSE col('id') = lit(5) AND col('level') = col('price')"),
        ("docs.title <> public.docs.role", "CLAUSE col('title') != col('role')"),
        ("\"Odd name\" = 'x'", "CLAUSE col('Odd name') = lit('x')"),
        (
            "due > '2024-01-01 00:00:00+00'::timestamp with time zone",
            "CLAUSE col('due') > lit('2024-01-01 00:00:00+00')",
        ),
        ("level BETWEEN 1 AND 3", "CLAUSE col('level') >= lit(1) AND col('level') <= lit(3)"),
        ("title = E'a\\\\b'", "CLAUSE col('title') = lit('a\\b')"),
    ]);
}

#[test]
fn truth_values() {
    check(&[
        ("true", "CLAUSE lit(true) = lit(true)"),
        ("public", "CLAUSE col('public') = lit(true)"),
        ("(NOT public)", "CLAUSE col('public') = lit(false)"),
        ("public IS TRUE", "CLAUSE col('public') = lit(true)"),
        ("public IS NOT TRUE", "CLAUSE col('public') = lit(false) OR CLAUSE col('public') IS NULL"),
        ("public = true OR false", "CLAUSE col('public') = lit(true)"),
        ("title IS NULL OR title ISNULL AND role IS NOT NULL", "CLAUSE col('title') IS NULL"),
        ("NOT (title IS NULL)", "CLAUSE col('title') IS NOT NULL"),
        ("is_admin()", "CLAUSE fn(is_admin, []) = lit(true)"),
    ]);
}

#[test]
fn not_is_pushed_inward() {
    check(&[
        ("NOT (level < 3)", "CLAUSE col('level') >= lit(3)"),
        ("NOT (level = 3 AND public)", "CLAUSE col('level') != lit(3) OR CLAUSE col('public') = lit(false)"),
        ("NOT (level = 3 OR NOT public)", "CLAUSE col('level') != lit(3) AND col('public') = lit(true)"),
        ("NOT level IN (1, 2)", "CLAUSE col('level') NOT IN lit([1, 2])"),
        ("NOT (title LIKE 'a%')", "CLAUSE col('title') NOT LIKE lit('a%')"),
        ("NOT (level BETWEEN 1 AND 3)", "CLAUSE col('level') < lit(1) OR CLAUSE col('level') > lit(3)"),
        ("NOT (NULL AND public)", "CLAUSE col('public') = lit(false)"),
    ]);
}

#[test]
fn disjunctions_become_clauses() {
    check(&[
        (
            "(public OR level = 1) AND (title = 'a' OR title = 'b')",
            "CLAUSE col('public') = lit(true) AND col('title') = lit('a') \
             OR CLAUSE col('public') = lit(true) AND col('title') = lit('b') \
             OR CLAUSE col('level') = lit(1) AND col('title') = lit('a') \
             OR CLAUSE col('level') = lit(1) AND col('title') = lit('b')",
        ),
        ("public OR (public AND level = 1)", "CLAUSE col('public') = lit(true)"),
    ]);
}

#[test]
fn lists_and_patterns() {
    check(&[
        ("title IN ('a', 'b', NULL)", "CLAUSE col('title') IN lit(['a', 'b', null])"),
        ("level IN (1)", "CLAUSE col('level') IN lit([1])"),
        (
            "((role)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "CLAUSE col('role') IN lit(['a', 'b'])",
        ),
        ("(feeling = ANY (ARRAY['ok'::public.mood]))", "CLAUSE col('feeling') IN lit(['ok'])"),
        ("(level <> ALL (ARRAY[1, 2]))", "CLAUSE col('level') NOT IN lit([1, 2])"),
        ("(tag OPERATOR(public.=) ANY (ARRAY['a'::public.citext]))", "CLAUSE col('tag') IN lit(['a'])"),
        (
            "owner_id IN (auth.uid(), tenant_id)",
            "CLAUSE col('owner_id') = fn(auth.uid, []) OR CLAUSE col('owner_id') = col('tenant_id')",
        ),
        ("(title ~~ 'a%'::text)", "CLAUSE col('title') LIKE lit('a%')"),
        ("((role)::text !~~ 'a%'::text)", "CLAUSE col('role') NOT LIKE lit('a%')"),
    ]);
}

#[test]
fn settings_and_functions() {
    check(&[
        (
            "tenant_id = current_setting('app.tenant_id')::uuid",
            "CLAUSE col('tenant_id') = session('app.tenant_id')",
        ),
        (
            "(tenant_id = ((current_setting('app.tenant_id'::text, true))::character varying)::uuid)",
            "CLAUSE col('tenant_id') = session('app.tenant_id')",
        ),
        (
            "(tenant_id = ( SELECT (current_setting('app.tenant_id'::text))::uuid AS current_setting))",
            "CLAUSE col('tenant_id') = session('app.tenant_id')",
        ),
        ("( SELECT auth.uid() AS uid) = owner_id", "CLAUSE fn(auth.uid, []) = col('owner_id')"),
        (
            "title = twice('x') AND twice(role) = title",
            "CLAUSE col('title') = fn(twice, [lit('x')]) AND fn(twice, [col('role')]) = col('title')",
        ),
        ("lower((role)::text) = 'a'::text", "CLAUSE fn(lower, [col('role')]) = lit('a')"),
        ("current_setting('app.role') IN ('a', 'b')", "CLAUSE session('app.role') IN lit(['a', 'b'])"),
        ("owner_id = unknown()", "CLAUSE col('owner_id') = fn(unknown, [])"),
    ]);
}

#[test]
fn sub_selects() {
    check(&[
        (
            "EXISTS (SELECT 1 FROM teams WHERE teams.id = docs.team_id AND teams.public)",
            "CLAUSE exists(rel(_, team_id, teams, id), {col('public') = lit(true)})",
        ),
        (
            "(EXISTS ( SELECT 1\n   FROM public.members m\n  WHERE ((m.team_id = docs.team_id) AND (m.user_id = ( SELECT auth.uid() AS uid)))))",
            "CLAUSE exists(rel(_, team_id, members, team_id), {col('user_id') = fn(auth.uid, [])})",
        ),
        (
            "team_id IN (SELECT team_id FROM members WHERE user_id = auth.uid())",
            "CLAUSE exists(rel(_, team_id, members, team_id), {col('user_id') = fn(auth.uid, [])})",
        ),
        (
            "auth.uid() IN (SELECT m.user_id FROM members m WHERE m.team_id = docs.team_id)",
            "CLAUSE exists(rel(_, team_id, members, team_id), {col('user_id') = fn(auth.uid, [])})",
        ),
        (
            "EXISTS (SELECT 1 FROM teams t WHERE t.id = team_id)",
            "CLAUSE exists(rel(_, team_id, teams, id), {col('id') IS NOT NULL})",
        ),
        (
            "EXISTS (SELECT * FROM members WHERE team_id = docs.team_id AND (level > 1 OR role = 'a') AND docs.public)",
            "CLAUSE col('public') = lit(true) AND exists(rel(_, team_id, members, team_id), {col('level') > lit(1)}) \
             OR CLAUSE col('public') = lit(true) AND exists(rel(_, team_id, members, team_id), {col('role') = lit('a')})",
        ),
        (
            "EXISTS (SELECT 1 FROM members m WHERE m.team_id = docs.team_id AND m.user_id = docs.owner_id AND EXISTS \
             (SELECT 1 FROM teams WHERE id = m.team_id AND public))",
            "CLAUSE exists(rel(_, (team_id, owner_id), members, (team_id, user_id)), \
             {exists(rel(_, team_id, teams, id), {col('public') = lit(true)})})",
        ),
        (
            "tenant_id = (SELECT t.tenant_id FROM teams t WHERE t.id = docs.team_id)",
            "CLAUSE exists(rel(_, (team_id, tenant_id), teams, (id, tenant_id)), {col('id') IS NOT NULL})",
        ),
        (
            "NOT (current_setting('app.name') = (SELECT name FROM teams WHERE id = docs.team_id))",
            "CLAUSE exists(rel(_, team_id, teams, id), {col('name') != session('app.name')})",
        ),
    ]);
}
