//! What is asked, and what is asked wrongly.

use rand::RngExt;
use serde_json::json;

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

impl Session {
    pub(super) fn ask(&mut self) {
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

    pub(super) fn cancel(&mut self) {
        if let Some((id, ..)) = self.asked.last() {
            self.client.notify("$/cancelRequest", json!({ "id": id }));
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
                self.asked.push((id, method.to_owned(), true));
            }
        }
    }
}
