//! Diagnostics for clients that ask for them.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities};
use crate::{LEAKY, POLICY, SCHEMA};

/// Governs nothing.
const NOWHERE: &str = "POLICY no PERMISSIVE FOR ALL SELECTOR named('nothing') CLAUSE col('id') IS NULL\n";

fn capabilities() -> Value {
    let mut capabilities = full_capabilities();
    capabilities["textDocument"]["diagnostic"] = json!({ "relatedDocumentSupport": true });
    capabilities["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    capabilities
}

fn start(files: &[(&str, &str)]) -> (Folder, Client) {
    let folder = Folder::new(files);
    let client = Client::open_folder_with(folder.path(), capabilities());
    (folder, client)
}

fn params(uri: &str, previous: Option<&Value>) -> Value {
    let mut params = json!({ "textDocument": { "uri": uri }, "identifier": "pgpe" });
    if let Some(previous) = previous {
        params["previousResultId"] = previous.clone();
    }
    params
}

fn pull(client: &mut Client, uri: &str, previous: Option<&Value>) -> Value {
    client.request("textDocument/diagnostic", params(uri, previous)).unwrap()
}

fn pull_all(client: &mut Client, previous: Value) -> Vec<Value> {
    let params = json!({ "identifier": "pgpe", "previousResultIds": previous });
    let all = client.request("workspace/diagnostic", params).unwrap();
    all["items"].as_array().unwrap().clone()
}

fn rules(report: &Value) -> Vec<&str> {
    report["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect()
}

fn refreshes(client: &Client) -> usize {
    client.asked.iter().filter(|it| it["method"] == "workspace/diagnostic/refresh").count()
}

#[test]
fn whoever_asks_is_not_pushed_to() {
    let (folder, mut client) = start(&[("schema.sql", SCHEMA), ("a.policy", LEAKY)]);
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, LEAKY);
    client.open("file:///nowhere/none.sql", 1, "");
    client.settle();
    assert!(refreshes(&client) > 0);
    let report = pull(&mut client, &uri, None);
    assert_eq!(report["kind"], "full");
    assert!(rules(&report).contains(&"tenant-isolation"), "{report:#}");
    client.close(&uri);
    client.settle();
    assert!(client.history.is_empty(), "{:#?}", client.history);
}

#[test]
fn what_is_asked_for_is_promised_to_those_who_can_ask() {
    let mut client = Client::start();
    let result = client.request("initialize", json!({ "capabilities": capabilities() })).unwrap();
    let promised = &result["capabilities"]["diagnosticProvider"];
    let options =
        json!({ "identifier": "pgpe", "interFileDependencies": true, "workspaceDiagnostics": true });
    assert_eq!(*promised, options);
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let (folder, mut client) = start(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, &POLICY.replace("col('tenant_id') =", "col('tenant') ="));
    client.settle();
    let first = pull(&mut client, &uri, None);
    assert!(rules(&first).contains(&"unknown-column"), "{first:#}");
    let again = pull(&mut client, &uri, Some(&first["resultId"]));
    assert_eq!((&again["kind"], &again["resultId"]), (&json!("unchanged"), &first["resultId"]));
    assert!(again.get("items").is_none());
    client.replace(&uri, 2, POLICY);
    let mended = pull(&mut client, &uri, Some(&first["resultId"]));
    assert_eq!(mended["kind"], "full");
    assert!(!rules(&mended).contains(&"unknown-column"));
    // What is no policy, and what nobody knows, has no diagnostics.
    for other in ["untitled:x", "file:///nowhere/none.txt"] {
        assert_eq!(pull(&mut client, other, None)["items"], json!([]));
    }
}

#[test]
fn an_answer_does_not_wait_for_proofs_and_is_asked_for_again_after_them() {
    let (folder, mut client) = start(&[("schema.sql", SCHEMA)]);
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    client.settle();
    let before = refreshes(&client);
    // A condition that no proof was made of yet.
    client.replace(&uri, 2, &LEAKY.replace("IS NOT NULL", "= session('app.new')"));
    let at_once = pull(&mut client, &uri, None);
    client.settle();
    let later = pull(&mut client, &uri, Some(&at_once["resultId"]));
    assert!(rules(&later).contains(&"tenant-isolation"), "{later:#}");
    assert!(!rules(&at_once).contains(&"tenant-isolation"), "proved at once: {at_once:#}");
    assert!(refreshes(&client) > before);
}

#[test]
fn edits_that_change_what_is_said_of_other_files_say_so() {
    let (folder, mut client) = start(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let (schema, a) = (folder.uri("schema.sql"), folder.uri("a.policy"));
    client.open(&schema, 1, SCHEMA);
    client.settle();
    client.replace(&schema, 2, &SCHEMA.replace("tenant_id uuid", "tenant_id point"));
    let report = pull(&mut client, &schema, None);
    let related = &report["relatedDocuments"][&a];
    assert!(!rules(related).is_empty(), "{report:#}");
    let own = pull(&mut client, &a, Some(&related["resultId"]));
    assert_eq!(own["kind"], "unchanged");
}

#[test]
fn all_files_are_answered_for() {
    let (folder, mut client) = start(&[("schema.sql", SCHEMA), ("a.policy", LEAKY), ("b.policy", NOWHERE)]);
    client.settle();
    let all = pull_all(&mut client, json!([]));
    let of = |all: &[Value], name: &str| {
        all.iter().find(|item| item["uri"] == json!(folder.uri(name))).cloned().unwrap()
    };
    let (a, b) = (of(&all, "a.policy"), of(&all, "b.policy"));
    assert!(rules(&a).contains(&"tenant-isolation") && !rules(&b).is_empty(), "{all:#?}");
    assert_eq!((&a["kind"], &a["version"]), (&json!("full"), &Value::Null));
    std::fs::remove_file(folder.file("b.policy")).unwrap();
    let gone = json!({ "uri": folder.uri("b.policy"), "type": 3 });
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [gone] }));
    client.settle();
    let known = |item: &Value| json!({ "uri": item["uri"], "value": item["resultId"] });
    let again = pull_all(&mut client, json!([known(&a), known(&b)]));
    assert_eq!(of(&again, "b.policy")["items"], json!([]));
    let third =
        pull_all(&mut client, json!([known(&of(&again, "a.policy")), known(&of(&again, "b.policy"))]));
    assert_eq!(of(&third, "a.policy")["kind"], "unchanged");
    assert_eq!(of(&third, "b.policy")["kind"], "unchanged");
}

