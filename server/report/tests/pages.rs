//! The rule pages are well-formed, belong to rules, and can all be asked for.

use std::path::Path;

use pgpe_config::Rule;
use pgpe_report::page;

#[allow(dead_code, reason = "comparing findings is the part of the tests that have some")]
#[path = "../../../tests/support/fixture.rs"]
mod fixture;

use fixture::parse_page;

#[test]
fn every_page_is_of_a_rule_and_can_be_asked_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/rules");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(id) = name.strip_suffix(".md").filter(|id| *id != "README") else { continue };
        let rule: Rule = id.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page(rule).starts_with(&format!("# {rule}\n")), "{name} is not the page of {rule}");
    }
}

#[test]
fn every_page_is_well_formed() {
    for rule in Rule::ALL {
        let markdown = page(*rule);
        let page = parse_page(markdown).unwrap_or_else(|error| panic!("{rule}.md: {error}"));
        assert_eq!(page.rule, rule.id());
        assert!(!page.failing.is_empty() && !page.mended.is_empty(), "{rule}: no example");
        for example in &page.failing {
            let marked = example.expected.iter().any(|expected| expected.rule == rule.id());
            assert!(marked, "{rule}.md:{}: no finding of the rule is marked", example.line);
        }
        for example in page.failing.iter().chain(&page.mended) {
            for (name, text) in &example.files {
                let known = name.ends_with(".policy")
                    || ["schema.sql", "database.sql", "pgpe.yaml"].contains(&name.as_str());
                assert!(known, "{rule}.md:{}: what is {name}?", example.line);
                assert!(
                    !text.contains("--<"),
                    "{rule}.md:{}: a mark that was not understood in {name}",
                    example.line
                );
            }
            for expected in &example.expected {
                assert!(
                    expected.rule.parse::<Rule>().is_ok(),
                    "{rule}.md:{}: {}",
                    example.line,
                    expected.rule
                );
            }
        }
        let too_long = markdown.lines().find(|line| line.chars().count() > 125);
        assert_eq!(too_long, None, "{rule}.md");
    }
}
