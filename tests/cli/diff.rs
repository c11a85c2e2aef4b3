//! `pgpe diff`.

use std::process::Command;

use serde_json::Value;

use crate::support::{LEAK, PROJECTS, Project, SCHEMA, TASKS};

const T: &str = "col('tenant_id') = session('app.tenant_id')";

fn policy(clauses: &str) -> String {
    format!("POLICY p PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE {clauses}\n")
}

/// What becomes of each command on projects, `SELECT INSERT UPDATE DELETE`, when the policies change.
fn change(schemas: (&str, &str), policies: (&str, &str)) -> (Vec<String>, Value) {
    let project = Project::new(&[
        ("before/schema.sql", schemas.0),
        ("after/schema.sql", schemas.1),
        ("before/p.policy", policies.0),
        ("after/p.policy", policies.1),
    ]);
    let report =
        project.run_in("after", &["diff", "--base", "../before", "--format", "json"]).exits(0).json();
    let table = report["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|table| table["table"] == "projects")
        .cloned()
        .unwrap_or_default();
    let words = ["SELECT", "INSERT", "UPDATE", "DELETE"]
        .into_iter()
        .map(|command| table["commands"][command]["access"].as_str().unwrap_or("-").to_owned())
        .collect();
    (words, table)
}

#[test]
fn access_is_compared_by_what_passes() {
    let admin = "col('name') = lit('admin')";
    let cases = [
        (T.to_owned(), T.to_owned(), "same same same same"),
        // Other words for the same thing.
        (format!("{T} AND {admin}"), format!("{admin} AND {T}"), "same same same same"),
        (T.to_owned(), format!("{T} OR CLAUSE {admin}"), "wider wider wider wider"),
        (format!("{T} OR CLAUSE {admin}"), T.to_owned(), "narrower narrower narrower narrower"),
        (T.to_owned(), admin.to_owned(), "incomparable incomparable incomparable incomparable"),
        (T.to_owned(), format!("{T} WITH CHECK CLAUSE {T} AND {admin}"), "same narrower narrower same"),
        // They differ on NULL alone.
        (
            "col('note') != lit('x') OR CLAUSE col('note') = lit('x')".to_owned(),
            "col('id') IS NOT NULL".to_owned(),
            "wider wider wider wider",
        ),
        (
            "col('name') != lit('x') OR CLAUSE col('name') = lit('x')".to_owned(),
            "col('id') IS NOT NULL".to_owned(),
            "same same same same",
        ),
    ];
    let schema = format!("{SCHEMA}ALTER TABLE projects ADD COLUMN note text;\n");
    for (before, after, expected) in cases {
        let (words, table) = change((&schema, &schema), (&policy(&before), &policy(&after)));
        assert_eq!(words.join(" "), expected, "{before}\n{after}\n{table:#}");
        for (word, side) in [("wider", "gained"), ("narrower", "lost")] {
            if words[1] == word {
                let shown = &table["commands"]["INSERT"][side];
                assert!(shown["row"].is_object(), "{shown}");
                assert_eq!(shown["policies"], serde_json::json!(["p"]));
            }
        }
    }
}

#[test]
fn a_table_without_policies_is_open() {
    let (words, table) = change((SCHEMA, SCHEMA), (&policy(T), TASKS));
    assert_eq!(words, ["wider"; 4]);
    let shown = &table["commands"]["SELECT"]["gained"];
    assert_eq!(shown["policies"], serde_json::json!(["no policy governs the table"]));
}

#[test]
fn policies_of_traversed_tables_count() {
    let tasks = "POLICY t PERMISSIVE FOR ALL SELECTOR named('tasks') CLAUSE exists(rel(_, project_id, projects, id), {col('id') IS NOT NULL})\n";
    let project = Project::new(&[("before/schema.sql", SCHEMA), ("after/schema.sql", SCHEMA)]);
    project.write("before/p.policy", format!("{tasks}{}", policy(T)));
    project.write(
        "after/p.policy",
        format!("{tasks}{}", policy(&format!("{T} OR CLAUSE col('name') = lit('shared')"))),
    );
    let report =
        project.run_in("after", &["diff", "--base", "../before", "--format", "json"]).exits(0).json();
    let access: Vec<&Value> = report["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| &table["commands"]["SELECT"]["access"])
        .collect();
    assert_eq!(access, ["wider", "wider"]);
}

#[test]
fn row_security_of_traversed_tables_that_are_not_the_projects_counts_on_both_sides() {
    let policy = policy("exists(rel(_, id, tasks, project_id), {col('id') IS NOT NULL})");
    let closed = format!("{SCHEMA}ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;\n");
    for schemas in [(SCHEMA, closed.as_str()), (closed.as_str(), SCHEMA)] {
        let (words, table) = change(schemas, (&policy, &policy));
        assert_eq!(words, ["unknown"; 4], "{table:#}");
    }
}

#[test]
fn a_change_of_the_schema_shows_in_the_verdicts() {
    let by_key = SCHEMA;
    let without = SCHEMA
        .replace("projects (id int PRIMARY KEY", "projects (id int NOT NULL")
        .replace("NOT NULL REFERENCES projects (id)", "NOT NULL");
    let policies = format!("{PROJECTS}{TASKS}");
    let project = Project::new(&[
        ("before/schema.sql", by_key),
        ("after/schema.sql", &without),
        ("before/p.policy", &policies),
        ("after/p.policy", &policies),
        ("after/pgpe.yaml", "version: 1\n"),
    ]);
    let run = project.run_in("after", &["diff", "--base", "../before", "--exit-code"]).exits(1);
    let told =
        "public.tasks\n  tenant-isolation: PROVEN before, FAILED now (SELECT, INSERT, UPDATE, DELETE)\n";
    assert!(run.out.starts_with(told), "{}", run.out);
    // What can't be compared is said.
    let retyped = SCHEMA.replace("tenant_id text", "tenant_id uuid");
    let (words, table) = change((SCHEMA, &retyped), (PROJECTS, PROJECTS));
    assert_eq!(words, ["unknown"; 4]);
    let reason = table["commands"]["SELECT"]["unknown"][0].as_str().unwrap();
    assert!(reason.contains("tenant_id"), "{reason}");
}

#[test]
fn tables_that_come_and_go() {
    let both = format!("{SCHEMA}CREATE TABLE notes (id int PRIMARY KEY, tenant_id text NOT NULL);\n");
    let owned = "POLICY o PERMISSIVE FOR ALL SELECTOR has_column('tenant_id') CLAUSE col('tenant_id') = session('app.tenant_id')\n";
    let project = Project::new(&[
        ("before/schema.sql", SCHEMA),
        ("after/schema.sql", &both),
        ("before/p.policy", owned),
        ("after/p.policy", owned),
    ]);
    let run = project.run_in("after", &["diff", "--base", "../before"]).exits(0);
    assert_eq!(
        run.out,
        "public.notes\n  a new table\n\nCompared with ../before: 1 table changed, 1 the same.\n"
    );
    let run = project.run_in("before", &["diff", "--base", "../after"]).exits(0);
    assert!(run.out.contains("public.notes\n  no such table any more\n"), "{}", run.out);
}

fn git(project: &Project, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
        .args(arguments)
        .current_dir(project.path(""));
    git.env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE").env_remove("GIT_WORK_TREE");
    let output = git.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn revisions_are_read_from_git_and_leave_the_repository_alone() {
    let project = Project::new(&[
        ("sub/schema.sql", SCHEMA),
        ("sub/projects.policy", PROJECTS),
        ("sub/tasks.policy", TASKS),
    ]);
    git(&project, &["init", "-q"]);
    git(&project, &["add", "."]);
    git(&project, &["commit", "-q", "-m", "first"]);
    let same = project.run_in("sub", &["diff", "--base", "HEAD", "--exit-code"]).exits(0);
    assert_eq!(same.out, "Access is the same as in HEAD on 2 tables.\n");

    project.write("sub/shared.policy", LEAK);
    git(&project, &["add", "."]);
    let index = std::fs::read(project.path(".git/index")).unwrap();
    let run = project.run_in("sub", &["diff", "--base", "HEAD", "--exit-code"]).exits(1);
    assert!(run.out.contains("public.projects\n  SELECT  wider\n    passes now:\n"), "{}", run.out);
    assert!(run.out.contains("tenant-isolation: PROVEN before, FAILED now (SELECT)"), "{}", run.out);
    assert_eq!(std::fs::read(project.path(".git/index")).unwrap(), index);

    let markdown = project.run_in("sub", &["diff", "--base", "HEAD", "--format", "markdown"]).exits(0).out;
    assert!(markdown.contains("| public.projects | **wider** | same | same | same |"), "{markdown}");
    assert!(
        markdown.contains("<details><summary>public.projects SELECT: passes now</summary>"),
        "{markdown}"
    );

    project
        .run_in("sub", &["diff", "--base", "no-such"])
        .refuses(&["neither a folder nor a revision no-such"]);
    project.run_in("sub", &["diff", "--base=--help"]).refuses(&["neither a folder nor a revision --help"]);
}

#[test]
fn what_can_not_be_compared_is_refused() {
    let project = Project::isolated();
    project.run(&["diff", "--base", "HEAD"]).refuses(&["there is no folder HEAD", "no git repository"]);
    std::fs::create_dir(project.path("empty")).unwrap();
    project.run_in("empty", &["diff", "--base", ".."]).refuses(&["no schema is known"]);
    project.run(&["diff", "--base", "empty"]).refuses(&["no schema is known"]);
    project.write("empty/pgpe.yaml", "policy: x\n");
    let run = project.run(&["diff", "--base", "empty"]).exits(2);
    assert!(run.err.contains("can't be used"), "{}", run.err);
}

#[test]
fn hand_written_policies_give_access_too() {
    let by_hand = "CREATE POLICY mine ON projects USING (tenant_id = current_setting('app.tenant_id'));\n";
    let enabled = "ALTER TABLE projects ENABLE ROW LEVEL SECURITY;\n";
    for (before, access) in [
        (format!("{SCHEMA}{by_hand}{enabled}"), "same same same same"),
        // Nothing but the policy: it is not in force.
        (format!("{SCHEMA}{by_hand}"), "narrower narrower narrower narrower"),
        // In force without any: nothing passes.
        (format!("{SCHEMA}{enabled}"), "wider wider wider wider"),
    ] {
        let (words, _) = change((&before, SCHEMA), ("", &policy(T)));
        assert_eq!(words.join(" "), access, "{before}");
    }
}
