//! `pgpe fmt`: in place, as a filter, and as a check.

use crate::support::{PROJECTS, Project, SCHEMA, TIDY, UNTIDY};

#[test]
fn standard_input_goes_to_standard_output() {
    let project = Project::new(&[]);
    let run = project.run_with(&["fmt", "-"], UNTIDY).exits(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), (TIDY, ""));
    let again = project.run_with(&["fmt", "-"], &run.out).exits(0);
    assert_eq!(again.out, TIDY);
    assert_eq!(project.run_with(&["fmt", "-"], "").exits(0).out, "");
    // Byte order marks and line ends stay.
    let windows = format!("\u{feff}-- why\n{UNTIDY}").replace('\n', "\r\n");
    let run = project.run_with(&["fmt", "-"], &windows).exits(0);
    assert_eq!(run.out, format!("\u{feff}-- why\n{TIDY}").replace('\n', "\r\n"));
    project.run_with(&["fmt", "-", "x"], "").refuses(&["- stands for standard input"]);
}

#[test]
fn files_are_formatted_in_place() {
    let project = Project::new(&[("a.policy", UNTIDY), ("sub/b.policy", UNTIDY), ("c.policy", UNTIDY)]);
    let run = project.run(&["fmt", "a.policy", "sub"]).exits(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    assert_eq!(project.read("a.policy"), TIDY);
    assert_eq!(project.read("sub/b.policy"), TIDY);
    assert_eq!(project.read("c.policy"), UNTIDY);
    project.run(&["fmt"]).exits(0);
    assert_eq!(project.read("c.policy"), TIDY);
}

#[test]
fn the_project_says_which_files() {
    let project = Project::new(&[
        ("pgpe.yaml", "policies: ['in/*.policy']\nschema: { file: gone.sql }\n"),
        ("in/a.policy", UNTIDY),
        ("out/b.policy", UNTIDY),
    ]);
    project.run_in("in", &["fmt"]).exits(0);
    assert_eq!(project.read("in/a.policy"), TIDY);
    assert_eq!(project.read("out/b.policy"), UNTIDY);
    project.run(&["fmt", "out/b.policy"]).exits(0);
    assert_eq!(project.read("out/b.policy"), TIDY);
}

#[test]
fn check_lists_what_would_change() {
    let project = Project::new(&[
        ("a.policy", UNTIDY),
        ("b.policy", TIDY),
        ("sub/c.policy", UNTIDY),
        ("schema.sql", SCHEMA),
    ]);
    let run = project.run(&["fmt", "--check"]).exits(1);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("a.policy\nsub/c.policy\n", ""));
    assert_eq!(project.read("a.policy"), UNTIDY);
    project.run(&["fmt", "--check", "b.policy"]).exits(0);
    assert_eq!(project.run_with(&["fmt", "--check", "-"], UNTIDY).exits(1).out, "<stdin>\n");
    project.run(&["fmt"]).exits(0);
    assert_eq!(project.run(&["fmt", "--check"]).exits(0).out, "");
}

#[test]
fn what_has_errors_is_left_as_it_is() {
    let broken = "POLICY  broken   PERMISSIVE for nothing\n";
    let text = format!("{UNTIDY}\n{broken}");
    let project = Project::new(&[("a.policy", &text)]);
    let run = project.run(&["fmt"]).exits(1);
    assert_eq!(run.out, "");
    assert!(run.err.contains("[syntax] Error: ") && run.err.contains("a.policy:3:"), "{}", run.err);
    assert_eq!(project.read("a.policy"), format!("{TIDY}\n{broken}"));
    project.run(&["fmt", "--check"]).exits(1);
    let run = project.run_with(&["fmt", "-"], &text).exits(1);
    assert_eq!(run.out, format!("{TIDY}\n{broken}"));
    assert!(run.err.contains("<stdin>:3:"), "{}", run.err);
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let project = Project::new(&[("b.policy", UNTIDY)]);
    project.write("a.policy", b"\xe9");
    let run = project.run(&["fmt", "a.policy", "gone.policy", "b.policy"]).exits(2);
    assert_eq!(run.err.lines().count(), 2, "{}", run.err);
    assert_eq!(project.read("b.policy"), TIDY);
}

#[test]
fn a_tidy_file_is_not_touched() {
    let project = Project::new(&[("a.policy", PROJECTS)]);
    let modified = || std::fs::metadata(project.path("a.policy")).unwrap().modified().unwrap();
    let before = modified();
    project.run(&["fmt"]).exits(0);
    assert_eq!(modified(), before);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(&[("real.txt", UNTIDY)]);
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(project.path("real.txt"), mode(0o640)).unwrap();
    std::os::unix::fs::symlink(project.path("real.txt"), project.path("link.policy")).unwrap();
    project.run(&["fmt"]).exits(0);
    assert_eq!(project.read("real.txt"), TIDY);
    assert!(std::fs::symlink_metadata(project.path("link.policy")).unwrap().is_symlink());
    let metadata = std::fs::metadata(project.path("real.txt")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(project.path("")).unwrap().count(), 2, "nothing is left behind");
}
