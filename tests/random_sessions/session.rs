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

use questions::{AT_PLACES, Asked, Memory, RESOLVING};

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
    /// Requests without an answer.
    asked: Vec<Asked>,
    /// What came with answers and is asked about, or sent, later.
    memory: Memory,
    /// What can be asked about places.
    methods: Vec<&'static str>,
    commands: Vec<String>,
    /// How often each method was answered with a result.
    results: BTreeMap<String, usize>,
    errors: BTreeMap<i64, usize>,
    /// How many code actions changed documents.
    carried_out: usize,
    comparisons: usize,
}

/// Those of an editor that has everything done as late as possible.
fn capabilities(pulls: bool) -> Value {
    let mut capabilities = full_capabilities();
    let document = &mut capabilities["textDocument"];
    document["semanticTokens"] = json!({
        "requests": { "full": { "delta": true }, "range": true },
        "tokenTypes": ["keyword", "class", "property", "string", "function"],
        "tokenModifiers": ["declaration"],
        "formats": ["relative"],
    });
    document["codeAction"]["dataSupport"] = json!(true);
    document["codeAction"]["disabledSupport"] = json!(true);
    document["codeAction"]["resolveSupport"] = json!({ "properties": ["edit"] });
    document["inlayHint"] = json!({ "resolveSupport": { "properties": ["tooltip"] } });
    document["definition"] = json!({ "linkSupport": true });
    document["rename"] = json!({ "prepareSupport": true });
    let workspace = &mut capabilities["workspace"];
    workspace["configuration"] = json!(true);
    workspace["codeLens"] = json!({ "refreshSupport": true });
    workspace["inlayHint"] = json!({ "refreshSupport": true });
    if pulls {
        workspace["diagnostics"] = json!({ "refreshSupport": true });
        capabilities["textDocument"]["diagnostic"] = json!({ "relatedDocumentSupport": true });
    }
    capabilities["experimental"] = json!({
        "statusNotification": true,
        "commands": ["pgpe.previewSql", "pgpe.showCounterexample"],
    });
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
        for (method, capability) in AT_PLACES {
            let may_be_missing = *capability == "diagnosticProvider" && !pulls;
            assert!(is_promised(capability) || may_be_missing, "{method} is not offered to this client");
        }
        for resolved in ["codeActionProvider", "completionProvider", "inlayHintProvider"] {
            assert_eq!(promised[resolved]["resolveProvider"], true, "{resolved}");
        }
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
            memory: Memory::default(),
            methods: methods.collect(),
            commands: commands.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
            results: BTreeMap::new(),
            errors: BTreeMap::new(),
            carried_out: 0,
            comparisons: 0,
        }
    }

    /// Sends one message, or a few that belong together.
    pub fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..36 => self.edit(),
            36..40 => self.replace(),
            40..65 => self.ask(),
            65..69 => self.ask_more(),
            69..72 => self.choose_an_action(),
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
        for asked in std::mem::take(&mut self.asked) {
            let _ = self.take_answer(asked);
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

    /// The result of a request, if it has one.
    fn take_answer(&mut self, asked: Asked) -> Option<Value> {
        match self.client.answer(asked.id) {
            Ok(result) => {
                self.memory.keep(&asked, &result);
                *self.results.entry(asked.method).or_default() += 1;
                Some(result)
            }
            Err(error) => {
                let code = error["code"].as_i64().unwrap();
                *self.errors.entry(code).or_default() += 1;
                let expected = EXPECTED_ERRORS.contains(&code) || (asked.may_be_wrong && code != -32603);
                assert!(expected, "seed {}: {} was answered with {error}", self.seed, asked.method);
                None
            }
        }
    }

    /// What the server holds, in MiB.
    pub fn size(&self) -> u64 {
        processes::memory(self.client.pid()).unwrap()
    }

    /// What was never answered with a result.
    pub fn never_answered(&self) -> Vec<&'static str> {
        let methods = self.methods.iter().chain(&RESOLVING).copied();
        methods.filter(|method| !self.results.contains_key(*method)).collect()
    }

    /// What was answered.
    pub fn summary(&self) -> String {
        let never = self.never_answered();
        format!(
            "{} results, never one of {never:?}, {} actions carried out, {} comparisons, errors {:?}",
            self.results.values().sum::<usize>(),
            self.carried_out,
            self.comparisons,
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
