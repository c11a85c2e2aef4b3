//! `pgpe compile`: the same bytes every time, and none at all while something is wrong.

use std::path::Path;

use crate::support::{LEAK, PROJECTS, Project, SCHEMA, TASKS, command, run};

const PROJECTS_SQL: &str = "\
-- ============================================================
-- projects
-- ============================================================
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.projects FORCE ROW LEVEL SECURITY;

CREATE POLICY own_projects_projects
  ON public.projects
  AS PERMISSIVE
  FOR ALL
  USING (tenant_id = current_setting('app.tenant_id'));
";

const TASKS_SQL: &str = "\
-- ============================================================
-- tasks
-- ============================================================
ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tasks FORCE ROW LEVEL SECURITY;

CREATE POLICY own_tasks_tasks
  ON public.tasks
  AS PERMISSIVE
  FOR ALL
  USING (EXISTS (
    SELECT 1 FROM public.projects
    WHERE public.projects.id = public.tasks.project_id
      AND public.projects.tenant_id = current_setting('app.tenant_id')
  ));
";

#[test]
fn sql_to_the_byte() {
    let run = Project::isolated().run(&["compile"]).exits(0);
    assert_eq!((run.out, run.err), (format!("{PROJECTS_SQL}\n{TASKS_SQL}"), String::new()));
}

#[test]
fn the_running_example_to_the_byte() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/saas");
    let run = run(command(&example, &["compile", "--schema", "schema-text.sql"]), b"").exits(0);
    assert_eq!(run.out, std::fs::read_to_string(example.join("expected.sql")).unwrap());
}

#[test]
fn one_table() {
    let project = Project::isolated();
    assert_eq!(project.run(&["compile", "--table", "tasks"]).exits(0).out, TASKS_SQL);
    assert_eq!(project.run(&["compile", "--table", "public.projects"]).exits(0).out, PROJECTS_SQL);
    project.write("schema.sql", format!("{SCHEMA}CREATE TABLE open (id int);\n"));
    let run = project.run(&["compile", "--table", "open"]).exits(0);
    assert_eq!(run.out, "");
    assert!(run.err.starts_with("note: no policy or grant concerns"), "{}", run.err);
}

#[test]
fn json_is_the_expected_state() {
    let report =
        Project::isolated().run(&["compile", "--format", "json", "--table", "projects"]).exits(0).json();
    let expected = serde_json::json!({
        "version": 1,
        "tables": [{
            "schema": "public",
            "table": "projects",
            "statements": [
                "ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;",
                "ALTER TABLE public.projects FORCE ROW LEVEL SECURITY;",
                "CREATE POLICY own_projects_projects\n  ON public.projects\n  AS PERMISSIVE\n  FOR ALL\n  USING (tenant_id = current_setting('app.tenant_id'));",
            ],
            "policies": [{
                "name": "own_projects_projects",
                "policy": "own_projects",
                "type": "PERMISSIVE",
                "command": "ALL",
                "roles": [],
                "using": "tenant_id = current_setting('app.tenant_id')",
                "check": null,
            }],
            "grants": [],
        }],
    });
    assert_eq!(report, expected);
}

#[test]
fn into_a_file() {
    let project = Project::isolated();
    let run = project.run(&["compile", "--table", "tasks", "-o", "out.sql"]).exits(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    assert_eq!(project.read("out.sql"), TASKS_SQL);
    project.run(&["compile", "--table", "projects", "--output", "out.sql"]).exits(0);
    assert_eq!(project.read("out.sql"), PROJECTS_SQL);
}

#[cfg(unix)]
#[test]
fn into_what_is_no_plain_file() {
    let run = Project::isolated().run(&["compile", "--table", "tasks", "-o", "/dev/stdout"]).exits(0);
    assert_eq!(run.out, TASKS_SQL);
}

#[test]
fn a_policy_with_an_error_gives_no_sql() {
    let column = TASKS.replace("col('tenant_id')", "col('tenant')");
    let wrong = [
        "POLICY broken PERMISSIVE FOR".to_owned(),
        column.replace("own_tasks", "other"),
        PROJECTS.to_owned(),
    ];
    for text in wrong {
        let project = Project::isolated();
        project.write("out.sql", "as it was");
        project.write("policies/wrong.policy", text);
        let run = project.run(&["compile"]).exits(1);
        assert_eq!(run.out, "");
        assert!(run.err.contains("no SQL was written: correct "), "{}", run.err);
        assert!(run.err.contains("policies/wrong.policy:"), "{}", run.err);
        project.run(&["compile", "--table", "projects", "-o", "out.sql"]).exits(1);
        assert_eq!(project.read("out.sql"), "as it was");
    }
}

#[test]
fn no_severity_makes_an_error_harmless() {
    let narrow = |selector: &str, column: &str| {
        format!(
            "POLICY narrow\n  RESTRICTIVE\n  FOR ALL\n  SELECTOR {selector}\n  CLAUSE col('{column}') = lit(1)\n"
        )
    };
    let wrong = [
        (narrow("named('tasks')", "gone"), "unknown-column"),
        // The only policy of its table.
        (narrow("named('others')", "gone"), "unknown-column"),
        (narrow("named(", "id"), "syntax"),
    ];
    for (text, rule) in wrong {
        let project = Project::isolated();
        project.write("schema.sql", format!("{SCHEMA}CREATE TABLE others (id int);\n"));
        project.write("policies/narrow.policy", text);
        for configuration in [
            format!("rules: {{ {rule}: hint }}\n"),
            format!("rules: {{ {rule}: off }}\n"),
            format!("allow: [{{ rule: {rule}, reason: none }}]\n"),
        ] {
            project.write("pgpe.yaml", &configuration);
            let run = project.run(&["compile"]).exits(1);
            assert_eq!(run.out, "", "{configuration}");
            assert!(run.err.contains("no SQL was written"), "{}", run.err);
        }
    }
}

#[test]
fn what_only_proofs_find_does_not_stop_it() {
    let project = Project::isolated();
    project.write("policies/shared.policy", LEAK);
    project.run(&["check"]).exits(1);
    let run = project.run(&["compile"]).exits(0);
    assert!(run.out.contains("CREATE POLICY shared_projects_projects\n"), "{}", run.out);
}
