//! One session: a client that does not know what it wants, and what it makes sure of.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, full_capabilities, uri};
use crate::processes;
use crate::texts::{CONFIGS, POLICIES, SCHEMA};

mod changes;
mod comparison;
mod questions;

use questions::AT_PLACES;

/// The files of each folder.
const FILES: [&str; 5] = ["a.policy", "b.policy", "deep/c.policy", "schema.sql", "pgpe.yaml"];

/// A document that is no file.
const UNTITLED: &str = "untitled:Untitled-1";

/// What a server may answer without a result: overtaken, cancelled, to be asked again, impossible.
const EXPECTED_ERRORS: [i64; 4] = [-32801, -32800, -32802, -32803];

/// Answers are waited for when so many are open.
const MOST_OPEN: usize = 40;

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

    fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[self.random.random_range(0..from.len())]
    }

    fn any_file(&mut self) -> (usize, &'static str) {
        (self.random.random_range(0..2), FILES[self.random.random_range(0..FILES.len())])
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
