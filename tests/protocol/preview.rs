//! What editors show beside the text: compiled SQL, the state of projects, all verdicts.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, edit, full_capabilities, rules};
use crate::{LEAKY, POLICY, SCHEMA};

fn compiled(client: &mut Client, uri: &str, line: Option<usize>, table: Option<&str>) -> Value {
    let mut params = json!({ "textDocument": { "uri": uri } });
    if let Some(line) = line {
        params["position"] = json!({ "line": line, "character": 3 });
    }
    if let Some(table) = table {
        params["table"] = json!(table);
    }
    client.request("pgpe/compiledSql", params).unwrap()
}

/// The part of a text in a range, which must be on one line.
fn part<'t>(text: &'t str, range: &Value) -> &'t str {
    let column = |at: &str| range[at]["character"].as_u64().unwrap() as usize;
    assert_eq!(range["start"]["line"], range["end"]["line"]);
    let line = text.lines().nth(range["start"]["line"].as_u64().unwrap() as usize).unwrap();
    &line[column("start")..column("end")]
}

#[test]
fn the_sql_of_a_policy_follows_edits() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    let sql = compiled(&mut client, &uri, Some(4), None);
    assert_eq!(sql["policy"], "tenant_isolation");
    assert_eq!(sql["table"], "public.projects");
    assert_eq!(sql["tables"], json!(["public.projects", "public.users"]));
    assert_eq!(sql["changed"], json!([]));
    let text = sql["text"].as_str().unwrap();
    assert!(text.starts_with("CREATE POLICY tenant_isolation_projects\n"), "{text}");
    let clause = &sql["map"][1];
    assert_eq!(clause["uri"], json!(uri));
    assert_eq!(
        clause["policy"]["start"],
        json!({ "line": 4, "character": 9 }),
        "the clause: {clause}, of {text}"
    );
    assert_eq!(part(text, &clause["sql"]), "tenant_id = current_setting('app.tenant_id')::uuid");

    client.change(&uri, 2, json!([edit((2, 6), (2, 9), "SELECT")]));
    let sql = compiled(&mut client, &uri, Some(4), Some("users"));
    assert_eq!(sql["table"], "public.users");
    assert!(sql["text"].as_str().unwrap().contains("  FOR SELECT\n"), "{sql}");
    let line = |line: usize| json!({ "line": line, "character": 0 });
    assert_eq!(sql["changed"], json!([{ "start": line(3), "end": line(4) }]));
    // Once it is saved, nothing is new any more.
    folder.write("a.policy", &POLICY.replace("ALL", "SELECT"));
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(compiled(&mut client, &uri, Some(4), None)["changed"], json!([]));
}

#[test]
fn a_file_is_shown_where_no_policy_is_meant() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    // Not open, too.
    let sql = compiled(&mut client, &folder.uri("a.policy"), None, None);
    assert_eq!((&sql["policy"], &sql["table"]), (&Value::Null, &Value::Null));
    let text = sql["text"].as_str().unwrap();
    assert!(text.contains("FORCE ROW LEVEL SECURITY") && text.contains("tenant_isolation_users"), "{text}");
    let one = compiled(&mut client, &folder.uri("a.policy"), None, Some("public.users"));
    assert_eq!(one["table"], "public.users");
    assert!(!one["text"].as_str().unwrap().contains("tenant_isolation_projects"), "{one}");
    for uri in [folder.uri("schema.sql"), "untitled:x".to_owned(), folder.uri("none.policy")] {
        assert_eq!(compiled(&mut client, &uri, Some(0), None), Value::Null, "{uri}");
    }
}

#[test]
fn a_broken_policy_says_why_there_is_no_sql() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, &POLICY.replace("col('tenant_id') =", "col('tenant') ="));
    let sql = compiled(&mut client, &uri, Some(0), None);
    let text = sql["text"].as_str().unwrap();
    assert!(text.starts_with("-- No SQL of tenant_isolation on public.projects"), "{text}");
    assert!(text.contains("-- Line 5: there is no column `tenant`"), "{text}");
    assert_eq!(sql["map"], json!([]));
}

#[test]
fn a_command_gives_the_same_sql() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    let position = json!({ "line": 4, "character": 3 });
    for (line, table) in [(Some(4), Some("users")), (Some(4), None), (None, None)] {
        let asked = compiled(&mut client, &uri, line, table);
        let position = line.map(|_| position.clone());
        assert_eq!(client.command("pgpe.previewSql", json!([uri, position, table])).unwrap(), asked);
    }
    assert!(client.command("pgpe.previewSql", json!([uri])).unwrap().is_object());
    let error = client.command("pgpe.previewSql", json!([])).unwrap_err();
    assert_eq!(error["code"], -32602, "{error}");
}

/// The state of the one project.
fn status(client: &mut Client) -> Value {
    let status = client.request("pgpe/status", json!({})).unwrap();
    assert_eq!(status["projects"].as_array().unwrap().len(), 1, "{status}");
    status["projects"][0].clone()
}

fn with_status_notification() -> Value {
    let mut capabilities = full_capabilities();
    capabilities["experimental"] = json!({ "statusNotification": true });
    capabilities
}

