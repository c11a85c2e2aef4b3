//! Positions in `pgpe.yaml`.

use expect_test::{Expect, expect};

use crate::completion::{CompletionKind, CompletionRequest};
use crate::test_support::{Fixture, SCHEMA};
use crate::{Completion, Completions};

const REQUEST: CompletionRequest = CompletionRequest { snippets: true, trigger: None };

const POLICIES: &str = "//- /a.policy\n\
    POLICY own PERMISSIVE FOR ALL TO reader SELECTOR ALL CLAUSE col(tenant_id) = session('app.tenant_id')\n";

fn complete(yaml: &str) -> (Fixture, Completions) {
    let fixture = Fixture::new(&format!("//- /pgpe.yaml\n{yaml}\n{POLICIES}{SCHEMA}"));
    let found = fixture.analysis().completions(&fixture.path, fixture.offset, REQUEST).unwrap();
    (fixture, found)
}

fn check(yaml: &str, expected: Expect) {
    let (_, found) = complete(yaml);
    let line = |item: &Completion| {
        let detail = item.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        format!("{:?}{detail}\n", item.text)
    };
    expected.assert_eq(&found.items.iter().map(line).collect::<String>());
}

fn labels(yaml: &str) -> Vec<String> {
    complete(yaml).1.items.into_iter().map(|item| item.label).collect()
}

fn accept(yaml: &str, label: &str) -> String {
    let (fixture, found) = complete(yaml);
    let item = found.items.iter().find(|item| item.label == label).unwrap_or_else(|| panic!("no {label}"));
    let mut text = fixture.text();
    text.replace_range(found.replace.start as usize..found.replace.end as usize, &item.text);
    text.trim_end().to_owned()
}

