//! Hints are shown below the characters that they follow.

use expect_test::{Expect, expect};

use super::{InlayHint, InlayHintKind};
use crate::test_support::{Fixture, SCHEMA, annotated};

const ALL: [InlayHintKind; 3] = [InlayHintKind::Tables, InlayHintKind::ColumnType, InlayHintKind::Relation];

fn hints(fixture: &Fixture, kinds: &[InlayHintKind]) -> Vec<InlayHint> {
    fixture.analysis().inlay_hints(&fixture.path, 0..u32::MAX, kinds).unwrap()
}

fn shown(fixture: &Fixture, hints: &[InlayHint]) -> String {
    let notes = hints.iter().map(|hint| (hint.offset - 1..hint.offset, hint.label.as_str()));
    annotated(&fixture.text(), notes)
}

fn check(text: &str, expected: Expect) {
    let fixture = Fixture::new(&format!("{text}{SCHEMA}"));
    expected.assert_eq(&shown(&fixture, &hints(&fixture, &ALL)));
}

#[test]
fn few_tables_are_named_and_many_counted() {
    check(
        "POLICY p PERMISSIVE FOR ALL
  SELECTOR has_column(tenant_id)
  CLAUSE col(id) IS NULL
POLICY q PERMISSIVE FOR ALL
  SELECTOR ALL -- all of them
  CLAUSE session('a.b') = lit('x')
POLICY r PERMISSIVE FOR ALL
  SELECTOR named('nothing')
  CLAUSE session('a.b') = lit('x')
GRANT SELECT TO app SELECTOR named('t%')
",
        expect![[r#"
              SELECTOR has_column(tenant_id)
                                           ^ → projects, users
              CLAUSE col(id) IS NULL
                           ^ : uuid
              SELECTOR ALL -- all of them
                         ^ → 4 tables
              SELECTOR named('nothing')
                                      ^ → no table
            GRANT SELECT TO app SELECTOR named('t%')
                                                   ^ → tasks, tenants
        "#]],
    );
}

#[test]
fn several_schemas_are_named() {
    check(
        "GRANT SELECT TO app SELECTOR named('users')
//- /pgpe.yaml
tables: { schemas: [public, other] }
",
        expect![[r#"
            GRANT SELECT TO app SELECTOR named('users')
                                                      ^ → public.users
        "#]],
    );
}

#[test]
fn types_are_those_of_all_tables() {
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR ALL
  CLAUSE col(x) = lit(1) AND col(name) IS NULL AND col(missing) IS NULL
//- /schema.sql
CREATE TABLE a (x integer, name text);
CREATE TABLE b (x bigint, name text);
CREATE TABLE c (x smallint);
";
    let fixture = Fixture::new(text);
    expect![[r#"
        POLICY p PERMISSIVE FOR ALL SELECTOR ALL
                                               ^ → a, b, c
          CLAUSE col(x) = lit(1) AND col(name) IS NULL AND col(missing) IS NULL
                      ^ : integer | bigint | …
                                             ^ : text
    "#]]
    .assert_eq(&shown(&fixture, &hints(&fixture, &ALL)));
}

#[test]
fn the_source_of_a_traversal_is_named_where_it_is_one() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR named('tasks')
  CLAUSE exists(rel(_, project_id, projects, id),
    {exists(rel(_, tenant_id, tenants, id), {col(name) = session('a.b')})})
POLICY q PERMISSIVE FOR ALL
  SELECTOR has_column(tenant_id)
  CLAUSE exists(rel(_, tenant_id, tenants, id), {col(name) = session('a.b')})
",
        expect![[r#"
            POLICY p PERMISSIVE FOR ALL SELECTOR named('tasks')
                                                              ^ → tasks
              CLAUSE exists(rel(_, project_id, projects, id),
                                ^ = tasks
                {exists(rel(_, tenant_id, tenants, id), {col(name) = session('a.b')})})
                            ^ = projects
                                                                 ^ : text
              SELECTOR has_column(tenant_id)
                                           ^ → projects, users
              CLAUSE exists(rel(_, tenant_id, tenants, id), {col(name) = session('a.b')})
                                                                     ^ : text
        "#]],
    );
}

#[test]
fn unfinished_text_has_no_hints() {
    check("POLICY p PERMISSIVE FOR ALL SELECTOR has_column( CLAUSE col(", expect![""]);
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR has_column(tenant_id, nonsense) CLAUSE lit(1) = lit(2)",
        expect![""],
    );
    let fixture = Fixture::new("POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(id) IS NULL\n");
    assert_eq!(hints(&fixture, &ALL), [], "without a schema");
    assert_eq!(fixture.analysis().inlay_hints("nowhere", 0..9, &ALL), Ok(Vec::new()));
}

#[test]
fn a_kind_that_is_not_wanted_is_left_out() {
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR named('tasks')
  CLAUSE exists(rel(_, project_id, projects, id), {col(name) IS NULL})
";
    let fixture = Fixture::new(&format!("{text}{SCHEMA}"));
    for kind in ALL {
        let others: Vec<_> = ALL.into_iter().filter(|other| *other != kind).collect();
        let found = hints(&fixture, &others);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|hint| hint.kind != kind));
    }
}

#[test]
fn only_the_range_is_looked_at() {
    let text = "POLICY p PERMISSIVE FOR ALL
  SELECTOR named('tasks')
  CLAUSE col(id) IS NULL
POLICY q PERMISSIVE FOR ALL
  SELECTOR named('users')
  CLAUSE col(email) IS NULL
";
    let fixture = Fixture::new(&format!("{text}{SCHEMA}"));
    let line = |start: &str| u32::try_from(fixture.text().find(start).unwrap()).unwrap();
    let range = line("  CLAUSE col(id)")..line("  SELECTOR named('users')");
    let found = fixture.analysis().inlay_hints(&fixture.path, range, &ALL).unwrap();
    assert_eq!(found.iter().map(|hint| hint.label.as_str()).collect::<Vec<_>>(), [": uuid"]);
}

#[test]
fn tooltips_tell_more() {
    let fixture = Fixture::new(&format!(
        "POLICY p PERMISSIVE FOR ALL SELECTOR named('t%') OR named('users')
  CLAUSE col(id) IS NULL AND exists(rel(_, project_id, projects, id), {{exists(rel(_, id, tasks, id), {{col(id) IS NULL}})}})
{SCHEMA}"
    ));
    let mut lines = String::new();
    for hint in hints(&fixture, &ALL) {
        let tooltip = fixture.analysis().inlay_hint_tooltip(&fixture.path, hint.offset, hint.kind).unwrap();
        lines.push_str(&format!("{}\n  {}\n", hint.label, tooltip.unwrap()));
    }
    expect![[r#"
        → tasks, tenants, users
          `public.tasks`, `public.tenants`, `public.users`
        : uuid
          - `uuid`: `public.tasks`, `public.tenants`, `public.users`
        = projects
          `_` is the table whose rows are looked at: `public.projects`
        : uuid
          - `uuid`: `public.tasks`
    "#]]
    .assert_eq(&lines);
    let gone = fixture.analysis().inlay_hint_tooltip(&fixture.path, 1, InlayHintKind::Tables).unwrap();
    assert_eq!(gone, None);
}
