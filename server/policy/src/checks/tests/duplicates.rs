use expect_test::expect;
use pgpe_catalog::QualifiedName;

use crate::fixture::{policies, problems, table};
use crate::source::Policy;
use crate::{NamedPolicy, compiled_name_collisions, duplicate_policies};

fn named(headers: &[&str]) -> Vec<(Policy, String)> {
    let all: Vec<String> = headers
        .iter()
        .map(|header| format!("POLICY {header} SELECTOR ALL CLAUSE col(a) IS NULL\n"))
        .collect();
    policies(&all.concat())
}

fn on<'a>(policy: &'a Policy, tables: &'a [&'a QualifiedName]) -> NamedPolicy<'a> {
    NamedPolicy { name: &policy.name.value, range: policy.name.range, commands: policy.commands, tables }
}

#[test]
fn each_of_two_policies_of_one_name_is_told() {
    let policies = named(&["a PERMISSIVE FOR ALL", "b PERMISSIVE FOR ALL", "'a' RESTRICTIVE FOR SELECT"]);
    let all: Vec<NamedPolicy<'_>> = policies.iter().map(|(policy, _)| on(policy, &[])).collect();
    let mut out = String::new();
    for (index, problem) in duplicate_policies(&all) {
        out.push_str(&format!("{index}: {}", problems(&[problem], &policies[index].1)));
    }
    expect![[r#"
        0: error duplicate-policy at `a`: another policy is named `a` too
          help: give each policy of the project its own name
          policy a: the same name
        2: error duplicate-policy at `'a'`: another policy is named `a` too
          help: give each policy of the project its own name
          policy a: the same name
    "#]]
    .assert_eq(&out);
}

#[test]
fn names_differ_by_case_and_missing_names_are_no_names() {
    let policies =
        named(&["a PERMISSIVE FOR ALL", "A PERMISSIVE FOR ALL", "PERMISSIVE FOR ALL", "PERMISSIVE FOR ALL"]);
    let all: Vec<NamedPolicy<'_>> = policies.iter().map(|(policy, _)| on(policy, &[])).collect();
    assert_eq!(duplicate_policies(&all), []);
}

#[test]
fn compiled_names_may_collide_where_names_do_not() {
    let policies = named(&["own PERMISSIVE FOR SELECT, INSERT", "own_select PERMISSIVE FOR ALL"]);
    let tables = [table("select"), table("users")];
    let tables: Vec<&QualifiedName> = tables.iter().collect();
    let all: Vec<NamedPolicy<'_>> = policies.iter().map(|(policy, _)| on(policy, &tables)).collect();
    let mut out = String::new();
    for (index, problem) in compiled_name_collisions(&all) {
        out.push_str(&format!("{index}: {}", problems(&[problem], &policies[index].1)));
    }
    expect![[r#"
        0: error duplicate-policy at `own`: this policy and `own_select` both compile to `own_select_select` on public.select
          help: rename one of the two policies
          policy own_select: compiles to the same name
        1: error duplicate-policy at `own_select`: this policy and `own` both compile to `own_select_select` on public.select
          help: rename one of the two policies
          policy own: compiles to the same name
    "#]].assert_eq(&out);
}