#[test]
fn keys_at_the_top() {
    check(
        "version: 1\n$0\ntags:\n  a: [b]\n",
        expect![[r#"
            "allow:" (list)
            "functions:" (mapping)
            "isolation:" (list)
            "policies:" (list)
            "role_separation:" (list)
            "rules:" (mapping)
            "schema:" (mapping)
            "session:" (mapping)
            "soft_delete:" (list)
            "solver:" (mapping)
            "tables:" (mapping)
            "targets:" (mapping)
            "traversal:" (mapping)
        "#]],
    );
    check(
        "sch$0",
        expect![[r#"
            "allow:" (list)
            "functions:" (mapping)
            "isolation:" (list)
            "policies:" (list)
            "role_separation:" (list)
            "rules:" (mapping)
            "schema:" (mapping)
            "session:" (mapping)
            "soft_delete:" (list)
            "solver:" (mapping)
            "tables:" (mapping)
            "tags:" (mapping)
            "targets:" (mapping)
            "traversal:" (mapping)
            "version: " (default: 1)
        "#]],
    );
}

#[test]
fn keys_of_mappings_and_of_items() {
    check(
        "tables:\n  $0",
        expect![[r#"
            "exclude:" (list)
            "schemas:" (list)
        "#]],
    );
    check(
        "isolation:\n  - key: x\n    $0\n    owner: y\n  - exempt: []\n",
        expect![[r#"
        "exempt:" (list)
        "owners:" (mapping)
    "#]],
    );
    check(
        "isolation:\n- $0",
        expect![[r#"
        "exempt:" (list)
        "key: " (default: session('app.tenant_id'))
        "owner: " (default: tenant_id)
        "owners:" (mapping)
    "#]],
    );
    check(
        "schema: { $0 }",
        expect![[r#"
        "file: " (text)
        "snapshot: " (text)
        "target: " (text)
    "#]],
    );
    check(
        "isolation: [{ key: x, ow$0 }]",
        expect![[r#"
            "exempt:" (list)
            "owner: " (default: tenant_id)
            "owners:" (mapping)
        "#]],
    );
    check(
        "rules:\n  tenant$0: off\n",
        expect![[r#"
        "check-not-allowed" (default: error)
        "config" (default: error)
        "contradiction" (default: error)
        "coverage" (default: warning)
        "cross-tenant-reference" (default: info)
        "cross-write" (default: error)
        "duplicate-policy" (default: error)
        "foreign-policy" (default: warning)
        "function-not-allowed" (default: error)
        "invalid-literal" (default: error)
        "like-wildcard" (default: warning)
        "long-name" (default: hint)
        "missing-policy-type" (default: error)
        "missing-reason" (default: warning)
        "no-schema" (default: hint)
        "null-comparison" (default: error)
        "owner-ambiguous" (default: warning)
        "redundancy" (default: warning)
        "role-separation" (default: error)
        "schema-statement-skipped" (default: info)
        "selector-matches-nothing" (default: warning)
        "soft-delete" (default: warning)
        "subsumption" (default: warning)
        "syntax" (default: error)
        "tautology" (default: warning)
        "tenant-isolation" (default: error)
        "traversal-cycle" (default: error)
        "traversal-depth" (default: error)
        "traversal-key-not-unique" (default: warning)
        "traversal-target-not-table" (default: error)
        "traversal-without-foreign-key" (default: warning)
        "type-mismatch" (default: error)
        "unknown-column" (default: error)
        "unknown-function" (default: warning)
        "unknown-role" (default: warning)
        "unknown-rule" (default: warning)
        "unknown-table" (default: error)
        "unknown-type" (default: error)
        "unknown-verdict" (default: warning)
        "unprotected-path" (default: warning)
        "unused-clause" (default: warning)
        "unused-suppression" (default: warning)
        "volatile-function" (default: error)
        "write-restriction" (default: warning)
    "#]],
    );
}

#[test]
fn values_of_the_schema() {
    check(
        "session:\n  missing: $0",
        expect![[r#"
        "error" (An error from PostgreSQL.)
        "deny" (No rows: the setting reads as NULL, and so does the empty string.)
    "#]],
    );
    check(
        "session: { initplan: $0 }",
        expect![[r#"
        "true"
        "false"
    "#]],
    );
    check(
        "rules:\n  tautology: $0",
        expect![[r#"
        "off"
        "hint"
        "info"
        "warning"
        "error"
    "#]],
    );
    check(
        "solver:\n  timeout: $0",
        expect![[r#"
        "5s" (example)
        "500ms" (example)
    "#]],
    );
    check(
        "soft_delete:\n  - column: a\n    deleted: $0\n",
        expect![[r#"
        "\"= true\"" (example)
        "IS NOT NULL" (example)
    "#]],
    );
    assert_eq!(labels("allow:\n  - rule: $0\n").len(), pgpe_config::Rule::ALL.len());
}

#[test]
fn names_of_the_project() {
    check(
        "schema: { target: $0 }\ntargets:\n  dev: { url: x }\n  prod:\n    url: y\n",
        expect![[r#"
        "dev"
        "prod"
    "#]],
    );
    check(
        "isolation:\n  - key: $0",
        expect![[r#"
        "session('app.tenant_id')"
    "#]],
    );
    check(
        "isolation:\n  - key: \"$0\"",
        expect![[r#"
        "session('app.tenant_id')"
    "#]],
    );
    check(
        "isolation:\n  - exempt:\n      - table: $0",
        expect![[r#"
        "projects"
        "tasks"
        "tenants"
        "users"
    "#]],
    );
    check(
        "isolation:\n  - owners:\n      $0",
        expect![[r#"
        "projects: "
        "tasks: "
        "tenants: "
        "users: "
    "#]],
    );
    check(
        "functions:\n  allow: [$0]",
        expect![[r#"
        "auth.uid"
    "#]],
    );
    check(
        "functions:\n  allow:\n    - $0",
        expect![[r#"
        "auth.uid"
    "#]],
    );
    check(
        "role_separation:\n  - [reader, $0]",
        expect![[r#"
        "reader"
    "#]],
    );
    check(
        "allow:\n  - rule: tautology\n    policy: $0",
        expect![[r#"
        "own"
    "#]],
    );
    check(
        "tags:\n  mine: [us$0]",
        expect![[r#"
        "projects"
        "tasks"
        "tenants"
        "users"
    "#]],
    );
    assert!(labels("isolation:\n  - owner: $0").starts_with(&["age".to_owned(), "email".to_owned()]));
}

#[test]
fn nothing_in_comments_and_after_blanks_of_indentation() {
    check("# $0", expect![[""]]);
    check("version: 1 # $0", expect![[""]]);
    let fixture = Fixture::new("//- /pgpe.yaml\ntables:\n  $0\n");
    let request = CompletionRequest { trigger: Some(' '), ..REQUEST };
    let found = fixture.analysis().completions(&fixture.path, fixture.offset, request).unwrap();
    assert_eq!(found.items, []);
}

#[test]
fn accepted_completions_are_valid() {
    assert_eq!(accept("session:\n  mis$0: deny", "missing"), "session:\n  missing: deny");
    assert_eq!(accept("session:\n  missing: de$0ny # why", "error"), "session:\n  missing: error # why");
    assert_eq!(accept("session: { missing: 'd$0' }", "error"), "session: { missing: 'error' }");
    let marks = accept("soft_delete:\n  - column: deleted_at\n    deleted: $0", "= true");
    assert_eq!(marks, "soft_delete:\n  - column: deleted_at\n    deleted: \"= true\"");
    pgpe_config::Config::parse(&marks).unwrap();
    let keys = accept("isolation:\n  - key: $0\n    owner: tenant_id", "session('app.tenant_id')");
    pgpe_config::Config::parse(&keys).unwrap();
    let keys = accept("isolation: [{ key: '$0', owner: tenant_id }]", "session('app.tenant_id')");
    assert_eq!(keys, "isolation: [{ key: 'session(''app.tenant_id'')', owner: tenant_id }]");
    pgpe_config::Config::parse(&keys).unwrap();
}

#[test]
fn documentation() {
    let of = |yaml: &str, label: &str| {
        let (fixture, found) = complete(yaml);
        let item =
            found.items.iter().find(|item| item.label == label).unwrap_or_else(|| panic!("no {label}"));
        let analysis = fixture.analysis();
        analysis
            .completion_documentation(&fixture.path, fixture.offset, item.kind, &item.name)
            .unwrap()
            .unwrap()
    };
    let shown = [
        of("$0", "solver"),
        of("solver:\n  $0", "timeout"),
        of("rules:\n  $0", "tautology"),
        of("session: { missing: $0 }", "deny"),
        of("allow:\n  - rule: $0", "tautology"),
    ];
    expect![[r#"
        The solver that proves.
        ----
        The time limit of one proof; past it the verdict is UNKNOWN.

        A number and a unit, `ms`, `s` or `m`, at most an hour.

        Default: `5s`

        For example `5s`, `500ms`
        ----
        Every row passes in every session.

        How much a finding matters; `off` switches the rule off.

        Default: `warning`
        ----
        No rows: the setting reads as NULL, and so does the empty string.
        ----
        Every row passes in every session."#]]
    .assert_eq(&shown.join("\n----\n"));
}

#[test]
fn no_place_panics() {
    let yaml = "version: 1\nschema: { file: 'a\"b', target: [x, {y: z}] }\ntargets:\n  dev:\n    url: \"${A}\" # no\n\
        isolation:\n- key: session('a.b')\n  exempt:\n  - table: x\n    reason: größe\n? odd\n  - - x\n\t- tab\n\"open\n";
    for offset in 0..=yaml.len() + 1 {
        for cut in [0, 1, 7, 20] {
            let mut text = yaml.to_owned();
            let end = (offset + cut).min(text.len());
            if offset <= end && text.is_char_boundary(offset) && text.is_char_boundary(end) {
                text.replace_range(offset..end, "");
            }
            let mut host = crate::Host::new();
            host.set_file("pgpe.yaml", crate::FileRole::Config, &text);
            let analysis = host.analysis();
            let found = analysis.completions("pgpe.yaml", offset as u32, REQUEST).unwrap();
            assert!(text.get(found.replace.start as usize..found.replace.end as usize).is_some());
            for kind in [CompletionKind::Key, CompletionKind::Value] {
                analysis.completion_documentation("pgpe.yaml", offset as u32, kind, "file").unwrap();
            }
        }
    }
}
