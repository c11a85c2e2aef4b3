//! Existing policies that are not the project's, in its proofs: those that the language can say count, the
//! others leave open what they may do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "support/project.rs"]
mod project;

use pgpe_config::Severity;
use pgpe_ide::Checked;
use pgpe_report::Verdict;

const TABLE: &str = "
    CREATE TABLE tenants (id uuid PRIMARY KEY);
    CREATE TABLE docs (
        id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, public boolean, owner_id uuid
    );
    ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
";

const OURS: &str =
    "POLICY own PERMISSIVE FOR ALL SELECTOR named('docs') CLAUSE col(tenant_id) = session('app.tenant_id')";

fn check(existing: &str, config: &str) -> Checked {
    let host = project::host(&format!("{TABLE}{existing}"), OURS, config);
    project::check(&host.analysis())
}

/// Isolation of SELECT, INSERT, UPDATE and DELETE.
fn isolation(checked: &Checked) -> Vec<Verdict> {
    let verdict = |command| project::verdict(checked, "docs", command, "tenant-isolation");
    ["SELECT", "INSERT", "UPDATE", "DELETE"].map(|command| verdict(command).expect("in scope")).to_vec()
}

use Verdict::{Failed, Proven, Unknown};

#[test]
fn a_permissive_one_that_opens_the_table_fails_the_proof() {
    let checked = check("CREATE POLICY open ON docs FOR SELECT USING (public);", "");
    assert_eq!(isolation(&checked), [Failed, Proven, Proven, Proven]);
    let violations = project::findings(&checked, "tenant-isolation");
    let [violation] = violations.as_slice() else { panic!("{violations:?}") };
    assert_eq!(violation.policy.as_deref(), Some("open"));
    assert_eq!(violation.place.as_ref().expect("a place").file, "schema.sql");
    let shown = violation.counterexample.as_ref().expect("a counterexample");
    assert_eq!(shown.row.get("public").map(String::as_str), Some("true"), "{shown:?}");
    let told = project::findings(&checked, "foreign-policy");
    assert_eq!(told.iter().map(|it| it.severity).collect::<Vec<_>>(), [Severity::Info]);
}

#[test]
fn one_that_says_what_ours_says_changes_nothing() {
    for using in [
        "tenant_id = current_setting('app.tenant_id')::uuid",
        "(tenant_id = (current_setting('app.tenant_id'::text, true))::uuid)",
        "( SELECT current_setting('app.tenant_id')::uuid) = docs.tenant_id AND public",
    ] {
        let checked = check(&format!("CREATE POLICY same ON docs USING ({using});"), "");
        assert_eq!(isolation(&checked), [Proven; 4], "{using}");
    }
}

#[test]
fn a_restrictive_one_only_narrows() {
    let policies = "
        CREATE POLICY open ON docs FOR SELECT USING (public);
        CREATE POLICY tenant ON docs AS RESTRICTIVE USING (tenant_id = current_setting('app.tenant_id')::uuid);
    ";
    assert_eq!(isolation(&check(policies, "")), [Proven; 4]);
    let policies =
        "CREATE POLICY visible ON docs AS RESTRICTIVE FOR SELECT USING (public OR owner_id IS NOT NULL);";
    assert_eq!(isolation(&check(policies, "")), [Proven; 4]);
    // Of another role it does not keep the rest out.
    let policies = "
        CREATE ROLE staff;
        CREATE POLICY open ON docs FOR SELECT USING (public);
        CREATE POLICY tenant ON docs AS RESTRICTIVE TO staff USING (tenant_id = current_setting('app.tenant_id')::uuid);
    ";
    assert_eq!(isolation(&check(policies, "")), [Failed, Proven, Proven, Proven]);
}

#[test]
fn one_that_cannot_be_read_leaves_its_commands_open() {
    let policies = "CREATE POLICY odd ON docs FOR DELETE USING (owner_id::text ~ '^a');";
    let checked = check(policies, "");
    assert_eq!(isolation(&checked), [Proven, Proven, Proven, Unknown]);
    let told = project::findings(&checked, "foreign-policy");
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(told.severity, Severity::Warning);
    assert!(told.message.contains("`owner_id::text ~ '^a'` uses ~"), "{}", told.message);
}

#[test]
fn a_check_of_its_own_counts_for_what_is_written() {
    let policies = "CREATE POLICY put ON docs FOR INSERT WITH CHECK (owner_id IS NOT NULL);";
    assert_eq!(isolation(&check(policies, "")), [Proven, Failed, Proven, Proven]);
}

#[test]
fn a_setting_that_may_be_missing_is_not_taken_for_one_that_is_there() {
    // Without the setting, the original lets every row pass.
    let policies = "CREATE POLICY lax ON docs FOR SELECT USING (
        tenant_id = current_setting('app.tenant_id', true)::uuid OR current_setting('app.tenant_id', true) IS NULL);";
    assert_eq!(isolation(&check(policies, "")), [Unknown, Proven, Proven, Proven]);
    // Where the compiled SQL reads a missing setting as NULL, the same is known, and leaks.
    let config = "version: 1\nsession: { missing: deny }\n";
    let policies = "CREATE POLICY lax ON docs FOR SELECT USING (
        tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        OR nullif(current_setting('app.tenant_id', true), '') IS NULL);";
    assert_eq!(isolation(&check(policies, config)), [Failed, Proven, Proven, Proven]);
    // Another setting that may be missing: ours raises no error for it, so that rows pass without it.
    let policies = "CREATE POLICY other ON docs FOR SELECT USING (
        tenant_id = current_setting('app.tenant_id')::uuid AND owner_id = current_setting('app.user', true)::uuid);";
    assert_eq!(isolation(&check(policies, "")), [Unknown, Proven, Proven, Proven]);
    let policies = "CREATE POLICY other ON docs FOR SELECT USING (
        tenant_id = current_setting('app.tenant_id')::uuid
        AND owner_id = nullif(current_setting('app.user', true), '')::uuid);";
    assert_eq!(isolation(&check(policies, config)), [Proven; 4]);
}

#[test]
fn sub_selects_are_followed() {
    let policies = "
        CREATE TABLE shares (doc_id uuid REFERENCES docs, tenant_id uuid, PRIMARY KEY (doc_id, tenant_id));
        CREATE POLICY shared ON docs FOR SELECT USING (EXISTS (SELECT 1 FROM shares s
            WHERE s.doc_id = docs.id AND s.tenant_id = current_setting('app.tenant_id')::uuid));
    ";
    assert_eq!(isolation(&check(policies, "")), [Failed, Proven, Proven, Proven]);
    let policies = "
        CREATE POLICY via_tenant ON docs FOR SELECT USING (tenant_id IN (SELECT id FROM tenants
            WHERE id = current_setting('app.tenant_id')::uuid));
    ";
    assert_eq!(isolation(&check(policies, "")), [Proven; 4]);
}

#[test]
fn they_are_not_compiled() {
    let existing = format!("{TABLE}CREATE POLICY open ON docs FOR SELECT USING (public);");
    let host = project::host(&existing, OURS, "");
    let compiled = host.analysis().compile(None).expect("nothing changes meanwhile");
    let names: Vec<&str> =
        compiled.tables.iter().flat_map(|table| &table.policies).map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["own_docs"]);
}
