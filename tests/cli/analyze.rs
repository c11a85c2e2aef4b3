//! `pgpe analyze`: verdicts by table and command.

use crate::support::{PROJECTS, Project, SCHEMA, TASKS, isolation};

#[test]
fn people_see_a_grid_and_the_findings() {
    let run = Project::leaking().run(&["analyze"]).exits(1);
    assert!(run.out.contains("public.projects  own_projects, shared_projects\n"), "{}", run.out);
    assert!(run.out.contains("✗ FAILED     ✓ proven     ✓ proven     ✓ proven"), "{}", run.out);
    assert!(run.out.contains("counterexample:"), "{}", run.out);
    assert!(run.out.ends_with("by table and command: 7 proven, 1 FAILED.\n"), "{}", run.out);
}

#[test]
fn json_is_that_of_check_with_the_tables() {
    let broken = TASKS.replace("col('tenant_id')", "col('tenant')");
    let unreadable = "POLICY broken PERMISSIVE FOR";
    for project in [
        Project::leaking(),
        Project::isolated(),
        Project::new(&[("a.policy", PROJECTS)]),
        Project::new(&[("schema.sql", SCHEMA), ("a.policy", &broken), ("b.policy", unreadable)]),
    ] {
        let check = project.run(&["check", "--format", "json"]);
        let analyze = project.run(&["analyze", "--format", "json"]);
        assert_eq!(check.code, analyze.code);
        let mut report = analyze.json();
        let tables = report.as_object_mut().unwrap().remove("tables").unwrap();
        assert!(tables.is_array());
        assert_eq!(report, check.json());
    }
}

#[test]
fn tables_list_what_governs_them() {
    let report = Project::leaking().run(&["analyze", "--format", "json"]).json();
    let tables = report["tables"].as_array().unwrap();
    let names: Vec<&str> = tables.iter().map(|table| table["table"].as_str().unwrap()).collect();
    assert_eq!(names, ["projects", "tasks"]);
    assert_eq!(tables[0]["schema"], "public");
    assert_eq!(tables[0]["policies"], serde_json::json!(["own_projects", "shared_projects"]));
    assert_eq!(isolation(&report, "projects", "SELECT"), "FAILED");
    assert_eq!(isolation(&report, "projects", "DELETE"), "PROVEN");
    assert_eq!(isolation(&report, "tasks", "SELECT"), "PROVEN");
    assert_eq!(tables[1]["commands"]["SELECT"]["contradiction"], "PROVEN");
}

#[test]
fn one_table() {
    let project = Project::leaking();
    for name in ["tasks", "public.tasks"] {
        let run = project.run(&["analyze", "--table", name, "--format", "json"]).exits(0);
        assert_eq!(run.findings(), [""; 0]);
        assert_eq!(run.json()["tables"].as_array().unwrap().len(), 1);
        assert_eq!(run.json()["summary"]["proven"], 4);
    }
    let run = project.run(&["analyze", "--table", "projects", "--format", "json"]).exits(1);
    assert_eq!(run.findings(), ["tenant-isolation policies/shared.policy"]);
    // A table without policies has no verdicts, which is said.
    project.write("schema.sql", format!("{SCHEMA}CREATE TABLE open (id int);\n"));
    let run = project.run(&["analyze", "--table", "open", "--format", "json"]).exits(0);
    assert_eq!(run.findings(), ["coverage schema.sql"]);
}

#[test]
fn one_proof() {
    let project = Project::leaking();
    let run = project.run(&["analyze", "--proof", "tautology", "--format", "json"]).exits(0);
    assert_eq!(run.findings(), [""; 0]);
    let commands = run.json()["tables"][0]["commands"]["SELECT"].clone();
    assert_eq!(commands, serde_json::json!({ "tautology": "PROVEN" }));
    let run = project.run(&["analyze", "--proof", "tenant-isolation", "--format", "json"]).exits(1);
    assert_eq!(run.findings(), ["tenant-isolation policies/shared.policy"]);
}

