//! Items, their headers, selectors and comments.

use expect_test::expect;

use super::{EDITOR, HEAD, accept, check, check_plain, complete, labels};

#[test]
fn items_begin_at_the_top() {
    check(
        "$0",
        expect![[r#"
        50 GRANT
        50 POLICY
        70 grant (privileges on tables) -> "GRANT ${1:SELECT}\n  TO ${2:role}\n  SELECTOR ${0:ALL}\n" snippet
        70 policy (a policy to fill in) -> "POLICY ${1:name}\n  ${2|PERMISSIVE,RESTRICTIVE|}\n  FOR ${3:ALL}\n  SELECTOR ${4:ALL}\n  CLAUSE $0\n" snippet
        70 policy for deleted rows (rows marked as deleted are not to be seen) -> "POLICY ${1:not_deleted}\n  RESTRICTIVE\n  FOR ${2:SELECT}\n  SELECTOR ${3:has_column(is_deleted)}\n  CLAUSE col(is_deleted) = lit(false)$0\n" snippet
        70 policy for isolation (each tenant its own rows) -> "POLICY ${1:tenant_isolation}\n  PERMISSIVE\n  FOR ${2:ALL}\n  SELECTOR ${3:has_column(tenant_id)}\n  CLAUSE col(tenant_id) = session('app.tenant_id')$0\n" snippet
    "#]],
    );
    check_plain(
        "POL$0",
        expect![[r#"
        50 GRANT
        50 POLICY
    "#]],
    );
}

#[test]
fn parts_of_the_header_come_in_their_order() {
    check("POLICY $0", expect![[""]]);
    check(
        "POLICY p $0",
        expect![[r#"
        50 PERMISSIVE
        50 RESTRICTIVE
    "#]],
    );
    check(
        "POLICY p PERMISSIVE $0",
        expect![[r#"
        50 FOR
    "#]],
    );
    check(
        "POLICY p PERMISSIVE FOR $0",
        expect![[r#"
        50 ALL
        50 DELETE
        50 INSERT
        50 SELECT
        50 UPDATE
    "#]],
    );
    check(
        "POLICY p PERMISSIVE FOR SELECT, $0",
        expect![[r#"
        50 DELETE
        50 INSERT
        50 UPDATE
    "#]],
    );
    check(
        "POLICY p PERMISSIVE FOR SELECT $0",
        expect![[r#"
        50 SELECTOR
        50 TO
    "#]],
    );
    check(
        "POLICY p PERMISSIVE FOR SELECT TO x $0",
        expect![[r#"
        50 SELECTOR
    "#]],
    );
    check(
        "GRANT $0",
        expect![[r#"
        50 DELETE
        50 INSERT
        50 SELECT
        50 UPDATE
    "#]],
    );
    check(
        "GRANT SELECT $0",
        expect![[r#"
        50 SELECTOR
        50 TO
    "#]],
    );
}

#[test]
fn words_are_compared_as_they_are_written() {
    let (_, found) = complete("POLICY p perm$0", EDITOR);
    assert_eq!(found.items[0].filter, "permissive");
    assert_eq!((found.insert.clone(), found.replace.clone()), (9..13, 9..13));
}

#[test]
fn selectors() {
    check(
        &format!("{HEAD}SELECTOR $0"),
        expect![[r#"
        50 ALL
        50 NOT
        50 has_column(…) -> "has_column($0)" snippet
        50 in_schema(…) -> "in_schema($0)" snippet
        50 named(…) -> "named('$0')" snippet
        50 tagged(…) -> "tagged('$0')" snippet
    "#]],
    );
    check(
        &format!("{HEAD}SELECTOR ALL $0"),
        expect![[r#"
        50 AND
        50 CLAUSE
        50 OR
    "#]],
    );
    check(
        &format!("{HEAD}SELECTOR (ALL $0"),
        expect![[r#"
        50 AND
        50 OR
    "#]],
    );
    check(
        &format!("{HEAD}SELECTOR has_column($0)"),
        expect![[r#"
        5 tenant_id (uuid on 2 tables (public.projects, public.users))
        10 id (uuid on 4 tables (public.projects, public.tasks, public.tenants and 1 more))
        10 name (text on 2 tables (public.projects, public.tenants))
        20 age (integer on public.users)
        20 email (character varying(80) on public.users)
        20 project_id (uuid on public.tasks)
        20 title (text on public.tasks)
    "#]],
    );
    check(
        &format!("{HEAD}SELECTOR has_column(tenant_id, $0)"),
        expect![[r#"
        10 uuid (type of tenant_id on 2 tables (public.projects, public.users))
        30 character varying -> "'character varying'"
        30 integer
        30 text
    "#]],
    );
    check(
        &format!("{HEAD}SELECTOR in_schema($0)"),
        expect![[r#"
        10 public
    "#]],
    );
    check(
        &format!("{HEAD}SELECTOR named($0)"),
        expect![[r#"
        10 projects (public.projects) -> "'projects'"
        10 tasks (public.tasks) -> "'tasks'"
        10 tenants (public.tenants) -> "'tenants'"
        10 users (public.users) -> "'users'"
    "#]],
    );
}

#[test]
fn patterns_match_no_other_table() {
    let text = format!(
        "{HEAD}SELECTOR named('$0')\n//- /schema.sql\nCREATE TABLE a_b (id integer);\nCREATE TABLE acb (id integer);\n"
    );
    check(
        &text,
        expect![[r#"
        10 a\_b (public.a_b)
        10 acb (public.acb)
    "#]],
    );
}

#[test]
fn tags_are_those_of_the_configuration() {
    let config = "//- /pgpe.yaml\ntags:\n  billing: [\"bill_%\"]\n  pii: [users]\n";
    check(
        &format!("{HEAD}SELECTOR tagged('$0')\n{config}"),
        expect![[r#"
        10 billing (bill_%)
        10 pii (users)
    "#]],
    );
}

#[test]
fn roles_of_the_schema_and_of_other_policies() {
    let text = "POLICY p PERMISSIVE FOR ALL TO $0 SELECTOR ALL\n\
        GRANT SELECT TO reader, 'big boss' SELECTOR ALL\n\
        //- /schema.sql\nCREATE ROLE app LOGIN;\nCREATE TABLE t (id integer);\n";
    check(
        text,
        expect![[r#"
        10 app (role)
        20 big boss (role named elsewhere in the project) -> "'big boss'"
        20 reader (role named elsewhere in the project)
    "#]],
    );
}

#[test]
fn names_are_quoted_where_they_must_be() {
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col($0)\n//- /schema.sql\n\
        CREATE TABLE t (\"two words\" integer, \"select\" integer, \"it's\" integer, größe integer, \"_\" integer);\n";
    check(
        text,
        expect![[r#"
        10 _ (integer) -> "'_'"
        10 größe (integer)
        10 it's (integer) -> "'it''s'"
        10 select (integer) -> "'select'"
        10 two words (integer) -> "'two words'"
    "#]],
    );
    check(
        &text.replace("$0", "'$0'"),
        expect![[r#"
        10 _ (integer)
        10 größe (integer)
        10 it's (integer) -> "it''s"
        10 select (integer)
        10 two words (integer)
    "#]],
    );
}

#[test]
fn blanks_ask_only_behind_words_that_go_on() {
    let request = super::CompletionRequest { snippets: true, trigger: Some(' ') };
    let count = |text: &str| complete(text, request).1.items.len();
    assert!(count("POLICY p PERMISSIVE FOR $0") > 0);
    assert!(count("POLICY p PERMISSIVE FOR SELECT, $0") > 0);
    assert_eq!(count("POLICY p PERMISSIVE FOR  $0"), 0);
    assert_eq!(count("POLICY p\n $0"), 0);
}

#[test]
fn comments() {
    let text = |comment: &str| format!("{HEAD}SELECTOR ALL\n{comment}\nCLAUSE col(id) IS NULL\n");
    check(
        &text("-- pg$0"),
        expect![[r#"
        10 pgpe: allow(…) (silences a rule here) -> "pgpe: allow($1) $0" snippet
    "#]],
    );
    check(
        &text("-- pgpe: al$0"),
        expect![[r#"
        10 allow(…) -> "allow($1) $0" snippet
    "#]],
    );
    assert_eq!(labels(&text("-- pgpe: allow($0)")).len(), pgpe_config::Rule::ALL.len());
    let after = |comment: &str, label: &str| accept(&text(comment), label, EDITOR);
    assert!(after("-- pgpe: allow(tau$0)", "tautology").contains("-- pgpe: allow(tautology)\n"));
    assert!(after("-- pgpe: allow(sub$0", "subsumption").contains("-- pgpe: allow(subsumption)\n"));
    assert!(after("-- pgpe: allow(sub$0sump) x", "subsumption").contains("allow(subsumption) x\n"));
    check(
        &text("-- pgpe: allow(subsumption) as $0"),
        expect![[r#"
        20 p (policy)
    "#]],
    );
    check(&text("-- some $0"), expect![[""]]);
    check(&text("/* $0 */"), expect![[""]]);
}

#[test]
fn broken_text_around_the_cursor() {
    let first = |text: &str| labels(text).into_iter().next().unwrap_or_default();
    // Nothing is closed, and another policy follows.
    let next = "\n\nPOLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(id) IS NULL";
    assert_eq!(first(&format!("{HEAD}SELECTOR has_column($0{next}")), "tenant_id");
    assert_eq!(first(&format!("{HEAD}SELECTOR named('users') CLAUSE col(age) != col($0{next}")), "email");
    let target = format!("{HEAD}SELECTOR named('users') CLAUSE exists(rel(_, tenant_id, tenants, $0{next}");
    assert_eq!(first(&target), "id");
    // Mistakes before it.
    let clause = "POLICY PERMISSIVE SELECTOR named('users') CLAUSE = col(a) AND col(tenant_id) = session($0";
    assert_eq!(first(clause), "app.tenant_id");
    assert_eq!(first("POLICY p FOR SELEC, $0"), "DELETE");
    assert_eq!(first("x y z $0"), "GRANT");
}

#[test]
fn without_a_schema_there_are_words_and_settings() {
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE $0\n";
    let fixture = crate::test_support::Fixture::new(text);
    let found = fixture.analysis().completions(&fixture.path, fixture.offset, EDITOR).unwrap();
    expect![[r#"
        40 session('app.tenant_id') (named by the configuration)
        60 col(…) -> "col($0)" snippet
        60 exists(…) -> "exists($0)" snippet
        60 fn(…) -> "fn($0)" snippet
        60 lit(…) -> "lit($0)" snippet
        60 session(…) -> "session('$0')" snippet
    "#]]
    .assert_eq(&super::shown(&found));
}
