//! The client's settings: where they come from, and what becomes of bad ones.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities, uri};
use crate::{POLICY, SCHEMA};

fn folder() -> Folder {
    Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)])
}

fn start(folder: &Folder, capabilities: Value, options: Value, configuration: Value) -> Client {
    let mut client = Client::start();
    client.configuration = configuration;
    let params = json!({
        "processId": null,
        "rootUri": uri(folder.path()),
        "capabilities": capabilities,
        "initializationOptions": options,
    });
    client.request("initialize", params).unwrap();
    client.notify("initialized", json!({}));
    client
}

/// Settings that show by being complained about.
fn bad(name: &str) -> Value {
    json!({ "inlayHints": { "tables": name } })
}

fn complaints(client: &mut Client) -> Vec<String> {
    client.settle();
    let all = client.log.iter().filter(|line| line.contains("pgpe.inlayHints.tables"));
    all.map(|line| line.split("not ").nth(1).unwrap().split(';').next().unwrap().to_owned()).collect()
}

#[test]
fn settings_come_with_the_client_and_are_pushed() {
    let folder = folder();
    let mut client = start(&folder, full_capabilities(), bad("first"), Value::Null);
    assert_eq!(complaints(&mut client), [r#"\"first\""#]);
    client.notify("workspace/didChangeConfiguration", json!({ "settings": { "pgpe": bad("second") } }));
    // Nothing of this server, and nothing at all.
    client.notify("workspace/didChangeConfiguration", json!({ "settings": { "pgpe": null } }));
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    assert_eq!(complaints(&mut client), [r#"\"first\""#, r#"\"second\""#]);
    assert!(client.hover(&folder.uri("a.policy"), 0, 9).unwrap().is_object());
}

#[test]
fn settings_are_asked_for_where_the_client_can_be_asked() {
    let folder = folder();
    let mut capabilities = full_capabilities();
    capabilities["workspace"]["configuration"] = json!(true);
    capabilities["workspace"]["didChangeConfiguration"] = json!({ "dynamicRegistration": true });
    let mut client = start(&folder, capabilities, Value::Null, bad("asked"));
    client.wait_for_request("workspace/configuration");
    assert_eq!(complaints(&mut client), [r#"\"asked\""#]);
    let registered = client.asked.iter().any(|it| {
        it["params"]["registrations"][0]["method"] == "workspace/didChangeConfiguration"
            && it["params"]["registrations"][0]["registerOptions"]["section"] == "pgpe"
    });
    assert!(registered, "{:#?}", client.asked);
    let asked = client.asked.iter().find(|it| it["method"] == "workspace/configuration").unwrap();
    assert_eq!(asked["params"]["items"], json!([{ "section": "pgpe" }]));
    // What is pushed only says that something is new.
    client.configuration = bad("anew");
    client.notify("workspace/didChangeConfiguration", json!({ "settings": { "pgpe": bad("pushed") } }));
    assert_eq!(complaints(&mut client), [r#"\"asked\""#, r#"\"anew\""#]);
}
