//! What is said in the end is what a server says that is started on the same texts.

use std::collections::BTreeMap;
use std::path::Path;

use rand::RngExt;
use serde_json::{Value, json};

use super::{FILES, Session, UNTITLED, start};
use crate::lsp_client::Client;
use crate::texts::{CONFIGS, POLICIES, SCHEMA};

/// Diagnostics by file, sorted.
type Findings = BTreeMap<String, Vec<String>>;

impl Session {
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
        self.comparisons += 1;
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
