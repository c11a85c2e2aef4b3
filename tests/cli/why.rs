//! `pgpe why`.

use crate::support::Project;

#[test]
fn each_command_is_explained() {
    let project = Project::leaking();
    let arguments = [
        "why",
        "--table",
        "projects",
        "--session",
        "app.tenant_id=alpha",
        "--row",
        "tenant_id=beta",
        "--row",
        "name=shared",
        "--format",
        "json",
    ];
    let report = project.run(&arguments).exits(0).json();
    assert_eq!(report["table"], "public.projects");
    assert_eq!(report["commands"]["SELECT"]["outcome"], "passes");
    assert_eq!(report["commands"]["INSERT"]["outcome"], "does not pass");
    let policies = report["commands"]["SELECT"]["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 2);
    // Without the name it depends on that.
    let human = project.run(&arguments[..7]).exits(0).out;
    assert!(human.contains("SELECT"), "{human}");
    assert!(human.contains("the column name was not given"), "{human}");
}

#[test]
fn bad_input_is_refused() {
    let project = Project::isolated();
    project.run(&["why", "--table", "project"]).refuses(&["no table `project`", "did you mean `projects`?"]);
    project
        .run(&["why", "--table", "projects", "--row", "nmae=x"])
        .refuses(&["nmae", "did you mean `name`?"]);
    project.run(&["why", "--table", "projects", "--row", "id=x"]).refuses(&["id"]);
    project.run(&["why", "--table", "projects", "--session", "x"]).refuses(&["--session x"]);
}
