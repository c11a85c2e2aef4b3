//! One session: a client that does not know what it wants, and what it makes sure of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pgpe_syntax::{ColumnUnit, LineColumn, LineIndex};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, edit, full_capabilities, uri};
use crate::processes;
use crate::texts::{CONFIGS, MAX_BYTES, POLICIES, SCHEMA, SCHEMAS, SNIPPETS};

/// The files of each folder.
const FILES: [&str; 5] = ["a.policy", "b.policy", "deep/c.policy", "schema.sql", "pgpe.yaml"];

/// A document that is no file.
const UNTITLED: &str = "untitled:Untitled-1";

/// What is asked about a place in a file, with the capability that promises the answer.
const AT_PLACES: &[(&str, &str)] = &[
    ("textDocument/hover", "hoverProvider"),
    ("textDocument/completion", "completionProvider"),
    ("textDocument/definition", "definitionProvider"),
    ("textDocument/references", "referencesProvider"),
    ("textDocument/documentHighlight", "documentHighlightProvider"),
    ("textDocument/prepareRename", "renameProvider"),
    ("textDocument/rename", "renameProvider"),
    ("textDocument/signatureHelp", "signatureHelpProvider"),
    ("textDocument/selectionRange", "selectionRangeProvider"),
    ("textDocument/onTypeFormatting", "documentOnTypeFormattingProvider"),
    ("textDocument/documentSymbol", "documentSymbolProvider"),
    ("textDocument/formatting", "documentFormattingProvider"),
    ("textDocument/rangeFormatting", "documentRangeFormattingProvider"),
    ("textDocument/codeAction", "codeActionProvider"),
    ("textDocument/codeLens", "codeLensProvider"),
    ("textDocument/inlayHint", "inlayHintProvider"),
    ("textDocument/foldingRange", "foldingRangeProvider"),
    ("textDocument/semanticTokens/full", "semanticTokensProvider"),
    ("textDocument/semanticTokens/range", "semanticTokensProvider"),
    ("textDocument/semanticTokens/full/delta", "semanticTokensProvider"),
    ("textDocument/diagnostic", "diagnosticProvider"),
    ("workspace/symbol", "workspaceSymbolProvider"),
    ("workspace/diagnostic", "diagnosticProvider"),
    ("workspace/executeCommand", "executeCommandProvider"),
    // Of this server alone.
    ("pgpe/compiledSql", "executeCommandProvider"),
    ("pgpe/status", "executeCommandProvider"),
];

/// What a server may answer without a result: overtaken, cancelled, to be asked again, impossible.
const EXPECTED_ERRORS: [i64; 4] = [-32801, -32800, -32802, -32803];

/// Answers are waited for when so many are open.
const MOST_OPEN: usize = 40;

/// Diagnostics by file, sorted.
type Findings = BTreeMap<String, Vec<String>>;

/// A client and what it knows.
pub struct Session {
    random: StdRng,
    seed: u64,
    pulls: bool,
    client: Client,
    folders: [Folder; 2],
    /// Which of them are open as folders.
    open_folders: BTreeSet<usize>,
    /// The open documents with their versions and texts.
    documents: BTreeMap<String, (i64, String)>,
    /// Requests without an answer, and whether they are wrong on purpose.
    asked: Vec<(i64, String, bool)>,
    /// What can be asked about places.
    methods: Vec<&'static str>,
    commands: Vec<String>,
    /// How often each method was answered with a result.
    results: BTreeMap<String, usize>,
    errors: BTreeMap<i64, usize>,
}

