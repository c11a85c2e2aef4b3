//! An editor with a project open: edits, and waiting for what the server makes of them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::client::{Client, Diagnostic, Message, Published, capabilities};
use crate::project::{Document, Project};

/// How long anything may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(600);

/// When nothing has arrived for so long, the server is asked again how far it is.
const SILENCE: Duration = Duration::from_millis(250);

/// An editor with a project open.
pub struct Session {
    /// The server.
    pub client: Client,
    /// The open documents.
    pub documents: Vec<Document>,
    /// How long to wait before each edit.
    pub pause: Duration,
}

/// An edit that was sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// The moment before.
    pub at: Instant,
    document: usize,
    version: i64,
}

/// The state in which nothing is left to be proved.
pub struct Settled {
    /// Since when it was on the screen.
    pub at: Instant,
    /// When the first diagnostics for the version came.
    pub first: Instant,
    /// Whether solvers were seen at work.
    pub has_proved: bool,
    /// How many verdicts there are: PROVEN, FAILED and UNKNOWN.
    pub verdicts: [u64; 3],
    /// What is shown in the document.
    pub diagnostics: Vec<Diagnostic>,
}

impl Session {
    /// Starts a server, with these documents open.
    pub fn start(project: &Project, cache: &Path, documents: &[&str]) -> anyhow::Result<Session> {
        let log = cache.with_extension("log");
        let client = Client::start(cache, log)?;
        let documents: anyhow::Result<Vec<Document>> =
            documents.iter().map(|path| Document::read(&project.folder, path)).collect();
        let mut session = Session { client, documents: documents?, pause: Duration::ZERO };
        let root = format!("file://{}", project.folder.display());
        let params = json!({ "processId": null, "rootUri": root, "capabilities": capabilities() });
        let (id, initialize) = session.client.request("initialize", params);
        session.client.send(&[initialize])?;
        session.answer(id)?;
        let mut messages = vec![json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} })];
        messages.extend(session.documents.iter().map(Document::opening));
        session.client.send(&messages)?;
        Ok(session)
    }

    /// Starts a server, and waits until all is proved.
    pub fn ready(project: &Project, cache: &Path, documents: &[&str]) -> anyhow::Result<Session> {
        let mut session = Session::start(project, cache, documents)?;
        session.settle(session.opened())?;
        Ok(session)
    }

    /// The opening of the first document.
    pub fn opened(&self) -> Sent {
        Sent { at: self.client.started, document: 0, version: 1 }
    }

    /// The document of that path.
    pub fn document(&self, path: &str) -> anyhow::Result<usize> {
        self.documents.iter().position(|it| it.path == path).with_context(|| format!("{path} is not open"))
    }

    /// Replaces a part of a document.
    pub fn edit(&mut self, document: usize, range: std::ops::Range<usize>, by: &str) -> anyhow::Result<Sent> {
        self.edit_and(document, range, by, &[])
    }

    /// The same, with other messages right behind it.
    pub fn edit_and(
        &mut self,
        document: usize,
        range: std::ops::Range<usize>,
        by: &str,
        others: &[Value],
    ) -> anyhow::Result<Sent> {
        let change = self.documents[document].replace(range, by);
        let version = self.documents[document].version;
        std::thread::sleep(self.pause);
        let at = self.client.send(&[&[change], others].concat())?;
        Ok(Sent { at, document, version })
    }

    /// Waits for the first diagnostics for the version that an edit has made; gives the moment of their arrival.
    pub fn published(&mut self, sent: Sent) -> anyhow::Result<Instant> {
        loop {
            let (at, message) = self.next()?;
            if let Message::Published(published) = message
                && self.is_for(&published, sent)
            {
                return Ok(at);
            }
        }
    }

    /// Waits for the answer to a request, which must not be an error; gives the moment of its arrival too.
    pub fn answer(&mut self, wanted: i64) -> anyhow::Result<(Instant, Value)> {
        loop {
            let (at, message) = self.next()?;
            match message {
                Message::Answer { id, result } if id == wanted => match result {
                    Ok(result) => return Ok((at, result)),
                    Err(error) => bail!("the server refuses a request: {error}"),
                },
                _ => {}
            }
        }
    }

    /// Waits until there is nothing left to be proved of what an edit has made.
    ///
    /// The server tells by `pgpe/statusChanged` that it has checked, and `pgpe/status` says whether questions are
    /// pending. It is asked only after diagnostics for the new version have come, as what it says is of the last
    /// check, and again whenever something was shown since. The end is the moment in which the last thing was shown,
    /// not that of the answer, so that asking is not part of the time.
    pub fn settle(&mut self, sent: Sent) -> anyhow::Result<Settled> {
        self.settle_from(sent, None)
    }

    /// The same after the first diagnostics have come.
    pub fn rest(&mut self, sent: Sent) -> anyhow::Result<Settled> {
        let now = Instant::now();
        let (verdicts, diagnostics) = ([0; 3], Vec::new());
        let published = Settled { at: now, first: now, has_proved: false, verdicts, diagnostics };
        self.settle_from(sent, Some(published))
    }

    fn settle_from(&mut self, sent: Sent, mut settled: Option<Settled>) -> anyhow::Result<Settled> {
        let begun = Instant::now();
        let mut has_proved = false;
        let mut has_news = settled.is_some();
        let mut confirmed = false;
        let mut asked = None;
        loop {
            if has_news && asked.is_none() {
                let (id, status) = self.client.request("pgpe/status", Value::Null);
                self.client.send(&[status])?;
                (asked, has_news) = (Some(id), false);
            }
            let Some((at, message)) = self.client.next(SILENCE)? else {
                has_news = settled.is_some();
                if begun.elapsed() > PATIENCE {
                    bail!("the proofs did not end within {} s", PATIENCE.as_secs());
                }
                continue;
            };
            match (message, &mut settled) {
                (Message::Published(published), state) => match state {
                    Some(state) => {
                        state.at = at;
                        if self.is_for(&published, sent) {
                            state.diagnostics = published.diagnostics;
                        }
                        (has_news, confirmed) = (true, false);
                    }
                    None if self.is_for(&published, sent) => {
                        let diagnostics = published.diagnostics;
                        *state = Some(Settled { at, first: at, has_proved, verdicts: [0; 3], diagnostics });
                        has_news = true;
                    }
                    None => {}
                },
                (Message::StatusChanged, Some(state)) => {
                    state.at = at;
                    (has_news, confirmed) = (true, false);
                }
                (Message::Answer { id, result }, Some(state)) if Some(id) == asked => {
                    asked = None;
                    let status = result.map_err(|error| anyhow::anyhow!("no status: {error}"))?;
                    let count = |kind: &str| {
                        let projects = status["projects"].as_array().into_iter().flatten();
                        projects.filter_map(|project| project["summary"][kind].as_u64()).sum::<u64>()
                    };
                    if count("pending") > 0 {
                        has_proved = true;
                        confirmed = false;
                        continue;
                    }
                    state.verdicts = ["proven", "failed", "unknown"].map(count);
                    state.has_proved = has_proved;
                    // What was shown before may still be on its way: it has come by the time of another answer.
                    if !has_news && confirmed {
                        return settled.context("nothing was shown");
                    }
                    (has_news, confirmed) = (true, !has_news);
                }
                _ => {}
            }
        }
    }

    fn is_for(&self, published: &Published, sent: Sent) -> bool {
        published.version >= Some(sent.version)
            && self.documents.get(sent.document).is_some_and(|it| it.uri == published.uri)
    }

    fn next(&mut self) -> anyhow::Result<(Instant, Message)> {
        let next = self.client.next(PATIENCE)?;
        next.with_context(|| format!("nothing came within {} s", PATIENCE.as_secs()))
    }
}

impl Settled {
    /// Whether a rule is among what is shown in the lines of a part of the document.
    pub fn shows(&self, rule: &str, document: &Document, part: &std::ops::Range<usize>) -> bool {
        let [first, last] = [part.start, part.end].map(|offset| document.position(offset)["line"].as_u64());
        self.diagnostics.iter().any(|diagnostic| {
            let line = diagnostic.range["start"]["line"].as_u64();
            diagnostic.code.as_ref().and_then(Value::as_str) == Some(rule) && line >= first && line <= last
        })
    }
}
