//! What stands above each policy is shown below its first word, with the clause of a leak.

use expect_test::{Expect, expect};
use pgpe_proof::obligation::{Obligation, Outcome};

use crate::test_support::{Fixture, SCHEMA, annotated, solved};

fn shown(fixture: &Fixture, outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync)) -> String {
    let lenses = fixture.analysis().policy_lenses(&fixture.path, outcome).unwrap();
    let leaks = lenses.iter().filter_map(|lens| lens.leak.as_ref());
    let leaks = leaks.map(|leak| (leak.range.clone(), format!("shows {}", leak.rule)));
    let titles = lenses.iter().map(|lens| (lens.range.clone(), lens.title.clone()));
    let notes: Vec<_> = titles.chain(leaks).collect();
    annotated(&fixture.text(), notes.iter().map(|(range, note)| (range.clone(), note.as_str())))
}

fn check(text: &str, expected: Expect) {
    let fixture = Fixture::new(&format!("{text}{SCHEMA}"));
    expected.assert_eq(&shown(&fixture, &solved(&fixture.analysis())));
}

const OWN: &str = "POLICY own PERMISSIVE FOR ALL SELECTOR has_column(tenant_id)
  CLAUSE col(tenant_id) = session('app.tenant_id')
";

#[test]
fn isolated_tables_are_counted() {
    check(
        OWN,
        expect![[r#"
            POLICY own PERMISSIVE FOR ALL SELECTOR has_column(tenant_id)
            ^^^^^^ 2 tables · isolated
        "#]],
    );
}

#[test]
fn a_leak_is_shown_where_it_is_and_named_where_it_also_counts() {
    check(
        &format!(
            "{OWN}POLICY all_users PERMISSIVE FOR SELECT SELECTOR named('users')
  CLAUSE col(tenant_id) = session('app.tenant_id')
  OR CLAUSE col(email) IS NOT NULL
"
        ),
        expect![[r#"
            POLICY own PERMISSIVE FOR ALL SELECTOR has_column(tenant_id)
            ^^^^^^ 2 tables · leaks through another policy
            POLICY all_users PERMISSIVE FOR SELECT SELECTOR named('users')
            ^^^^^^ 1 table · leaks
              OR CLAUSE col(email) IS NOT NULL
                        ^^^^^^^^^^^^^^^^^^^^^^ shows tenant-isolation
        "#]],
    );
}

#[test]
fn a_leak_through_a_command_that_the_policy_is_not_for_is_not_its() {
    check(
        "POLICY own PERMISSIVE FOR INSERT SELECTOR named('users')
  CLAUSE col(tenant_id) = session('app.tenant_id')
POLICY seen PERMISSIVE FOR SELECT SELECTOR named('users')
  CLAUSE col(id) IS NOT NULL
",
        expect![[r#"
            POLICY own PERMISSIVE FOR INSERT SELECTOR named('users')
            ^^^^^^ 1 table · isolated
            POLICY seen PERMISSIVE FOR SELECT SELECTOR named('users')
            ^^^^^^ 1 table · leaks
              CLAUSE col(id) IS NOT NULL
                     ^^^^^^^^^^^^^^^^^^^ shows tenant-isolation
        "#]],
    );
}

#[test]
fn an_accepted_leak_stays_one() {
    check(
        "-- pgpe: allow(tenant-isolation) the list of users is public
POLICY seen PERMISSIVE FOR SELECT SELECTOR named('users')
  CLAUSE col(id) IS NOT NULL
",
        expect![[r#"
            POLICY seen PERMISSIVE FOR SELECT SELECTOR named('users')
            ^^^^^^ 1 table · leaks, allowed
        "#]],
    );
}

#[test]
fn nothing_unproved_looks_proved() {
    let fixture = Fixture::new(&format!("{OWN}{SCHEMA}"));
    expect![[r#"
        POLICY own PERMISSIVE FOR ALL SELECTOR has_column(tenant_id)
        ^^^^^^ 2 tables · proving…
    "#]]
    .assert_eq(&shown(&fixture, &|_| None));
    expect![[r#"
        POLICY own PERMISSIVE FOR ALL SELECTOR has_column(tenant_id)
        ^^^^^^ 2 tables · unknown
    "#]]
    .assert_eq(&shown(&fixture, &|_| Some(Outcome::Unknown("the solver gave up".to_owned()))));
}

#[test]
fn a_policy_that_only_narrows_gives_no_access() {
    check(
        "POLICY narrow RESTRICTIVE FOR ALL SELECTOR named('tasks') CLAUSE col(title) IS NOT NULL",
        expect![[r#"
            POLICY narrow RESTRICTIVE FOR ALL SELECTOR named('tasks') CLAUSE col(title) IS NOT NULL//- /schema.sql
            ^^^^^^ no schema
        "#]],
    );
}

#[test]
fn what_can_t_be_known_is_said() {
    check(
        "POLICY none PERMISSIVE FOR ALL SELECTOR named('nothing') CLAUSE col(id) IS NULL
POLICY typo PERMISSIVE FOR ALL SELECTOR has_column(id, nonsense) CLAUSE col(id) IS NULL
POLICY wrong PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE col(nothing) IS NULL
POLICY exempt PERMISSIVE FOR ALL SELECTOR named('tenants') CLAUSE col(id) IS NOT NULL
POLICY
//- /pgpe.yaml
isolation: [{ exempt: [{ table: tenants, reason: all of them are known }] }]
",
        expect![[r#"
            POLICY none PERMISSIVE FOR ALL SELECTOR named('nothing') CLAUSE col(id) IS NULL
            ^^^^^^ no table
            POLICY typo PERMISSIVE FOR ALL SELECTOR has_column(id, nonsense) CLAUSE col(id) IS NULL
            ^^^^^^ its selector can't be read
            POLICY wrong PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE col(nothing) IS NULL
            ^^^^^^ 1 table · unknown
            POLICY exempt PERMISSIVE FOR ALL SELECTOR named('tenants') CLAUSE col(id) IS NOT NULL
            ^^^^^^ 1 table · exempt
            POLICY
            ^^^^^^ its selector can't be read
        "#]],
    );
    let fixture = Fixture::new(OWN);
    expect![[r#"
        POLICY own PERMISSIVE FOR ALL SELECTOR has_column(tenant_id)
        ^^^^^^ no schema
    "#]]
    .assert_eq(&shown(&fixture, &|_| None));
}
