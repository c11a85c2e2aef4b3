//! `pgpe explain`, and what else prints something fixed.

use expect_test::expect_file;

use crate::support::Project;

fn run(arguments: &[&str]) -> crate::support::Run {
    Project::new(&[]).run(arguments)
}

#[test]
fn every_rule_is_listed_and_explained() {
    let list = run(&["explain"]).exits(0).out;
    for rule in pgpe_config::Rule::ALL {
        let line = list.lines().find(|line| line.split_whitespace().next() == Some(rule.id())).unwrap();
        assert!(line.ends_with(rule.title()), "{line}");
    }
    assert_eq!(list.lines().count(), pgpe_config::Rule::ALL.len());
}

#[test]
fn a_page_is_laid_out_for_the_terminal() {
    let page = run(&["explain", "null-comparison"]).exits(0).out;
    assert!(page.starts_with("null-comparison\n\nIn SQL a comparison"), "{page}");
    assert!(page.contains("\nFailing\n") && page.contains("\nMended\n"), "{page}");
    assert!(page.contains("    POLICY live"), "{page}");
    assert!(!page.contains("```") && !page.contains('#') && !page.contains('\u{1b}'), "{page}");
    assert!(page.ends_with("Severity where pgpe.yaml sets none: error.\n"), "{page}");
}

#[test]
fn colours_on_demand() {
    let page = run(&["explain", "null-comparison", "--color", "always"]).exits(0).out;
    assert!(page.starts_with("\u{1b}[1mnull-comparison\u{1b}[0m\n"), "{page}");
}

#[test]
fn the_configuration_s_schema() {
    let schema = run(&["config-schema"]).exits(0).json();
    assert_eq!(schema["title"], "pgpe.yaml");
    assert!(schema["properties"]["policies"].is_object());
}

#[test]
fn the_extension_of_vs_code_has_that_schema() {
    let schema = run(&["config-schema"]).exits(0).out;
    expect_file!["../../editors/vscode/schemas/pgpe.schema.json"].assert_eq(&schema);
}

#[test]
fn completions_for_shells() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]).exits(0).out;
        assert!(script.contains("analyze") && script.contains("fail-on"), "{shell}");
        assert!(!script.contains("prove-worker"), "{shell}");
    }
}

#[test]
fn help_and_version() {
    let version = run(&["--version"]).exits(0).out;
    assert_eq!(version, format!("pgpe {}\n", env!("CARGO_PKG_VERSION")));
    let help = run(&["--help"]).exits(0).out;
    for command in ["check", "fmt", "define", "analyze", "compile", "explain", "lsp", "completions"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{help}");
        run(&[command, "--help"]).exits(0);
    }
    assert!(!help.contains("prove-worker"), "{help}");
}
