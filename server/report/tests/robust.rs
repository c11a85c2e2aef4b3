//! No place, text or name makes a renderer panic or write what its format can't hold.

mod common;

use pgpe_config::{Rule, Severity};
use pgpe_report::human::Colour;
use pgpe_report::{Finding, Place, Related, Report, github, gitlab, human, json, junit, sarif};
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "é",
        "😀",
        "\u{0}",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{2028}",
        "\u{85}",
        "\u{b}",
        "\u{c}",
        "\u{feff}",
        "\u{ffff}",
        "<",
        "&",
        "\"",
        "]]>",
        "%",
        ":",
        ",",
        "::",
        "POLICY",
        "e\u{301}",
        "漢字",
    ]);
    prop::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat())
}

fn place() -> impl Strategy<Value = Place> {
    (prop::sample::select(vec!["a.policy", "b.sql", "missing"]), 0..60u32, 0..60u32)
        .prop_map(|(file, start, end)| Place { file: file.to_owned(), range: start..end })
}

fn finding() -> impl Strategy<Value = Finding> {
    let related = prop::collection::vec((place(), text()), 0..4);
    (prop::option::of(place()), text(), prop::option::of(text()), related, any::<bool>()).prop_map(
        |(place, message, help, related, violation)| {
            let mut finding = Finding::new(Rule::TenantIsolation, message);
            finding.place = place;
            finding.help = help;
            finding.related =
                related.into_iter().map(|(place, message)| Related { place, message }).collect();
            finding.counterexample = violation.then(common::counterexample);
            finding
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn renderers(a in text(), b in text(), findings in prop::collection::vec(finding(), 0..4)) {
        let sources = common::Texts::from([("a.policy".to_owned(), a), ("b.sql".to_owned(), b)]);
        let report = Report::new(findings, common::report().tables);

        let plain = human::analyze(&report, &sources, Colour::Never);
        let escape = |c: char| c.is_control() && c != '\n';
        prop_assert!(!plain.contains(escape), "{plain:?}");
        human::analyze(&report, &sources, Colour::Always);

        for text in [json::analyze(&report, &sources), gitlab::render(&report, &sources), sarif::render(&report, &sources)] {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
        prop_assert_eq!(github::render(&report, &sources).lines().count(), report.findings.len());
        let xml = junit::render(&report, &sources, Severity::Error);
        prop_assert!(roxmltree::Document::parse(&xml).is_ok(), "{xml}");
    }
}
