use expect_test::{Expect, expect};
use pgpe_catalog::{Command, TableGrant};

use super::*;
use crate::fixture::{compiled, existing, expected, grant, observed, table, users};
use crate::record::{Circumstances, Record};

/// `severity kind name: remediation` a line each.
fn check(expected: &Expected, observed: &Catalog, record: Option<&Record>, found: &Expect) {
    let lines = drift(expected, observed, record).into_iter().map(|drift| {
        let remediation = drift.remediation.join(" ").replace("\n ", "");
        format!("{} {} {}: {remediation}\n", drift.severity.word(), drift.kind.word(), drift.name)
    });
    found.assert_eq(&lines.collect::<String>());
}

#[test]
fn what_is_as_expected_is_no_drift() {
    let wanted = expected(vec![compiled("p", "a")], &[("app", &[Command::Select])]);
    check(&wanted, &observed(&[("p", "A")], &[("app", "SELECT")]), None, &expect![[""]]);
}

#[test]
fn missing_extra_and_modified_policies() {
    let wanted = expected(vec![compiled("p", "a"), compiled("q", "b")], &[]);
    let mut there = observed(&[("p", "X"), ("theirs", "TRUE")], &[]);
    table(&mut there).policies.insert("closed".to_owned(), {
        let mut policy = existing("FALSE");
        policy.permissive = false;
        policy
    });
    check(
        &wanted,
        &there,
        None,
        &expect![[r#"
        critical missing_policy q: CREATE POLICY q ON public.users AS PERMISSIVE FOR ALL USING (b);
        warning extra_policy closed: DROP POLICY closed ON public.users;
        critical extra_policy theirs: DROP POLICY theirs ON public.users;
        critical modified_policy p: ALTER POLICY p ON public.users USING (a);
    "#]],
    );
}

#[test]
fn a_policy_that_cannot_be_altered_is_made_anew() {
    let wanted = expected(vec![compiled("p", "a")], &[]);
    let mut there = observed(&[("p", "A")], &[]);
    table(&mut there).policies.get_mut("p").expect("p").check = Some("TRUE".to_owned());
    let anew = expect![[r#"
        critical modified_policy p: DROP POLICY p ON public.users; CREATE POLICY p ON public.users AS PERMISSIVE FOR ALL USING (a);
    "#]];
    check(&wanted, &there, None, &anew);
    let mut there = observed(&[("p", "A")], &[]);
    table(&mut there).policies.get_mut("p").expect("p").permissive = false;
    check(&wanted, &there, None, &anew);
    let mut there = observed(&[("p", "A")], &[]);
    table(&mut there).policies.get_mut("p").expect("p").command = Some(Command::Select);
    check(&wanted, &there, None, &anew);
}

#[test]
fn roles_and_their_order() {
    let mut policy = compiled("p", "a");
    policy.roles = vec!["b".to_owned(), "a".to_owned()];
    let wanted = expected(vec![policy], &[]);
    let mut there = observed(&[("p", "A")], &[]);
    check(
        &wanted,
        &there,
        None,
        &expect![[r#"
        critical modified_policy p: ALTER POLICY p ON public.users TO a, b;
    "#]],
    );
    table(&mut there).policies.get_mut("p").expect("p").roles = vec!["a".to_owned(), "b".to_owned()];
    check(&wanted, &there, None, &expect![[""]]);
}

#[test]
fn flags() {
    let wanted = expected(vec![compiled("p", "a")], &[]);
    let mut there = observed(&[("p", "A")], &[]);
    (table(&mut there).rls_enabled, table(&mut there).rls_forced) = (false, false);
    check(
        &wanted,
        &there,
        None,
        &expect![[r#"
        critical rls_disabled users: ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
        high rls_not_forced users: ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
    "#]],
    );
    // Without policies of the project the table is not its concern.
    check(
        &expected(vec![], &[("app", &[Command::Select])]),
        &observed(&[("x", "X")], &[("app", "SELECT")]),
        None,
        &expect![[""]],
    );
}

#[test]
fn grants_of_the_roles_that_are_named() {
    let wanted =
        expected(vec![], &[("app", &[Command::Select, Command::Update]), ("app", &[Command::Insert])]);
    let mut there = observed(&[], &[("app", "SELECT"), ("app", "TRUNCATE"), ("other", "DELETE")]);
    check(
        &wanted,
        &there,
        None,
        &expect![[r#"
        critical missing_grant app: GRANT INSERT, UPDATE ON public.users TO app;
        warning extra_grant app: REVOKE TRUNCATE ON public.users FROM app;
    "#]],
    );
    let column = |privilege: &str| TableGrant { column: Some("Name".to_owned()), ..grant("app", privilege) };
    table(&mut there).grants = [
        grant("app", "SELECT"),
        grant("app", "INSERT"),
        column("SELECT"),
        column("UPDATE"),
        column("REFERENCES"),
    ]
    .into();
    check(
        &wanted,
        &there,
        None,
        &expect![[r#"
        critical missing_grant app: GRANT UPDATE ON public.users TO app;
        warning extra_grant app: REVOKE REFERENCES ("Name") ON public.users FROM app;
    "#]],
    );
    // The owner has them all.
    table(&mut there).owner = Some("app".to_owned());
    check(&wanted, &there, None, &expect![[""]]);
}

#[test]
fn quarantine_is_no_drift_unless_it_is_none() {
    let wanted = expected(vec![compiled("p", "a")], &[]);
    let mut there = observed(&[("p", "A")], &[]);
    table(&mut there).policies.insert("pgpe_quarantine".to_owned(), crate::comparison::quarantine_policy());
    check(&wanted, &there, None, &expect![[""]]);
    assert_eq!(report("dev", &wanted, &there, None).quarantined, ["public.users"]);
    table(&mut there).policies.insert("pgpe_quarantine".to_owned(), existing("true"));
    check(
        &wanted,
        &there,
        None,
        &expect![[r#"
        critical extra_policy pgpe_quarantine: DROP POLICY pgpe_quarantine ON public.users;
    "#]],
    );
    assert!(report("dev", &wanted, &there, None).quarantined.is_empty());
}

#[test]
fn what_was_ours_is_said_to_be() {
    let before = expected(vec![compiled("old", "a")], &[]);
    let there = observed(&[("old", "A"), ("p", "B")], &[]);
    let record = Record::new(&before, &there, "", None, Circumstances::default());
    let now = expected(vec![compiled("p", "b")], &[]);
    let notes = |record| drift(&now, &there, record).into_iter().map(|drift| drift.note).collect::<Vec<_>>();
    assert_eq!(notes(None), [None]);
    assert!(notes(Some(&record)).first().is_some_and(Option::is_some));
    // Also where the project does not concern the table any more.
    let nothing = Expected::default();
    assert_eq!(drift(&nothing, &there, None), []);
    assert_eq!(drift(&nothing, &there, Some(&record)).len(), 1);
}

#[test]
fn the_json_form() {
    let wanted = expected(vec![compiled("p", "a")], &[]);
    let report = report("dev", &wanted, &observed(&[("p", "X")], &[]), None);
    expect![[r#"
        {
          "version": 1,
          "target": "dev",
          "drift": [
            {
              "kind": "modified_policy",
              "severity": "critical",
              "schema": "public",
              "table": "users",
              "name": "p",
              "expected": "AS PERMISSIVE\nFOR ALL\nTO PUBLIC\nUSING (A)",
              "observed": "AS PERMISSIVE\nFOR ALL\nTO PUBLIC\nUSING (X)",
              "remediation": [
                "ALTER POLICY p\n  ON public.users\n  USING (a);"
              ]
            }
          ],
          "quarantined": []
        }
    "#]]
    .assert_eq(&report.to_json());
    expect![[r#"
          AS PERMISSIVE
          FOR ALL
          TO PUBLIC
        - USING (A)
        + USING (X)
    "#]]
    .assert_eq(&report.drift[0].diff().expect("both are known"));
    assert_eq!(report.drift[0].table_name(), users());
}
