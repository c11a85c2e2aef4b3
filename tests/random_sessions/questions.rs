//! What is asked, and what is asked wrongly.

use std::collections::BTreeMap;

use rand::RngExt;
use serde_json::{Value, json};

use super::Session;

/// What is asked about a place in a file, with the capability that promises the answer.
pub(super) const AT_PLACES: &[(&str, &str)] = &[
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

/// What is asked about a thing that came with an answer, and what that was an answer to.
pub(super) const RESOLVING: [&str; 3] = ["codeAction/resolve", "completionItem/resolve", "inlayHint/resolve"];
const RESOLVED: [&str; 3] = ["textDocument/codeAction", "textDocument/completion", "textDocument/inlayHint"];

/// Kinds of actions that clients ask for by name.
const ONLY: [&str; 6] = ["quickfix", "refactor", "refactor.rewrite", "source", "source.fixAll", "none"];

/// How many things are remembered.
const MOST_KEPT: usize = 30;

/// A request without an answer.
pub(super) struct Asked {
    pub(super) id: i64,
    pub(super) method: String,
    /// The file that it is about.
    uri: String,
    /// It may be refused.
    pub(super) may_be_wrong: bool,
}

/// What a client keeps of answers.
#[derive(Default)]
pub(super) struct Memory {
    /// Things that more can be asked about, however old, with what is asked.
    things: Vec<(&'static str, Value)>,
    /// The last diagnostics that came as an answer about a file.
    diagnostics: BTreeMap<String, Value>,
    /// The last result's name, by kind and file.
    names: BTreeMap<(&'static str, String), String>,
}

/// What results with names are of.
fn named_kind(method: &str) -> Option<&'static str> {
    ["textDocument/semanticTokens", "textDocument/diagnostic"].into_iter().find(|it| method.starts_with(it))
}

fn range_of(it: &Value) -> ((usize, usize), (usize, usize)) {
    let place = |it: &Value| {
        let number = |name: &str| usize::try_from(it[name].as_u64().unwrap()).unwrap();
        (number("line"), number("character"))
    };
    (place(&it["range"]["start"]), place(&it["range"]["end"]))
}

impl Memory {
    pub(super) fn keep(&mut self, asked: &Asked, result: &Value) {
        let kind = RESOLVED.iter().position(|it| *it == asked.method);
        if let (Some(kind), Some(items)) = (kind, result.get("items").unwrap_or(result).as_array()) {
            self.things.extend(items.iter().take(5).map(|item| (RESOLVING[kind], item.clone())));
            self.things.drain(..self.things.len().saturating_sub(MOST_KEPT));
        }
        if asked.method == "textDocument/diagnostic" && result["kind"] == "full" {
            self.diagnostics.insert(asked.uri.clone(), result["items"].clone());
        }
        if let (Some(kind), Some(name)) = (named_kind(&asked.method), result["resultId"].as_str()) {
            self.names.insert((kind, asked.uri.clone()), name.to_owned());
        }
    }
}

impl Session {
    pub(super) fn ask(&mut self) {
        let method = self.pick(&self.methods.clone());
        let uri = self.some_uri();
        self.ask_about(method, uri);
        self.answer_sometimes();
    }

    fn ask_about(&mut self, method: &str, uri: String) {
        let known = self.known_diagnostics(&uri);
        let (start, end) = self.range_for(&known);
        let position = |(line, character): (usize, usize)| json!({ "line": line, "character": character });
        let last = named_kind(method).and_then(|kind| self.memory.names.get(&(kind, uri.clone())));
        let last = last.filter(|_| self.random.random_range(0..4) > 0).map_or("1", String::as_str).to_owned();
        let mut params = json!({
            "textDocument": { "uri": uri },
            "position": position(start),
            "positions": [position(start), position(end)],
            "range": { "start": position(start.min(end)), "end": position(start.max(end)) },
            "context": {
                "diagnostics": known,
                "includeDeclaration": true, "triggerKind": 1, "isRetrigger": false,
            },
            "options": { "tabSize": 2, "insertSpaces": true },
            "ch": "\n",
            "newName": "other",
            "query": "a",
            "previousResultId": last,
            "previousResultIds": [{ "uri": uri, "value": last }],
        });
        if method == "textDocument/codeAction" && self.random.random() {
            params["context"]["only"] = json!([self.pick(&ONLY)]);
        }
        if method == "workspace/executeCommand" {
            let command = self.commands[self.random.random_range(0..self.commands.len())].clone();
            // None that would go to a target.
            let arguments = match command.as_str() {
                "pgpe.checkDrift" | "pgpe.plan" | "pgpe.apply" | "pgpe.refreshSchema" => {
                    json!(["no such target", uri])
                }
                "pgpe.showCounterexample" => json!([uri, start.0, "tenant-isolation"]),
                _ => json!([uri, position(start)]),
            };
            params = json!({ "command": command, "arguments": arguments });
        }
        // Commands may be refused for many reasons.
        let may_be_wrong = method == "workspace/executeCommand" || method.ends_with("ename");
        let id = self.client.ask(method, params);
        self.asked.push(Asked { id, method: method.to_owned(), uri, may_be_wrong });
    }

    /// Anywhere, where something was found, or everything.
    fn range_for(&mut self, diagnostics: &Value) -> ((usize, usize), (usize, usize)) {
        let found = diagnostics.as_array().unwrap();
        match self.random.random_range(0..4) {
            0 | 1 if !found.is_empty() => range_of(&found[self.random.random_range(0..found.len())]),
            2 => ((0, 0), (1000, 0)),
            _ => self.range(),
        }
    }

    /// Asks more about something that may be old by now.
    pub(super) fn ask_more(&mut self) {
        if self.memory.things.is_empty() {
            return self.ask();
        }
        let at = self.random.random_range(0..self.memory.things.len());
        let (method, thing) = self.memory.things[at].clone();
        let id = self.client.ask(method, thing);
        self.asked.push(Asked { id, method: method.to_owned(), uri: String::new(), may_be_wrong: false });
        self.answer_sometimes();
    }

    /// Asks for the actions at a place, chooses one, and carries it out as editors do.
    pub(super) fn choose_an_action(&mut self) {
        let uri = self.some_uri();
        self.ask_about("textDocument/codeAction", uri);
        let asked = self.asked.pop().unwrap();
        let Some(actions) = self.take_answer(asked) else { return };
        let actions = actions.as_array().cloned().unwrap_or_default();
        let can_be_chosen = |it: &&Value| it.get("disabled").is_none() && it.get("data").is_some();
        let actions: Vec<&Value> = actions.iter().filter(can_be_chosen).collect();
        if actions.is_empty() {
            return;
        }
        let method = RESOLVING[0];
        let action = self.pick(&actions).clone();
        let id = self.client.ask(method, action);
        let asked = Asked { id, method: method.to_owned(), uri: String::new(), may_be_wrong: false };
        if let Some(resolved) = self.take_answer(asked) {
            self.carry_out(&resolved);
        }
    }

    /// Edits are for the versions that they name.
    fn carry_out(&mut self, action: &Value) {
        let changes = action["edit"]["documentChanges"].as_array().cloned().unwrap_or_default();
        assert!(!changes.is_empty(), "seed {}: an action without edits: {action}", self.seed);
        for change in changes {
            let uri = change["textDocument"]["uri"].as_str().unwrap();
            let version = change["textDocument"]["version"].as_i64();
            let known = self.documents.get(uri).map(|(version, _)| *version);
            assert_eq!(version, known, "seed {}: edits of {uri}", self.seed);
            if known.is_none() {
                // A file that is not open; editors open it.
                continue;
            }
            let edit = |it: &Value| {
                let (start, end) = range_of(it);
                (start, end, it["newText"].as_str().unwrap().to_owned())
            };
            let mut edits: Vec<_> = change["edits"].as_array().unwrap().iter().map(edit).collect();
            // All are meant for one text: what is behind goes first.
            edits.reverse();
            edits.sort_by_key(|(start, ..)| std::cmp::Reverse(*start));
            self.apply(uri, &edits);
            self.carried_out += 1;
        }
    }

    /// What the client was last told, or asked, of a file.
    fn known_diagnostics(&self, uri: &str) -> Value {
        let published = self.client.published(uri).map(|it| Value::Array(it.diagnostics.clone()));
        published.or_else(|| self.memory.diagnostics.get(uri).cloned()).unwrap_or_else(|| json!([]))
    }

    fn answer_sometimes(&mut self) {
        // Most would be overtaken by the next edit.
        if self.random.random_range(0..3) == 0 {
            self.answer_all();
        }
    }

    pub(super) fn cancel(&mut self) {
        let token = self.client.progress.last().map(|shown| shown["token"].clone());
        match (self.asked.last(), token) {
            (_, Some(token)) if self.random.random_range(0..3) == 0 => {
                self.client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
            }
            (Some(asked), _) => self.client.notify("$/cancelRequest", json!({ "id": asked.id })),
            (None, _) => {}
        }
    }

    pub(super) fn send_nonsense(&mut self) {
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
                self.asked.push(Asked { id, method: method.to_owned(), uri, may_be_wrong: true });
            }
        }
    }
}