#[test]
fn the_bar_for_failing_can_be_lowered() {
    let project = Project::isolated();
    project.write("schema.sql", format!("{SCHEMA}CREATE TABLE open (id int);\n"));
    project.run(&["analyze"]).exits(0);
    project.run(&["analyze", "--fail-on", "warning"]).exits(1);
}

#[test]
fn counterexamples_are_written_as_sql() {
    let project = Project::leaking();
    project.run(&["analyze", "--proof", "tenant-isolation", "--replay", "leaks.sql"]).exits(1);
    let script = project.read("leaks.sql");
    assert!(script.contains("\\set ON_ERROR_STOP on\n"), "{script}");
    assert_eq!(script.matches("\nBEGIN;\n").count(), 1, "{script}");
    assert!(script.ends_with("ROLLBACK;\n"), "{script}");
    project.run(&["analyze", "--table", "tasks", "--replay", "none.sql"]).exits(0);
    assert!(!project.read("none.sql").contains("BEGIN"));
}

#[test]
fn statements_of_a_table() {
    let project = Project::isolated();
    project.write(
        "policies/named.policy",
        "POLICY named RESTRICTIVE FOR SELECT SELECTOR named('projects') CLAUSE col('name') != lit('')\n",
    );
    let run = project.run(&["analyze", "--statements", "projects", "--format", "json"]).exits(0).json();
    let outcome = |statement: &str| {
        let statements = run["statements"].as_array().unwrap();
        let found = statements.iter().find(|found| found["statement"] == statement).unwrap().clone();
        (found["outcome"].as_str().unwrap().to_owned(), found)
    };
    assert_eq!(outcome("INSERT").0, "works");
    assert_eq!(outcome("UPDATE … WHERE").0, "may-fail");
    let (returning, found) = outcome("INSERT … RETURNING");
    assert_eq!(returning, "may-fail");
    assert_eq!(found["refused"]["row"]["name"], "''");
    let human = project.run(&["analyze", "--statements", "public.projects"]).exits(0);
    assert!(
        human.out.contains("INSERT … RETURNING                    ! may fail  refused\n"),
        "{}",
        human.out
    );
    project.run(&["analyze", "--statements", "project"]).refuses(&["did you mean `projects`?"]);
}

#[test]
fn ways_round_policies_are_named() {
    let project = Project::isolated();
    let schema = "\
CREATE ROLE backup BYPASSRLS;
CREATE ROLE ops LOGIN NOINHERIT IN ROLE backup;
CREATE ROLE unused SUPERUSER;
CREATE VIEW listed AS SELECT name FROM projects;
CREATE VIEW mine WITH (security_invoker = true) AS SELECT name FROM projects;
CREATE MATERIALIZED VIEW kept AS SELECT title FROM tasks;
CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM tasks';
";
    project.write("schema.sql", format!("{}{schema}", crate::support::SCHEMA));
    let json = project.run(&["analyze", "--format", "json"]).exits(0).json();
    let kinds = |table: &str| {
        let tables = json["tables"].as_array().unwrap();
        let table = tables.iter().find(|it| it["table"] == table).unwrap();
        let told = table["assumptions"].as_array().unwrap().iter();
        let told = told.filter(|it| it["verdicts"]["SELECT"].to_string().contains("tenant-isolation"));
        told.map(|it| it["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let has = |table: &str, kind: &str| kinds(table).iter().any(|it| it == kind);
    for (kind, projects, tasks) in [
        ("bypassing-role", true, true),
        ("definer-function", true, true),
        ("owner-rights-view", true, false),
        ("materialized-view", false, true),
        ("unforced-owner", false, false),
    ] {
        assert_eq!((has("projects", kind), has("tasks", kind)), (projects, tasks), "{kind}");
    }
    let human = project.run(&["analyze"]).exits(0).out;
    assert!(
        human.contains("backup bypasses row-level security as BYPASSRLS, and ops may become it"),
        "{human}"
    );
    assert!(
        human.contains("public.listed, without security_invoker, reads public.projects as its owner"),
        "{human}"
    );
    assert!(!human.contains("unused") && !human.contains("public.mine"), "{human}");
}
