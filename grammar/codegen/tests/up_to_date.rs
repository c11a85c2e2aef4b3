//! What is committed must be what the grammar says.

#[test]
fn generated_files_match_the_grammar() {
    let stale = pgpe_codegen::stale(&pgpe_codegen::workspace_root()).unwrap();
    let paths: Vec<_> = stale.iter().map(|it| it.path).collect();
    assert!(paths.is_empty(), "stale, run `cargo codegen`: {paths:?}");
}
