//! Projects in temporary folders.

use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};

use crate::{FileRole, Layout, Location, MAX_FILE_BYTES, Project, ProjectError, relative_path};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (path, text) in files {
            folder.write(path, text.as_bytes());
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn check(&self, start: &str, expected: Expect) {
        let mut told = String::new();
        match Project::discover(&self.path().join(start), None, None) {
            Ok(project) => {
                for file in &project.files {
                    told += &format!("{:?} {}\n", file.role, file.path);
                }
                for error in &project.unreadable {
                    told += &format!("error: {error}\n");
                }
                if let Err(error) = project.require_policies() {
                    told += &format!("error: {error}\n");
                }
            }
            Err(error) => told = format!("error: {error}\n"),
        }
        expected.assert_eq(&told.replace(&*self.path().to_string_lossy(), "<root>"));
    }
}

#[test]
fn without_a_configuration_all_policies_below_and_schema_sql_beside_count() {
    let folder = Folder::new(&[
        ("b.policy", ""),
        ("a/x.policy", ""),
        ("a/readme.md", ""),
        (".hidden/y.policy", ""),
        ("schema.sql", ""),
    ]);
    folder.check(
        "",
        expect![[r#"
            Schema schema.sql
            Policies a/x.policy
            Policies b.policy
        "#]],
    );
}

#[test]
fn the_configuration_is_found_upwards_and_its_patterns_hold() {
    let folder = Folder::new(&[
        (
            "pgpe.yaml",
            "policies: ['./sets/*.policy', '.own/**/*.policy', one/file.txt]\nschema: { file: db/s.sql }\n",
        ),
        ("sets/x.policy", ""),
        ("sets/deep/y.policy", ""),
        (".own/a/z.policy", ""),
        ("one/file.txt", ""),
        ("db/s.sql", ""),
        ("schema.sql", ""),
    ]);
    folder.check(
        "sets/deep",
        expect![[r#"
            Config pgpe.yaml
            Schema db/s.sql
            Policies .own/a/z.policy
            Policies one/file.txt
            Policies sets/x.policy
        "#]],
    );
}

#[test]
fn patterns_may_lead_out_of_the_root_and_name_folders() {
    let folder = Folder::new(&[
        ("app/pgpe.yaml", "policies: ['../shared/**/*.policy', own]\n"),
        ("app/own/a.policy", ""),
        ("shared/b.policy", ""),
    ]);
    folder.check(
        "app",
        expect![[r#"
            Config pgpe.yaml
            Policies own/a.policy
            Policies ../shared/b.policy
        "#]],
    );
}

#[test]
fn what_is_missing_is_said() {
    let folder = Folder::new(&[
        ("pgpe.yaml", "policies: [gone.policy]\nschema: { file: gone.sql }\n"),
        ("empty/pgpe.yaml", "version: 1\n"),
    ]);
    folder.check(
        "",
        expect![[r#"
            Config pgpe.yaml
            error: there is no file <root>/gone.sql: check the path, or take it out of pgpe.yaml
            error: there is no file <root>/gone.policy: check the path, or take it out of pgpe.yaml
        "#]],
    );
    folder.check(
        "empty",
        expect![[r#"
            Config pgpe.yaml
            error: no policy files under <root>/empty (looked for **/*.policy): write one, or set `policies` in pgpe.yaml
        "#]],
    );
    folder.check(
        "nowhere",
        expect![[r#"
            error: there is no folder <root>/nowhere: give one that exists, or run pgpe inside the project
        "#]],
    );
    let error = Project::discover(folder.path(), Some(Path::new("/no/such.yaml")), None).unwrap_err();
    expect!["there is no file /no/such.yaml: check the path given with --config"]
        .assert_eq(&error.to_string());
}

#[test]
fn what_is_no_text_is_refused() {
    let folder = Folder::new(&[("good.policy", "")]);
    folder.write("latin.policy", b"-- caf\xe9");
    folder.write("schema.sql", b"\xff\xfeC\0R\0");
    folder.write("large.policy", &vec![b' '; MAX_FILE_BYTES as usize + 1]);
    folder.check(
        "",
        expect![[r#"
            Policies good.policy
            error: <root>/schema.sql is not UTF-8 (byte 0): it looks like UTF-16; save it as UTF-8
            error: <root>/large.policy is too large (10485761 bytes; the limit is 10485760): split it, or leave out what holds data
            error: <root>/latin.policy is not UTF-8 (byte 6): save it as UTF-8
        "#]],
    );
}

#[test]
fn a_broken_configuration_leaves_the_defaults() {
    let folder = Folder::new(&[("pgpe.yaml", "polices: 3\n"), ("a.policy", "")]);
    folder.check(
        "",
        expect![[r#"
            Config pgpe.yaml
            Policies a.policy
        "#]],
    );
}

#[test]
fn the_schema_of_a_target_has_to_be_read_first() {
    let folder = Folder::new(&[
        ("pgpe.yaml", "schema: { target: dev }\ntargets: { dev: { url: x } }\n"),
        ("a.policy", ""),
    ]);
    folder.check(
        "",
        expect![[r#"
            Config pgpe.yaml
            Policies a.policy
            error: the schema of the target dev is not known yet: read it with `pgpe schema pull --target dev -o <root>/.pgpe/schema/dev.json`
        "#]],
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_end() {
    let folder = Folder::new(&[("real/a.policy", "")]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("real/up")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("gone"), folder.path().join("dangling.policy")).unwrap();
    folder.check(
        "",
        expect![[r#"
            Policies real/a.policy
            error: <root>/dangling.policy can't be read: entity not found; check its permissions
        "#]],
    );
}

#[test]
fn roles_need_no_file() {
    let folder = Folder::new(&[("pgpe.yaml", "")]);
    let location = Location::find(folder.path(), None).unwrap();
    let layout = Layout::new(&location, Some("policies: ['p/*.policy']\n"), None).unwrap();
    let role = |path: &str| layout.role(&folder.path().join(path));
    assert_eq!(role("p/new.policy"), Some(FileRole::Policies));
    assert_eq!(role("q/../p/new.policy"), Some(FileRole::Policies));
    assert_eq!(role("q/new.policy"), None);
    assert_eq!(role("schema.sql"), Some(FileRole::Schema));
    assert_eq!(role("pgpe.yaml"), Some(FileRole::Config));
}

#[test]
fn a_schema_that_is_given_comes_first() {
    let folder = Folder::new(&[("schema.sql", ""), ("other.sql", "x"), ("a.policy", "")]);
    let project = Project::discover(folder.path(), None, Some(&folder.path().join("other.sql"))).unwrap();
    assert_eq!(project.file("other.sql").unwrap().role, FileRole::Schema);
    assert!(project.file("schema.sql").is_none());
    assert_eq!(project.host().files().count(), 2);
}

#[test]
fn relative_paths_lead_up_and_down() {
    let relative = |root: &str, path: &str| relative_path(Path::new(root), Path::new(path));
    assert_eq!(relative("/a/b", "/a/b/c/d"), "c/d");
    assert_eq!(relative("/a/b", "/a/c"), "../c");
}

#[test]
fn errors_name_their_file() {
    let error = Project::discover(Path::new("/no/such"), None, None).unwrap_err();
    assert_eq!(error.path(), Some(Path::new("/no/such")));
    assert!(matches!(error, ProjectError::NoFolder { .. }));
}
