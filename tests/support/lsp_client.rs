//! A small client of the language server: starts the process, speaks the protocol, remembers what it is told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What was last published for a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The version that it is for.
    pub version: Option<i64>,
    /// The diagnostics.
    pub diagnostics: Vec<Value>,
}

/// A running server and its client.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    stderr: Arc<Mutex<String>>,
    next_id: i64,
    responses: HashMap<i64, Value>,
    published: HashMap<String, Published>,
    /// Every publication, in order.
    pub history: Vec<(String, Published)>,
    /// Requests of the server, such as registrations.
    pub asked: Vec<Value>,
    /// Methods of the server's notifications, in order.
    pub notified: Vec<String>,
    /// Lines of `window/logMessage`.
    pub log: Vec<String>,
    /// Sentences of `window/showMessage`.
    pub shown: Vec<String>,
    /// All of `$/progress`, as their parameters.
    pub progress: Vec<Value>,
    /// What the client's configuration has in each section that is asked for.
    pub configuration: Value,
    /// What is chosen when the server asks; nothing by itself.
    pub choice: Option<String>,
    /// Questions are left open.
    pub is_silent: bool,
}

impl Client {
    /// Starts a server that has not been spoken to. It has no cache: no folder can be made there.
    pub fn start() -> Client {
        Client::start_with_cache(Path::new("/dev/null"))
    }

