//! Edits arrive in order, whatever happens between them.

use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, edit, full_capabilities, place};
use crate::{POLICY, SCHEMA};

/// A generator of the same numbers every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// What a client believes of a document: its text in UTF-16, changed as the protocol says.
struct Model(String);

impl Model {
    fn lines(&self) -> Vec<&str> {
        let mut lines = Vec::new();
        let mut rest = self.0.as_str();
        loop {
            match rest.find(['\n', '\r']) {
                Some(at) => {
                    let length = if rest[at..].starts_with("\r\n") { 2 } else { 1 };
                    lines.push(&rest[..at + length]);
                    rest = &rest[at + length..];
                }
                None => {
                    lines.push(rest);
                    return lines;
                }
            }
        }
    }

    /// Columns past the end of a line are its end, those inside a surrogate pair its start.
    fn offset(&self, (line, character): (usize, usize)) -> usize {
        let lines = self.lines();
        if line >= lines.len() {
            return self.0.len();
        }
        let start: usize = lines[..line].iter().map(|line| line.len()).sum();
        let (mut offset, mut column) = (start, 0);
        for c in lines[line].trim_end_matches(['\n', '\r']).chars() {
            if column + c.len_utf16() > character {
                break;
            }
            column += c.len_utf16();
            offset += c.len_utf8();
        }
        offset
    }

    fn apply(&mut self, start: (usize, usize), end: (usize, usize), text: &str) {
        let (start, end) = (self.offset(start), self.offset(end));
        self.0.replace_range(start..end.max(start), text);
    }
}

const SNIPPETS: &[&str] = &[
    "-- größe\r\n",
    "-- 😀😀\n",
    "\r\n",
    "  ",
    "OR CLAUSE col('name') = lit('naïve 😀')\r\n",
    "",
    "",
    "x",
    "é",
    "😀",
    "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(id) IS NOT NULL\n",
    "'",
    "/*",
    "\n",
];

#[test]
fn five_hundred_edits_lead_to_the_text_that_the_client_has() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    let mut model = Model(POLICY.replace('\n', "\r\n"));
    client.open(&uri, 0, &model.0);
    let mut dice = Dice(42);
    for version in 1..=500 {
        let lines = model.lines().len();
        // Now and then past the last line and past a line's end.
        let line = dice.roll(lines + 2);
        let start = (line, dice.roll(90));
        let end = match dice.roll(3) {
            0 => start,
            1 => (line, start.1 + dice.roll(6)),
            _ => (line + dice.roll(2), dice.roll(40)),
        };
        let end = end.max(start);
        let text = SNIPPETS[dice.roll(SNIPPETS.len())];
        client.change(&uri, version, json!([edit(start, end, text)]));
        model.apply(start, end, text);
        // Never without end.
        if model.0.len() > 6000 {
            client.change(&uri, version, json!([edit((0, 0), (lines / 2, 0), "")]));
            model.apply((0, 0), (lines / 2, 0), "");
        }
        if dice.roll(10) == 0 {
            client.ask("textDocument/hover", place(&uri, dice.roll(lines), dice.roll(40)));
        }
    }
    // Ends in something that is worth proving.
    let tail = format!("\n*/\n{POLICY}OR CLAUSE col(id) IS NOT NULL\n");
    client.change(&uri, 501, json!([edit((99_999, 0), (99_999, 0), &tail)]));
    model.apply((99_999, 0), (99_999, 0), &tail);
    client.wait_for(&uri, "the last version", |it| it.version == Some(501));
    client.settle();
    let after_edits = client.published(&uri).unwrap().diagnostics.clone();
    assert!(after_edits.iter().any(|it| it["code"] == "syntax" || it["code"] == "tenant-isolation"));

    let mut fresh = Client::open_folder(folder.path());
    fresh.open(&uri, 1, &model.0);
    fresh.wait_for(&uri, "the text opened afresh", |it| it.version == Some(1));
    fresh.settle();
    assert_eq!(sorted(&after_edits), sorted(&fresh.published(&uri).unwrap().diagnostics));
}

/// In an order that does not depend on that of the proofs.
fn sorted(diagnostics: &[Value]) -> Vec<String> {
    let mut shown: Vec<String> = diagnostics.iter().map(Value::to_string).collect();
    shown.sort();
    shown
}

