//! Bad input: one sentence that says what, where and what to do; the right exit code; nothing changed.

use crate::support::{PROJECTS, Project, SCHEMA, TASKS, isolation};

const READING: &[&[&str]] = &[&["check"], &["analyze"], &["compile"]];

#[test]
fn a_file_that_does_not_exist() {
    let project = Project::isolated();
    for arguments in [&["check", "gone.policy"][..], &["check", "gone/deeper"]] {
        project.run(arguments).refuses(&["gone", "there is no file or folder", "check the path"]);
    }
    project.run(&["fmt", "gone.policy"]).refuses(&["gone.policy", "there is no file"]);
    project.run(&["define", "gone.policy"]).refuses(&["gone.policy", "there is no file"]);
    project.run(&["check", "--config", "gone.yaml"]).refuses(&["gone.yaml", "--config"]);
    project.run(&["check", "--schema", "gone.sql"]).refuses(&["gone.sql", "check the path"]);
    project.write("pgpe.yaml", "schema: { file: gone.sql }\n");
    for arguments in READING {
        project.run(arguments).refuses(&["gone.sql", "pgpe.yaml"]);
    }
}

#[test]
fn a_directory_without_policies() {
    let project = Project::new(&[("schema.sql", SCHEMA), ("empty/readme", "")]);
    for arguments in READING {
        project.run(arguments).refuses(&["no policy files under", "**/*.policy", "pgpe.yaml"]);
    }
    project.run(&["fmt"]).refuses(&["no policy files under"]);

    let project = Project::isolated();
    project.write("empty/readme", "");
    project.run(&["check", "empty"]).refuses(&["no policies of this project under empty"]);
    project.run(&["fmt", "empty"]).refuses(&["no policies of this project under empty"]);
    project.run(&["check", "empty/readme"]).refuses(&["empty/readme is not part of this project"]);
}

#[test]
fn a_file_that_is_not_utf8() {
    let project = Project::isolated();
    project.write("policies/latin.policy", b"-- caf\xe9\n");
    for arguments in READING {
        project.run(arguments).refuses(&["policies/latin.policy", "not UTF-8 (byte 6)", "save it as UTF-8"]);
    }
    project.run(&["fmt", "policies/latin.policy"]).refuses(&["latin.policy", "not UTF-8"]);
    project.run_with(&["fmt", "-"], b"\xff").refuses(&["standard input is not UTF-8"]);

    let project = Project::isolated();
    project.write("latin.txt", b"\xe9");
    project.run(&["define", "latin.txt"]).refuses(&["latin.txt is not UTF-8"]);
    project.run_with(&["define", "-"], b"\xff").refuses(&["standard input is not UTF-8"]);
    project.write("schema.sql", b"\xff\xfeC\0");
    project.run(&["check"]).refuses(&["schema.sql is not UTF-8", "UTF-16"]);
}

#[test]
fn one_unreadable_file_does_not_hide_another() {
    let project = Project::isolated();
    project.write("policies/a.policy", b"\xe9");
    project.write("policies/b.policy", b"\xe9");
    let run = project.run(&["check"]).exits(2);
    assert_eq!(run.out, "");
    assert!(run.err.contains("a.policy is not UTF-8") && run.err.contains("b.policy is not UTF-8"));
}

#[test]
fn a_file_that_is_too_large() {
    let project = Project::isolated();
    let large = " ".repeat(11 * 1024 * 1024);
    project.write("policies/large.policy", &large);
    project.run(&["check"]).refuses(&["large.policy is too large", "the limit is"]);
    project.run_with(&["fmt", "-"], &large).refuses(&["<stdin> is too large"]);
}

