//! A client of the language server that costs as little as it can while something is measured: messages get their time
//! when they are read, and are looked into later.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Value, json};

/// A running server and its client.
pub struct Client {
    child: Child,
    input: ChildStdin,
    arrived: Receiver<(Instant, Vec<u8>)>,
    log: PathBuf,
    next_id: i64,
    /// When the process was started.
    pub started: Instant,
}

/// A message of the server that matters here.
#[derive(Debug)]
pub enum Message {
    /// Diagnostics.
    Published(Published),
    /// An answer.
    Answer { id: i64, result: Result<Value, Value> },
    /// `pgpe/statusChanged`.
    StatusChanged,
    /// Anything else.
    Other,
}

/// Diagnostics of a file.
#[derive(Debug, Clone, Deserialize)]
pub struct Published {
    /// The file.
    pub uri: String,
    /// The version that they are for.
    pub version: Option<i64>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Diagnostic {
    /// The rule.
    pub code: Option<Value>,
    /// Where.
    pub range: Value,
    /// What.
    pub message: String,
}

#[derive(Deserialize)]
struct Envelope {
    id: Option<Value>,
    method: Option<String>,
    error: Option<Value>,
    #[serde(default)]
    result: Value,
}

#[derive(Deserialize)]
struct Publishing {
    params: Published,
}

impl Client {
    /// Starts a server that keeps verdicts in a folder, and its log in another file.
    pub fn start(cache: &Path, log: PathBuf) -> anyhow::Result<Client> {
        let errors = std::fs::File::create(&log)?;
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_pgpe"))
            .args(["lsp", "--stdio"])
            .env("PGPE_CACHE_DIR", cache)
            .env_remove("PGPE_LOG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()?;
        let input = child.stdin.take().context("no input")?;
        let output = child.stdout.take().context("no output")?;
        let (send, arrived) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::with_capacity(1 << 16, output);
            while let Some(body) = read_message(&mut output) {
                if send.send((Instant::now(), body)).is_err() {
                    break;
                }
            }
        });
        Ok(Client { child, input, arrived, log, next_id: 0, started })
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends messages in one go. Gives the moment before.
    pub fn send(&mut self, messages: &[Value]) -> anyhow::Result<Instant> {
        let mut text = String::new();
        for message in messages {
            let body = message.to_string();
            text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        }
        let at = Instant::now();
        self.input
            .write_all(text.as_bytes())
            .and_then(|()| self.input.flush())
            .with_context(|| self.end())?;
        Ok(at)
    }

    /// A request, and its id.
    pub fn request(&mut self, method: &str, params: Value) -> (i64, Value) {
        self.next_id += 1;
        (self.next_id, json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params }))
    }

    /// The next message, unless none comes in time. What the server asks gets no answer but `null`.
    pub fn next(&mut self, within: Duration) -> anyhow::Result<Option<(Instant, Message)>> {
        let (at, body) = match self.arrived.recv_timeout(within) {
            Ok(arrived) => arrived,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!(self.end()),
        };
        let envelope: Envelope = serde_json::from_slice(&body)?;
        let message = match (envelope.method.as_deref(), envelope.id) {
            (Some("textDocument/publishDiagnostics"), _) => {
                Message::Published(serde_json::from_slice::<Publishing>(&body)?.params)
            }
            (Some("pgpe/statusChanged"), _) => Message::StatusChanged,
            (Some(_), Some(id)) => {
                self.send(&[json!({ "jsonrpc": "2.0", "id": id, "result": null })])?;
                Message::Other
            }
            (Some(_), None) => Message::Other,
            (None, id) => {
                let id = id.and_then(|id| id.as_i64()).unwrap_or(-1);
                Message::Answer { id, result: envelope.error.map_or(Ok(envelope.result), Err) }
            }
        };
        Ok(Some((at, message)))
    }

    /// Says that the server has ended, and what its log says last.
    fn end(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(5).collect();
        format!("the server has ended: {}", last.join(" / "))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_message(output: &mut impl BufRead) -> Option<Vec<u8>> {
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
    Some(body)
}

/// What an editor can do that has all that is measured. It tells of changed files, so that the server need not look for
/// them, and does not ask anew for lenses and hints, so that only what is measured is asked.
pub fn capabilities() -> Value {
    let types = [
        "namespace",
        "type",
        "class",
        "enum",
        "interface",
        "struct",
        "typeParameter",
        "parameter",
        "variable",
        "property",
        "enumMember",
        "event",
        "function",
        "method",
        "macro",
        "keyword",
        "modifier",
        "comment",
        "string",
        "number",
        "regexp",
        "operator",
        "decorator",
    ];
    json!({
        "workspace": {
            "workspaceEdit": { "documentChanges": true },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
        },
        "textDocument": {
            "publishDiagnostics": { "relatedInformation": true, "versionSupport": true, "dataSupport": true },
            "completion": { "completionItem": { "snippetSupport": true, "documentationFormat": ["markdown"] } },
            "hover": { "contentFormat": ["markdown"] },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [
                "quickfix", "refactor", "refactor.rewrite", "refactor.extract", "source",
            ] } } },
            "semanticTokens": {
                "requests": { "full": { "delta": true }, "range": true },
                "tokenTypes": types,
                "tokenModifiers": ["declaration", "definition", "readonly", "defaultLibrary"],
                "formats": ["relative"],
            },
            "inlayHint": {},
        },
        "experimental": { "statusNotification": true },
    })
}
