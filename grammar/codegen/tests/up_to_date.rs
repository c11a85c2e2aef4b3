//! What is committed must be what the grammar says.

#[test]
fn generated_files_match_the_grammar() {
    let stale = pgpe_codegen::stale(&pgpe_codegen::workspace_root()).unwrap();
    let paths: Vec<_> = stale.iter().map(|it| it.path).collect();
    assert!(paths.is_empty(), "stale, run `cargo codegen`: {paths:?}");
}

#[test]
fn the_editor_grammar_is_json_and_knows_every_word() {
    let grammar = include_str!("../../policy.tmLanguage.json");
    let json: serde_json::Value = serde_json::from_str(grammar).unwrap();
    assert_eq!(json["scopeName"], "source.policy");
    for (place, word) in [("keywords", "RESTRICTIVE"), ("functions", "has_column"), ("constants", "true")] {
        let pattern = json["repository"][place]["match"].as_str().unwrap();
        assert!(pattern.contains(word), "{pattern}");
    }
}

#[test]
fn unknown_tokens_and_broken_grammars_are_refused() {
    assert!(pgpe_codegen::generate("A = '@'").is_err());
    assert!(pgpe_codegen::generate("A = (").is_err());
}