fn capabilities(pulls: bool) -> Value {
    let mut capabilities = full_capabilities();
    capabilities["textDocument"]["semanticTokens"] = json!({
        "requests": { "full": { "delta": true }, "range": true },
        "tokenTypes": [], "tokenModifiers": [], "formats": ["relative"],
    });
    capabilities["workspace"]["configuration"] = json!(true);
    if pulls {
        capabilities["textDocument"]["diagnostic"] = json!({ "relatedDocumentSupport": true });
        capabilities["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    }
    capabilities
}

fn folder() -> Folder {
    Folder::new(&[
        ("pgpe.yaml", CONFIGS[1]),
        ("schema.sql", SCHEMA),
        ("a.policy", POLICIES[0]),
        ("deep/c.policy", POLICIES[2]),
    ])
}

impl Session {
    /// Starts a server with the first of two folders.
    pub fn start(seed: u64, pulls: bool) -> Session {
        let folders = [folder(), folder()];
        let (client, result) = start(pulls, &folders, &BTreeSet::from([0]));
        let promised = &result["capabilities"];
        let known: BTreeSet<&str> = AT_PLACES.iter().map(|(_, capability)| *capability).collect();
        for (name, _) in promised.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("Provider")) {
            assert!(known.contains(name.as_str()), "random sessions never ask for {name}");
        }
        let is_promised = |capability: &str| promised.get(capability).is_some_and(|it| !it.is_null());
        let methods =
            AT_PLACES.iter().filter(|(_, capability)| is_promised(capability)).map(|(method, _)| *method);
        let commands = promised["executeCommandProvider"]["commands"].as_array().unwrap();
        Session {
            random: StdRng::seed_from_u64(seed),
            seed,
            pulls,
            client,
            folders,
            open_folders: BTreeSet::from([0]),
            documents: BTreeMap::new(),
            asked: Vec::new(),
            methods: methods.collect(),
            commands: commands.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
            results: BTreeMap::new(),
            errors: BTreeMap::new(),
        }
    }

    /// Sends one message, or a few that belong together.
    pub fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..36 => self.edit(),
            36..40 => self.replace(),
            40..72 => self.ask(),
            72..75 => self.cancel(),
            75..77 => self.change_settings(),
            77..86 => self.change_disk(),
            86..91 => self.open(),
            91..95 => self.close(),
            95..96 => self.change_folders(),
            _ => self.send_nonsense(),
        }
        if self.asked.len() >= MOST_OPEN {
            self.answer_all();
        }
    }

    /// Waits for all answers, and looks whether something went wrong.
    pub fn answer_all(&mut self) {
        for (id, method, is_wrong) in std::mem::take(&mut self.asked) {
            match self.client.answer(id) {
                Ok(_) => *self.results.entry(method).or_default() += 1,
                Err(error) => {
                    let code = error["code"].as_i64().unwrap();
                    *self.errors.entry(code).or_default() += 1;
                    let expected = EXPECTED_ERRORS.contains(&code) || (is_wrong && code != -32603);
                    assert!(expected, "seed {}: {method} was answered with {error}", self.seed);
                }
            }
        }
        let logged = self.client.stderr();
        let bad = logged.lines().find(|line| line.contains("panic") || line.contains("ERROR"));
        assert_eq!(bad, None, "seed {}", self.seed);
        // The client remembers everything.
        self.client.history.clear();
        self.client.asked.clear();
        self.client.log.clear();
        self.client.shown.clear();
        self.client.progress.clear();
        self.client.notified.clear();
    }

    /// What the server holds, in MiB.
    pub fn memory(&self) -> u64 {
        processes::memory(self.client.pid()).unwrap()
    }

    /// What was answered.
    pub fn summary(&self) -> String {
        let never: Vec<&&str> =
            self.methods.iter().filter(|method| !self.results.contains_key(**method)).collect();
        format!(
            "{} results, never one of {never:?}, errors {:?}",
            self.results.values().sum::<usize>(),
            self.errors
        )
    }

    /// Makes sure that there is something that is worth proving.
    pub fn restore_some(&mut self) {
        let texts = [POLICIES[1], "", "", SCHEMA, CONFIGS[1]];
        for (name, text) in FILES.iter().zip(texts) {
            let uri = self.folders[0].uri(name);
            match self.documents.contains_key(&uri) {
                true => self.set_text(&uri, text),
                false => self.folders[0].write(name, text),
            }
        }
        if !self.open_folders.contains(&0) {
            self.change_folder(0);
        }
        self.tell_of_disk();
        let after = self.diagnostics();
        let is_proved = |it: &String| ["tenant-isolation", "tautology"].iter().any(|rule| it.contains(rule));
        assert!(after.values().flatten().any(is_proved), "nothing was proved: {after:#?}");
    }

    fn diagnostics(&mut self) -> Findings {
        let files = self.files();
        diagnostics(&mut self.client, self.pulls, &files)
    }

    fn files(&self) -> Vec<String> {
        let files = self.folders.iter().flat_map(|folder| FILES.map(|name| folder.uri(name)));
        files.chain([UNTITLED.to_owned()]).collect()
    }

    /// All diagnostics are those of a server that has seen nothing but the last texts.
    pub fn compare_with_a_fresh_start(&mut self) {
        self.answer_all();
        // What an editor has hides what the disk has.
        for uri in self.documents.keys().cloned().collect::<Vec<_>>() {
            if self.random.random() {
                self.documents.remove(&uri);
                self.client.close(&uri);
            }
        }
        let (mut fresh, _) = start(self.pulls, &self.folders, &self.open_folders);
        for (uri, (version, text)) in &self.documents {
            fresh.open(uri, *version, text);
        }
        let after = self.diagnostics();
        let expected = diagnostics(&mut fresh, self.pulls, &self.files());
        if after != expected {
            panic!("seed {}: {}", self.seed, self.difference(&after, &expected));
        }
    }

    /// Which findings are on one side only, and what is open and on disk.
    fn difference(&self, after: &Findings, expected: &Findings) -> String {
        let mut text = String::new();
        for uri in self.files() {
            let of = |findings: &Findings| findings.get(&uri).cloned().unwrap_or_default();
            let (after, expected) = (of(after), of(expected));
            let (open, path) = (self.documents.contains_key(&uri), uri.trim_start_matches("file://"));
            text += &format!("\n{uri} (open: {open}, on disk: {})", Path::new(path).exists());
            for (side, these, others) in [("here", &after, &expected), ("fresh", &expected, &after)] {
                let alone = these.iter().filter(|finding| !others.contains(finding));
                text.extend(alone.map(|finding| format!("\n  only {side}: {finding}")));
            }
        }
        format!("folders {:?}{text}", self.open_folders)
    }

    fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.random.random_range(0..from.len())]
    }

    fn any_file(&mut self) -> (usize, &'static str) {
        (self.random.random_range(0..2), FILES[self.random.random_range(0..FILES.len())])
    }

    fn some_text(&mut self, name: &str) -> &'static str {
        match name {
            "schema.sql" => self.pick(SCHEMAS),
            "pgpe.yaml" => self.pick(CONFIGS),
            _ => self.pick(POLICIES),
        }
    }

    /// Mostly an open document.
    fn some_uri(&mut self) -> String {
        if !self.documents.is_empty() && self.random.random_range(0..10) > 0 {
            let at = self.random.random_range(0..self.documents.len());
            return self.documents.keys().nth(at).unwrap().clone();
        }
        let (folder, name) = self.any_file();
        self.folders[folder].uri(name)
    }

    fn place(&mut self) -> (usize, usize) {
        (self.random.random_range(0..14), self.random.random_range(0..60))
    }

    fn range(&mut self) -> ((usize, usize), (usize, usize)) {
        let start = self.place();
        let end = match self.random.random_range(0..4) {
            0 => start,
            1 => (start.0, start.1 + 4),
            2 => (start.0 + 1, 3),
            // Often before its start, or after the end of everything.
            _ => self.place(),
        };
        (start, end)
    }

    fn open(&mut self) {
        let (folder, name) = self.any_file();
        let uri = match self.random.random_range(0..20) {
            0 => UNTITLED.to_owned(),
            _ => self.folders[folder].uri(name),
        };
        if !self.documents.contains_key(&uri) {
            let text = self.some_text(name).to_owned();
            self.client.open(&uri, 1, &text);
            self.documents.insert(uri, (1, text));
        }
    }

    fn close(&mut self) {
        let uri = self.some_uri();
        if self.documents.remove(&uri).is_some() {
            self.client.close(&uri);
        }
    }

    fn set_text(&mut self, uri: &str, text: &str) {
        if let Some((version, known)) = self.documents.get_mut(uri) {
            *version += 1;
            text.clone_into(known);
            self.client.replace(uri, *version, text);
        }
    }

    fn replace(&mut self) {
        let uri = self.some_uri();
        let name = uri.rsplit('/').next().unwrap_or_default().to_owned();
        let text = self.some_text(&name);
        self.set_text(&uri, text);
    }

    fn edit(&mut self) {
        let uri = self.some_uri();
        if !self.documents.contains_key(&uri) {
            return self.open();
        }
        let mut changes = Vec::new();
        for _ in 0..self.random.random_range(1..4) {
            let (start, end) = self.range();
            let text = self.pick(SNIPPETS);
            changes.push(edit(start, end, text));
            let (_, known) = self.documents.get_mut(&uri).unwrap();
            let place =
                |(line, column): (usize, usize)| LineColumn { line: line as u32, column: column as u32 };
            let range = LineIndex::new(known).range(place(start), place(end), ColumnUnit::Utf16);
            known.replace_range(usize::from(range.start())..usize::from(range.end()), text);
        }
        let (version, known) = self.documents.get_mut(&uri).unwrap();
        *version += 1;
        self.client.change(&uri, *version, Value::Array(changes));
        if known.len() > MAX_BYTES {
            self.set_text(&uri, "");
        }
    }

    fn ask(&mut self) {
        let method = self.pick(&self.methods.clone());
        let uri = self.some_uri();
        let (start, end) = self.range();
        let position = |(line, character): (usize, usize)| json!({ "line": line, "character": character });
        let mut params = json!({
            "textDocument": { "uri": uri },
            "position": position(start),
            "positions": [position(start), position(end)],
            "range": { "start": position(start.min(end)), "end": position(start.max(end)) },
            "context": { "diagnostics": [], "includeDeclaration": true, "triggerKind": 1, "isRetrigger": false },
            "options": { "tabSize": 2, "insertSpaces": true },
            "ch": "\n",
            "newName": "other",
            "query": "a",
            "previousResultId": "1",
            "previousResultIds": [{ "uri": uri, "value": "1" }],
        });
        if method == "workspace/executeCommand" {
            let command = self.commands[self.random.random_range(0..self.commands.len())].clone();
            // None that would go to a target.
            let arguments = match command.as_str() {
                "pgpe.checkDrift" | "pgpe.plan" | "pgpe.apply" | "pgpe.refreshSchema" => {
                    json!(["no such target", uri])
                }
                _ => json!([uri, position(start)]),
            };
            params = json!({ "command": command, "arguments": arguments });
        }
        // Commands may be refused for many reasons.
        let may_be_wrong = method == "workspace/executeCommand" || method.ends_with("ename");
        let id = self.client.ask(method, params);
        self.asked.push((id, method.to_owned(), may_be_wrong));
        // Most would be overtaken by the next edit.
        if self.random.random_range(0..3) == 0 {
            self.answer_all();
        }
    }

    fn cancel(&mut self) {
        if let Some((id, ..)) = self.asked.last() {
            self.client.notify("$/cancelRequest", json!({ "id": id }));
        }
    }

    fn change_settings(&mut self) {
        let some = [json!(null), json!({}), json!({ "inlayHints": { "tables": false } }), json!([3])];
        self.client.configuration = some[self.random.random_range(0..some.len())].clone();
        self.client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    }

    fn change_disk(&mut self) {
        let (folder, name) = self.any_file();
        let text = self.some_text(name);
        if self.random.random_range(0..3) == 0 {
            let _ = std::fs::remove_file(self.folders[folder].file(name));
        } else {
            self.folders[folder].write(name, text);
        }
        let uri = self.folders[folder].uri(name);
        if self.documents.contains_key(&uri) && self.random.random() {
            self.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
        }
        self.tell_of_disk();
    }

    fn tell_of_disk(&mut self) {
        let change = json!({ "uri": self.folders[0].uri("a.policy"), "type": 2 });
        self.client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    }

    fn change_folders(&mut self) {
        let folder = self.random.random_range(0..2);
        self.change_folder(folder);
    }

    fn change_folder(&mut self, folder: usize) {
        let it = json!([{ "uri": uri(self.folders[folder].path()), "name": "x" }]);
        let (added, removed) = match self.open_folders.remove(&folder) {
            true => (json!([]), it),
            false => {
                self.open_folders.insert(folder);
                (it, json!([]))
            }
        };
        let event = json!({ "event": { "added": added, "removed": removed } });
        self.client.notify("workspace/didChangeWorkspaceFolders", event);
    }

    fn send_nonsense(&mut self) {
        let uri = self.some_uri();
        match self.random.random_range(0..6) {
            0 => self.client.notify("textDocument/didChange", json!({ "textDocument": 3 })),
            1 => self.client.change("file:///nowhere/x.policy", 7, json!([{ "text": "x" }])),
            2 => self.client.notify("$/none", json!(null)),
            3 => self.client.close("file:///nowhere/x.policy"),
            _ => {
                let (method, params) = match self.random.random_range(0..5) {
                    0 => ("textDocument/none", json!({})),
                    1 => ("textDocument/hover", json!({ "textDocument": { "uri": uri } })),
                    2 => ("textDocument/hover", json!([1, 2])),
                    3 => ("workspace/executeCommand", json!({ "command": "none", "arguments": [{}] })),
                    _ => ("pgpe/compiledSql", json!({ "textDocument": { "uri": "" }, "position": 3 })),
                };
                let id = self.client.ask(method, params);
                self.asked.push((id, method.to_owned(), true));
            }
        }
    }
}

