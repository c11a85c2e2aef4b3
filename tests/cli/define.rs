//! `pgpe define`: new policies are stored if nothing is wrong with them, and not at all otherwise.

use crate::support::{LEAK, PROJECTS, Project, SCHEMA, TASKS};

const UNTIDY_TASKS: &str = "policy own_tasks permissive for all selector named('tasks')\n\
    clause exists(rel(_,project_id,projects,id), col('tenant_id')=session('app.tenant_id'))\n";

fn project() -> Project {
    Project::new(&[
        ("pgpe.yaml", "policies: ['policies/**/*.policy']\n"),
        ("schema.sql", SCHEMA),
        ("policies/projects.policy", PROJECTS),
        ("new/tasks.policy", UNTIDY_TASKS),
    ])
}

/// All files below the policies' folder.
fn stored(project: &Project) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(project.path("policies"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn policies_are_stored_formatted_and_their_tables_told() {
    let project = project();
    let run = project.run(&["define", "new/tasks.policy"]).exits(0);
    assert_eq!(run.out, "stored policies/tasks.policy\n  own_tasks governs public.tasks\n");
    assert_eq!(project.read("policies/tasks.policy"), TASKS);
    project.run(&["check"]).exits(0);
}

#[test]
fn several_files_and_names() {
    let project = project();
    project.write(
        "new/more.txt",
        "POLICY none PERMISSIVE FOR SELECT SELECTOR named('nothing') CLAUSE col(id) = lit(1)",
    );
    let run = project.run_in("new", &["define", "tasks.policy", "more.txt"]).exits(0);
    assert!(run.out.ends_with("stored policies/more.policy\n  none governs no table\n"), "{}", run.out);
    assert_eq!(stored(&project), ["more.policy", "projects.policy", "tasks.policy"]);
}

#[test]
fn standard_input_is_stored_under_the_policy_s_name() {
    let project = project();
    let run = project.run_with(&["define", "-", "--quiet"], UNTIDY_TASKS).exits(0);
    assert_eq!(run.out, "");
    assert_eq!(project.read("policies/own_tasks.policy"), TASKS);

    let odd = UNTIDY_TASKS.replace("policy own_tasks", "policy '../a/b'");
    let project = self::project();
    project.run_with(&["define", "-"], odd).exits(0);
    assert_eq!(stored(&project), ["___a_b.policy", "projects.policy"]);

    project.run_with(&["define", "-"], "").refuses(&["one policy", "but it holds 0"]);
    project.run_with(&["define", "-"], format!("{TASKS}\n{LEAK}")).refuses(&["but it holds 2"]);
}

#[test]
fn the_first_policies_of_a_project() {
    let project = Project::new(&[("schema.sql", SCHEMA)]);
    project.run_with(&["define", "-"], PROJECTS).exits(0);
    assert_eq!(project.read("own_projects.policy"), PROJECTS);

    let project = Project::new(&[("pgpe.yaml", "policies: ['db/rules/*.policy']\n")]);
    let run = project.run_with(&["define", "-"], PROJECTS).exits(0);
    assert!(run.out.contains("no schema is known"), "{}", run.out);
    assert_eq!(project.read("db/rules/own_projects.policy"), PROJECTS);
}

#[track_caller]
fn nothing_stored(project: &Project, code: i32, arguments: &[&str], parts: &[&str]) {
    let before = stored(project);
    let run = project.run(arguments).exits(code);
    assert_eq!(run.out, "");
    for part in parts {
        assert!(run.err.contains(part), "no `{part}` in {}", run.err);
    }
    assert_eq!(stored(project), before);
}

#[test]
fn names_that_are_taken() {
    let project = project();
    project.write("new/again.policy", PROJECTS);
    nothing_stored(
        &project,
        1,
        &["define", "new/tasks.policy", "new/again.policy"],
        &["the policy own_projects of new/again.policy exists already in policies/projects.policy"],
    );
    project.write("new/twice.policy", TASKS);
    nothing_stored(
        &project,
        1,
        &["define", "new/tasks.policy", "new/twice.policy"],
        &["the policy own_tasks of new/twice.policy exists already in new/tasks.policy"],
    );
    project.write("new/projects.policy", TASKS);
    nothing_stored(
        &project,
        2,
        &["define", "new/projects.policy"],
        &["policies/projects.policy exists already: rename new/projects.policy"],
    );
    project.write("other/tasks.policy", LEAK);
    nothing_stored(
        &project,
        2,
        &["define", "new/tasks.policy", "other/tasks.policy"],
        &["would both be stored as policies/tasks.policy"],
    );
}

#[test]
fn what_is_wrong_is_told_at_its_place_in_the_input() {
    let project = project();
    let wrong = [
        ("POLICY x PERMISSIVE FOR", "[syntax] Error: "),
        (
            "POLICY x PERMISSIVE FOR SELECT SELECTOR named('tasks') CLAUSE col('nmae') = lit('x')",
            "[unknown-column]",
        ),
        ("POLICY x PERMISSIVE FOR SELECT SELECTOR named('tasks') CLAUSE col('id') = lit('x')", "Error: "),
        (LEAK, "[tenant-isolation] Error: "),
    ];
    for (text, finding) in wrong {
        project.write("new/wrong.policy", text);
        nothing_stored(
            &project,
            1,
            &["define", "new/tasks.policy", "new/wrong.policy"],
            &[finding, "new/wrong.policy:", "nothing was stored: correct the error first"],
        );
    }
    project.write("new/empty.policy", "-- nothing\n");
    nothing_stored(&project, 2, &["define", "new/empty.policy"], &["new/empty.policy holds no policy"]);
}

#[test]
fn isolation_must_be_decided() {
    let project = project();
    project.write("schema.sql", format!("{SCHEMA}CREATE POLICY legacy ON tasks USING (title ~ 'x');\n"));
    nothing_stored(
        &project,
        1,
        &["define", "new/tasks.policy"],
        &["isolation can't be decided on public.tasks SELECT, public.tasks INSERT"],
    );
}

#[test]
fn old_errors_do_not_count() {
    let project = project();
    project.write("policies/shared.policy", LEAK);
    project.run(&["define", "new/tasks.policy"]).exits(0);
}

#[test]
fn what_no_pattern_would_find_is_not_stored() {
    let project = project();
    project.write("pgpe.yaml", "policies: ['policies/main-*.policy']\n");
    nothing_stored(
        &project,
        2,
        &["define", "new/tasks.policy"],
        &["policies/tasks.policy would not be part of the project", "main-*"],
    );
}
