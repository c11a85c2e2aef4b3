//! No text makes reading a configuration panic, hang, or report a place outside the text.

#![allow(clippy::panic)]

use pgpe_config::{Addition, Config, Entry, Step};
use proptest::prelude::*;

const SAMPLE: &str = r#"version: 1
policies: ["policies/**/*.policy", 'ä/*.policy']
schema: { file: schema.sql }
tables: { schemas: [public], exclude: ["schema_migrations"] }
targets:
  dev: &dev { url: "${DATABASE_URL}", protected: false }
  copy: *dev
  merged: { <<: *dev, protected: true }
isolation:
  - key: "session('app.tenant_id')"
    owner: tenant_id
    owners: { tasks: project_id.tenant_id }
    exempt: [{ table: config, reason: "global settings" }]
solver: { timeout: 5s }
soft_delete: [{ column: deleted_at, deleted: "IS NOT NULL" }]
role_separation: [[auditor, billing]]
tags:
  pii:
    - users
    - |
      billing_%
rules: { coverage: off }
allow:
  - { rule: subsumption, policy: legacy_admin, reason: "kept" }
"#;

fn check(yaml: &str) {
    if let Err(errors) = Config::parse(yaml) {
        let messages: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
        assert!(!errors.is_empty(), "{yaml:?}");
        for error in errors {
            let range = error.range.start as usize..error.range.end as usize;
            assert!(yaml.get(range).is_some(), "{error:?} in {yaml:?}");
            for fix in &error.fixes {
                let mended = applied(yaml, &fix.edits);
                let left = Config::parse(&mended).err().unwrap_or_default();
                let is_left = left.iter().filter(|it| it.message == error.message).count();
                let before = messages.iter().filter(|it| **it == error.message).count();
                assert!(is_left < before, "{fix:?} in {yaml:?}");
                assert!(!left.iter().any(|it| it.message.contains("not valid YAML")), "{fix:?} in {yaml:?}");
            }
        }
    }
    check_additions(yaml);
    for reference in Config::references(yaml) {
        if let Some(range) = reference.range {
            let written = yaml.get(range.start as usize..range.end as usize);
            assert_eq!(written, Some(reference.name.as_str()), "{yaml:?}");
        }
    }
}

fn applied(yaml: &str, edits: &[(std::ops::Range<u32>, String)]) -> String {
    let mut text = yaml.to_owned();
    for (range, new) in edits.iter().rev() {
        text.replace_range(range.start as usize..range.end as usize, new);
    }
    text
}

/// What is added is there, and nothing is wrong that was not before.
fn check_additions(yaml: &str) {
    let function = Addition::Items(vec![Entry::Text("auth.uid".to_owned())]);
    let fields =
        [("rule", "coverage".to_owned()), ("policy", "it's: #1".to_owned()), ("reason", "r".to_owned())];
    let accepted = Addition::Items(vec![Entry::record(fields)]);
    let owner = Addition::Pair("new table".to_owned(), Entry::Text("a_id.tenant_id".to_owned()));
    let first = [Step::Key("isolation"), Step::Item(0), Step::Key("owners")];
    let additions: [(&Addition, &[Step<'_>]); 3] = [
        (&function, &[Step::Key("functions"), Step::Key("allow")]),
        (&accepted, &[Step::Key("allow")]),
        (&owner, &first),
    ];
    let before = Config::parse(yaml);
    // One a text: reading it takes long enough.
    for (addition, path) in additions.iter().skip(yaml.len() % additions.len()).take(1) {
        let Some(edit) = addition.to(yaml, path) else { continue };
        let text = applied(yaml, &[(edit.range, edit.text)]);
        match (&before, Config::parse(&text)) {
            (Ok(before), Ok(after)) => {
                assert_ne!(*before, after, "{yaml:?}");
                let all = yaml.lines().filter(|line| !line.trim().is_empty());
                assert!(all.clone().count() <= text.lines().count(), "{yaml:?}");
            }
            (Ok(_), Err(errors)) => panic!("{errors:?} in {text:?}"),
            (Err(before), after) => {
                let after = after.err().unwrap_or_default();
                assert!(after.len() <= before.len(), "{after:?} in {text:?}");
            }
        }
    }
}

#[test]
fn the_sample_is_sound() {
    assert_eq!(Config::parse(SAMPLE).map(|_| ()), Ok(()));
}

/// Cuts and doubles at every character.
#[test]
fn truncations() {
    for (offset, _) in SAMPLE.char_indices() {
        check(&SAMPLE[..offset]);
        check(&SAMPLE[offset..]);
        check(&SAMPLE[..offset].replace('\n', "\r\n"));
    }
}

const PIECES: &[&str] = &[
    ":",
    " ",
    "\n",
    "\r\n",
    "\t",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "&a ",
    "*a",
    "<<: ",
    "!x ",
    "!!int ",
    "|",
    ">",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "#",
    "\0",
    "\u{feff}",
    "é",
    "😀",
    "null",
    "~",
    "1e999",
    ".nan",
    "0x1",
    "\u{2028}",
    "\u{85}",
    "\\",
    "!!binary ",
    "@",
    "`",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn mutations(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4usize), 1..6)) {
        let mut text: Vec<char> = SAMPLE.chars().collect();
        for (at, piece, removed) in edits {
            let at = at.index(text.len() + 1);
            let piece = PIECES[piece.index(PIECES.len())];
            let end = (at + removed).min(text.len());
            text.splice(at..end, piece.chars());
        }
        check(&text.into_iter().collect::<String>());
    }

    #[test]
    fn pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn anything(text in any::<String>()) {
        check(&text);
    }
}
