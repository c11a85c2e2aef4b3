//! The word at the mark with the first sentence of what it means.

use expect_test::{Expect, expect};

use super::at;

fn check(text: &str, expected: Expect) {
    let offset = text.find("$0").unwrap();
    let text = text.replacen("$0", "", 1);
    let shown = match at(&text, u32::try_from(offset).unwrap()) {
        Some((range, about)) => {
            let word = &text[range.start as usize..range.end as usize];
            format!("{word}: {}", about.split(['.', ';', ':']).next().unwrap())
        }
        None => "nothing".to_owned(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn keys_are_found_by_indentation() {
    check(
        "version: 1\npol$0icies: ['*.policy']\n",
        expect!["policies: Glob patterns of the policy files, relative to this file"],
    );
    check(
        "tables:\n  schemas: [public]\n  # more\n\n  excl$0ude: []\n",
        expect!["exclude: LIKE patterns of names (or of `schema"],
    );
    check(
        "targets:\n  dev:\n    url: x\n  live:\n    protec$0ted: true\n",
        expect!["protected: A protected target needs `--yes` and can't be changed from an editor"],
    );
    check(
        "isolation:\n  - key: session('a')\n    own$0er: tenant_id\n",
        expect!["owner: The column that says whose a row is"],
    );
    check(
        "isolation:\n- $0key: session('a')\n",
        expect!["key: The value that says which tenant a session is, in the policy language"],
    );
    check(
        "isolation:\n  - owner: a\n    exempt:\n      - table: x\n        rea$0son: y\n",
        expect!["reason: Why"],
    );
    check("session:\n  missing: deny\nsol$0ver:\n  timeout: 5s\n", expect!["solver: The solver that proves"]);
    check("session:\n  missing: de$0ny\n", expect!["deny: No rows"]);
}

#[test]
fn keys_are_found_in_brackets() {
    check(
        "session: { missing: deny, init$0plan: true }\n",
        expect![
            "initplan: Wrap settings in a subquery, which PostgreSQL evaluates once per query instead of once per row"
        ],
    );
    check("isolation: [{ key: k, exempt: [{ table: t, rea$0son: r }] }]\n", expect!["reason: Why"]);
    check("targets: { dev: { u$0rl: x } }\n", expect!["url: The connection string"]);
}

#[test]
fn broken_text_has_keys_too() {
    check("tables: [\nsolver:\n  time$0out:", expect!["timeout: The time limit of one proof"]);
    check(
        "functions:\n  al$0low: 'unfinished\n",
        expect!["allow: Functions that policies may call, as `name` or `schema"],
    );
}

#[test]
fn other_places_mean_nothing() {
    check("# pol$0icies: x\n", expect![["nothing"]]);
    check("nonse$0nse: 1\n", expect![["nothing"]]);
    check("tables:\n  nonse$0nse: 1\n", expect![["nothing"]]);
    check("$0", expect![["nothing"]]);
}

#[test]
fn every_place_of_every_text_can_be_asked_about() {
    let text = "a: {b: [c, {d: 'é'}]}\n- - x: }]\n  # :\n:\n\t- ü: \"\r\n{{{:::";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        for offset in 0..=text.len() + 2 {
            let _ = at(&text[..end], u32::try_from(offset).unwrap());
        }
    }
}