#[test]
fn every_version_that_is_not_overtaken_is_answered() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 1, POLICY);
    for version in 2..=5 {
        client.wait_for(&uri, "the version before", |it| it.version == Some(version - 1));
        // Nothing changes but the version.
        client.change(&uri, version, json!([]));
    }
    client.wait_for(&uri, "the last version", |it| it.version == Some(5));
    client.settle();
    let versions: Vec<i64> = client
        .history
        .iter()
        .filter(|(of, _)| *of == uri)
        .filter_map(|(_, published)| published.version)
        .collect();
    assert!(versions.is_sorted(), "{versions:?}");
    for version in 1..=5 {
        assert!(versions.contains(&version), "{versions:?}");
    }
}

#[test]
fn a_request_between_edits_is_answered_from_its_place_or_not_at_all() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    client.open(&uri, 0, POLICY);
    let mut asked = Vec::new();
    for version in 1..=300 {
        let text = POLICY.replace("tenant_isolation", &format!("policy_{version}"));
        client.replace(&uri, version, &text);
        asked.push((version, client.ask("textDocument/hover", place(&uri, 0, 9))));
    }
    let mut answered = 0;
    for (version, id) in asked {
        match client.answer(id) {
            Ok(hover) => {
                answered += 1;
                let text = hover["contents"]["value"].as_str().unwrap();
                assert!(text.contains(&format!("policy `policy_{version}`")), "{version}: {text}");
            }
            Err(error) => assert_eq!(error["code"], -32801, "{error}"),
        }
    }
    assert!(answered > 0, "the last one is overtaken by nothing");
}

#[test]
fn a_cancelled_request_says_so() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    let clauses: String = (0..300).map(|n| format!("OR CLAUSE col(name) = lit('{n}')\n")).collect();
    client.open(&uri, 1, &format!("{POLICY}{clauses}"));
    let mut cancelled = 0;
    for _ in 0..20 {
        let id = client.ask("textDocument/hover", place(&uri, 0, 9));
        client.notify("$/cancelRequest", json!({ "id": id }));
        match client.answer(id) {
            // It may have been faster.
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error["code"], -32800, "{error}");
                cancelled += 1;
            }
        }
    }
    assert!(cancelled > 0);
    assert!(client.hover(&uri, 0, 9).unwrap().is_object());
}

#[test]
fn columns_count_what_was_agreed_upon() {
    let before = "/* größe 😀*/ ";
    for (encoding, column) in [("utf-8", before.len()), ("utf-16", before.encode_utf16().count())] {
        let folder = Folder::new(&[("schema.sql", SCHEMA)]);
        let mut capabilities = full_capabilities();
        capabilities["general"] = json!({ "positionEncodings": [encoding, "utf-32"] });
        let mut client = Client::open_folder_with(folder.path(), capabilities);
        let uri = folder.uri("a.policy");
        client.open(&uri, 1, &format!("{before}POLCY x\n"));
        let published = client.wait_for(&uri, "a syntax error", |it| !it.diagnostics.is_empty());
        let start = &published.diagnostics[0]["range"]["start"];
        assert_eq!(start, &json!({ "line": 0, "character": column }), "{encoding}");
    }
}

#[test]
fn strange_changes_do_no_harm() {
    let folder = Folder::new(&[("schema.sql", SCHEMA)]);
    let mut client = Client::open_folder(folder.path());
    let uri = folder.uri("a.policy");
    // Not open at all.
    client.change(&uri, 3, json!([edit((5, 0), (9, 9), "x")]));
    client.close(&uri);
    client.open(&uri, 1, "POLICY");
    // Opened twice.
    client.open(&uri, 2, POLICY);
    // An older version, a range the wrong way round, one inside a surrogate pair.
    client.change(&uri, 1, json!([edit((3, 3), (1, 1), ""), edit((0, 0), (0, 0), "-- 😀\n")]));
    client.change(&uri, 9, json!([edit((0, 4), (0, 4), "x"), edit((9, 9), (99, 0), "")]));
    client.wait_for(&uri, "the last version", |it| it.version == Some(9));
    let hover = client.hover(&uri, 1, 10).unwrap();
    assert!(hover["contents"]["value"].as_str().unwrap().contains("tenant_isolation"), "{hover}");
}
