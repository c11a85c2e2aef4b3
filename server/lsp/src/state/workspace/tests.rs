//! Which files belong where. What is published is tested with the server as a process.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use pgpe_ide::FileRole;

use super::{Workspace, is_policy, nearest_root, owner};
use crate::convert::to_proto::Uri;
use crate::documents::{Document, Documents};
use crate::keys::FileKey;

fn key(path: &str) -> FileKey {
    FileKey::Path(PathBuf::from(path))
}

fn open(documents: &mut Documents, path: &str, text: &str) -> FileKey {
    let key = key(path);
    let document = Document {
        uri: Uri::from_str(&format!("file://{path}")).unwrap(),
        version: 1,
        language: String::new(),
        text: text.to_owned(),
    };
    documents.open(key.clone(), document);
    key
}

fn names(workspace: &Workspace) -> Vec<(String, FileRole)> {
    workspace.host.files().map(|(name, role)| (name.to_owned(), role)).collect()
}

#[test]
fn an_unsaved_configuration_makes_a_project() {
    let mut documents = Documents::default();
    open(&mut documents, "/no/such/pgpe.yaml", "policies: ['p/*.policy']\nschema: { file: s/t.sql }\n");
    open(&mut documents, "/no/such/p/a.policy", "");
    open(&mut documents, "/no/such/q/a.policy", "");
    open(&mut documents, "/no/such/s/t.sql", "");
    assert_eq!(nearest_root(Path::new("/no/such/p/a.policy"), &documents), Some(PathBuf::from("/no/such")));
    let mut workspace = Workspace::project(0, PathBuf::from("/no/such"));
    workspace.reload(&documents);
    let expected =
        [("p/a.policy", FileRole::Policies), ("pgpe.yaml", FileRole::Config), ("s/t.sql", FileRole::Schema)];
    assert_eq!(names(&workspace), expected.map(|(name, role)| (name.to_owned(), role)));
    assert!(workspace.problems().is_empty(), "{:?}", workspace.problems());
    let revision = workspace.revision();
    // Edits of the configuration move files in and out.
    let config = open(&mut documents, "/no/such/pgpe.yaml", "policies: ['q/*.policy']\n");
    workspace.document_changed(&config, &documents);
    assert!(workspace.revision() > revision);
    let expected = [("pgpe.yaml", FileRole::Config), ("q/a.policy", FileRole::Policies)];
    assert_eq!(names(&workspace), expected.map(|(name, role)| (name.to_owned(), role)));
}

#[test]
fn documents_of_others_change_nothing() {
    let mut documents = Documents::default();
    let mut workspace = Workspace::project(0, PathBuf::from("/no/such"));
    workspace.reload(&documents);
    let revision = workspace.revision();
    for path in ["/elsewhere/a.policy", "/no/such/readme.md"] {
        let key = open(&mut documents, path, "");
        workspace.document_changed(&key, &documents);
    }
    assert_eq!(workspace.revision(), revision);
    let own = open(&mut documents, "/no/such/a.policy", "");
    workspace.document_changed(&own, &documents);
    assert_eq!(workspace.revision(), revision + 1);
    // Closed before it was saved.
    documents.close(&own);
    workspace.document_changed(&own, &documents);
    assert!(names(&workspace).is_empty() && workspace.problems().is_empty());
}

#[test]
fn the_nearest_project_speaks_for_a_file() {
    let documents = Documents::default();
    let mut workspaces =
        [Workspace::project(0, PathBuf::from("/a")), Workspace::project(1, PathBuf::from("/a/b"))];
    for workspace in &mut workspaces {
        workspace.reload(&documents);
    }
    let owner_of = |path: &str| owner(workspaces.iter(), &key(path)).map(Workspace::id);
    assert_eq!(owner_of("/a/x.policy"), Some(0));
    assert_eq!(owner_of("/a/b/x.policy"), Some(1));
    assert_eq!(owner_of("/c/x.policy"), None);
}

#[test]
fn single_documents_are_policies_by_name_or_language() {
    assert!(is_policy(&key("/a/b.policy"), "plaintext"));
    assert!(is_policy(&FileKey::Other("untitled:Untitled-1".to_owned()), "pgpe-policy"));
    assert!(!is_policy(&key("/a/b.sql"), "sql"));
}
