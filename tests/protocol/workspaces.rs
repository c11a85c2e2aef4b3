//! Several folders, opened and closed while the server runs.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities, rules, uri};
use crate::{LEAKY, POLICY, SCHEMA};

fn project() -> Folder {
    Folder::new(&[("pgpe.yaml", ""), ("schema.sql", SCHEMA), ("a.policy", LEAKY)])
}

fn folders(client: &mut Client, added: &[&Folder], removed: &[&Folder]) {
    let list = |folders: &[&Folder]| -> Value {
        folders.iter().map(|folder| json!({ "uri": uri(folder.path()), "name": "x" })).collect()
    };
    let event = json!({ "added": list(added), "removed": list(removed) });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
}

fn roots(client: &mut Client) -> Vec<String> {
    let status = client.request("pgpe/status", json!({})).unwrap();
    let projects = status["projects"].as_array().unwrap().iter();
    projects.map(|project| project["root"].as_str().unwrap().to_owned()).collect()
}

fn is_leak(rules: &[&str]) -> bool {
    rules.contains(&"tenant-isolation")
}

#[test]
fn folders_come_and_go() {
    let (first, second) = (project(), project());
    let mut client = Client::open_folder(first.path());
    client.wait_for(&first.uri("a.policy"), "a leak", |it| is_leak(&rules(it)));
    folders(&mut client, &[&second], &[]);
    client.wait_for(&second.uri("a.policy"), "a leak in the second", |it| is_leak(&rules(it)));
    assert_eq!(roots(&mut client), [uri(first.path()), uri(second.path())]);
    folders(&mut client, &[], &[&first]);
    client.wait_for(&first.uri("a.policy"), "nothing of a closed folder", |it| it.diagnostics.is_empty());
    assert_eq!(roots(&mut client), [uri(second.path())]);
    // Proofs that were under way for the one are none for the other.
    client.settle();
    assert!(is_leak(&rules(client.published(&second.uri("a.policy")).unwrap())));
    folders(&mut client, &[&first, &first], &[&second]);
    client.wait_for(&first.uri("a.policy"), "a leak again", |it| is_leak(&rules(it)));
    assert_eq!(roots(&mut client), [uri(first.path())]);
}

#[test]
fn an_open_document_keeps_its_project() {
    let (first, second) = (project(), project());
    let mut client = Client::open_folder(first.path());
    let a = second.uri("a.policy");
    client.open(&a, 1, LEAKY);
    client.wait_for(&a, "a leak", |it| is_leak(&rules(it)));
    folders(&mut client, &[&second], &[]);
    folders(&mut client, &[], &[&second]);
    client.replace(&a, 2, POLICY);
    client.wait_for(&a, "version 2", |it| it.version == Some(2) && !is_leak(&rules(it)));
    assert_eq!(roots(&mut client).len(), 2);
    client.close(&a);
    client.wait_for(&a, "nothing of a project that nothing leads to", |it| {
        it.version.is_none() && it.diagnostics.is_empty()
    });
    assert_eq!(roots(&mut client), [uri(first.path())]);
}

#[test]
fn a_folder_inside_of_another_is_a_project_of_its_own() {
    let outer = Folder::new(&[
        ("pgpe.yaml", "policies: ['*.policy']\n"),
        ("schema.sql", SCHEMA),
        ("a.policy", LEAKY),
        ("inner/pgpe.yaml", ""),
        ("inner/schema.sql", &SCHEMA.replace("tenant_id", "org_id")),
        ("inner/b.policy", &LEAKY.replace("'tenant_id'", "'org_id'")),
    ]);
    let mut client = Client::open_folder(outer.path());
    let (a, b) = (outer.uri("a.policy"), outer.uri("inner/b.policy"));
    client.wait_for(&a, "a leak", |it| is_leak(&rules(it)));
    let inner = json!({ "uri": uri(&outer.file("inner")), "name": "inner" });
    let change = |added: Value, removed: Value| json!({ "event": { "added": added, "removed": removed } });
    client.notify("workspace/didChangeWorkspaceFolders", change(json!([inner]), json!([])));
    client.wait_for(&b, "a leak inside", |it| is_leak(&rules(it)) && !rules(it).contains(&"unknown-column"));
    assert_eq!(roots(&mut client), [uri(outer.path()), uri(&outer.file("inner"))]);
    // It stays a part of the outer folder.
    client.notify("workspace/didChangeWorkspaceFolders", change(json!([]), json!([inner])));
    client.settle();
    assert!(is_leak(&rules(client.published(&b).unwrap())));
    // What is no folder of the file system, or was never open, changes nothing.
    let strange = json!([{ "uri": "untitled:x", "name": "x" }, { "uri": "file:///nowhere", "name": "y" }]);
    client.notify("workspace/didChangeWorkspaceFolders", change(json!([]), strange));
    assert_eq!(roots(&mut client).len(), 2);
}