#[test]
fn a_question_that_an_edit_overtakes_is_to_be_asked_again() {
    let (folder, mut client) = start(&[("schema.sql", SCHEMA)]);
    let uri = folder.uri("a.policy");
    client.open(&uri, 0, POLICY);
    let mut asked = Vec::new();
    for version in 1..=20 {
        client.replace(&uri, version, &POLICY.replace("'tenant_id') =", &format!("'no_{version}') =")));
        asked.push((version, client.ask("textDocument/diagnostic", params(&uri, None))));
    }
    let (last, id) = asked.pop().unwrap();
    let report = client.answer(id).unwrap();
    assert!(report.to_string().contains(&format!("no_{last}")), "{report:#}");
    let mut overtaken = 0;
    for (version, id) in asked {
        match client.answer(id) {
            Ok(report) => assert!(report.to_string().contains(&format!("no_{version}")), "{report:#}"),
            Err(error) => {
                assert_eq!(error["code"], -32802, "{error}");
                assert_eq!(error["data"], json!({ "retriggerRequest": true }));
                overtaken += 1;
            }
        }
    }
    assert!(overtaken > 0);
}

#[test]
fn a_client_that_can_not_be_told_to_ask_again_is_told_at_once() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut without = capabilities();
    without["workspace"]["diagnostics"] = Value::Null;
    let mut client = Client::open_folder_with(folder.path(), without);
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, LEAKY);
    // It would ask only once, before anything is proved.
    client.wait_for(&uri, "the leak", |it| it.diagnostics.iter().any(|it| it["code"] == "tenant-isolation"));
    assert_eq!(refreshes(&client), 0);
}

#[test]
fn a_question_can_be_taken_back() {
    let (folder, mut client) = start(&[("schema.sql", SCHEMA)]);
    let uri = folder.uri("a.policy");
    let clauses: String = (0..300).map(|n| format!("OR CLAUSE col(name) = lit('{n}')\n")).collect();
    client.open(&uri, 1, &format!("{POLICY}{clauses}"));
    let id = client.ask("textDocument/diagnostic", params(&uri, None));
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.answer(id).unwrap_err()["code"], -32800);
    assert_eq!(pull(&mut client, &uri, None)["kind"], "full");
}
