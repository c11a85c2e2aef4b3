//! Files on disk, in editors, and in neither.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities, rules};
use crate::{LEAKY, POLICY, SCHEMA};

fn hovers_sql(client: &mut Client, uri: &str) -> bool {
    let hover = client.hover(uri, 0, 10).unwrap();
    hover["contents"]["value"].as_str().is_some_and(|text| text.contains("CREATE POLICY"))
}

#[test]
fn an_unsaved_schema_counts() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let (policy, schema) = (folder.uri("a.policy"), folder.uri("schema.sql"));
    client.open(&policy, 1, &POLICY.replace("col('tenant_id') =", "col('org_id') ="));
    client.wait_for(&policy, "an unknown column", |it| rules(it).contains(&"unknown-column"));
    client.open(&schema, 1, SCHEMA);
    client.replace(
        &schema,
        2,
        &SCHEMA.replace("name text", "org_id uuid").replace("email text", "org_id uuid"),
    );
    client.wait_for(&policy, "the column of the unsaved schema", |it| !rules(it).contains(&"unknown-column"));
    client.wait_for(&schema, "the schema's version", |it| it.version == Some(2));
    // What is on disk counts again.
    client.close(&schema);
    client.wait_for(&policy, "the saved schema", |it| rules(it).contains(&"unknown-column"));
}

#[test]
fn an_unsaved_configuration_counts() {
    let folder = Folder::new(&[
        ("pgpe.yaml", "policies: ['p/*.policy']\n"),
        ("schema.sql", SCHEMA),
        ("p/a.policy", LEAKY),
        ("q/b.policy", POLICY),
    ]);
    let mut client = Client::open_folder(folder.path());
    let (a, config) = (folder.uri("p/a.policy"), folder.uri("pgpe.yaml"));
    // Not open, and published all the same.
    let leak = client.wait_for(&a, "a leak in a closed file", |it| rules(it).contains(&"tenant-isolation"));
    assert_eq!(leak.version, None);
    client.open(&config, 1, "policies: ['p/*.policy']\nrules: { tenant-isolation: off }\n");
    client.wait_for(&a, "the rule switched off", |it| !rules(it).contains(&"tenant-isolation"));
    client.replace(&config, 2, "policies: ['q/*.policy']\n");
    client.wait_for(&config, "version 2", |it| it.version == Some(2));
    client.settle();
    assert_eq!(client.published(&a).unwrap().diagnostics, Vec::<Value>::new());
    client.replace(&config, 3, "polices: 3\n");
    let mistakes = client.wait_for(&config, "a mistake", |it| it.version == Some(3));
    assert!(rules(&mistakes).contains(&"config"), "{mistakes:#?}");
}

#[test]
fn changes_on_disk_are_told_or_looked_for() {
    for watches in [true, false] {
        let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
        let mut capabilities = full_capabilities();
        capabilities["workspace"]["didChangeWatchedFiles"]["dynamicRegistration"] = json!(watches);
        let mut client = Client::open_folder_with(folder.path(), capabilities);
        let (a, schema) = (folder.uri("a.policy"), folder.uri("schema.sql"));
        client.wait_for(&schema, "uncovered tables", |it| rules(it).contains(&"coverage"));
        if watches {
            client.wait_for_request("client/registerCapability");
        }
        folder.write("a.policy", LEAKY);
        if watches {
            let change = json!({ "uri": a, "type": 2 });
            client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
        }
        client.wait_for(&a, "the leak on disk", |it| rules(it).contains(&"tenant-isolation"));
        std::fs::remove_file(folder.file("a.policy")).unwrap();
        if watches {
            let change = json!({ "uri": a, "type": 3 });
            client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
        }
        client.wait_for(&a, "nothing of a deleted file", |it| it.diagnostics.is_empty());
        folder.write("deep/new.policy", LEAKY);
        let new = folder.uri("deep/new.policy");
        if watches {
            let change = json!({ "uri": new, "type": 1 });
            client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
        }
        client.wait_for(&new, "a leak in a new file", |it| rules(it).contains(&"tenant-isolation"));
        let registered = client.asked.iter().any(|it| it["method"] == "client/registerCapability");
        assert_eq!(registered, watches);
    }
}

#[test]
fn closing_falls_back_to_the_disk() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let (a, new) = (folder.uri("a.policy"), folder.uri("new.policy"));
    client.open(&a, 1, LEAKY);
    client.wait_for(&a, "a leak", |it| rules(it).contains(&"tenant-isolation"));
    client.close(&a);
    client.wait_for(&a, "the text on disk", |it| {
        it.version.is_none() && !rules(it).contains(&"tenant-isolation")
    });
    // Never saved: with its document it is gone.
    client.open(&new, 1, "POLICY");
    client.wait_for(&new, "a syntax error", |it| !it.diagnostics.is_empty());
    client.close(&new);
    client.wait_for(&new, "nothing", |it| it.diagnostics.is_empty());
}

