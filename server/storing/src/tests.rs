#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_file_keeps_its_permissions_and_a_link_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    store(&file, "one").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("file", &link).unwrap();
    replace(&link, "two").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "two");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(folder.path()), ["file", "link"]);
}

#[test]
fn folders_are_made_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/file");
    assert!(replace(&path, "x").is_err());
    assert_eq!(names(folder.path()), Vec::<String>::new());
    store(&path, "x").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "x");
    assert!(store(&path.join("below"), "x").is_err());
}

#[test]
fn all_files_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let files = |names: &[&str]| -> Vec<(PathBuf, String)> {
        names.iter().map(|name| (folder.path().join(name), (*name).to_owned())).collect()
    };
    create_all(&files(&["one", "two"])).unwrap();
    let error = create_all(&files(&["three", "two", "four"])).unwrap_err().to_string();
    assert!(error.contains("two can't be written, so nothing was stored"), "{error}");
    assert_eq!(names(folder.path()), ["one", "two"]);
    assert_eq!(fs::read_to_string(folder.path().join("two")).unwrap(), "two");
}
