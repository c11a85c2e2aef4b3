//! Every rule page: its failing examples have the findings that are marked in them, its mended ones have none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/fixture.rs"]
mod fixture;
#[allow(dead_code, reason = "this test looks at findings only")]
#[path = "support/project.rs"]
mod project;

use fixture::{Fixture, Found, parse_page};
use pgpe_config::{Config, Rule};
use pgpe_ide::{FileRole, Host};
use pgpe_syntax::{AstNode, ast};

#[test]
fn rule_pages() {
    let mut differences = Vec::new();
    for rule in Rule::ALL {
        let page = parse_page(pgpe_report::page(*rule)).unwrap_or_else(|error| panic!("{rule}.md: {error}"));
        for example in page.failing.iter().chain(&page.mended) {
            for difference in example.differences(rule.id(), &findings(example)) {
                differences.push(format!("tests/rules/{rule}.md:{}: {difference}", example.line));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn findings(example: &Fixture) -> Vec<Found> {
    let mut host = Host::new();
    for (name, text) in &example.files {
        let role = match name.as_str() {
            "pgpe.yaml" => FileRole::Config,
            "schema.sql" | "database.sql" => FileRole::Schema,
            _ => FileRole::Policies,
        };
        host.set_file(name, role, text);
    }
    let checked = project::check(&host.analysis());
    let mut found: Vec<Found> = checked
        .findings
        .iter()
        .map(|finding| Found {
            place: finding
                .place
                .as_ref()
                .map(|place| (place.file.clone(), place.range.start as usize..place.range.end as usize)),
            rule: finding.rule.id().to_owned(),
            message: finding.message.clone(),
        })
        .collect();
    found.extend(findings_about_roles(example));
    found
}

/// What a live database says of roles: a schema as text never has them all, and no host says anything of them.
fn findings_about_roles(example: &Fixture) -> Vec<Found> {
    let Some((_, ddl)) = example.files.iter().find(|(name, _)| name == "database.sql") else {
        return Vec::new();
    };
    let mut catalog = pgpe_catalog::ddl::read_ddl(ddl).catalog;
    catalog.roles.complete = true;
    let candidates = pgpe_policy::Candidates::of(&catalog, &Config::default());
    let mut found = Vec::new();
    for (name, text) in example.files.iter().filter(|(name, _)| name.ends_with(".policy")) {
        for item in pgpe_syntax::parse(text).tree().items() {
            let ast::Item::Policy(policy) = &item else { continue };
            let start = usize::from(item.syntax().text_range().start());
            let lowered = pgpe_policy::lower_policy(policy, false);
            let problems =
                pgpe_policy::policy_problems(&lowered, Some(&catalog), &candidates, &Config::default());
            found.extend(problems.into_iter().filter(|problem| problem.rule == Rule::UnknownRole).map(
                |problem| {
                    let range =
                        start + usize::from(problem.range.start())..start + usize::from(problem.range.end());
                    Found {
                        place: Some((name.clone(), range)),
                        rule: problem.rule.id().to_owned(),
                        message: problem.message,
                    }
                },
            ));
        }
    }
    found
}