#[test]
fn a_file_of_ten_megabytes_is_read() {
    let project = Project::isolated();
    project.write("policies/large.policy", format!("/*{}*/\n", "long ".repeat(2_000_000)));
    let run = project.run(&["check", "--format", "json"]).exits(0);
    assert_eq!(run.findings(), [""; 0]);
    // Nothing in it makes sense.
    project.write("policies/large.policy", "x = (\n".repeat(1_600_000));
    let run = project.run(&["check", "--format", "json"]).exits(1);
    assert!(run.findings().contains(&"syntax policies/large.policy".to_owned()));
}

#[test]
fn a_schema_with_statements_that_can_not_be_read() {
    let project = Project::isolated();
    project.write("schema.sql", format!("{SCHEMA}CREATE NONSENSE WITH SAUCE;\nALSO BAD;\n"));
    let run = project.run(&["check", "--format", "json"]).exits(0);
    let report = run.json();
    assert_eq!(run.findings(), ["schema-statement-skipped schema.sql"]);
    assert!(report["findings"][0]["message"].as_str().unwrap().starts_with("2 statements were skipped"));
    // What could be read is of use all the same.
    assert_eq!(report["summary"]["proven"], 8);
}

#[test]
fn a_bad_configuration() {
    let project = Project::isolated();
    project.write("pgpe.yaml", "version: 1\npolices: []\n");
    let wanted = "pgpe.yaml can't be used, correct it first: unknown key `polices`; did you mean `policies`?";
    for command in ["check", "analyze"] {
        let run = project.run(&[command, "--format", "json"]).exits(2);
        assert_eq!(run.findings(), ["config pgpe.yaml"]);
        assert_eq!(run.err, format!("error: {wanted}\n"));
    }
    for arguments in [&["compile"][..], &["define", "policies/tasks.policy"]] {
        let run = project.run(arguments).exits(2);
        assert_eq!(run.out, "");
        assert!(run.err.contains(wanted), "{}", run.err);
    }
    project.run(&["fmt"]).refuses(&[wanted]);
    project.write("pgpe.yaml", "policies: [a: {{{\n");
    let run = project.run(&["check"]).exits(2);
    assert!(run.err.contains("pgpe.yaml can't be used"));
}

#[test]
fn a_configuration_is_corrected_before_anything_else() {
    // By its mistake, the defaults would find nothing, or what can't be read.
    let project = Project::new(&[("pgpe.yaml", "policies: ['policies/[']\n")]);
    let wanted = "pgpe.yaml can't be used, correct it first: `policies` holds a pattern that can't be read";
    for arguments in [&["check"][..], &["analyze"], &["compile"], &["fmt"]] {
        let run = project.run(arguments).exits(2);
        assert!(run.err.contains(wanted), "{}", run.err);
    }
    project.write("other.policy", b"\xff");
    let run = project.run(&["check"]).exits(2);
    assert!(run.err.contains(wanted) && !run.err.contains("other.policy"), "{}", run.err);
}

#[test]
fn names_that_do_not_exist() {
    let project = Project::isolated();
    for command in ["analyze", "compile"] {
        project.run(&[command, "--table", "task"]).refuses(&["no table `task`", "did you mean `tasks`?"]);
        project.run(&[command, "--table", "public.task"]).refuses(&["did you mean `public.tasks`?"]);
        project.run(&[command, "--table", "zzz"]).refuses(&["no table `zzz`", "check the name"]);
    }
    let analyze = |proof| project.run(&["analyze", "--proof", proof]);
    analyze("tenant-isolatio").refuses(&["no proof `tenant-isolatio`", "did you mean `tenant-isolation`?"]);
    analyze("zzz").refuses(&["no proof `zzz`", "the proofs are contradiction,"]);
    analyze("syntax").refuses(&["the rule syntax is not a proof"]);
    project.run(&["explain", "tautologie"]).refuses(&["no rule `tautologie`", "did you mean `tautology`?"]);
    project.run(&["explain", "zzz"]).refuses(&["no rule `zzz`", "pgpe explain"]);
}

