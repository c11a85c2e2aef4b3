//! What is shown: findings, hovers, outlines, edits.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities, rules};
use crate::{LEAKY, POLICY, SCHEMA};

fn is_leak(diagnostic: &Value) -> bool {
    diagnostic["code"] == "tenant-isolation"
}

#[test]
fn findings_come_when_a_file_is_opened() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    let text = POLICY.replace("col('tenant_id') =", "col('tenant') =");
    client.open(&uri, 7, &text);
    let published = client.wait_for(&uri, "an unknown column", |it| rules(it).contains(&"unknown-column"));
    assert_eq!(published.version, Some(7));
    let diagnostic = published.diagnostics.iter().find(|it| it["code"] == "unknown-column").unwrap();
    assert_eq!(diagnostic["source"], "pgpe");
    assert_eq!(diagnostic["severity"], 1);
    assert_eq!(diagnostic["codeDescription"]["href"], "https://pgpe.dev/rules/unknown-column");
    assert_eq!(diagnostic["range"]["start"], json!({ "line": 4, "character": 13 }));
    let related = diagnostic["relatedInformation"].as_array().unwrap();
    assert!(related.iter().any(|it| it["location"]["uri"] == json!(folder.uri("schema.sql"))));
}

/// What is found stays the same, and yet its place in the other file is on another line.
#[test]
fn lines_of_other_files_are_those_of_now() {
    let policy = |name: &str, more: &str| {
        format!(
            "POLICY {name} PERMISSIVE FOR ALL SELECTOR named('users')\n  CLAUSE col('tenant_id') = session('app.tenant_id'){more}\n"
        )
    };
    let wide = policy("wide", "");
    let narrow = policy("narrow", " AND col('email') IS NOT NULL");
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", &narrow), ("b.policy", &wide)]);
    let mut client = Client::open_folder(folder.path());
    let (a, b) = (folder.uri("a.policy"), folder.uri("b.policy"));
    let mut expect_on = |version: i64, text: &str, line: u32| {
        match version {
            1 => client.open(&b, version, text),
            _ => client.replace(&b, version, text),
        }
        client.wait_for(&a, &format!("what covers it on line {line}"), |it| {
            let related = it.diagnostics.iter().flat_map(|it| it["relatedInformation"].as_array());
            related.flatten().any(|it| {
                it["location"]["uri"] == json!(b) && it["location"]["range"]["start"]["line"] == json!(line)
            })
        });
    };
    expect_on(1, &format!("  {wide}"), 0);
    expect_on(2, &format!("\n {wide}"), 1);
    expect_on(3, &format!("\n\n{wide}"), 2);
    expect_on(4, &format!("  {wide}"), 0);
}

#[test]
fn a_plain_client_gets_no_extras() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder_with(folder.path(), json!({}));
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, &POLICY.replace("col('tenant_id') =", "col('tenant') ="));
    let published = client.wait_for(&uri, "an unknown column", |it| rules(it).contains(&"unknown-column"));
    for diagnostic in &published.diagnostics {
        for extra in ["codeDescription", "relatedInformation", "tags", "data"] {
            assert!(diagnostic.get(extra).is_none(), "{extra}: {diagnostic:#}");
        }
    }
    let symbols = client.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    let symbols = symbols.unwrap();
    assert_eq!(symbols[0]["location"]["uri"], json!(uri));
    assert!(client.asked.is_empty());
}

#[test]
fn a_leak_is_shown_with_its_counterexample_and_goes_when_it_is_mended() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    client.wait_for(&uri, "version 1", |it| it.version == Some(1));
    client.replace(&uri, 2, LEAKY);
    let leaks =
        client.wait_for(&uri, "a leak", |it| it.version == Some(2) && it.diagnostics.iter().any(is_leak));
    let leak = leaks.diagnostics.iter().find(|it| is_leak(it)).unwrap();
    assert_eq!(leak["range"]["start"]["line"], 5);
    let hover = client.hover(&uri, 5, 14).unwrap();
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.starts_with("**tenant-isolation**"), "{text}");
    assert!(text.contains("| session 1 |") && text.contains("app.tenant_id"), "{text}");
    client.replace(&uri, 3, POLICY);
    client.wait_for(&uri, "no leak", |it| it.version == Some(3) && !it.diagnostics.iter().any(is_leak));
    client.settle();
    assert!(!client.published(&uri).unwrap().diagnostics.iter().any(is_leak));
}

