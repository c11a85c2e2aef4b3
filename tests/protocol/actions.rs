//! Code actions: kinds, edits that are computed when an action is chosen, and clients that know only commands.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities, rules};
use crate::{LEAKY, POLICY, SCHEMA};

/// Two mistakes that have one mend each.
const MISSPELT: &str = "\
POLICY own_rows
  PERMISSIVE
  FOR SELECT, UPDATE
  SELECTOR has_column('tenant_id')
  CLAUSE col('tenant_idd') = session('app.tenant_id') AND col('id') != lit(null)
";

/// Two mistakes with a mend each that guesses nothing, which bring up a third.
const UNCLEAN: &str = "\
POLICY own_rows
  PERMISSIVE
  FOR SELECT, UPDATE
  SELECTOR has_column('tenant_id')
  CLAUSE col('tenant_id') == session('app.tenant_id')
  OR CLAUSE col('tenant_id') = session(\"app.tenant_id\")
";

/// A client that has edits computed when an action is chosen, and shows what can't be chosen.
fn lazy() -> Value {
    let mut capabilities = full_capabilities();
    let actions = &mut capabilities["textDocument"]["codeAction"];
    actions["dataSupport"] = json!(true);
    actions["resolveSupport"] = json!({ "properties": ["edit"] });
    actions["disabledSupport"] = json!(true);
    actions["isPreferredSupport"] = json!(true);
    capabilities
}

struct Scene {
    // Is there as long as the client.
    _folder: Folder,
    client: Client,
    uri: String,
}

impl Scene {
    fn new(capabilities: Value, text: &str) -> Scene {
        let folder = Folder::new(&[("schema.sql", SCHEMA)]);
        let mut client = Client::open_folder_with(folder.path(), capabilities);
        let uri = folder.uri("a.policy");
        client.open(&uri, 1, text);
        Scene { _folder: folder, client, uri }
    }

    fn actions(&mut self, line: u32, character: u32, context: Value) -> Vec<Value> {
        let at = json!({ "line": line, "character": character });
        let params = json!({
            "textDocument": { "uri": self.uri },
            "range": { "start": at, "end": at },
            "context": context,
        });
        let actions = self.client.request("textDocument/codeAction", params).unwrap();
        actions.as_array().unwrap().clone()
    }

    fn only(&mut self, line: u32, character: u32, kind: &str) -> Vec<Value> {
        self.actions(line, character, json!({ "diagnostics": [], "only": [kind] }))
    }

    fn apply(&mut self, version: i64, action: &Value) {
        let edits = action["edit"]["documentChanges"][0]["edits"].as_array().unwrap();
        let changes = edits.iter().rev();
        let changes = changes.map(|edit| json!({ "range": edit["range"], "text": edit["newText"] }));
        self.client.change(&self.uri, version, changes.collect());
    }
}

fn kinds(actions: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<&str> = actions.iter().map(|action| action["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn titled<'a>(actions: &'a [Value], title: &str) -> &'a Value {
    let found = actions.iter().find(|action| action["title"].as_str().unwrap().starts_with(title));
    found.unwrap_or_else(|| panic!("no action {title}: {actions:#?}"))
}

#[test]
fn a_kind_stands_for_those_below_it() {
    let two_clauses =
        "CLAUSE col('id') IS NOT NULL AND col('id') = session('app.id')\n  OR CLAUSE col('id') IS NULL";
    let text = format!("{}{two_clauses}\n", MISSPELT.split("CLAUSE").next().unwrap());
    let mut scene = Scene::new(full_capabilities(), &text);
    let nothing = json!({ "diagnostics": [] });
    let all = scene.actions(4, 14, nothing);
    assert_eq!(kinds(&all), ["quickfix", "refactor.extract", "refactor.rewrite", "source.fixAll.pgpe"]);
    assert_eq!(kinds(&scene.only(4, 14, "")), kinds(&all));
    assert_eq!(kinds(&scene.only(4, 14, "quickfix")), ["quickfix"]);
    assert_eq!(kinds(&scene.only(4, 14, "refactor")), ["refactor.extract", "refactor.rewrite"]);
    assert_eq!(kinds(&scene.only(4, 14, "refactor.rewrite")), ["refactor.rewrite"]);
    assert_eq!(kinds(&scene.only(4, 14, "source.fixAll")), ["source.fixAll.pgpe"]);
    assert_eq!(kinds(&scene.only(4, 14, "source.fixAll.pgpe")), ["source.fixAll.pgpe"]);
    for none in ["refactor.inline", "refactor.re", "source.fixAll.other", "source.organizeImports"] {
        assert_eq!(scene.only(4, 14, none), Vec::<Value>::new(), "{none}");
    }
}

#[test]
fn edits_come_at_once_where_they_can_not_be_asked_for() {
    let mut capabilities = lazy();
    // It would not send the data back.
    capabilities["textDocument"]["codeAction"]["dataSupport"] = json!(false);
    for capabilities in [full_capabilities(), capabilities] {
        let mut scene = Scene::new(capabilities, MISSPELT);
        for action in scene.actions(4, 14, json!({ "diagnostics": [] })) {
            assert!(action["edit"].is_object() && action.get("data").is_none(), "{action:#}");
        }
    }
}

#[test]
fn edits_are_computed_when_an_action_is_chosen() {
    let mut scene = Scene::new(lazy(), MISSPELT);
    let offered = scene.actions(4, 14, json!({ "diagnostics": [] }));
    assert!(offered.iter().all(|action| action.get("edit").is_none()), "{offered:#?}");
    assert!(offered.iter().all(|action| action["data"].to_string().len() < 200), "{offered:#?}");
    let fix = titled(&offered, "Replace with `tenant_id`");
    assert_eq!(fix["isPreferred"], true);
    let resolved = scene.client.request("codeAction/resolve", fix.clone()).unwrap();
    assert_eq!((&resolved["title"], &resolved["kind"]), (&fix["title"], &fix["kind"]));
    scene.apply(2, &resolved);
    let uri = scene.uri.clone();
    scene
        .client
        .wait_for(&uri, "the fix", |it| it.version == Some(2) && !rules(it).contains(&"unknown-column"));
    // The text that the others were offered on is gone.
    let split = titled(&offered, "Split into a policy per command");
    let error = scene.client.request("codeAction/resolve", split.clone()).unwrap_err();
    assert_eq!(error["code"], -32801);
    // What is none of the server's comes back as it is.
    for action in [json!({ "title": "x" }), json!({ "title": "x", "kind": "quickfix", "data": [1] })] {
        assert_eq!(scene.client.request("codeAction/resolve", action.clone()).unwrap(), action);
    }
}

#[test]
fn all_safe_fixes_are_applied_at_once() {
    let mut scene = Scene::new(lazy(), UNCLEAN);
    // Wherever the cursor is.
    let offered = scene.only(0, 0, "source.fixAll");
    let resolved = scene.client.request("codeAction/resolve", offered[0].clone()).unwrap();
    scene.apply(2, &resolved);
    let uri = scene.uri.clone();
    let mended = scene.client.wait_for(&uri, "the fixes", |it| it.version == Some(2));
    assert!(!rules(&mended).iter().any(|rule| ["syntax", "subsumption"].contains(rule)), "{mended:#?}");
    assert_eq!(scene.only(0, 0, "source.fixAll"), Vec::<Value>::new());
}

#[test]
fn what_can_not_be_done_is_told_to_those_who_ask_for_it() {
    let mut scene = Scene::new(lazy(), &POLICY.replace("FOR ALL", "FOR SELECT"));
    let refactorings = scene.only(0, 9, "refactor");
    let split = titled(&refactorings, "Split into a policy per command");
    assert_eq!(split["disabled"]["reason"], "the policy is for one command only");
    let is_disabled = |action: &Value| action.get("disabled").is_some();
    assert!(!scene.actions(0, 9, json!({ "diagnostics": [] })).iter().any(is_disabled));
    let mut scene = Scene::new(full_capabilities(), &POLICY.replace("FOR ALL", "FOR SELECT"));
    assert!(!scene.only(0, 9, "refactor").iter().any(is_disabled));
}

#[test]
fn a_leak_is_mended_or_allowed() {
    let mut scene = Scene::new(lazy(), LEAKY);
    let uri = scene.uri.clone();
    let is_leak = |it: &Value| it["code"] == "tenant-isolation";
    let published = scene.client.wait_for(&uri, "a leak", |it| it.diagnostics.iter().any(is_leak));
    let leaks: Vec<&Value> = published.diagnostics.iter().filter(|it| is_leak(it)).collect();
    let context = json!({ "diagnostics": leaks });
    let offered = scene.actions(5, 14, context);
    let mend = titled(&offered, "Let only the session's own rows pass");
    assert_eq!(mend["diagnostics"][0]["code"], "tenant-isolation");
    assert!(mend.get("isPreferred").is_none());
    let allow = titled(&offered, "Allow `tenant-isolation` here");
    let allow = scene.client.request("codeAction/resolve", allow.clone()).unwrap();
    let comment = "-- pgpe: allow(tenant-isolation) TODO: why this is fine";
    let edit = &allow["edit"]["documentChanges"][0];
    assert!(edit["edits"][0]["newText"].as_str().unwrap().contains(comment), "{edit:#}");
    assert_eq!(edit["textDocument"]["version"], 1);
    let mend = scene.client.request("codeAction/resolve", mend.clone()).unwrap();
    scene.apply(2, &mend);
    scene.client.wait_for(&uri, "no leak", |it| it.version == Some(2) && !it.diagnostics.iter().any(is_leak));
}

#[test]
fn a_table_without_policies_gets_one_from_its_foreign_key() {
    let schema = format!(
        "{SCHEMA}CREATE TABLE tasks (id int PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects);\n"
    );
    let folder = Folder::new(&[("schema.sql", &schema), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let (uri, schema_uri) = (folder.uri("a.policy"), folder.uri("schema.sql"));
    client.open(&uri, 1, POLICY);
    let is_uncovered = |it: &Value| it["code"] == "coverage" && it.to_string().contains("public.tasks");
    let published = client.wait_for(&schema_uri, "tasks", |it| it.diagnostics.iter().any(is_uncovered));
    let uncovered = published.diagnostics.iter().find(|it| is_uncovered(it)).unwrap();
    let params = json!({
        "textDocument": { "uri": schema_uri },
        "range": uncovered["range"],
        "context": { "diagnostics": [uncovered] },
    });
    let actions = client.request("textDocument/codeAction", params).unwrap();
    let action = titled(actions.as_array().unwrap(), "Write a policy for public.tasks in a.policy");
    let change = &action["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": uri, "version": 1 }));
    let new = change["edits"][0]["newText"].as_str().unwrap();
    assert!(new.contains("rel(_, project_id, projects, id)"), "{new}");
    client.replace(&uri, 2, &format!("{POLICY}{new}"));
    client.wait_for(&schema_uri, "tasks governed", |it| !it.diagnostics.iter().any(is_uncovered));
}

#[test]
fn clients_that_know_only_commands_get_those() {
    let config = "version: 1\ntargets:\n  dev: { url: \"postgres://nobody@127.0.0.1:1/none\" }\n";
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("pgpe.yaml", config)]);
    let mut client = Client::start();
    let params =
        json!({ "processId": null, "rootUri": crate::lsp_client::uri(folder.path()), "capabilities": {} });
    let promised = client.request("initialize", params).unwrap();
    assert_eq!(promised["capabilities"]["codeActionProvider"], true);
    client.notify("initialized", json!({}));
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, MISSPELT);
    let mut scene = Scene { _folder: folder, client, uri };
    let commands = scene.actions(4, 14, json!({ "diagnostics": [] }));
    let shown: Vec<&str> = commands.iter().map(|command| command["title"].as_str().unwrap()).collect();
    assert_eq!(shown, ["Check drift (dev)", "Show plan (dev)", "Apply to dev…"]);
    assert!(commands.iter().all(|it| it["command"].is_string() && it.get("kind").is_none()), "{commands:#?}");
}
