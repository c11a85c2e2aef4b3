//! What happens to documents, files, folders and settings.

use pgpe_syntax::{ColumnUnit, LineColumn, LineIndex};
use rand::RngExt;
use serde_json::{Value, json};

use super::{Session, UNTITLED};
use crate::lsp_client::{edit, uri};
use crate::texts::{CONFIGS, MAX_BYTES, POLICIES, SCHEMAS, SNIPPETS};

/// From where to where, and what stands there afterwards.
pub(super) type Edit = ((usize, usize), (usize, usize), String);

impl Session {
    fn some_text(&mut self, name: &str) -> &'static str {
        match name {
            "schema.sql" => self.pick(SCHEMAS),
            "pgpe.yaml" => self.pick(CONFIGS),
            _ => self.pick(POLICIES),
        }
    }

    pub(super) fn open(&mut self) {
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

    pub(super) fn close(&mut self) {
        let uri = self.some_uri();
        if self.documents.remove(&uri).is_some() {
            self.client.close(&uri);
        }
    }

    pub(super) fn set_text(&mut self, uri: &str, text: &str) {
        if let Some((version, known)) = self.documents.get_mut(uri) {
            *version += 1;
            text.clone_into(known);
            self.client.replace(uri, *version, text);
        }
    }

    pub(super) fn replace(&mut self) {
        let uri = self.some_uri();
        let name = uri.rsplit('/').next().unwrap_or_default().to_owned();
        let text = self.some_text(&name);
        self.set_text(&uri, text);
    }

    pub(super) fn edit(&mut self) {
        let uri = self.some_uri();
        if !self.documents.contains_key(&uri) {
            return self.open();
        }
        let mut edits = Vec::new();
        for _ in 0..self.random.random_range(1..4) {
            let (start, end) = self.range();
            edits.push((start, end, self.pick(SNIPPETS).to_owned()));
        }
        self.apply(&uri, &edits);
    }

    /// Edits an open document, each edit in the text that the one before it has made.
    pub(super) fn apply(&mut self, uri: &str, edits: &[Edit]) {
        let (version, known) = self.documents.get_mut(uri).unwrap();
        let mut changes = Vec::new();
        for (start, end, text) in edits {
            changes.push(edit(*start, *end, text));
            let place =
                |(line, column): (usize, usize)| LineColumn { line: line as u32, column: column as u32 };
            let range = LineIndex::new(known).range(place(*start), place(*end), ColumnUnit::Utf16);
            known.replace_range(usize::from(range.start())..usize::from(range.end()), text);
        }
        *version += 1;
        self.client.change(uri, *version, Value::Array(changes));
        if known.len() > MAX_BYTES {
            self.set_text(uri, "");
        }
    }

    pub(super) fn change_settings(&mut self) {
        let some = [
            json!(null),
            json!({}),
            json!({ "inlayHints": { "tables": false } }),
            json!({ "inlayHints": { "columnTypes": false, "relations": false } }),
            json!({ "inlayHints": 1, "trace": { "server": "off" } }),
            json!([3]),
        ];
        self.client.configuration = some[self.random.random_range(0..some.len())].clone();
        // Some clients send what they are asked for all the same.
        let settings = match self.random.random() {
            true => Value::Null,
            false => json!({ "pgpe": self.client.configuration }),
        };
        self.client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    }

    pub(super) fn change_disk(&mut self) {
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

    pub(super) fn tell_of_disk(&mut self) {
        let change = json!({ "uri": self.folders[0].uri("a.policy"), "type": 2 });
        self.client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    }

    pub(super) fn change_folders(&mut self) {
        let folder = self.random.random_range(0..2);
        self.change_folder(folder);
    }

    pub(super) fn change_folder(&mut self, folder: usize) {
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
}