#[test]
fn a_verdict_stays_while_its_obligation_does() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", LEAKY)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, LEAKY);
    client.wait_for(&uri, "a leak", |it| it.diagnostics.iter().any(is_leak));
    client.settle();
    client.history.clear();
    // Moves the leak without changing what is to be proved.
    client.replace(&uri, 2, &format!("-- moved\n{LEAKY}"));
    client.wait_for(&uri, "version 2", |it| it.version == Some(2));
    client.settle();
    let versions: Vec<_> = client.history.iter().filter(|(of, _)| *of == uri).collect();
    assert!(versions.iter().all(|(_, it)| it.diagnostics.iter().any(is_leak)), "{versions:#?}");
    let (_, last) = versions.last().unwrap();
    assert_eq!(last.diagnostics.iter().find(|it| is_leak(it)).unwrap()["range"]["start"]["line"], 6);
}

#[test]
fn a_hover_shows_the_sql() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    let hover = client.hover(&uri, 0, 10).unwrap();
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("```sql") && text.contains("CREATE POLICY"), "{text}");
    assert!(text.contains("public.projects") && text.contains("public.users"), "{text}");
    assert_eq!(hover["contents"]["kind"], "markdown");
    assert_eq!(hover["range"]["start"], json!({ "line": 0, "character": 7 }));
    let nothing = client.hover(&uri, 4000, 3).unwrap();
    assert_eq!(nothing, Value::Null);
}

#[test]
fn a_hover_without_markdown_has_no_fences() {
    let folder = Folder::new(&[("schema.sql", SCHEMA), ("a.policy", POLICY)]);
    let mut capabilities = full_capabilities();
    capabilities["textDocument"]["hover"]["contentFormat"] = json!(["plaintext"]);
    let mut client = Client::open_folder_with(folder.path(), capabilities);
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    let hover = client.hover(&uri, 0, 10).unwrap();
    assert_eq!(hover["contents"]["kind"], "plaintext");
    assert!(!hover["contents"]["value"].as_str().unwrap().contains("```"));
}

#[test]
fn formatting_gives_edits() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, &POLICY.replace("  PERMISSIVE", "      permissive"));
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let params = json!({ "textDocument": { "uri": uri }, "options": options });
    let edits = client.request("textDocument/formatting", params.clone()).unwrap();
    assert!(!edits.as_array().unwrap().is_empty());
    client.change(&uri, 2, backwards(&edits));
    assert_eq!(client.request("textDocument/formatting", params).unwrap(), json!([]));
}

/// Edits as changes: those at the end first, so that the others keep their places.
fn backwards(edits: &Value) -> Value {
    let changes = edits.as_array().unwrap().iter().rev();
    changes.map(|edit| json!({ "range": edit["range"], "text": edit["newText"] })).collect()
}

#[test]
fn the_outline_has_policies_with_clauses_and_grants() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, &format!("{LEAKY}\nGRANT SELECT TO reader SELECTOR ALL\n"));
    let symbols = client.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    let symbols = symbols.unwrap();
    assert_eq!(symbols[0]["name"], "tenant_isolation");
    assert_eq!(symbols[0]["children"].as_array().unwrap().len(), 2);
    assert_eq!(symbols[1]["name"], "GRANT SELECT TO reader");
}

#[test]
fn quick_fixes_mend_findings() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, &POLICY.replace("col('tenant_id') =", "col('tenant_idd') ="));
    let published = client.wait_for(&uri, "an unknown column", |it| rules(it).contains(&"unknown-column"));
    let diagnostic = published.diagnostics.iter().find(|it| it["code"] == "unknown-column").unwrap();
    assert!(diagnostic["data"]["fixes"].as_array().is_some_and(|titles| !titles.is_empty()));
    let mut params = json!({
        "textDocument": { "uri": uri },
        "range": diagnostic["range"],
        "context": { "diagnostics": [diagnostic] },
    });
    let actions = client.request("textDocument/codeAction", params.clone()).unwrap();
    let action = &actions[0];
    assert_eq!(action["kind"], "quickfix");
    assert_eq!(action["diagnostics"][0]["code"], "unknown-column");
    let change = &action["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": uri, "version": 1 }));
    client.change(&uri, 2, backwards(&change["edits"]));
    client.wait_for(&uri, "the fix", |it| it.version == Some(2) && !rules(it).contains(&"unknown-column"));
    params["context"]["only"] = json!(["quickfix"]);
    assert_eq!(client.request("textDocument/codeAction", params.clone()).unwrap(), json!([]));
    params["context"]["only"] = json!(["refactor"]);
    let refactorings = client.request("textDocument/codeAction", params).unwrap();
    let kinds: Vec<_> =
        refactorings.as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind.starts_with("refactor.")), "{kinds:?}");
}
