//! Code actions, each tried by applying it: on the failing examples of the rule pages, and on those in `code_actions/`.
//!
//! What an action mends is gone afterwards, a tidy file stays tidy, and access changes as the title says and no
//! further, by proof. What each does to the findings stands in `code_actions/*.txt`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/fixture.rs"]
mod fixture;
#[path = "code_actions/mutated.rs"]
mod mutated;
#[path = "code_actions/no_obvious_mend.rs"]
mod no_obvious_mend;
#[path = "code_actions/trial.rs"]
mod trial;

use std::collections::BTreeSet;
use std::path::Path;

use expect_test::expect_file;
use fixture::{Fixture, parse_page};
use mutated::{Files, Random, faults, mutate};
use no_obvious_mend::NO_OBVIOUS_MEND;
use pgpe_config::Rule;
use trial::{MEND_OF, Project, Solver, WRONG};

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

/// By what the two tests above say of the actions.
#[test]
fn every_rule_has_a_mend_or_a_reason_to_have_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/code_actions");
    let [pages, examples] =
        ["rule_pages.txt", "examples.txt"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
    let shown = pages + &examples;
    let mut mended = BTreeSet::new();
    let lines: Vec<&str> = shown.lines().collect();
    for pair in lines.windows(2) {
        let (heading, below) = (pair[0], pair[1]);
        let silences = ["Allow `", "Accept `", "Exempt "].iter().any(|word| heading.starts_with(word));
        if heading.starts_with(' ') || below.starts_with("  disabled") || silences {
            continue;
        }
        let of = heading.rsplit_once("(quick fix").and_then(|(_, of)| of.strip_prefix(MEND_OF));
        let rule = of.and_then(|of| of.trim_end_matches(')').split(',').next()?.parse::<Rule>().ok());
        mended.extend(rule);
    }
    let mut wrong = Vec::new();
    for rule in Rule::ALL {
        let reason = NO_OBVIOUS_MEND.iter().find(|(known, _)| known == rule);
        match (mended.contains(rule), reason) {
            (true, Some((_, reason))) => {
                wrong.push(format!("{rule} has a mend, so this is not so: {reason}"))
            }
            (false, None) => wrong.push(format!("{rule}: no example shows a mend, and no reason is given")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn actions_on_untidy_texts() {
    let mut projects: Vec<Files> = Vec::new();
    let examples = include_str!("code_actions/examples.md");
    for page in Rule::ALL.iter().map(|rule| pgpe_report::page(*rule)).chain([examples]) {
        projects
            .extend(parse_page(page).unwrap().failing.into_iter().map(|it| it.files.into_iter().collect()));
    }
    let cases = std::env::var("CODE_ACTION_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(150);
    let mut wrong = Vec::new();
    for seed in 0..cases {
        let mut random = Random::new(seed);
        let mut files = projects[random.below(projects.len())].clone();
        let count = 1 + random.below(6);
        for (_, text) in files.iter_mut().filter(|(name, _)| name.ends_with(".policy")) {
            (0..count).for_each(|_| mutate(&mut random, text));
        }
        let faults = faults(&mut random, &files);
        wrong.extend(faults.into_iter().map(|fault| format!("{seed}: {fault}\n{files:#?}")));
    }
    let shown: Vec<&str> = wrong.iter().take(3).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} faults, the first: {}", wrong.len(), shown.join("\n"));
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
