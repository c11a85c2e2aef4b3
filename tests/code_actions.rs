//! Code actions, each tried by applying it: on the failing examples of the rule pages, and on those in `code_actions/`.
//!
//! What an action mends is gone afterwards, a tidy file stays tidy, and access changes as the title says and no
//! further, by proof. What each does to the findings stands in `code_actions/*.txt`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/fixture.rs"]
mod fixture;
#[path = "code_actions/trial.rs"]
mod trial;

use std::path::Path;

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

#[test]
fn actions_on_examples_of_their_own() {
    let mut solver = Solver::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/code_actions");
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    let mut shown = String::new();
    for path in pages {
        let page = parse_page(&std::fs::read_to_string(&path).unwrap());
        let page = page.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        shown += &trials(&mut solver, &page.rule, &page.failing);
    }
    assert_nothing_wrong(&shown);
    expect_file!["code_actions/examples.txt"].assert_eq(&shown);
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
