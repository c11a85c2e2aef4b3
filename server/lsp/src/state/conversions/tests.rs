//! What has changed among files.

use std::sync::Arc;

use super::{ByFile, FileDiagnostics};
use crate::convert::to_proto::Uri;
use crate::keys::FileKey;

fn file(name: &str) -> Arc<FileDiagnostics> {
    let uri: Uri = format!("file:///{name}").parse().unwrap();
    let key = FileKey::Other(name.to_owned());
    Arc::new(FileDiagnostics { name: name.to_owned(), key, uri, diagnostics: Arc::default() })
}

fn all(files: &[&Arc<FileDiagnostics>]) -> ByFile {
    ByFile(Arc::new(files.iter().map(|file| Arc::clone(file)).collect()))
}

#[test]
fn only_what_was_made_anew_has_changed() {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(file);
    let new_c = file("c");
    let check =
        |before: &[&Arc<FileDiagnostics>], after: &[&Arc<FileDiagnostics>], new: &[&str], gone: &[&str]| {
            let (before, after) = (all(before), all(after));
            let (found_new, found_gone) = after.changes_since(&before);
            let names = |files: Vec<&Arc<FileDiagnostics>>| -> Vec<String> {
                files.iter().map(|file| file.name.clone()).collect()
            };
            assert_eq!(
                (names(found_new), names(found_gone)),
                (
                    new.iter().map(|it| (*it).to_owned()).collect(),
                    gone.iter().map(|it| (*it).to_owned()).collect()
                )
            );
        };
    check(&[&a, &b, &c], &[&a, &b, &c], &[], &[]);
    check(&[], &[&b], &["b"], &[]);
    check(&[&a, &b, &d], &[], &[], &["a", "b", "d"]);
    check(&[&a, &c, &d], &[&b, &new_c, &d], &["b", "c"], &["a", "c"]);
    check(&[&c], &[&a, &b, &c, &d], &["a", "b", "d"], &[]);
    check(&[&a, &b, &c, &d], &[&new_c], &["c"], &["a", "b", "c", "d"]);
    assert!(all(&[&a, &c]).get("c").is_some_and(|found| Arc::ptr_eq(found, &c)));
    assert!(all(&[&a, &c]).get("b").is_none());
}