#[test]
fn options_that_do_not_exist() {
    let project = Project::isolated();
    for arguments in [
        &["check", "--nonsense"][..],
        &["check", "--format", "xml"],
        &["check", "--fail-on", "never"],
        &["nonsense"],
        &["compile", "-q", "-v"],
        &["define"],
        &["completions", "tcsh"],
        &[],
    ] {
        let run = project.run(arguments).exits(2);
        assert_eq!(run.out, "");
        assert!(run.err.contains("Usage: ") || run.err.contains("--help"), "{}", run.err);
    }
}

#[test]
fn without_a_schema_nothing_is_compiled() {
    let project = Project::new(&[("a.policy", PROJECTS)]);
    project.run(&["compile"]).refuses(&["no schema is known", "pg_dump --schema-only", "--schema"]);
    project.run(&["analyze", "--table", "projects"]).refuses(&["no schema is known"]);
    // Checking does what it can, with a hint.
    let run = project.run(&["check", "--format", "json"]).exits(0);
    assert_eq!(run.findings(), ["no-schema -"]);
    project.run(&["check", "--fail-on", "hint"]).exits(1);
    let run = project.run(&["analyze", "--format", "json"]).exits(0);
    assert_eq!(run.json()["tables"].as_array().unwrap().len(), 0);
}

#[test]
fn a_syntax_error_spoils_no_other_policy() {
    let project = Project::new(&[
        ("schema.sql", SCHEMA),
        (
            "all.policy",
            &format!(
                "{PROJECTS}\nPOLICY broken\n  PERMISSIVE FOR SELECT SELECTOR what CLAUSE col(id) = lit(1)\n\n{TASKS}"
            ),
        ),
    ]);
    let run = project.run(&["analyze", "--format", "json"]).exits(1);
    let report = run.json();
    assert!(run.findings().contains(&"syntax all.policy".to_owned()), "{report}");
    // What the broken one was to select can't be known, so reading is open everywhere.
    assert_eq!(isolation(&report, "projects", "SELECT"), "UNKNOWN");
    for command in ["INSERT", "DELETE"] {
        assert_eq!(isolation(&report, "projects", command), "PROVEN");
        // Writing a task reads its project.
        assert_eq!(isolation(&report, "tasks", command), "UNKNOWN");
    }

    let other = TASKS.replace("named('tasks')", "named('tasks') AND (");
    project.write("all.policy", format!("{PROJECTS}\n{other}"));
    project.run(&["check"]).exits(1);

    let broken = TASKS.replace("project_id, projects, id", "project_id, projects");
    project.write("all.policy", format!("{PROJECTS}\n{broken}"));
    let run = project.run(&["analyze", "--format", "json"]).exits(1);
    let report = run.json();
    assert_eq!(isolation(&report, "tasks", "SELECT"), "UNKNOWN");
    assert_eq!(isolation(&report, "projects", "SELECT"), "PROVEN");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::isolated();
    let secret = project.path("policies/secret.policy");
    project.write("policies/secret.policy", PROJECTS);
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything.
    if std::fs::read(&secret).is_err() {
        project.run(&["check"]).refuses(&["secret.policy can't be read", "check its permissions"]);
    }
}

#[test]
fn a_folder_in_place_of_a_file() {
    let project = Project::isolated();
    project.run(&["check", "--schema", "policies"]).refuses(&["policies is a folder: name a file"]);
    project.run(&["define", "policies"]).refuses(&["policies is a folder: name a file"]);
    project.run(&["compile", "-o", "policies"]).refuses(&["policies can't be written"]);
    project.run(&["compile", "-o", "gone/out.sql"]).refuses(&["gone/out.sql can't be written"]);
}

#[test]
fn file_names_do_not_steer_the_terminal() {
    let project = Project::isolated();
    let run = project.run(&["check", "\u{1b}[31mred.policy"]).exits(2);
    assert!(!run.err.contains('\u{1b}'), "{}", run.err);
}