#[test]
fn several_folders_are_given_at_the_start() {
    let (first, second) = (project(), project());
    let mut client = Client::start();
    let given = [&first, &second].map(|folder| json!({ "uri": uri(folder.path()), "name": "x" }));
    let result = client
        .request("initialize", json!({ "capabilities": full_capabilities(), "workspaceFolders": given }))
        .unwrap();
    let folders = &result["capabilities"]["workspace"]["workspaceFolders"];
    assert_eq!(*folders, json!({ "supported": true, "changeNotifications": true }));
    client.notify("initialized", json!({}));
    for folder in [&first, &second] {
        client.wait_for(&folder.uri("a.policy"), "a leak", |it| is_leak(&rules(it)));
    }
}

#[test]
fn a_configuration_that_comes_and_goes_makes_a_project_of_a_document_and_ends_it() {
    let (open, other) = (project(), Folder::new(&[("schema.sql", SCHEMA), ("b.policy", LEAKY)]));
    let mut client = Client::open_folder(open.path());
    let (a, b) = (other.uri("a.policy"), other.uri("b.policy"));
    let changed = |client: &mut Client| {
        let change = json!({ "uri": other.uri("pgpe.yaml"), "type": 1 });
        client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    };
    client.open(&a, 1, LEAKY);
    client.wait_for(&a, "a leak", |it| is_leak(&rules(it)));
    assert_eq!(roots(&mut client), [uri(open.path()), a.clone()]);
    other.write("pgpe.yaml", "");
    changed(&mut client);
    // Both have policies of the same name.
    client.wait_for(&b, "a file of the same project", |it| rules(it).contains(&"duplicate-policy"));
    client.wait_for(&a, "the other file", |it| rules(it).contains(&"duplicate-policy"));
    assert_eq!(roots(&mut client), [uri(open.path()), uri(other.path())]);
    std::fs::remove_file(other.file("pgpe.yaml")).unwrap();
    changed(&mut client);
    client.wait_for(&b, "nothing of a file that nothing leads to", |it| it.diagnostics.is_empty());
    client.wait_for(&a, "the document by itself", |it| !rules(it).contains(&"duplicate-policy"));
    client.settle();
    assert!(is_leak(&rules(client.published(&a).unwrap())));
    assert_eq!(roots(&mut client), [uri(open.path()), a]);
}

#[test]
fn a_document_that_a_configuration_leaves_out_is_one_by_itself() {
    let folder = project();
    let mut client = Client::open_folder(folder.path());
    let (a, config) = (folder.uri("a.policy"), folder.uri("pgpe.yaml"));
    client.open(&a, 1, LEAKY);
    client.open(&config, 1, "rules: { tenant-isolation: off }\n");
    client.wait_for(&a, "the rule switched off", |it| it.version == Some(1) && !is_leak(&rules(it)));
    // The configuration does not hold for it any more.
    client.replace(&config, 2, "rules: { tenant-isolation: off }\npolicies: ['none/*.policy']\n");
    client.wait_for(&a, "the document by itself", |it| is_leak(&rules(it)));
    assert_eq!(roots(&mut client), [uri(folder.path()), a.clone()]);
    client.replace(&config, 3, "rules: { tenant-isolation: off }\n");
    client.wait_for(&a, "the project's", |it| !is_leak(&rules(it)));
    assert_eq!(roots(&mut client), [uri(folder.path())]);
}