#[test]
fn encoded_and_foreign_uris_are_understood() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("größe x/a b.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    // An editor's own way of encoding; the answer comes under the same name.
    let encoded = format!("{}/gr%c3%b6%C3%9Fe%20x/a%20b.polic%79", folder.uri(""));
    let encoded = encoded.replace("//gr", "/gr");
    client.open(&encoded, 4, LEAKY);
    client.wait_for(&encoded, "a leak", |it| rules(it).contains(&"tenant-isolation"));
    assert!(hovers_sql(&mut client, &encoded));
    let untitled = "untitled:Untitled-1";
    client.open(untitled, 1, &POLICY.replace("CLAUSE", "CLAUS"));
    client.wait_for(untitled, "a syntax error", |it| it.version == Some(1) && rules(it).contains(&"syntax"));
    assert!(client.hover(untitled, 1, 4).unwrap().is_object());
    client.close(untitled);
    client.wait_for(untitled, "nothing", |it| it.diagnostics.is_empty());
}

#[test]
fn a_file_that_is_opened_by_another_name_is_called_by_that() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", LEAKY)]);
    let mut client = Client::open_folder(folder.path());
    let names = [folder.uri("a.policy"), folder.uri("a.polic%79"), folder.uri("a.poli%63y")];
    for (version, name) in (1..).zip(&names) {
        client.open(name, version, LEAKY);
        client.wait_for(name, "a leak", |it| {
            it.version == Some(version) && rules(it).contains(&"tenant-isolation")
        });
        client.close(name);
    }
}

#[test]
fn a_file_outside_of_any_folder_is_looked_at_by_itself() {
    let folder = Folder::new(&[
        ("alone/a.policy", POLICY),
        ("alone/schema.sql", SCHEMA),
        ("alone/b.policy", "POLICY"),
    ]);
    let mut client = Client::start();
    client.request("initialize", json!({ "capabilities": full_capabilities() })).unwrap();
    client.notify("initialized", json!({}));
    let uri = folder.uri("alone/a.policy");
    client.open(&uri, 1, LEAKY);
    client.wait_for(&uri, "a leak", |it| rules(it).contains(&"tenant-isolation"));
    client.settle();
    assert!(client.published(&folder.uri("alone/b.policy")).is_none());
}

#[test]
fn a_nested_project_speaks_for_its_files() {
    let folder = Folder::new(&[
        ("pgpe.yaml", "policies: ['**/*.policy']\n"),
        ("schema.sql", SCHEMA),
        ("inner/pgpe.yaml", "rules: { tenant-isolation: off }\n"),
        ("inner/schema.sql", SCHEMA),
        ("inner/a.policy", LEAKY),
    ]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("inner/a.policy");
    client
        .wait_for(&uri, "a leak, as the outer project sees it", |it| rules(it).contains(&"tenant-isolation"));
    client.open(&uri, 1, LEAKY);
    client.wait_for(&uri, "the inner project's view", |it| {
        it.version == Some(1) && !rules(it).contains(&"tenant-isolation")
    });
    client.settle();
    assert!(!rules(client.published(&uri).unwrap()).contains(&"tenant-isolation"));
}

#[test]
fn files_that_can_not_be_read_are_reported() {
    let folder = Folder::new(&[("pgpe.yaml", "schema: { file: gone.sql }\n"), ("a.policy", POLICY)]);
    std::fs::write(folder.file("latin.policy"), b"-- caf\xe9\n").unwrap();
    let mut client = Client::open_folder(folder.path());
    let latin = client.wait_for(&folder.uri("latin.policy"), "not UTF-8", |it| !it.diagnostics.is_empty());
    assert!(latin.diagnostics[0]["message"].as_str().unwrap().contains("UTF-8"));
    let config = client.wait_for(&folder.uri("pgpe.yaml"), "no schema file", |it| !it.diagnostics.is_empty());
    let messages: Vec<_> = config.diagnostics.iter().map(|it| it["message"].to_string()).collect();
    assert!(messages.iter().any(|message| message.contains("gone.sql")), "{messages:?}");
}

#[test]
fn what_has_no_place_goes_to_the_log() {
    let folder = Folder::new(&[("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    client.settle();
    assert!(client.log.iter().any(|line| line.contains("no-schema")), "{:?}", client.log);
}
