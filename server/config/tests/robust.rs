//! No text makes reading a configuration panic, hang, or report a place outside the text.

use pgpe_config::Config;
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
        assert!(!errors.is_empty(), "{yaml:?}");
        for error in errors {
            let range = error.range.start as usize..error.range.end as usize;
            assert!(yaml.get(range).is_some(), "{error:?} in {yaml:?}");
        }
    }
    for reference in Config::references(yaml) {
        if let Some(range) = reference.range {
            let written = yaml.get(range.start as usize..range.end as usize);
            assert_eq!(written, Some(reference.name.as_str()), "{yaml:?}");
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
