//! Names, symbols, colours, folds and formatting of parts, as editors ask for them.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities, place};
use crate::{POLICY, SCHEMA};

const CONFIG: &str = "\
version: 1
isolation:
  - key: \"session('app.tenant_id')\"
    owner: tenant_id
allow:
  - { rule: redundancy, policy: tenant_isolation, reason: fine }
";

/// Reads the same setting, and names the policy in a comment.
const OTHER: &str = "\
-- pgpe: allow(subsumption) narrower than tenant_isolation
POLICY own
  PERMISSIVE
  FOR SELECT
  SELECTOR named('projects')
  CLAUSE col(tenant_id) = session('app.tenant_id')
";

fn folder() -> Folder {
    Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY), ("b.policy", OTHER), ("pgpe.yaml", CONFIG)])
}

/// What an editor of today can do with names, colours and folds.
fn capabilities() -> Value {
    let mut capabilities = full_capabilities();
    let document = &mut capabilities["textDocument"];
    document["definition"] = json!({ "linkSupport": true });
    document["rename"] = json!({ "prepareSupport": true });
    document["semanticTokens"] = json!({
        "requests": { "range": true, "full": { "delta": true } },
        "tokenTypes": ["keyword", "class", "property", "string", "function"],
        "tokenModifiers": ["declaration"],
        "formats": ["relative"],
    });
    capabilities
}

fn open(folder: &Folder, capabilities: Value) -> (Client, String) {
    let mut client = Client::open_folder_with(folder.path(), capabilities);
    let uri = folder.uri("a.policy");
    client.open(&uri, 3, POLICY);
    (client, uri)
}

/// The line and column of a text in another.
fn at(text: &str, wanted: &str) -> (usize, usize) {
    let before = &text[..text.find(wanted).unwrap()];
    (before.matches('\n').count(), before.len() - before.rfind('\n').map_or(0, |at| at + 1))
}

fn asked(uri: &str, text: &str, wanted: &str) -> Value {
    let (line, character) = at(text, wanted);
    place(uri, line, character + 1)
}

fn position(text: &str, wanted: &str) -> Value {
    let (line, character) = at(text, wanted);
    json!({ "line": line, "character": character })
}

#[test]
fn a_column_leads_to_the_schema() {
    let folder = folder();
    let (mut client, uri) = open(&folder, capabilities());
    let question = asked(&uri, POLICY, "'tenant_id') =");
    let links = client.request("textDocument/definition", question.clone()).unwrap();
    assert_eq!(links.as_array().unwrap().len(), 2);
    assert_eq!(links[0]["targetUri"], json!(folder.uri("schema.sql")));
    let column = position(SCHEMA, "tenant_id uuid NOT NULL REFERENCES tenants, email");
    assert_eq!(links[0]["targetSelectionRange"]["start"], column);
    assert_eq!(links[0]["originSelectionRange"]["start"], position(POLICY, "'tenant_id') ="));

    let (mut plain, _) = open(&folder, full_capabilities());
    let locations = plain.request("textDocument/definition", question).unwrap();
    assert_eq!(locations[0]["uri"], json!(folder.uri("schema.sql")));
    assert_eq!(locations[0]["range"]["start"], column);
    assert_eq!(plain.request("textDocument/definition", place(&uri, 1, 3)).unwrap(), Value::Null);
}

#[test]
fn a_policy_is_found_from_the_configuration_and_a_comment() {
    let folder = folder();
    let (mut client, uri) = open(&folder, capabilities());
    for (name, text) in [("pgpe.yaml", CONFIG), ("b.policy", OTHER)] {
        let question = asked(&folder.uri(name), text, "tenant_isolation");
        let links = client.request("textDocument/definition", question).unwrap();
        assert_eq!(links[0]["targetUri"], json!(uri), "{name}");
        assert_eq!(links[0]["targetSelectionRange"]["start"], json!({ "line": 0, "character": 7 }));
        assert_eq!(links[0]["targetRange"]["start"], json!({ "line": 0, "character": 0 }));
    }
}

#[test]
fn the_schema_leads_to_policies() {
    let folder = folder();
    let (mut client, uri) = open(&folder, capabilities());
    let mut question =
        asked(&folder.uri("schema.sql"), SCHEMA, "tenant_id uuid NOT NULL REFERENCES tenants, name");
    question["context"] = json!({ "includeDeclaration": false });
    let found = client.request("textDocument/references", question.clone()).unwrap();
    let files: Vec<&Value> = found.as_array().unwrap().iter().map(|it| &it["uri"]).collect();
    assert_eq!(files, [&json!(uri), &json!(uri), &json!(folder.uri("b.policy"))]);
    question["context"] = json!({ "includeDeclaration": true });
    let all = client.request("textDocument/references", question).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 4);
    // What is not saved counts.
    client.replace(&uri, 4, "-- nothing\n");
    let mut question = asked(&folder.uri("schema.sql"), SCHEMA, "users");
    question["context"] = json!({ "includeDeclaration": false });
    assert_eq!(client.request("textDocument/references", question).unwrap(), json!([]));
}

