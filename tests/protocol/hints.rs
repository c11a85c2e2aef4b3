//! What stands between and above the lines, and what is told while one writes: inlay hints, code lenses,
//! counterexamples, signatures.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, Published, full_capabilities, place};
use crate::{LEAKY, POLICY, SCHEMA};

/// All that these features adapt to.
fn capabilities() -> Value {
    let mut capabilities = full_capabilities();
    capabilities["workspace"]["codeLens"] = json!({ "refreshSupport": true });
    capabilities["workspace"]["inlayHint"] = json!({ "refreshSupport": true });
    capabilities["textDocument"]["inlayHint"] = json!({ "resolveSupport": { "properties": ["tooltip"] } });
    capabilities["textDocument"]["signatureHelp"] = json!({
        "signatureInformation": {
            "documentationFormat": ["markdown"],
            "parameterInformation": { "labelOffsetSupport": true },
        },
    });
    capabilities["experimental"] = json!({ "commands": ["pgpe.previewSql", "pgpe.showCounterexample"] });
    capabilities
}

fn hints(client: &mut Client, uri: &str, lines: std::ops::Range<u32>) -> Value {
    let position = |line: u32| json!({ "line": line, "character": 0 });
    let range = json!({ "start": position(lines.start), "end": position(lines.end) });
    let params = json!({ "textDocument": { "uri": uri }, "range": range });
    client.request("textDocument/inlayHint", params).unwrap()
}

fn labels(hints: &Value) -> Vec<&str> {
    hints.as_array().unwrap().iter().map(|hint| hint["label"].as_str().unwrap()).collect()
}

fn lenses(client: &mut Client, uri: &str) -> Value {
    client.request("textDocument/codeLens", json!({ "textDocument": { "uri": uri } })).unwrap()
}

fn titles(lenses: &Value) -> Vec<&str> {
    lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect()
}

fn leaks(published: &Published) -> bool {
    published.diagnostics.iter().any(|diagnostic| diagnostic["code"] == "tenant-isolation")
}

fn asked(client: &Client, method: &str) -> usize {
    client.asked.iter().filter(|it| it["method"] == method).count()
}

#[test]
fn hints_show_tables_and_types_in_the_lines_that_are_seen() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder_with(folder.path(), capabilities());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    let all = hints(&mut client, &uri, 0..99);
    assert_eq!(labels(&all), ["→ projects, users", ": uuid"]);
    assert_eq!(all[0]["position"], json!({ "line": 3, "character": 34 }));
    assert_eq!(all[1]["kind"], 1);
    assert!(all[0].get("tooltip").is_none(), "{all:#}");
    let resolved = client.request("inlayHint/resolve", all[0].clone()).unwrap();
    assert_eq!(resolved["tooltip"]["value"], "`public.projects`, `public.users`");
    assert_eq!(labels(&hints(&mut client, &uri, 4..5)), [": uuid"]);
    // What is asked about another text is not answered from this one.
    client.replace(&uri, 2, &format!("\n{POLICY}"));
    let stale = client.request("inlayHint/resolve", all[0].clone()).unwrap();
    assert!(stale.get("tooltip").is_none(), "{stale:#}");
}

#[test]
fn hints_have_tooltips_for_clients_that_do_not_ask_for_them() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder_with(folder.path(), json!({}));
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    let all = hints(&mut client, &uri, 0..99);
    assert_eq!(all[1]["tooltip"]["value"], "- `uuid`: `public.projects`, `public.users`");
}

#[test]
fn each_kind_of_hint_can_be_switched_off() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::start();
    let options = json!({ "inlayHints": { "columnTypes": false } });
    let params = json!({
        "processId": null,
        "rootUri": crate::lsp_client::uri(folder.path()),
        "capabilities": capabilities(),
        "initializationOptions": options,
    });
    client.request("initialize", params).unwrap();
    client.notify("initialized", json!({}));
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    assert_eq!(labels(&hints(&mut client, &uri, 0..99)), ["→ projects, users"]);
}

#[test]
fn hints_and_lenses_are_asked_for_again_when_the_schema_changes() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder_with(folder.path(), capabilities());
    let (uri, schema) = (folder.uri("a.policy"), folder.uri("schema.sql"));
    client.open(&uri, 1, POLICY);
    client.wait_for(&uri, "version 1", |it| it.version == Some(1));
    client.settle();
    assert_eq!(asked(&client, "workspace/inlayHint/refresh"), 0);
    client.open(&schema, 1, &SCHEMA.replace("tenant_id uuid", "tenant_id text"));
    client.wait_for_request("workspace/inlayHint/refresh");
    client.wait_for_request("workspace/codeLens/refresh");
    assert_eq!(labels(&hints(&mut client, &uri, 0..99)), ["→ projects, users", ": text"]);
}

#[test]
fn a_plain_client_is_not_asked_to_refresh() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", LEAKY)]);
    let mut client = Client::open_folder_with(folder.path(), json!({}));
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, LEAKY);
    client.wait_for(&uri, "a leak", leaks);
    client.settle();
    assert!(client.asked.is_empty(), "{:#?}", client.asked);
    assert_eq!(titles(&lenses(&mut client, &uri)), ["2 tables · leaks"]);
}