    /// Starts a server that keeps verdicts in a folder.
    pub fn start_with_cache(cache: &Path) -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pgpe"))
            .args(["lsp", "--stdio"])
            .env("PGPE_LOG", "trace")
            .env("PGPE_CACHE_DIR", cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = child.stdout.take().unwrap();
        let mut errors = child.stderr.take().unwrap();
        let (send, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read_message(&mut output) {
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        let stderr = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&stderr);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = errors.read(&mut buffer) {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
        Client {
            child,
            input,
            messages,
            stderr,
            next_id: 0,
            responses: HashMap::new(),
            published: HashMap::new(),
            history: Vec::new(),
            asked: Vec::new(),
            notified: Vec::new(),
            log: Vec::new(),
            shown: Vec::new(),
            progress: Vec::new(),
            configuration: Value::Null,
            choice: None,
            is_silent: false,
        }
    }

    /// A server for a folder and a client that can do everything.
    pub fn open_folder(folder: &Path) -> Client {
        Client::open_folder_with(folder, full_capabilities())
    }

    /// A server for a folder and a client with some capabilities.
    pub fn open_folder_with(folder: &Path, capabilities: Value) -> Client {
        let mut client = Client::start();
        client.initialize(folder, capabilities);
        client
    }

    /// Says who it is and waits until the server is ready.
    pub fn initialize(&mut self, folder: &Path, capabilities: Value) {
        let params = json!({
            "processId": null,
            "rootUri": uri(folder),
            "capabilities": capabilities,
        });
        self.request("initialize", params).unwrap();
        self.notify("initialized", json!({}));
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What was logged so far.
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and gives its id.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params }));
        self.next_id
    }

    /// Sends a request and waits for its result, or its error.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// Waits for the answer to a request.
    pub fn answer(&mut self, id: i64) -> Result<Value, Value> {
        let response = self.wait("an answer", |client| client.responses.remove(&id));
        match response.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(response["result"].clone()),
        }
    }

    /// Opens a document.
    pub fn open(&mut self, uri: &str, version: i64, text: &str) {
        let document = json!({ "uri": uri, "languageId": "pgpe-policy", "version": version, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Edits a document.
    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// Replaces a document's text.
    pub fn replace(&mut self, uri: &str, version: i64, text: &str) {
        self.change(uri, version, json!([{ "text": text }]));
    }

    /// Closes a document.
    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// Asks about a place.
    pub fn hover(&mut self, uri: &str, line: usize, character: usize) -> Result<Value, Value> {
        self.request("textDocument/hover", place(uri, line, character))
    }

    /// Waits until what is published for a file fulfils a condition.
    pub fn wait_for(&mut self, uri: &str, what: &str, condition: impl Fn(&Published) -> bool) -> Published {
        self.wait(what, |client| client.published.get(uri).filter(|it| condition(it)).cloned())
    }

    /// Waits until the server has asked for something; that may be before or after what it publishes.
    pub fn wait_for_request(&mut self, method: &str) {
        self.wait(method, |client| client.asked.iter().any(|it| it["method"] == method).then_some(()));
    }

    /// Runs a command and waits for its result, or its error.
    pub fn command(&mut self, command: &str, arguments: Value) -> Result<Value, Value> {
        self.request("workspace/executeCommand", json!({ "command": command, "arguments": arguments }))
    }

    /// Waits until the server has shown progress that fulfils a condition.
    pub fn wait_for_progress(&mut self, what: &str, condition: impl Fn(&Value) -> bool) -> Value {
        self.wait(what, |client| client.progress.iter().find(|it| condition(it)).cloned())
    }

    /// Waits until nothing has been said for a while.
    pub fn settle(&mut self) {
        let quiet = Duration::from_millis(1500);
        while let Ok(message) = self.messages.recv_timeout(quiet) {
            self.take(message);
        }
    }

    /// What was last published for a file.
    pub fn published(&self, uri: &str) -> Option<&Published> {
        self.published.get(uri)
    }

    /// Closes the server's input.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits for the end of the process.
    pub fn wait_for_exit(&mut self, within: Duration) -> Option<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < within {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    fn wait<T>(&mut self, what: &str, mut ready: impl FnMut(&mut Client) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(value) = ready(self) {
                return value;
            }
            let left = PATIENCE.checked_sub(started.elapsed());
            let left = left.unwrap_or_else(|| panic!("waited too long for {what}: {:#?}", self.published));
            match self.messages.recv_timeout(left) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server ended while waiting for {what}:\n{}", self.stderr())
                }
            }
        }
    }

    fn take(&mut self, message: Value) {
        let Some(method) = message["method"].as_str() else {
            self.responses.insert(message["id"].as_i64().unwrap_or(-1), message);
            return;
        };
        if message.get("id").is_none() {
            self.notified.push(method.to_owned());
        }
        match method {
            "textDocument/publishDiagnostics" => {
                let params = &message["params"];
                let uri = params["uri"].as_str().unwrap().to_owned();
                let published = Published {
                    version: params["version"].as_i64(),
                    diagnostics: params["diagnostics"].as_array().unwrap().clone(),
                };
                self.history.push((uri.clone(), published.clone()));
                self.published.insert(uri, published);
            }
            "window/logMessage" => self.log.push(message["params"]["message"].to_string()),
            "window/showMessage" => self.shown.push(message["params"]["message"].to_string()),
            "$/progress" => self.progress.push(message["params"].clone()),
            _ => {}
        }
        if let Some(id) = message.get("id") {
            let is_question = method == "window/showMessageRequest";
            let choice = self.choice.as_ref().filter(|_| is_question);
            let result = match (method, choice) {
                ("workspace/configuration", _) => json!([self.configuration]),
                (_, Some(choice)) => json!({ "title": choice }),
                _ => Value::Null,
            };
            if !(is_question && self.is_silent) {
                self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
            }
            self.asked.push(message);
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => {
                if let Some(value) = line.strip_prefix("Content-Length: ") {
                    length = value.parse().ok()?;
                }
            }
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// A document and a position in it.
pub fn place(uri: &str, line: usize, character: usize) -> Value {
    json!({
        "textDocument": { "uri": uri },
        "position": { "line": line, "character": character },
    })
}

/// One incremental change.
pub fn edit(start: (usize, usize), end: (usize, usize), text: &str) -> Value {
    json!({
        "range": {
            "start": { "line": start.0, "character": start.1 },
            "end": { "line": end.0, "character": end.1 },
        },
        "text": text,
    })
}

/// The URI of a path without special characters.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Everything that the server adapts to.
pub fn full_capabilities() -> Value {
    json!({
        "workspace": {
            "workspaceEdit": { "documentChanges": true },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
        },
        "window": { "workDoneProgress": true },
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true,
                "tagSupport": { "valueSet": [1, 2] },
                "versionSupport": true,
                "codeDescriptionSupport": true,
                "dataSupport": true,
            },
            "completion": {
                "completionItem": {
                    "snippetSupport": true,
                    "insertReplaceSupport": true,
                    "labelDetailsSupport": true,
                    "documentationFormat": ["markdown", "plaintext"],
                },
            },
            "hover": { "contentFormat": ["markdown", "plaintext"] },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "codeAction": {
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } },
            },
        },
    })
}

/// A folder with files that vanishes with the test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// With these files.
    pub fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.file(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file's path.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file's URI.
    pub fn uri(&self, name: &str) -> String {
        uri(&self.file(name))
    }
}

/// The rule of a diagnostic.
pub fn rules(published: &Published) -> Vec<&str> {
    published.diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap()).collect()
}
