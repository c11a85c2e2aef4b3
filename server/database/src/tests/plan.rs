use expect_test::{Expect, expect};
use pgpe_catalog::Command;

use super::*;
use crate::fixture::{compiled, existing, expected, observed, table, users};
use crate::record::Circumstances;

fn check(plan: &Plan, statements: &Expect) {
    let lines = plan.steps().map(|(_, step)| step.sql.replace("\n ", "") + "\n");
    statements.assert_eq(&lines.collect::<String>());
}

fn undo(plan: &Plan, statements: &Expect) {
    let lines = plan.inverse().into_iter().map(|sql| sql.replace("\n ", "") + "\n");
    statements.assert_eq(&lines.collect::<String>());
}

#[test]
fn nothing_to_do_is_an_empty_plan() {
    let wanted = expected(vec![compiled("p", "a")], &[("app", &[Command::Select])]);
    let there = observed(&[("p", "A")], &[("app", "SELECT")]);
    assert!(plan("dev", &wanted, &there, None, true).is_empty());
}

#[test]
fn policies_come_before_row_level_security() {
    let mut checked = compiled("q", "b");
    checked.check = Some("c".to_owned());
    let wanted = expected(vec![compiled("p", "a"), checked], &[("app", &[Command::Select, Command::Delete])]);
    let mut there = observed(&[("theirs", "true")], &[]);
    (table(&mut there).rls_enabled, table(&mut there).rls_forced) = (false, false);
    let plan = plan("dev", &wanted, &there, None, false);
    check(
        &plan,
        &expect![[r#"
        CREATE POLICY p ON public.users AS PERMISSIVE FOR ALL USING (a);
        CREATE POLICY q ON public.users AS PERMISSIVE FOR ALL USING (b) WITH CHECK (c);
        ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
        ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
        GRANT DELETE, SELECT ON public.users TO app;
    "#]],
    );
    undo(
        &plan,
        &expect![[r#"
        REVOKE DELETE, SELECT ON public.users FROM app;
        ALTER TABLE public.users NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE public.users DISABLE ROW LEVEL SECURITY;
        DROP POLICY q ON public.users;
        DROP POLICY p ON public.users;
    "#]],
    );
    let locks: Vec<String> =
        plan.locks().iter().map(|lock| format!("{} {}", lock.table, lock.mode.name())).collect();
    assert_eq!(locks, ["projects ACCESS SHARE", "users ACCESS EXCLUSIVE"]);
    // What it leads to is what is expected.
    assert!(super::plan("dev", &wanted, &plan.catalog_after(&there), None, false).is_empty());
}

#[test]
fn grants_alone_lock_nothing() {
    let wanted = expected(vec![], &[("app", &[Command::Select])]);
    let plan = plan("dev", &wanted, &observed(&[], &[]), None, false);
    assert!(plan.locks().is_empty());
    assert!(!plan.is_empty());
}

#[test]
fn what_alter_can_do_it_does() {
    let mut policy = compiled("p", "a");
    policy.check = Some("c".to_owned());
    policy.roles = vec!["app".to_owned()];
    let wanted = expected(vec![policy], &[]);
    let there = observed(&[("p", "A")], &[]);
    let plan = plan("dev", &wanted, &there, None, false);
    check(
        &plan,
        &expect![[r#"
        ALTER POLICY p ON public.users TO app WITH CHECK (c);
    "#]],
    );
    // WITH CHECK can't be taken away again.
    undo(
        &plan,
        &expect![[r#"
        DROP POLICY p ON public.users;
        CREATE POLICY p ON public.users AS PERMISSIVE FOR ALL USING (A);
    "#]],
    );
}

#[test]
fn a_policy_under_a_new_name_is_renamed() {
    let before = expected(vec![compiled("old", "a")], &[]);
    let there = observed(&[("old", "A")], &[]);
    let record = Record::new(&before, &there, "", None, Circumstances::default());
    let wanted = expected(vec![compiled("new", "a")], &[]);
    let renaming = plan("dev", &wanted, &there, Some(&record), true);
    check(
        &renaming,
        &expect![[r#"
        ALTER POLICY old ON public.users RENAME TO new;
    "#]],
    );
    undo(
        &renaming,
        &expect![[r#"
        ALTER POLICY new ON public.users RENAME TO old;
    "#]],
    );
    assert!(renaming.gone.is_empty());
    // One that is not known to be the project's stays what it is.
    check(
        &plan("dev", &wanted, &there, None, true),
        &expect![[r#"
        CREATE POLICY new ON public.users AS PERMISSIVE FOR ALL USING (a);
    "#]],
    );
    let other = expected(vec![compiled("new", "b")], &[]);
    check(
        &plan("dev", &other, &there, Some(&record), true),
        &expect![[r#"
        CREATE POLICY new ON public.users AS PERMISSIVE FOR ALL USING (b);
        DROP POLICY old ON public.users;
    "#]],
    );
}

#[test]
fn what_was_ours_goes_only_if_asked() {
    let before =
        expected(vec![compiled("old", "a")], &[("app", &[Command::Select]), ("gone", &[Command::Select])]);
    let mut there = observed(
        &[("old", "A"), ("theirs", "X")],
        &[("app", "SELECT"), ("gone", "SELECT"), ("gone", "DELETE")],
    );
    table(&mut there).rls_forced = false;
    let record = Record::new(&before, &there, "", None, Circumstances::default());
    let wanted = expected(vec![compiled("p", "b")], &[("app", &[Command::Select])]);
    let kept = plan("dev", &wanted, &there, Some(&record), false);
    check(
        &kept,
        &expect![[r#"
        CREATE POLICY p ON public.users AS PERMISSIVE FOR ALL USING (b);
        ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
    "#]],
    );
    let removals: Vec<&str> = kept.gone.iter().map(|gone| gone.removal.as_str()).collect();
    assert_eq!(removals, ["DROP POLICY old ON public.users;", "REVOKE SELECT ON public.users FROM gone;"]);
    let pruned = plan("dev", &wanted, &there, Some(&record), true);
    check(
        &pruned,
        &expect![[r#"
        CREATE POLICY p ON public.users AS PERMISSIVE FOR ALL USING (b);
        DROP POLICY old ON public.users;
        ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
        REVOKE SELECT ON public.users FROM gone;
    "#]],
    );
    assert!(pruned.gone.is_empty());
    assert_ne!(pruned.hash(), kept.hash());
    // They stay known as the project's until they are gone.
    let kept = Record::new(&wanted, &kept.catalog_after(&there), "", Some(&record), Circumstances::default());
    assert!(kept.tables[&users()].policies.contains_key("old"));
    let pruned =
        Record::new(&wanted, &pruned.catalog_after(&there), "", Some(&kept), Circumstances::default());
    assert!(!pruned.tables[&users()].policies.contains_key("old"));
}

#[test]
fn a_drifted_table_is_closed_once() {
    let wanted = expected(vec![compiled("p", "a")], &[]);
    assert!(quarantine("dev", &wanted, &observed(&[("p", "A")], &[]), None).is_empty());
    let mut there = observed(&[("p", "X")], &[]);
    table(&mut there).rls_forced = false;
    let closing = quarantine("dev", &wanted, &there, None);
    check(
        &closing,
        &expect![[r#"
        CREATE POLICY pgpe_quarantine ON public.users AS RESTRICTIVE FOR ALL USING (false);
        ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
    "#]],
    );
    let closed = closing.catalog_after(&there);
    assert!(quarantine("dev", &wanted, &closed, None).is_empty());
    check(
        &lift("dev", &closed, &users()).expect("it is closed"),
        &expect![[r#"
        DROP POLICY pgpe_quarantine ON public.users;
    "#]],
    );
    assert_eq!(lift("dev", &there, &users()), None);
    // Another policy of that name does not count.
    table(&mut there).policies.insert(QUARANTINE.to_owned(), existing("true"));
    check(
        &quarantine("dev", &wanted, &there, None),
        &expect![[r#"
        DROP POLICY pgpe_quarantine ON public.users;
        CREATE POLICY pgpe_quarantine ON public.users AS RESTRICTIVE FOR ALL USING (false);
        ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
    "#]],
    );
}

#[test]
fn the_state_is_part_of_the_plan() {
    let wanted = expected(vec![compiled("p", "a")], &[]);
    let one = plan("dev", &wanted, &observed(&[], &[]), None, false);
    let same = plan("dev", &wanted, &observed(&[], &[]), None, false);
    let other = plan("dev", &wanted, &observed(&[], &[("app", "SELECT")]), None, false);
    assert_eq!(one.hash(), same.hash());
    assert_ne!(one.hash(), other.hash());
    let json: serde_json::Value = serde_json::from_str(&one.to_json()).expect("JSON");
    assert_eq!(json["hash"], one.hash());
    assert_eq!(json["tables"][0]["statements"][0]["locks"][0]["mode"], "ACCESS EXCLUSIVE");
}