#[test]
fn lenses_tell_of_a_leak_and_open_its_counterexample() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", LEAKY)]);
    let mut client = Client::open_folder_with(folder.path(), capabilities());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, LEAKY);
    client.wait_for(&uri, "a leak", leaks);
    client.settle();
    assert!(asked(&client, "workspace/codeLens/refresh") > 0);
    let all = lenses(&mut client, &uri);
    assert_eq!(titles(&all), ["2 tables · leaks", "Preview SQL", "Show counterexample"]);
    let start = json!({ "line": 0, "character": 0 });
    assert!(all.as_array().unwrap().iter().all(|lens| lens["range"]["start"] == start), "{all:#}");
    let preview = json!([uri, { "line": 0, "character": 7 }]);
    assert_eq!(all[1]["command"]["command"], "pgpe.previewSql");
    assert_eq!(all[1]["command"]["arguments"], preview);
    assert_eq!(all[2]["command"]["command"], "pgpe.showCounterexample");
    assert_eq!(all[2]["command"]["arguments"], json!([uri, 5, "tenant-isolation"]));
    let shown = client.command("pgpe.showCounterexample", all[2]["command"]["arguments"].clone()).unwrap();
    assert_eq!(shown["title"], "tenant-isolation on public.projects");
    let markdown = shown["markdown"].as_str().unwrap();
    for part in ["| session 1 |", "### Session 1: SELECT – the row passes", "CREATE POLICY", "ROLLBACK;"] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    // What is mended has none any more.
    client.replace(&uri, 2, POLICY);
    client.wait_for(&uri, "no leak", |it| it.version == Some(2) && !leaks(it));
    client.settle();
    assert_eq!(titles(&lenses(&mut client, &uri)), ["2 tables · isolated", "Preview SQL"]);
    let gone = client.command("pgpe.showCounterexample", json!([uri, 5, "tenant-isolation"])).unwrap_err();
    let sentence = "line 6 has no finding of tenant-isolation with a counterexample now: it may have been mended, \
                    or is yet to be proved";
    assert_eq!(gone["message"], sentence);
}

#[test]
fn counterexamples_that_are_not_named_rightly_are_refused() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", LEAKY)]);
    let mut client = Client::open_folder(folder.path());
    for wrong in [json!([]), json!(["file:///a", "5", "x"]), json!(["file:///a", -1, "x"]), json!([1, 2, 3])]
    {
        let error = client.command("pgpe.showCounterexample", wrong).unwrap_err();
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("takes a file's URI, a line counted from 0, and a rule's id"), "{message}");
    }
    for unknown in [json!(["file:///nowhere", 0, "coverage"]), json!([folder.uri("a.policy"), 0, "nonsense"])]
    {
        let error = client.command("pgpe.showCounterexample", unknown).unwrap_err();
        assert!(error["message"].as_str().unwrap().starts_with("line 1 has no finding of"), "{error:#}");
    }
}

#[test]
fn lenses_offer_targets_and_do_not_apply_to_protected_ones() {
    let config = "version: 1\ntargets:\n  dev: { url: postgres://localhost/dev }\n";
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY), ("pgpe.yaml", config)]);
    let mut client = Client::open_folder_with(folder.path(), json!({}));
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    let all = lenses(&mut client, &uri);
    assert_eq!(titles(&all)[1..], ["Check drift", "Apply…"]);
    assert_eq!(all[1]["command"]["command"], "pgpe.checkDrift");
    assert_eq!(all[2]["command"]["command"], "pgpe.apply");
    assert_eq!(all[2]["command"]["arguments"], json!(["dev", uri]));
    let two = format!("{config}  live: {{ url: postgres://localhost/live, protected: true }}\n");
    client.open(&folder.uri("pgpe.yaml"), 1, &two);
    let all = lenses(&mut client, &uri);
    assert_eq!(titles(&all)[1..], ["Check drift (dev)", "Apply to dev…", "Check drift (live)"]);
}

#[test]
fn signatures_are_told_inside_of_unfinished_calls() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder_with(folder.path(), capabilities());
    let uri = folder.uri("a.policy");
    let start = POLICY.lines().take(4).collect::<Vec<_>>().join("\n");
    client.open(&uri, 1, &format!("{start}\n  CLAUSE exists(rel(_, "));
    let help = client.request("textDocument/signatureHelp", place(&uri, 4, 23)).unwrap();
    let signature = &help["signatures"][0];
    assert_eq!(signature["label"], "rel(source, columns, target, target columns)");
    assert_eq!(help["activeParameter"], 1);
    assert_eq!(signature["parameters"][1]["label"], json!([12, 19]));
    assert!(
        signature["documentation"]["value"]
            .as_str()
            .unwrap()
            .contains("rel(_, tenant_id, public.tenants, id)")
    );
    let nothing = client.request("textDocument/signatureHelp", place(&uri, 0, 3)).unwrap();
    assert_eq!(nothing, Value::Null);
    // The offsets of a plain client are texts.
    let mut plain = Client::open_folder_with(folder.path(), json!({}));
    plain.open(&uri, 1, &format!("{start}\n  CLAUSE exists(rel(_, "));
    let help = plain.request("textDocument/signatureHelp", place(&uri, 4, 23)).unwrap();
    assert_eq!(help["signatures"][0]["parameters"][1]["label"], "columns");
}