#[test]
fn the_state_of_a_project_is_told() {
    let config =
        "targets:\n  dev: { url: postgresql:///dev }\n  live: { url: postgresql:///live, protected: true }\n";
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", LEAKY), ("pgpe.yaml", config)]);
    let mut client = Client::open_folder_with(folder.path(), with_status_notification());
    client.wait_for(&folder.uri("a.policy"), "a leak", |it| rules(it).contains(&"tenant-isolation"));
    client.settle();
    let before = client.notified.iter().filter(|method| *method == "pgpe/statusChanged").count();
    assert!(before > 0);
    let project = status(&mut client);
    assert_eq!(project["root"], json!(crate::lsp_client::uri(folder.path())));
    assert_eq!(project["schema"], json!({ "kind": "file", "source": "schema.sql", "tables": 3 }));
    let targets = json!([{ "name": "dev", "protected": false }, { "name": "live", "protected": true }]);
    assert_eq!(project["targets"], targets);
    assert_eq!(project["misconfigured"], json!(false));
    // It is counted as on the command line.
    let analysis = client.command("pgpe.analyzeWorkspace", json!([])).unwrap();
    let report = &analysis["projects"][0]["report"];
    let mut expected = report["summary"].clone();
    let [errors, warnings] = ["errors", "warnings"].map(|name| expected[name].as_u64().unwrap());
    expected["notes"] = json!(report["findings"].as_array().unwrap().len() as u64 - errors - warnings);
    expected["pending"] = json!(0);
    expected["tables"] = json!(report["tables"].as_array().unwrap().len());
    assert_eq!(project["summary"], expected);
    assert!(project["summary"]["failed"].as_u64() > Some(0), "{project}");
    // A change of the text is one of the state, too.
    client.open(&folder.uri("a.policy"), 1, POLICY);
    client.settle();
    assert!(client.notified.iter().filter(|method| *method == "pgpe/statusChanged").count() > before);
    let mended = status(&mut client)["summary"].clone();
    assert_eq!(mended["failed"], 0);
    assert!(mended["proven"].as_u64() > project["summary"]["proven"].as_u64(), "{mended}");
}

#[test]
fn a_project_whose_configuration_is_broken_says_so() {
    let folder =
        Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY), ("pgpe.yaml", "isolaton: []\n")]);
    let mut client = Client::open_folder(folder.path());
    client.settle();
    assert_broken(&mut client);
    // It may break while it is edited, too.
    client.open(&folder.uri("pgpe.yaml"), 1, "");
    client.settle();
    let mended = status(&mut client);
    assert_eq!(mended["misconfigured"], json!(false));
    assert!(mended["summary"]["proven"].as_u64() > Some(0), "{mended}");
    client.change(&folder.uri("pgpe.yaml"), 2, json!([{ "text": "targets: [" }]));
    client.settle();
    assert_broken(&mut client);
}

/// What a configuration that can't be read leads to is not told as if it were meant.
fn assert_broken(client: &mut Client) {
    let project = status(client);
    assert_eq!(project["misconfigured"], json!(true));
    let expected = json!({
        "errors": 1, "warnings": 0, "notes": 0, "proven": 0, "failed": 0, "unknown": 0, "pending": 0,
        "tables": 0,
    });
    assert_eq!(project["summary"], expected);
}

#[test]
fn a_project_without_a_schema_says_so_and_no_client_hears_what_it_does_not_know() {
    let folder = Folder::new(&[("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    client.settle();
    assert_eq!(status(&mut client)["schema"], json!({ "kind": "none", "source": null, "tables": 0 }));
    assert!(client.notified.iter().all(|method| !method.starts_with("pgpe/")));
}

#[test]
fn an_analysis_waits_for_all_proofs() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", LEAKY)]);
    let mut client = Client::open_folder(folder.path());
    let answer = client.command("pgpe.analyzeWorkspace", json!([])).unwrap();
    let project = &answer["projects"][0];
    assert_eq!(project["root"], json!(crate::lsp_client::uri(folder.path())));
    let report = &project["report"];
    let users = report["tables"].as_array().unwrap().iter().find(|it| it["table"] == "users").unwrap();
    assert_eq!(users["commands"]["SELECT"]["tenant-isolation"], "FAILED", "{users:#}");
    assert!(answer["text"].as_str().unwrap().contains("public.users"), "{answer}");
    // The same as the command line says.
    let shell = std::process::Command::new(env!("CARGO_BIN_EXE_pgpe"))
        .args(["analyze", "--format", "json"])
        .env("PGPE_CACHE_DIR", "/dev/null")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(*report, serde_json::from_slice::<Value>(&shell.stdout).unwrap());
    // What is edited counts.
    client.open(&folder.uri("a.policy"), 1, POLICY);
    let answer = client.command("pgpe.analyzeWorkspace", json!([folder.uri("a.policy")])).unwrap();
    assert_eq!(
        answer["projects"][0]["report"]["tables"][0]["commands"]["SELECT"]["tenant-isolation"],
        "PROVEN"
    );
    let error = client.command("pgpe.analyzeWorkspace", json!(["file:///nowhere/a.policy"])).unwrap_err();
    assert!(error["message"].as_str().unwrap().starts_with("no project"), "{error}");
}

#[test]
fn an_analysis_shows_its_progress_and_can_be_cancelled() {
    let clauses: String = (0..40).map(|n| format!("OR CLAUSE col(id) != session('app.k{n}')\n")).collect();
    let policy = format!("{POLICY}{clauses}");
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", &policy)]);
    let mut client = Client::open_folder(folder.path());
    let params = json!({ "command": "pgpe.analyzeWorkspace", "arguments": [], "workDoneToken": "mine" });
    let id = client.ask("workspace/executeCommand", params.clone());
    client.wait_for_progress("its beginning", |it| it["value"]["kind"] == "begin");
    client.notify("window/workDoneProgress/cancel", json!({ "token": "mine" }));
    assert_eq!(client.answer(id).unwrap_err()["code"], -32800);
    client.wait_for_progress("its end", |it| it["value"]["kind"] == "end");
    let id = client.ask("workspace/executeCommand", params);
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.answer(id).unwrap_err()["code"], -32800);
    assert!(client.progress.iter().all(|it| it["token"] == "mine"));
}
