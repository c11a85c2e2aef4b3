//! Code actions, each tried by applying it: on the failing examples of the rule pages.
//!
//! What an action mends is gone afterwards, a tidy file stays tidy, and access changes as the title says and no
//! further, by proof. What each does to the findings stands in `code_actions/rule_pages.txt`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/fixture.rs"]
mod fixture;
#[path = "code_actions/trial.rs"]
mod trial;

use expect_test::expect_file;
use fixture::{Fixture, parse_page};
use pgpe_config::Rule;
use trial::{Project, Solver, WRONG};

#[test]
fn actions_on_the_rule_pages() {
    let mut solver = Solver::default();
    let mut shown = String::new();
    for rule in Rule::ALL {
        let page = parse_page(pgpe_report::page(*rule)).unwrap_or_else(|error| panic!("{rule}.md: {error}"));
        shown += &trials(&mut solver, rule.id(), &page.failing);
    }
    assert_nothing_wrong(&shown);
    expect_file!["code_actions/rule_pages.txt"].assert_eq(&shown);
}

fn trials(solver: &mut Solver, name: &str, examples: &[Fixture]) -> String {
    let mut shown = String::new();
    for (index, example) in examples.iter().enumerate() {
        shown += &format!("# {name} {}\n", index + 1);
        shown += &Project::new(example.files.clone()).trials(solver);
        shown += "\n";
    }
    shown
}

fn assert_nothing_wrong(shown: &str) {
    let wrong = shown.lines().any(|line| line.trim_start().starts_with(WRONG));
    assert!(!wrong, "{shown}");
}
