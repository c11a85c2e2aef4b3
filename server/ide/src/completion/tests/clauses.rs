//! Clauses: conditions, traversals and values.

use expect_test::expect;

use super::{EDITOR, HEAD, PLAIN, accept, check, check_plain, labels, notes};

#[test]
fn columns_of_all_tables_come_before_those_of_some() {
    check(
        &format!("{HEAD}SELECTOR has_column(tenant_id)\nCLAUSE col($0"),
        expect![[r#"
        10 id (uuid)
        10 tenant_id (uuid)
        20 age (integer, only on public.users)
        20 email (character varying(80), only on public.users)
        20 name (text, only on public.projects)
    "#]],
    );
}

#[test]
fn columns_that_fit_the_other_side_come_first() {
    let users = format!("{HEAD}SELECTOR named('users')\nCLAUSE ");
    check(
        &format!("{users}col(age) = col($0)"),
        expect![[r#"
        25 email (character varying(80))
        25 id (uuid)
        25 tenant_id (uuid)
        26 age (integer)
    "#]],
    );
    check(
        &format!("{users}col($0) = col(age)"),
        expect![[r#"
        25 email (character varying(80))
        25 id (uuid)
        25 tenant_id (uuid)
        26 age (integer)
    "#]],
    );
    check(
        &format!("{users}col($0) = lit('x')"),
        expect![[r#"
        10 email (character varying(80))
        10 id (uuid)
        10 tenant_id (uuid)
        25 age (integer)
    "#]],
    );
    check(
        &format!("{users}col($0) = session('app.tenant_id')"),
        expect![[r#"
        5 tenant_id (uuid)
        10 age (integer)
        10 email (character varying(80))
        10 id (uuid)
    "#]],
    );
    check(
        &format!("{users}col(age) LIKE col($0)"),
        expect![[r#"
        10 email (character varying(80))
        25 id (uuid)
        25 tenant_id (uuid)
        41 age (integer)
    "#]],
    );
}

#[test]
fn conditions() {
    check(
        &format!("{HEAD}SELECTOR named('tasks')\nCLAUSE $0"),
        expect![[r#"
            10 col(id) (uuid)
            10 col(project_id) (uuid)
            10 col(title) (text)
            25 exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.tenant_id')}) (tasks_project_id_fkey) -> "exists(rel(_, project_id, projects, id), {${1:col(tenant_id) = session('app.tenant_id')}})$0" snippet
            40 session('app.tenant_id') (named by the configuration)
            60 col(…) -> "col($0)" snippet
            60 exists(…) -> "exists($0)" snippet
            60 fn(…) -> "fn($0)" snippet
            60 lit(…) -> "lit($0)" snippet
            60 session(…) -> "session('$0')" snippet
        "#]],
    );
    check_plain(
        &format!("{HEAD}SELECTOR named('tasks')\nCLAUSE $0"),
        expect![[r#"
            10 col(id) (uuid)
            10 col(project_id) (uuid)
            10 col(title) (text)
            25 exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.tenant_id')}) (tasks_project_id_fkey)
            40 session('app.tenant_id') (named by the configuration)
            60 col
            60 exists
            60 fn
            60 lit
            60 session
        "#]],
    );
    check(
        &format!("{HEAD}SELECTOR named('tasks')\nCLAUSE col(id) $0"),
        expect![[r#"
        0 =
        1 !=
        2 <
        3 <=
        4 >
        5 >=
        50 IN
        50 IS NOT NULL
        50 IS NULL
        50 LIKE
        50 NOT IN
        50 NOT LIKE
    "#]],
    );
    check(
        &format!("{HEAD}SELECTOR named('tasks')\nCLAUSE col(id) IS $0"),
        expect![[r#"
        50 NOT NULL
        50 NULL
    "#]],
    );
    check(
        &format!("{HEAD}SELECTOR named('tasks')\nCLAUSE col(id) IS NULL $0"),
        expect![[r#"
        50 AND
        50 GRANT
        50 OR CLAUSE
        50 POLICY
        50 WITH CHECK
    "#]],
    );
}

#[test]
fn traversals_by_their_parts() {
    let tasks = format!("{HEAD}SELECTOR named('tasks')\nCLAUSE exists(");
    check(
        &format!("{tasks}$0"),
        expect![[r#"
        25 rel(_, project_id, projects, id) (tasks_project_id_fkey)
        50 rel(…) -> "rel($0)" snippet
    "#]],
    );
    check(
        &format!("{tasks}rel($0"),
        expect![[r#"
        24 _
        25 _, project_id, projects, id (tasks_project_id_fkey)
        30 tasks (the same as _)
    "#]],
    );
    check(
        &format!("{tasks}rel(_, $0"),
        expect![[r#"
        10 project_id (uuid)
        25 project_id, projects, id (tasks_project_id_fkey)
        35 id (uuid)
        35 title (text)
    "#]],
    );
    check(
        &format!("{tasks}rel(_, project_id, $0"),
        expect![[r#"
        25 projects (tasks_project_id_fkey)
        50 tasks (public.tasks)
        50 tenants (public.tenants)
        50 users (public.users)
    "#]],
    );
    check(
        &format!("{tasks}rel(_, project_id, projects, $0"),
        expect![[r#"
        0 id (uuid)
        35 name (text)
        35 tenant_id (uuid)
    "#]],
    );
    check(
        &format!("{tasks}rel(_, project_id, projects, id), {{col($0"),
        expect![[r#"
        10 id (uuid)
        10 name (text)
        10 tenant_id (uuid)
    "#]],
    );
}

#[test]
fn keys_of_several_columns() {
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR named('lines')\nCLAUSE exists($0\n\
        //- /schema.sql\n\
        CREATE TABLE orders (tenant integer, no integer, PRIMARY KEY (tenant, no));\n\
        CREATE TABLE lines (tenant integer, \"order\" integer, FOREIGN KEY (tenant, \"order\") REFERENCES orders);\n";
    check(
        text,
        expect![[r#"
        25 rel(_, (tenant, order), orders, (tenant, no)) (lines_tenant_order_fkey)
        50 rel(…) -> "rel($0)" snippet
    "#]],
    );
    check(
        &text.replace("exists($0", "exists(rel(_, $0"),
        expect![[r#"
        10 order (integer)
        10 tenant (integer)
        25 (tenant, order) (lines_tenant_order_fkey)
        25 (tenant, order), orders, (tenant, no) (lines_tenant_order_fkey)
    "#]],
    );
    check(
        &text.replace("exists($0", "exists(rel(_, (tenant, $0"),
        expect![[r#"
        10 order (integer)
        60 tenant (integer)
    "#]],
    );
    check(
        &text.replace("exists($0", "exists(rel(_, (tenant, order), orders, (tenant, $0"),
        expect![[r#"
        0 no (integer)
        10 tenant (integer)
    "#]],
    );
}

#[test]
fn literals_are_labels_of_the_other_sides_type() {
    check(
        &notes("col(mood) = lit($0)"),
        expect![[r#"
        8 great (label of public.mood) -> "'great'"
        8 it's fine (label of public.mood) -> "'it''s fine'"
        8 so so (label of public.mood) -> "'so so'"
        50 false
        50 true
        60 null
    "#]],
    );
    check(
        &notes("col(mood) = lit('$0')"),
        expect![[r#"
        8 great (label of public.mood)
        8 it's fine (label of public.mood) -> "it''s fine"
        8 so so (label of public.mood)
    "#]],
    );
    check(
        &notes("col(mood) IN $0"),
        expect![[r#"
        5 lit(['so so', 'it''s fine', 'great']) (all of public.mood)
        8 lit([…]) -> "lit(['$0'])" snippet
    "#]],
    );
    check(
        &notes("col(mood) IN lit(['great', $0])"),
        expect![[r#"
        8 great (label of public.mood) -> "'great'"
        8 it's fine (label of public.mood) -> "'it''s fine'"
        8 so so (label of public.mood) -> "'so so'"
        50 false
        50 true
    "#]],
    );
    check(
        &notes("col(done) = lit($0)"),
        expect![[r#"
        5 false
        5 true
        60 null
    "#]],
    );
    check(&notes("col(title) = lit('$0')"), expect![[""]]);
    check(
        &notes("lit('$0') = col(mood)"),
        expect![[r#"
        8 great (label of public.mood)
        8 it's fine (label of public.mood) -> "it''s fine"
        8 so so (label of public.mood)
    "#]],
    );
    assert_eq!(labels(&notes("col(mood) = $0"))[..2], ["lit('great')", "lit('it''s fine')"]);
    assert_eq!(labels(&notes("col(done) = $0"))[..2], ["lit(false)", "lit(true)"]);
}

#[test]
fn functions_are_those_that_are_allowed() {
    check(
        &notes("col(id) = fn($0"),
        expect![[r#"
        45 auth.uid (() → uuid) -> "auth.uid, []"
        60 lower ((text) → text) -> "lower, [$0]" snippet
        60 missing (the schema does not define it) -> "missing, [$0]" snippet
        60 today (() → date) -> "today, []"
    "#]],
    );
    check(
        &notes("col(id) = fn(auth.$0"),
        expect![[r#"
        45 uid (() → uuid) -> "uid, []"
    "#]],
    );
    check(
        &notes("col(id) = fn($0, [])"),
        expect![[r#"
        45 auth.uid (() → uuid)
        60 lower ((text) → text)
        60 missing (the schema does not define it)
        60 today (() → date)
    "#]],
    );
    // An argument is passed as the parameter's type, whatever the result is compared with.
    check(
        &notes("col(id) = fn(lower, [col($0)])"),
        expect![[r#"
        10 title (text)
        25 done (boolean)
        25 id (uuid)
        25 mood (public.mood)
    "#]],
    );
}

#[test]
fn settings_are_those_of_the_project() {
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR ALL\n\
        CLAUSE col(id) = session('app.user_id') AND col(id) = session('$0')\n//- /b.policy\n\
        POLICY q PERMISSIVE FOR ALL SELECTOR ALL\n\
        CLAUSE col(id) = session('app.user_id') AND col(x) = session('app.it''s')\n";
    check(
        text,
        expect![[r#"
            40 app.it's (used once) -> "app.it''s"
            40 app.tenant_id (named by the configuration)
            40 app.user_id (used 2 times)
        "#]],
    );
    // What is only being written is none yet.
    assert!(!labels(&text.replace("$0", "app.n$0")).contains(&"app.n".to_owned()));
    let beside_its_column = "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(tenant_id) = $0";
    assert_eq!(labels(beside_its_column)[0], "session('app.tenant_id')");
}

#[test]
fn clauses_go_on() {
    let head = "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(id) = col(id)";
    check(
        &format!("{head} $0"),
        expect![[r#"
        50 AND
        50 GRANT
        50 OR CLAUSE
        50 POLICY
        50 WITH CHECK
    "#]],
    );
    check(
        &format!("{head} OR $0"),
        expect![[r#"
        50 CLAUSE
    "#]],
    );
    check(
        &format!("{head} WITH $0"),
        expect![[r#"
        50 CHECK
    "#]],
    );
}

#[test]
fn nothing_is_doubled() {
    let head = "POLICY p PERMISSIVE FOR ALL SELECTOR named('users') CLAUSE ";
    let after = |clause: &str, label: &str| {
        let text = accept(&format!("{head}{clause}\n"), label, EDITOR);
        text.strip_prefix(head).unwrap().trim_end().to_owned()
    };
    assert_eq!(after("col(ema$0)", "email"), "col(email)");
    assert_eq!(after("col('ema$0')", "email"), "col('email')");
    assert_eq!(after("col('ema$0ola')", "email"), "col('email')");
    assert_eq!(after("col('ema$0", "email"), "col('email'");
    assert_eq!(after("col('$0)", "email"), "col('email')");
    assert_eq!(after("col(\"ema$0\")", "email"), "col(\"email\")");
    assert_eq!(after("col('$0 = session('a.b')", "email"), "col('email' = session('a.b')");
    assert_eq!(after("col(ag$0e) = lit(1)", "email"), "col(email) = lit(1)");
    assert_eq!(after("co$0(age) = lit(1)", "col"), "col(age) = lit(1)");
    assert_eq!(after("ses$0('x') = lit(1)", "session"), "session('x') = lit(1)");
    assert_eq!(after("col(age) = ses$0", "session(…)"), "col(age) = session('$0')");
    let plain = accept(&format!("{head}co$0\n"), "col", PLAIN);
    assert!(plain.trim_end().ends_with("CLAUSE col"), "{plain}");
}

#[test]
fn whole_conditions_are_found_by_what_they_begin_with() {
    let (_, found) = super::complete(&format!("{HEAD}SELECTOR named('tasks')\nCLAUSE $0"), EDITOR);
    for item in &found.items {
        let begins = item.label.split(['(', '…']).next().unwrap();
        assert!(item.filter.starts_with(begins), "{item:?}");
    }
}

#[test]
fn letters_choose_among_too_many() {
    let columns: Vec<String> = (0..600).map(|number| format!("c_{number} integer")).collect();
    let complete = |written: &str| {
        let text = format!(
            "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col({written}$0)\n//- /schema.sql\nCREATE TABLE t ({});\n",
            columns.join(", ")
        );
        super::complete(&text, EDITOR).1
    };
    let all = complete("");
    assert_eq!((all.items.len(), all.is_incomplete), (400, true));
    // What did not fit before is there now.
    let some = complete("c599");
    assert_eq!(some.items.iter().map(|item| item.label.as_str()).collect::<Vec<_>>(), ["c_599"]);
    assert!(some.is_incomplete);
}
