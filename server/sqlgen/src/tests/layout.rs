//! Which policies a policy becomes, their names, and what stands where in them.

use expect_test::{Expect, expect};
use pgpe_catalog::Command;
use pgpe_policy::source::PolicyKind;

use super::*;
use crate::compile_policy;

fn check(policy: &TablePolicy, expected: &Expect) {
    let compiled = compile_policy(&table("tasks"), policy, &catalog(), Session::default());
    let statements: Vec<String> = compiled.into_iter().map(|policy| policy.statement + "\n").collect();
    expected.assert_eq(&statements.concat());
}

fn for_commands(commands: &[Command], check: Option<Disjunction>) -> TablePolicy {
    TablePolicy { commands: commands.iter().copied().collect(), check, ..policy("own", one(own_tenant())) }
}

fn other_check() -> Disjunction {
    one(equal(column("status", &text()), Operand::Literal(string("open")), &text()))
}

#[test]
fn one_command_compiles_to_itself() {
    for command in Command::ALL {
        let policy = for_commands(&[command], None);
        let compiled = compile_policy(&table("tasks"), &policy, &catalog(), Session::default());
        let [compiled] = compiled.as_slice() else { panic!("one policy") };
        assert_eq!(compiled.name, "own_tasks");
        assert_eq!(compiled.command, Some(command));
        assert_eq!(compiled.using.is_some(), command != Command::Insert);
        assert_eq!(compiled.check.is_some(), command == Command::Insert);
    }
    check(
        &for_commands(&[Command::Insert], None),
        &expect![[r#"
        CREATE POLICY own_tasks
          ON public.tasks
          AS PERMISSIVE
          FOR INSERT
          WITH CHECK (tenant_id = current_setting('app.tenant_id'));
    "#]],
    );
}

#[test]
fn several_commands_compile_to_one_policy_each() {
    check(
        &for_commands(&[Command::Select, Command::Insert, Command::Update], Some(other_check())),
        &expect![[r#"
            CREATE POLICY own_tasks_select
              ON public.tasks
              AS PERMISSIVE
              FOR SELECT
              USING (tenant_id = current_setting('app.tenant_id'));
            CREATE POLICY own_tasks_insert
              ON public.tasks
              AS PERMISSIVE
              FOR INSERT
              WITH CHECK (status = 'open');
            CREATE POLICY own_tasks_update
              ON public.tasks
              AS PERMISSIVE
              FOR UPDATE
              USING (tenant_id = current_setting('app.tenant_id'))
              WITH CHECK (status = 'open');
        "#]],
    );
}

#[test]
fn without_commands_there_is_nothing() {
    check(&for_commands(&[], None), &expect![[""]]);
}

#[test]
fn a_check_that_says_the_same_is_left_out() {
    let mut same = one(own_tenant());
    same.clauses[0].clause = 7;
    check(
        &for_commands(&Command::ALL, Some(same)),
        &expect![[r#"
        CREATE POLICY own_tasks
          ON public.tasks
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id'));
    "#]],
    );
    check(
        &for_commands(&Command::ALL, Some(other_check())),
        &expect![[r#"
        CREATE POLICY own_tasks
          ON public.tasks
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id'))
          WITH CHECK (status = 'open');
    "#]],
    );
}

#[test]
fn a_check_of_insert_stands_alone() {
    check(
        &for_commands(&[Command::Insert], Some(other_check())),
        &expect![[r#"
        CREATE POLICY own_tasks
          ON public.tasks
          AS PERMISSIVE
          FOR INSERT
          WITH CHECK (status = 'open');
    "#]],
    );
}

#[test]
fn roles_are_names_whatever_they_are_called() {
    let roles = ["app", "Support Team", "current_user", "session_user", "none", "PUBLIC"];
    let with_roles = |roles: &[&str]| TablePolicy {
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        kind: PolicyKind::Restrictive,
        ..policy("own", one(own_tenant()))
    };
    check(
        &with_roles(&roles),
        &expect![[r#"
        CREATE POLICY own_tasks
          ON public.tasks
          AS RESTRICTIVE
          FOR ALL
          TO app, "Support Team", "current_user", "session_user", "none", "PUBLIC"
          USING (tenant_id = current_setting('app.tenant_id'));
    "#]],
    );
    // PostgreSQL reads it as PUBLIC even in quotes.
    let public = with_roles(&["app", "public"]);
    let compiled = compile_policy(&table("tasks"), &public, &catalog(), Session::default());
    assert!(compiled[0].roles.is_empty());
    assert!(!compiled[0].statement.contains("TO "));
}

#[test]
fn clauses_are_joined_by_or() {
    let open = || equal(column("status", &text()), Operand::Literal(string("open")), &text());
    let project = exists("projects", &[("project_id", "id")], [own_tenant()]);
    let several = clauses([clause([own_tenant()]), clause([open(), project]), clause([open()])]);
    check(
        &policy("several", several),
        &expect![[r#"
        CREATE POLICY several_tasks
          ON public.tasks
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id') OR (status = 'open' AND EXISTS (
            SELECT 1 FROM public.projects
            WHERE public.projects.id = public.tasks.project_id
              AND public.projects.tenant_id = current_setting('app.tenant_id')
          )) OR status = 'open');
    "#]],
    );
    let together = clauses([clause([own_tenant(), open()])]);
    check(
        &policy("together", together),
        &expect![[r#"
        CREATE POLICY together_tasks
          ON public.tasks
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id') AND status = 'open');
    "#]],
    );
}

#[test]
fn what_is_always_or_never_true() {
    let sql = |clauses: &Disjunction| {
        crate::compile_clauses(&table("tasks"), clauses, &catalog(), Session::default())
    };
    assert_eq!(sql(&clauses([])), "false");
    assert_eq!(sql(&clauses([clause([])])), "true");
    assert_eq!(sql(&clauses([clause([own_tenant()]), clause([])])), "true");
}

#[test]
fn on_a_clone_only_the_governed_table_is_another() {
    let inner = exists("tasks", &[("id", "project_id")], [own_tenant()]);
    let project = exists("projects", &[("project_id", "id")], [inner]);
    let policy = policy("own", clauses([clause([own_tenant(), project])]));
    let clone = QualifiedName::new("pg_temp", "tasks");
    let compiled =
        crate::compile_policy_on_clone(&table("tasks"), &clone, &policy, &catalog(), Session::default());
    expect![[r#"
        CREATE POLICY own_tasks
          ON pg_temp.tasks
          AS PERMISSIVE
          FOR ALL
          USING (tenant_id = current_setting('app.tenant_id') AND EXISTS (
            SELECT 1 FROM public.projects
            WHERE public.projects.id = pg_temp.tasks.project_id
              AND EXISTS (
                SELECT 1 FROM public.tasks AS tasks_1
                WHERE tasks_1.project_id = public.projects.id
                  AND tasks_1.tenant_id = current_setting('app.tenant_id')
              )
          ));"#]]
    .assert_eq(&compiled[0].statement);
}

/// Each clause's index and whether it is one of WITH CHECK, with what it became.
fn written(policy: &TablePolicy) -> Vec<String> {
    let compiled = compile_policy(&table("tasks"), policy, &catalog(), Session::default());
    let clauses =
        compiled.iter().flat_map(|policy| policy.clauses.iter().map(move |clause| (policy, clause)));
    clauses
        .map(|(policy, clause)| {
            let block = if clause.is_check { "check" } else { "using" };
            format!("{}: {block} {}: {}", policy.name, clause.clause, &policy.statement[clause.range.clone()])
        })
        .collect()
}

#[test]
fn clauses_are_found_in_the_statements() {
    let mut using = one(own_tenant());
    let open = equal(column("status", &text()), Operand::Literal(string("open")), &text());
    using.clauses.push(Conjunction { atoms: vec![own_tenant(), open.clone()], clause: 2 });
    let policy = TablePolicy {
        using,
        ..for_commands(&[Command::Select, Command::Insert, Command::Update], Some(one(open)))
    };
    let tenant = "tenant_id = current_setting('app.tenant_id')";
    let both = format!("({tenant} AND status = 'open')");
    assert_eq!(
        written(&policy),
        [
            format!("own_tasks_select: using 0: {tenant}"),
            format!("own_tasks_select: using 2: {both}"),
            "own_tasks_insert: check 0: status = 'open'".to_owned(),
            format!("own_tasks_update: using 0: {tenant}"),
            format!("own_tasks_update: using 2: {both}"),
            "own_tasks_update: check 0: status = 'open'".to_owned(),
        ]
    );
    // What INSERT checks of a policy without WITH CHECK are its clauses.
    let policy = for_commands(&[Command::Insert], None);
    assert_eq!(written(&policy), [format!("own_tasks: using 0: {tenant}")]);
    let never = TablePolicy { using: Disjunction::default(), ..policy };
    assert_eq!(written(&never), [] as [String; 0]);
}
