//! Completions as clients of different abilities get them.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities, place};
use crate::{POLICY, SCHEMA};

fn complete(client: &mut Client, uri: &str, line: usize, character: usize) -> Value {
    client.request("textDocument/completion", place(uri, line, character)).unwrap()
}

fn item<'v>(list: &'v Value, label: &str) -> &'v Value {
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("no {label}: {list:#}"))
}

fn has(list: &Value, label: &str) -> bool {
    list["items"].as_array().unwrap().iter().any(|item| item["label"] == label)
}

fn range(line: usize, start: usize, end: usize) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } })
}

/// A client that is in a column's name behind a character that counts twice in UTF-16.
fn in_a_name(folder: &Folder, capabilities: Value) -> (Client, String) {
    let mut client = Client::open_folder_with(folder.path(), capabilities);
    let uri = folder.uri("a.policy");
    client.open(&uri, 3, &POLICY.replace("  CLAUSE col('tenant_id')", "  CLAUSE /* 😀 */ col('tenant')"));
    (client, uri)
}

#[test]
fn names_in_quotes_replace_what_is_there() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let (mut client, uri) = in_a_name(&folder, full_capabilities());
    let list = complete(&mut client, &uri, 4, 26);
    assert_eq!(list["isIncomplete"], false);
    let column = item(&list, "tenant_id");
    assert_eq!(column["kind"], 5);
    assert_eq!(column["detail"], "uuid");
    assert_eq!(column["labelDetails"]["description"], "uuid");
    let edit = json!({ "newText": "tenant_id", "insert": range(4, 23, 26), "replace": range(4, 23, 29) });
    assert_eq!(column["textEdit"], edit);
    assert!(column.get("documentation").is_none());
}

#[test]
fn a_plain_client_gets_one_range_and_no_snippets() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let (mut client, uri) = in_a_name(&folder, json!({}));
    let list = complete(&mut client, &uri, 4, 26);
    let edit = json!({ "newText": "tenant_id", "range": range(4, 23, 29) });
    assert_eq!(item(&list, "tenant_id")["textEdit"], edit);
    assert!(item(&list, "tenant_id").get("labelDetails").is_none());
    // Whole conditions with nothing to fill in are no snippets.
    let list = complete(&mut client, &uri, 4, 9);
    let items = list["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item.get("insertTextFormat").is_none()), "{list:#}");
    assert!(!has(&list, "col(…)") && has(&list, "col"));
}

#[test]
fn a_foreign_key_is_one_snippet() {
    let schema = format!("{SCHEMA}CREATE TABLE tasks (id uuid, project_id uuid REFERENCES projects);\n");
    let folder = Folder::new(&[("schema.sql", &schema)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    let policy = "POLICY p\n  PERMISSIVE\n  FOR ALL\n  SELECTOR named('tasks')\n  CLAUSE ";
    client.open(&uri, 1, policy);
    let list = complete(&mut client, &uri, 4, 9);
    let label = "exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.tenant_id')})";
    let traversal = item(&list, label);
    assert_eq!(traversal["insertTextFormat"], 2);
    assert_eq!(
        traversal["textEdit"]["newText"],
        "exists(rel(_, project_id, projects, id), {${1:col(tenant_id) = session('app.tenant_id')}})$0"
    );
    let resolved = client.request("completionItem/resolve", traversal.clone()).unwrap();
    let text = resolved["documentation"]["value"].as_str().unwrap();
    assert!(text.contains("tasks_project_id_fkey") && text.contains("at most one row"), "{text}");
}

#[test]
fn documentation_comes_on_request_and_only_for_the_text_it_was_offered_for() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut capabilities = full_capabilities();
    let (mut client, uri) = in_a_name(&folder, capabilities.clone());
    let list = complete(&mut client, &uri, 4, 26);
    let column = item(&list, "tenant_id").clone();
    let resolved = client.request("completionItem/resolve", column.clone()).unwrap();
    assert_eq!(resolved["documentation"]["kind"], "markdown");
    assert!(resolved["documentation"]["value"].as_str().unwrap().contains("`public.users`"));
    assert_eq!(resolved["textEdit"], column["textEdit"]);
    client.change(&uri, 4, json!([]));
    let resolved = client.request("completionItem/resolve", column).unwrap();
    assert!(resolved.get("documentation").is_none());
    // What a client has made up is given back as it is.
    for made_up in [json!({ "label": "x" }), json!({ "label": "x", "data": { "kind": "word", "uri": "::" } })]
    {
        assert_eq!(client.request("completionItem/resolve", made_up.clone()).unwrap(), made_up);
    }

    capabilities["textDocument"]["completion"]["completionItem"]["documentationFormat"] =
        json!(["plaintext"]);
    let (mut client, uri) = in_a_name(&folder, capabilities);
    let list = complete(&mut client, &uri, 2, 2);
    let resolved = client.request("completionItem/resolve", item(&list, "FOR").clone()).unwrap();
    assert_eq!(resolved["documentation"]["kind"], "plaintext");
    assert!(!resolved["documentation"]["value"].as_str().unwrap().contains("```"));
}

#[test]
fn unsaved_schemas_and_configurations_count() {
    let folder = Folder::new(&[("pgpe.yaml", "version: 1\n"), ("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let (policy, schema, config) =
        (folder.uri("a.policy"), folder.uri("schema.sql"), folder.uri("pgpe.yaml"));
    client.open(&policy, 1, POLICY);
    assert!(!has(&complete(&mut client, &policy, 4, 14), "org_id"));
    client.open(&schema, 1, &SCHEMA.replace("email text", "org_id uuid"));
    assert!(has(&complete(&mut client, &policy, 4, 14), "org_id"));
    client.open(&config, 1, "tags:\n  pii: [users]\n");
    client.replace(&policy, 2, "POLICY p PERMISSIVE FOR ALL SELECTOR tagged('')\n");
    assert!(has(&complete(&mut client, &policy, 0, 45), "pii"));
}

#[test]
fn the_configuration_is_completed_by_its_schema() {
    let folder = Folder::new(&[("pgpe.yaml", "version: 1\n"), ("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("pgpe.yaml");
    client.open(&uri, 1, "version: 1\nisolation:\n  - own\n");
    let list = complete(&mut client, &uri, 2, 7);
    let owner = item(&list, "owner");
    assert_eq!(owner["textEdit"]["newText"], "owner: ");
    assert_eq!(owner["textEdit"]["replace"], range(2, 4, 7));
    let resolved = client.request("completionItem/resolve", owner.clone()).unwrap();
    let text = resolved["documentation"]["value"].as_str().unwrap();
    assert!(text.contains("whose a row is"), "{text}");
    client.replace(&uri, 2, "isolation:\n  - owner: \n");
    assert!(has(&complete(&mut client, &uri, 1, 11), "tenant_id"));
}

#[test]
fn other_files_have_none() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("schema.sql");
    client.open(&uri, 1, SCHEMA);
    assert_eq!(complete(&mut client, &uri, 0, 3)["items"], json!([]));
}