fn start(pulls: bool, folders: &[Folder], open: &BTreeSet<usize>) -> (Client, Value) {
    let mut client = Client::start();
    let open: Vec<Value> =
        open.iter().map(|at| json!({ "uri": uri(folders[*at].path()), "name": "x" })).collect();
    let params = json!({ "processId": null, "workspaceFolders": open, "capabilities": capabilities(pulls) });
    let result = client.request("initialize", params).unwrap();
    client.notify("initialized", json!({}));
    (client, result)
}

/// All diagnostics once everything is proved, in an order that does not depend on that of the proofs.
fn diagnostics(client: &mut Client, pulls: bool, files: &[String]) -> Findings {
    client.command("pgpe.analyzeWorkspace", json!([])).unwrap();
    client.settle();
    let mut found = BTreeMap::new();
    if pulls {
        let params = json!({ "previousResultIds": [] });
        let all = client.request("workspace/diagnostic", params).unwrap();
        for item in all["items"].as_array().unwrap() {
            let uri = item["uri"].as_str().unwrap().to_owned();
            found.insert(uri, item["items"].as_array().unwrap().clone());
        }
    } else {
        for uri in files {
            if let Some(published) = client.published(uri) {
                found.insert(uri.clone(), published.diagnostics.clone());
            }
        }
    }
    let sorted = |all: Vec<Value>| {
        let mut shown: Vec<String> = all.iter().map(Value::to_string).collect();
        shown.sort();
        shown
    };
    found.retain(|_, all| !all.is_empty());
    found.into_iter().map(|(uri, all)| (uri, sorted(all))).collect()
}