#[test]
fn highlights_stay_in_the_file() {
    let folder = folder();
    let (mut client, uri) = open(&folder, capabilities());
    let found =
        client.request("textDocument/documentHighlight", asked(&uri, POLICY, "'tenant_id')\n")).unwrap();
    let starts: Vec<&Value> = found.as_array().unwrap().iter().map(|it| &it["range"]["start"]).collect();
    assert_eq!(starts, [&position(POLICY, "'tenant_id')\n"), &position(POLICY, "'tenant_id') =")]);
    assert_eq!(found[0]["kind"], 2);
}

#[test]
fn a_policy_is_renamed_in_all_files() {
    let folder = folder();
    let (mut client, uri) = open(&folder, capabilities());
    let mut question = asked(&uri, POLICY, "tenant_isolation");
    let prepared = client.request("textDocument/prepareRename", question.clone()).unwrap();
    assert_eq!(prepared["placeholder"], "tenant_isolation");
    assert_eq!(prepared["range"]["start"], json!({ "line": 0, "character": 7 }));
    question["newName"] = json!("by tenant");
    let edit = client.request("textDocument/rename", question.clone()).unwrap();
    let documents = edit["documentChanges"].as_array().unwrap();
    let shown: Vec<(Value, Value)> =
        documents.iter().map(|it| (it["textDocument"].clone(), it["edits"][0]["newText"].clone())).collect();
    let document = |name: &str, version: Value| json!({ "uri": folder.uri(name), "version": version });
    assert_eq!(
        shown,
        [
            (document("a.policy", json!(3)), json!("'by tenant'")),
            (document("b.policy", Value::Null), json!("by tenant")),
            (document("pgpe.yaml", Value::Null), json!("'by tenant'")),
        ]
    );
    question["newName"] = json!("own");
    let refused = client.request("textDocument/rename", question).unwrap_err();
    assert_eq!(refused["message"], "b.policy has a policy own already");
}

#[test]
fn what_belongs_to_the_database_is_not_renamed() {
    let folder = folder();
    let (mut client, uri) = open(&folder, capabilities());
    let question = asked(&uri, POLICY, "'tenant_id') =");
    let refused = client.request("textDocument/prepareRename", question).unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("belongs to the database"), "{refused}");
    assert_eq!(client.request("textDocument/prepareRename", place(&uri, 1, 3)).unwrap(), Value::Null);
}

#[test]
fn symbols_are_found_in_all_folders() {
    let (one, two) = (folder(), Folder::new(&[("c.policy", &OTHER.replace("own", "owned"))]));
    let mut client = Client::start();
    let named =
        |folder: &Folder, name: &str| json!({ "uri": crate::lsp_client::uri(folder.path()), "name": name });
    let folders = json!([named(&one, "one"), named(&two, "two")]);
    let params =
        json!({ "processId": null, "rootUri": null, "capabilities": {}, "workspaceFolders": folders });
    client.request("initialize", params).unwrap();
    client.notify("initialized", json!({}));
    let found = client.request("workspace/symbol", json!({ "query": "own" })).unwrap();
    let names: Vec<&Value> = found.as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["own", "owned"]);
    assert_eq!(found[1]["location"]["uri"], json!(two.uri("c.policy")));
    let tables = client.request("workspace/symbol", json!({ "query": "prjcts" })).unwrap();
    assert_eq!(tables[0]["location"]["uri"], json!(one.uri("schema.sql")));
    // A kind of the protocol's first version, since the client names no others.
    assert_eq!(tables[0]["kind"], 11);
}

#[test]
fn colours_come_whole_as_differences_and_for_ranges() {
    let folder = folder();
    let (mut client, uri) = open(&folder, capabilities());
    let document = json!({ "uri": uri });
    let ask = |client: &mut Client, how: &str, more: Value| {
        let mut params = json!({ "textDocument": document });
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.request(&format!("textDocument/semanticTokens/{how}"), params).unwrap()
    };
    let full = ask(&mut client, "full", json!({}));
    let mut data: Vec<Value> = full["data"].as_array().unwrap().clone();
    assert_eq!(data.len() % 5, 0);
    // POLICY is the first of the types that both sides know; the policy's name is a declaration.
    assert_eq!(
        data[..10],
        [json!(0), json!(0), json!(6), json!(0), json!(0)]
            .into_iter()
            .chain([json!(0), json!(7), json!(16), json!(2), json!(1)])
            .collect::<Vec<_>>()
    );

    client.change(
        &uri,
        4,
        json!([crate::lsp_client::edit((0, 0), (0, 0), "-- one\nGRANT SELECT TO app SELECTOR ALL\n")]),
    );
    let delta = ask(&mut client, "full/delta", json!({ "previousResultId": full["resultId"] }));
    let edits = delta["edits"].as_array().unwrap();
    assert_eq!(edits.len(), 1);
    let (start, gone) = (edits[0]["start"].as_u64().unwrap(), edits[0]["deleteCount"].as_u64().unwrap());
    data.splice(start as usize..(start + gone) as usize, edits[0]["data"].as_array().unwrap().clone());
    let again = ask(&mut client, "full", json!({}));
    assert_eq!(Value::Array(data), again["data"]);
    assert!(edits[0]["data"].as_array().unwrap().len() < again["data"].as_array().unwrap().len() / 2);

    // An answer that is not the last one is no ground for a difference.
    let stale = ask(&mut client, "full/delta", json!({ "previousResultId": full["resultId"] }));
    assert_eq!(stale["data"], again["data"]);
    let range = json!({ "start": { "line": 1, "character": 0 }, "end": { "line": 2, "character": 0 } });
    let some = ask(&mut client, "range", json!({ "range": range }));
    assert_eq!(some["data"].as_array().unwrap()[..5], [1, 0, 5, 0, 0].map(|it| json!(it)));
    client.close(&uri);
    let closed = ask(&mut client, "full/delta", json!({ "previousResultId": stale["resultId"] }));
    assert!(closed.get("edits").is_none() && closed.get("resultId").is_none());
}

