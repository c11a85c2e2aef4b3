//! `pgpe check`: what is reported, and what makes it fail.

use crate::support::{LEAK, PROJECTS, Project, SCHEMA};

#[test]
fn nothing_wrong() {
    let run = Project::isolated().run(&["check"]).exits(0);
    assert_eq!(run.out, "No findings. Tenant isolation, by table and command: 8 proven.\n");
    assert_eq!(run.err, "");
    let run = Project::isolated().run(&["check", "--quiet"]).exits(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    let run = Project::isolated().run(&["check", "--verbose"]).exits(0);
    assert!(run.err.contains("2 policy files") && run.err.contains("calls of the solver"), "{}", run.err);
}

#[test]
fn isolation_that_nothing_is_said_of_does_not_look_proved() {
    let schema = "CREATE TABLE notes (id bigint PRIMARY KEY, org_id uuid NOT NULL, body text);";
    let policy = "POLICY own PERMISSIVE FOR ALL SELECTOR has_column(org_id) CLAUSE col(org_id) = session('app.org_id') OR CLAUSE col(body) = lit('x')";
    let project = Project::new(&[("schema.sql", schema), ("own.policy", policy)]);
    let run = project.run(&["check"]).exits(0);
    assert!(run.out.starts_with("No findings. Tenant isolation is proved of no table: "), "{}", run.out);
    project.write("pgpe.yaml", "isolation:\n  - key: session('app.org_id')\n    owner: org_id\n");
    let run = project.run(&["check"]).exits(1);
    assert!(run.out.contains("Tenant isolation, by table and command: 4 FAILED."), "{}", run.out);
}

#[test]
fn a_leak_is_shown_with_its_counterexample() {
    let run = Project::leaking().run(&["check"]).exits(1);
    assert!(run.out.contains("[tenant-isolation] Error: "), "{}", run.out);
    assert!(run.out.contains("policies/shared.policy:5:10"), "{}", run.out);
    assert!(run.out.contains("counterexample:") && run.out.contains("name = 'shared'"), "{}", run.out);
    assert_eq!(run.err, "");
}

#[test]
fn the_project_is_found_from_below() {
    let project = Project::leaking();
    project.write("pgpe.yaml", "version: 1\n");
    let run = project.run_in("policies", &["check", "--format", "json"]).exits(1);
    assert!(run.findings().contains(&"tenant-isolation policies/shared.policy".to_owned()));
    let path = project.path("pgpe.yaml");
    let elsewhere = Project::new(&[]);
    let run = elsewhere.run(&["check", "--config", path.to_str().unwrap(), "--format", "json"]).exits(1);
    assert!(run.findings().contains(&"tenant-isolation policies/shared.policy".to_owned()));
}

#[test]
fn a_schema_can_be_given() {
    let project = Project::new(&[("a.policy", PROJECTS), ("other.sql", SCHEMA)]);
    let run = project.run(&["check", "--schema", "other.sql", "--format", "json"]).exits(0);
    assert_eq!(run.json()["summary"]["proven"], 4);
    assert_eq!(run.findings(), ["coverage other.sql"]);
}

#[test]
fn paths_filter_what_is_reported_and_not_what_is_analysed() {
    let project = Project::leaking();
    project.write(
        "other/broken.policy",
        "POLICY broken PERMISSIVE FOR SELECT SELECTOR named('none') CLAUSE oops\n",
    );
    let check = |paths: &[&str]| {
        let arguments: Vec<&str> = ["check", "--format", "json"].iter().chain(paths).copied().collect();
        project.run(&arguments)
    };
    let all = check(&[]).exits(1).findings();
    assert!(all.contains(&"syntax other/broken.policy".to_owned()), "{all:?}");

    let tasks = check(&["policies/tasks.policy"]).exits(0);
    assert_eq!(tasks.findings(), [""; 0]);
    assert_eq!(tasks.json()["summary"]["proven"], 4);

    let shared = check(&["policies/shared.policy"]).exits(1);
    assert_eq!(shared.findings(), ["tenant-isolation policies/shared.policy"]);
    // The leak is in a table that this file's policy governs too.
    let projects = check(&["policies/projects.policy"]).exits(1);
    assert_eq!(projects.findings(), ["tenant-isolation policies/shared.policy"]);
    assert_eq!(projects.json()["summary"]["failed"], 1);

    let folder = check(&["policies"]).exits(1).findings();
    assert_eq!(folder, ["tenant-isolation policies/shared.policy"]);
    let absolute = project.path("policies/shared.policy");
    let several =
        check(&["./other/../policies/tasks.policy", absolute.to_str().unwrap()]).exits(1).findings();
    assert_eq!(several, ["tenant-isolation policies/shared.policy"]);
}

#[test]
fn suppressions_need_a_reason_and_an_effect() {
    let project = Project::leaking();
    let allowed = LEAK.replace("  CLAUSE", "  -- pgpe: allow(tenant-isolation) shared on purpose\n  CLAUSE");
    project.write("policies/shared.policy", &allowed);
    let run = project.run(&["check", "--format", "json"]).exits(1);
    // It is silenced, but no less of a leak, and what tenants may write into it is another matter.
    assert_eq!(run.findings(), ["cross-write policies/projects.policy"]);
    assert_eq!(run.json()["summary"]["failed"], 1);

    project.write("policies/shared.policy", allowed.replace(" shared on purpose", ""));
    let findings = project.run(&["check", "--format", "json"]).exits(1).findings();
    assert!(findings.contains(&"missing-reason policies/shared.policy".to_owned()), "{findings:?}");

    let idle = PROJECTS.replace("  CLAUSE", "  -- pgpe: allow(tautology) why not\n  CLAUSE");
    let project = Project::isolated();
    project.write("policies/projects.policy", idle);
    let run = project.run(&["check", "--format", "json"]).exits(0);
    assert_eq!(run.findings(), ["unused-suppression policies/projects.policy"]);
}

#[test]
fn severities_come_from_the_configuration() {
    let project = Project::leaking();
    let check = |rules: &str, arguments: &[&str]| {
        project.write("pgpe.yaml", format!("rules: {rules}\n"));
        let arguments: Vec<&str> = ["check", "--format", "json"].iter().chain(arguments).copied().collect();
        project.run(&arguments)
    };
    let run = check("{ tenant-isolation: warning, cross-write: warning }", &[]).exits(0);
    assert_eq!(run.json()["findings"][0]["severity"], "warning");
    check("{ tenant-isolation: warning, cross-write: warning }", &["--fail-on", "warning"]).exits(1);
    check("{ tenant-isolation: info, cross-write: info }", &["--fail-on", "warning"]).exits(0);
    check("{ tenant-isolation: info, cross-write: info }", &["--fail-on", "info"]).exits(1);
    check("{ tenant-isolation: hint, cross-write: hint }", &["--fail-on", "info"]).exits(0);
    check("{ tenant-isolation: hint, cross-write: hint }", &["--fail-on", "hint"]).exits(1);
    let run = check("{ tenant-isolation: off, cross-write: off }", &["--fail-on", "hint"]).exits(0);
    assert_eq!(run.findings(), [""; 0]);
    // What is reported less severely does not stand for its consequence.
    let run = check("{ tenant-isolation: warning, cross-write: error }", &[]).exits(1);
    assert_eq!(run.json()["summary"]["errors"], 1);
}

#[test]
fn accepted_findings_are_not_reported() {
    let project = Project::leaking();
    let allow = "allow:
  - { rule: tenant-isolation, policy: shared_projects, reason: shared on purpose }
  - { rule: cross-write, policy: own_projects, reason: shared on purpose }
";
    project.write("pgpe.yaml", allow);
    project.run(&["check"]).exits(0);
}

#[test]
fn undecided_isolation_fails_whatever_its_severity() {
    let project = Project::isolated();
    project.write("schema.sql", format!("{SCHEMA}CREATE POLICY legacy ON projects USING (name ~ 'x');\n"));
    let run = project.run(&["check", "--format", "json"]).exits(1);
    let report = run.json();
    assert_eq!(report["summary"]["errors"], 0);
    assert_eq!(report["summary"]["unknown"], 8, "tasks are read by way of projects: {report}");
    project.write("pgpe.yaml", "rules: { unknown-verdict: off, foreign-policy: off }\n");
    let run = project.run(&["check", "--format", "json"]).exits(1);
    assert_eq!(run.findings(), [""; 0]);
}
