//! Beginning and end of the process and its solvers, and what is logged between.

use std::time::Duration;

use serde_json::json;

use crate::lsp_client::{Client, Folder, full_capabilities, rules};
use crate::processes::{is_running, running_children};
use crate::{LEAKY, POLICY, SCHEMA};

/// An editor that waits longer for a server to end shows a warning.
const PROMPTLY: Duration = Duration::from_secs(4);

/// A server that has proved something, so that solvers are running.
fn proving(folder: &Folder) -> (Client, Vec<u32>) {
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, LEAKY);
    client.wait_for(&uri, "a leak", |it| rules(it).contains(&"tenant-isolation"));
    let workers = running_children(client.pid());
    assert!(!workers.is_empty(), "no solver is running");
    (client, workers)
}

fn project() -> Folder {
    Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)])
}

fn assert_gone(workers: &[u32]) {
    for _ in 0..100 {
        if !workers.iter().any(|worker| is_running(*worker)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("solvers are left: {workers:?}");
}

#[test]
fn shutdown_and_exit_end_all() {
    for params in [json!(null), json!({}), json!([])] {
        let folder = project();
        let (mut client, workers) = proving(&folder);
        assert_eq!(client.request("shutdown", params), Ok(json!(null)));
        let error = client.hover(&folder.uri("a.policy"), 0, 9).unwrap_err();
        assert_eq!(error["code"], -32600);
        client.notify("exit", json!(null));
        let status = client.wait_for_exit(PROMPTLY).expect("the server did not end");
        assert_eq!(status.code(), Some(0));
        assert_gone(&workers);
    }
}

#[test]
fn exit_without_shutdown_is_a_failure() {
    let folder = project();
    let (mut client, workers) = proving(&folder);
    client.notify("exit", json!(null));
    let status = client.wait_for_exit(PROMPTLY).expect("the server did not end");
    assert_eq!(status.code(), Some(1));
    assert_gone(&workers);
}

#[test]
fn the_end_of_input_ends_all() {
    let folder = project();
    let (mut client, workers) = proving(&folder);
    client.end_input();
    let status = client.wait_for_exit(PROMPTLY).expect("the server did not end");
    assert_eq!(status.code(), Some(1));
    assert_gone(&workers);
}

#[test]
fn a_server_that_is_killed_leaves_no_solvers() {
    let folder = project();
    let (client, workers) = proving(&folder);
    drop(client);
    assert_gone(&workers);
}

#[test]
fn the_end_comes_at_once_while_proofs_are_running() {
    let folder = project();
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    for version in 1..20 {
        let clauses: String =
            (0..version * 3).map(|n| format!("OR CLAUSE col(id) != session('app.k{n}')\n")).collect();
        client.open(&uri, version, &format!("{POLICY}{clauses}"));
    }
    client.request("shutdown", json!(null)).unwrap();
    client.notify("exit", json!(null));
    let status = client.wait_for_exit(PROMPTLY).expect("the server did not end");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_killed_solver_is_replaced() {
    let folder = project();
    let (mut client, workers) = proving(&folder);
    let uri = folder.uri("a.policy");
    for (version, worker) in (2..).zip(&workers) {
        let killed = std::process::Command::new("kill").args(["-9", &worker.to_string()]).status().unwrap();
        assert!(killed.success());
        client.replace(&uri, version, POLICY);
    }
    client.replace(&uri, 50, &LEAKY.replace("col('id')", "col('tenant_id')"));
    let leaks = client.wait_for(&uri, "a leak proved by others", |it| {
        it.version == Some(50) && rules(it).contains(&"tenant-isolation")
    });
    assert_eq!(leaks.version, Some(50));
    client.settle();
    let known = client.published(&uri).unwrap();
    assert!(!rules(known).contains(&"unknown-verdict"), "{known:#?}");
}

#[test]
fn logs_hold_no_text_of_documents() {
    let folder = project();
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, &format!("-- confidential-remark\n{LEAKY}"));
    client.wait_for(&uri, "a leak", |it| rules(it).contains(&"tenant-isolation"));
    // Things that go wrong, too: wrong parameters, an unknown document.
    client.notify("textDocument/didChange", json!({ "textDocument": "confidential-remark" }));
    client.change("file:///nowhere.policy", 1, json!([{ "text": "confidential-remark" }]));
    let error = client.request("textDocument/hover", json!({ "position": "confidential" })).unwrap_err();
    assert_eq!(error["code"], -32602);
    client.request("shutdown", json!(null)).unwrap();
    client.notify("exit", json!(null));
    client.wait_for_exit(PROMPTLY).expect("the server did not end");
    // The log is read beside the test.
    let deadline = std::time::Instant::now() + PROMPTLY;
    while !client.stderr().contains("not open") && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let logged = client.stderr();
    assert!(logged.contains("not open"), "nothing was logged: {logged}");
    assert!(!logged.contains("confidential") && !logged.contains("tenant_isolation"), "{logged}");
}

#[test]
fn only_what_works_is_promised() {
    let mut client = Client::start();
    let result = client.request("initialize", json!({ "capabilities": full_capabilities() })).unwrap();
    let capabilities = result["capabilities"].as_object().unwrap();
    let mut names: Vec<&str> = capabilities.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "codeActionProvider",
            "codeLensProvider",
            "completionProvider",
            "definitionProvider",
            "documentFormattingProvider",
            "documentHighlightProvider",
            "documentOnTypeFormattingProvider",
            "documentRangeFormattingProvider",
            "documentSymbolProvider",
            "executeCommandProvider",
            "foldingRangeProvider",
            "hoverProvider",
            "inlayHintProvider",
            "referencesProvider",
            "renameProvider",
            "selectionRangeProvider",
            "signatureHelpProvider",
            "textDocumentSync",
            "workspace",
            "workspaceSymbolProvider",
        ]
    );
    assert_eq!(result["serverInfo"]["name"], "pgpe");
    let error = client.request("textDocument/rename", json!({})).unwrap_err();
    assert!(error["code"].as_i64().unwrap() < 0);
}
