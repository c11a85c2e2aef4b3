use expect_test::{Expect, expect};
use pgpe_config::Rule;
use pgpe_syntax::{TextRange, TextSize};

use super::merge;
use crate::fixture::table;
use crate::problem::Problem;

fn at(start: u32) -> TextRange {
    TextRange::at(TextSize::new(start), TextSize::new(1))
}

fn on(name: &str, rule: Rule, message: &str) -> Problem {
    let mut problem = Problem::new(rule, at(0), message.replace("{}", &format!(" on public.{name}")));
    problem.tables.push(table(name));
    problem
}

fn check(per_table: &[(&str, Vec<Problem>)], expected: Expect) {
    let tables: Vec<_> = per_table.iter().map(|(name, _)| table(name)).collect();
    let merged = merge(tables.iter().zip(per_table.iter().map(|(_, problems)| problems.as_slice())));
    let shown: Vec<String> = merged
        .iter()
        .map(|problem| format!("{}: {} {:?}\n", problem.rule, problem.message, problem.tables.len()))
        .collect();
    expected.assert_eq(&shown.concat());
}

#[test]
fn equal_problems_become_one() {
    let missing = |name: &str| on(name, Rule::UnknownColumn, "there is no column `x`{}: it is not there");
    check(
        &[("b", vec![missing("b")]), ("a", vec![missing("a")]), ("c", vec![])],
        expect![[r#"
            unknown-column: there is no column `x` on 2 tables (public.a, public.b): it is not there 2
        "#]],
    );
}

#[test]
fn problems_of_no_table_are_told_once() {
    let general = || Problem::new(Rule::FunctionNotAllowed, at(3), "function `f` is not allowed");
    check(
        &[("a", vec![general()]), ("b", vec![general()])],
        expect![[r#"
        function-not-allowed: function `f` is not allowed 0
    "#]],
    );
}

#[test]
fn different_advice_keeps_them_apart() {
    let mut first = on("a", Rule::UnknownColumn, "there is no column `x`{}");
    first.help = Some("did you mean `y`?".to_owned());
    let second = on("b", Rule::UnknownColumn, "there is no column `x`{}");
    check(
        &[("a", vec![first]), ("b", vec![second])],
        expect![[r#"
        unknown-column: there is no column `x` on public.a 1
        unknown-column: there is no column `x` on public.b 1
    "#]],
    );
}

#[test]
fn what_is_superfluous_on_some_tables_only_must_not_be_removed() {
    let covered = |name: &str| {
        let mut problem = on(name, Rule::Subsumption, "this clause is covered{}");
        problem.unnecessary = true;
        problem.fixes.push(("Remove the clause".to_owned(), vec![(at(0), String::new())]));
        problem
    };
    let merged = |others: &[(&str, Vec<Problem>)]| {
        let tables: Vec<_> = others.iter().map(|(name, _)| table(name)).collect();
        let mut found = merge(tables.iter().zip(others.iter().map(|(_, problems)| problems.as_slice())));
        (found.len(), found.remove(0).unnecessary)
    };
    assert_eq!(merged(&[("a", vec![covered("a")]), ("b", vec![covered("b")])]), (1, true));
    assert_eq!(merged(&[("a", vec![covered("a")]), ("b", vec![])]), (1, false));
}