#[test]
fn what_a_client_can_t_do_is_not_offered() {
    let folder = folder();
    let initialize = |capabilities: Value| {
        let root = crate::lsp_client::uri(folder.path());
        let params = json!({ "processId": null, "rootUri": root, "capabilities": capabilities });
        Client::start().request("initialize", params).unwrap()["capabilities"].clone()
    };
    let plain = initialize(json!({}));
    assert_eq!(plain["renameProvider"], json!(true));
    assert!(plain.get("semanticTokensProvider").is_none());
    let full = initialize(capabilities());
    assert_eq!(full["renameProvider"], json!({ "prepareProvider": true }));
    let tokens = &full["semanticTokensProvider"];
    assert_eq!(tokens["legend"]["tokenTypes"], json!(["keyword", "string", "class", "property", "function"]));
    assert_eq!(tokens["legend"]["tokenModifiers"], json!(["declaration"]));
    assert_eq!(tokens["full"], json!({ "delta": true }));
}

#[test]
fn folds_are_as_the_client_wants_them() {
    let folder = folder();
    let text = POLICY.replace("  CLAUSE", "  CLAUSE\n  ");
    let fold = |folding: Value| {
        let mut capabilities = capabilities();
        capabilities["textDocument"]["foldingRange"] = folding;
        let mut client = Client::open_folder_with(folder.path(), capabilities);
        let uri = folder.uri("a.policy");
        client.open(&uri, 1, &format!("-- a\n-- b\n{text}"));
        client.request("textDocument/foldingRange", json!({ "textDocument": { "uri": uri } })).unwrap()
    };
    let lines = |folds: &Value| -> Vec<(u64, u64)> {
        let lines = |it: &Value| (it["startLine"].as_u64().unwrap(), it["endLine"].as_u64().unwrap());
        folds.as_array().unwrap().iter().map(lines).collect()
    };
    let exact = fold(json!({}));
    assert_eq!(lines(&exact), [(0, 1), (2, 7), (6, 7)]);
    assert_eq!(exact[0]["kind"], "comment");
    assert_eq!(exact[1]["startCharacter"], 23);
    let whole_lines = fold(json!({ "lineFoldingOnly": true, "rangeLimit": 2 }));
    assert_eq!(lines(&whole_lines), [(0, 1), (2, 7)]);
    assert!(whole_lines[1].get("startCharacter").is_none());
}

#[test]
fn selections_grow() {
    let folder = folder();
    let (mut client, uri) = open(&folder, capabilities());
    let (line, character) = at(POLICY, "app.tenant_id");
    let positions = json!([{ "line": line, "character": character + 2 }, { "line": 999, "character": 9 }]);
    let params = json!({ "textDocument": { "uri": uri }, "positions": positions });
    let found = client.request("textDocument/selectionRange", params).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 2);
    assert_eq!(found[0]["range"]["start"], json!({ "line": line, "character": character }));
    let parent = &found[0]["parent"]["range"]["start"];
    assert_eq!(*parent, json!({ "line": line, "character": character - 1 }));
}

#[test]
fn ranges_and_new_lines_are_formatted() {
    let folder = folder();
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    let text = POLICY.replace("  PERMISSIVE", "      permissive").replace("  FOR", "     for");
    client.open(&uri, 1, &text);
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let range = json!({ "start": { "line": 1, "character": 0 }, "end": { "line": 2, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "options": options });
    let edits = client.request("textDocument/rangeFormatting", params).unwrap();
    let edits = edits.as_array().unwrap();
    assert!(!edits.is_empty() && edits.iter().all(|edit| edit["range"]["start"]["line"] == 1), "{edits:#?}");

    client.replace(&uri, 2, &format!("{POLICY}\n"));
    let end = POLICY.lines().count();
    client.change(&uri, 3, json!([crate::lsp_client::edit((end - 1, 50), (end - 1, 50), "\n")]));
    let mut params = place(&uri, end, 0);
    params["ch"] = json!("\n");
    params["options"] = options;
    let edits = client.request("textDocument/onTypeFormatting", params).unwrap();
    assert_eq!(edits[0]["newText"], "  ");
    assert_eq!(edits[0]["range"]["start"], json!({ "line": end, "character": 0 }));
}
