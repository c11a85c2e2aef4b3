//! The thread that owns all state: documents, workspaces, and what is on the client's screen.
//!
//! It takes events in the order of their arrival. Work that takes time runs elsewhere on snapshots and comes
//! back as an event; what a newer edit has overtaken is dropped.

mod analyze;
mod check;
pub(crate) mod conversions;
mod proofs;
mod publish;
mod pull;
mod refresh;
mod surroundings;
mod targets;
pub(crate) mod verdicts;
mod workspace;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use pgpe_project::CONFIG_FILE;
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_prover::ProverOptions;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::client::ClientProfile;
use crate::convert::custom::ProofStatus;
use crate::convert::to_proto::ProgressToken;
use crate::documents::{Change, Document, Documents};
use crate::keys::FileKey;
use crate::outbox::Outbox;
use crate::pool::Pool;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::targets::{Done, Reply, Request};
use analyze::Analysing;
use check::{Check, CheckEnd};
use proofs::Proofs;
use pull::Pull;
pub(crate) use pull::{PullReply, Pulled, Wanted};
use refresh::Grounds;
use targets::Targets;
use verdicts::Verdicts;
use workspace::Workspace;

/// A question; gets the state and the workspace's name of the file, or nothing if the file is unknown.
pub(crate) type ReadJob = Box<dyn FnOnce(Option<(Snapshot, String)>) + Send>;

/// A question about all workspaces.
pub(crate) type ReadAllJob = Box<dyn FnOnce(Vec<Snapshot>) + Send>;

/// What the state thread is told.
pub(crate) enum Event {
    /// Who the client is.
    Initialize(Box<ClientProfile>),
    /// The client is ready.
    Initialized,
    /// A document was opened.
    Open { key: FileKey, document: Document },
    /// A document was edited.
    Change { key: FileKey, version: i32, changes: Vec<Change> },
    /// A document was closed.
    Close { key: FileKey },
    /// Files changed on disk.
    DiskChanged,
    /// A document was saved.
    Saved { key: FileKey },
    /// Settings were changed; what the client says of them.
    SettingsChanged(Value),
    /// The client's settings.
    Settings(Value),
    /// Folders were opened and closed at the client.
    Folders { added: Vec<PathBuf>, removed: Vec<PathBuf> },
    /// A question about a file.
    Read { key: FileKey, run: ReadJob },
    /// A question about everything.
    ReadAll { run: ReadAllJob },
    /// A check has ended.
    Checked { workspace: usize, revision: u64, end: CheckEnd },
    /// A solver has answered.
    Proved { obligation: Box<Obligation>, outcome: Outcome, quick: bool },
    /// Something is to be done with a target.
    Command { request: Request, reply: Reply },
    /// Diagnostics are asked for.
    Pull { wanted: Wanted, reply: PullReply },
    /// All verdicts are asked for.
    Analyze { file: Option<FileKey>, token: Option<ProgressToken>, reply: Reply },
    /// They could not be put together before an edit.
    AnalyzeAgain(Box<Analysing>),
    /// What is shown with that token is no longer wanted.
    CancelProgress { token: ProgressToken },
    /// Work on a target has ended.
    TargetDone(Box<Done>),
    /// The client leaves.
    Stop,
}

/// How often files are looked at if the client does not tell of changes.
const LOOK_AROUND: Duration = Duration::from_secs(2);

/// While proofs arrive one by one, the findings are not put together more often than this.
const GATHERING: Duration = Duration::from_millis(100);

/// The running state thread.
pub(crate) struct StateThread {
    events: Sender<Event>,
    ended: oneshot::Receiver<()>,
}

impl StateThread {
    /// Starts it.
    pub(crate) fn start(outbox: Outbox, prover: ProverOptions) -> StateThread {
        let (events, incoming) = crossbeam_channel::unbounded();
        let (end, ended) = oneshot::channel();
        let sender = events.clone();
        std::thread::spawn(move || {
            State::new(sender, outbox, prover).run(&incoming);
            let _ = end.send(());
        });
        StateThread { events, ended }
    }

    /// Where events are put.
    pub(crate) fn events(&self) -> Sender<Event> {
        self.events.clone()
    }

    /// Ends it and the solver processes; waits no longer than `patience`.
    pub(crate) async fn stop(self, patience: Duration) {
        let _ = self.events.send(Event::Stop);
        if tokio::time::timeout(patience, self.ended).await.is_err() {
            tracing::warn!("the state thread did not end in time");
        }
    }
}

struct State {
    client: Arc<ClientProfile>,
    settings: Arc<Settings>,
    events: Sender<Event>,
    outbox: Outbox,
    pool: Pool,
    documents: Documents,
    /// By their ids, which are never used again.
    workspaces: BTreeMap<usize, Workspace>,
    next_id: usize,
    /// The folders that are open at the client.
    folders: Vec<PathBuf>,
    verdicts: Arc<Verdicts>,
    grounds: Grounds,
    proofs: Proofs,
    targets: Targets,
    /// Those who wait for diagnostics.
    pulls: Vec<Pull>,
    /// Those who wait for all verdicts.
    analyses: Vec<Analysing>,
    /// Counts what could make an undecided question decidable.
    changes: u64,
    /// Something was edited, so that there may soon be something to prove.
    edited: bool,
    /// The client's folders have been loaded.
    loaded: bool,
    stopped: bool,
}

impl State {
    fn new(events: Sender<Event>, outbox: Outbox, prover: ProverOptions) -> State {
        State {
            client: Arc::default(),
            settings: Arc::default(),
            grounds: Grounds::default(),
            targets: Targets::new(prover.clone()),
            proofs: Proofs::new(prover, events.clone()),
            events,
            outbox,
            pool: Pool::new(),
            documents: Documents::default(),
            workspaces: BTreeMap::new(),
            next_id: 0,
            folders: Vec::new(),
            verdicts: Arc::default(),
            pulls: Vec::new(),
            analyses: Vec::new(),
            changes: 0,
            edited: false,
            loaded: false,
            stopped: false,
        }
    }

    fn run(mut self, incoming: &Receiver<Event>) {
        let mut last_look = Instant::now();
        while !self.stopped {
            match incoming.recv_timeout(self.wait()) {
                Ok(event) => self.guarded(|state| state.handle(event)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            // All that has arrived counts before anything is computed from it.
            while let (false, Ok(event)) = (self.stopped, incoming.try_recv()) {
                self.guarded(|state| state.handle(event));
            }
            if self.stopped {
                break;
            }
            if self.loaded && !self.client.watches_files && last_look.elapsed() >= LOOK_AROUND {
                last_look = Instant::now();
                self.guarded(State::look_around);
            }
            self.guarded(State::start_checks);
            self.guarded(State::answer_pulls);
            self.guarded(State::answer_analyses);
        }
    }

    /// Until when nothing happens by itself.
    fn wait(&self) -> Duration {
        let due = self.workspaces.values().filter(|workspace| workspace.is_dirty()).count() > 0;
        if due { GATHERING / 4 } else { LOOK_AROUND }
    }

    /// A panic over one event must not end the others.
    fn guarded(&mut self, work: impl FnOnce(&mut State)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            tracing::error!("an event could not be handled");
        }
    }

    fn handle(&mut self, event: Event) {
        if !self.loaded && !matches!(event, Event::Initialize(_) | Event::Stop) {
            self.load();
        }
        match event {
            Event::Initialize(client) => {
                self.folders.clone_from(&client.folders);
                self.client = Arc::from(client);
            }
            Event::Initialized => self.register(),
            Event::SettingsChanged(pushed) => self.settings_changed(&pushed),
            Event::Settings(settings) => self.set_settings(&settings),
            Event::Folders { added, removed } => self.folders_changed(added, &removed),
            Event::Open { key, document } => self.open(key, document),
            Event::Change { key, version, changes } => {
                if self.documents.change(&key, version, changes, self.client.columns) {
                    self.document_changed(&key);
                    // Which files are a project's may be others now.
                    if is_config(&key) {
                        self.find_workspaces();
                    }
                } else {
                    tracing::warn!("a change of a document that is not open");
                }
            }
            Event::Close { key } => self.close(&key),
            Event::DiskChanged => self.reload(),
            Event::Saved { key } => self.saved(&key),
            Event::Read { key, run } => self.read(&key, run),
            Event::ReadAll { run } => self.read_all(run),
            Event::Checked { workspace, revision, end } => self.checked(workspace, revision, end),
            Event::Proved { obligation, outcome, quick } => self.proved(*obligation, outcome, quick),
            Event::Command { request, reply } => self.command(request, reply),
            Event::Pull { wanted, reply } => self.pull(wanted, reply),
            Event::Analyze { file, token, reply } => self.analyse(file, token, reply),
            Event::AnalyzeAgain(analysing) => self.analyses.push(*analysing),
            Event::CancelProgress { token } => {
                self.targets.cancel(&token);
                self.cancel_analyses(&token);
            }
            Event::TargetDone(done) => self.target_done(*done),
            Event::Stop => self.stopped = true,
        }
    }

    /// Loads the client's folders. That happens with the first message after `initialize`: what is published
    /// before the client has the answer to that would be lost.
    fn load(&mut self) {
        self.loaded = true;
        self.set_settings(&Arc::clone(&self.client).initial_settings);
        self.find_workspaces();
    }

    /// The project that a folder belongs to, unless it is known.
    fn add_project(&mut self, folder: PathBuf) {
        let root = workspace::nearest_root(&folder.join(CONFIG_FILE), &self.documents);
        let root = root.unwrap_or(folder);
        let known = |workspace: &Workspace| workspace.root() == Some(&root);
        if !self.workspaces.values().any(known) {
            self.add_workspace(|id| Workspace::project(id, root));
        }
    }

    fn add_workspace(&mut self, make: impl FnOnce(usize) -> Workspace) {
        let mut workspace = make(self.next_id);
        workspace.reload(&self.documents);
        self.workspaces.insert(self.next_id, workspace);
        self.next_id += 1;
    }

    fn open(&mut self, key: FileKey, document: Document) {
        let is_new = self.documents.get(&key).is_none();
        self.documents.open(key.clone(), document);
        if is_new {
            self.find_workspace(&key);
        }
        self.document_changed(&key);
        if is_new && is_config(&key) {
            self.find_workspaces();
        }
    }

    /// Makes sure that a document that was just opened belongs to some workspace.
    fn find_workspace(&mut self, key: &FileKey) {
        if let FileKey::Path(path) = key {
            let root = workspace::nearest_root(path, &self.documents);
            if let Some(root) = root {
                self.add_project(root);
            }
        }
        if self.owner(key).is_none()
            && let Some(document) = self.documents.get(key)
            && workspace::is_policy(key, &document.language)
        {
            self.add_workspace(|id| Workspace::single(id, key.clone()));
        }
    }

    fn close(&mut self, key: &FileKey) {
        if !self.documents.close(key) {
            return;
        }
        self.workspaces.values().for_each(|workspace| workspace.forget_tokens(key));
        self.document_changed(key);
        self.find_workspaces();
    }

    /// Others than the document may have changed with it.
    fn saved(&mut self, key: &FileKey) {
        if !self.client.watches_files {
            return self.reload();
        }
        for workspace in self.workspaces.values_mut() {
            workspace.document_saved(key, &self.documents);
        }
    }

    /// Brings what a document says now to the workspaces that it concerns.
    fn document_changed(&mut self, key: &FileKey) {
        self.changes += 1;
        self.edited = true;
        for workspace in self.workspaces.values_mut() {
            workspace.document_changed(key, &self.documents);
        }
        self.publish_strangers(key);
    }

    fn reload(&mut self) {
        self.changes += 1;
        for workspace in self.workspaces.values_mut() {
            workspace.reload(&self.documents);
        }
        self.find_workspaces();
    }

    /// Reads files anew if they look changed.
    fn look_around(&mut self) {
        let mut changed = false;
        for workspace in self.workspaces.values_mut() {
            if workspace.looks_changed(&self.documents) {
                workspace.reload(&self.documents);
                changed = true;
            }
        }
        if changed {
            self.find_workspaces();
        }
    }

    /// The workspace that speaks for a file: the one with the nearest root.
    fn owner(&self, key: &FileKey) -> Option<&Workspace> {
        workspace::owner(self.workspaces.values(), key)
    }

    fn read(&mut self, key: &FileKey, run: ReadJob) {
        let open = self.documents.open_files();
        let on = self.owner(key).and_then(|workspace| {
            let name = workspace.names().name(key)?;
            Some((workspace.snapshot(open, &self.verdicts, &self.settings, &self.client), name))
        });
        self.pool.spawn(move || run(on));
    }

    fn read_all(&mut self, run: ReadAllJob) {
        let open = self.documents.open_files();
        let workspaces = self.workspaces.values();
        let snapshot =
            |it: &Workspace| it.snapshot(Arc::clone(&open), &self.verdicts, &self.settings, &self.client);
        let all = workspaces.map(snapshot).collect();
        self.pool.spawn(move || run(all));
    }

    /// Starts a check of each workspace whose findings may be others now.
    fn start_checks(&mut self) {
        let ids: Vec<usize> = self.workspaces.keys().copied().collect();
        for index in ids {
            let open = self.documents.open_files();
            // The last answer is not kept back for others.
            let gathering = if self.proofs.is_idle(index) { Duration::ZERO } else { GATHERING };
            let Some(workspace) = self.workspaces.get_mut(&index) else { continue };
            if !workspace.begin_check(gathering) {
                continue;
            }
            let revision = workspace.revision();
            let problems = workspace.problems().to_vec();
            let snapshot = workspace.snapshot(open, &self.verdicts, &self.settings, &self.client);
            let events = self.events.clone();
            self.pool.spawn(move || {
                let end = Check::run(&snapshot, &problems);
                drop(snapshot);
                let _ = events.send(Event::Checked { workspace: index, revision, end });
            });
        }
        // Not before the checks: they are what somebody waits for.
        if std::mem::take(&mut self.edited) {
            self.proofs.expect_some();
        }
    }

    fn checked(&mut self, index: usize, revision: u64, end: CheckEnd) {
        let Some(workspace) = self.workspaces.get_mut(&index) else { return };
        workspace.end_check();
        let check = match end {
            CheckEnd::Done(check) if workspace.revision() == revision => *check,
            // The revision that overtook it is checked next.
            CheckEnd::Done(_) | CheckEnd::Overtaken => return workspace.mark_dirty(),
            CheckEnd::Failed => {
                workspace.set_proofs(ProofStatus::default());
                workspace.set_checked();
                tracing::error!("the findings could not be computed");
                return;
            }
        };
        let limit = workspace.solver_timeout();
        workspace.set_proofs(check.proofs);
        workspace.set_checked();
        self.publish(index, &check);
        self.refresh(index, check.ground);
        self.proofs.want(index, check.open, limit);
        self.proofs.retry(self.verdicts.to_retry(&check.unknown, self.changes), limit);
        if self.client.status_notification {
            self.outbox.status_changed();
        }
    }

    fn proved(&mut self, obligation: Obligation, outcome: Outcome, quick: bool) {
        let hash = obligation.hash;
        let limit = self.proofs.done(&hash);
        // Of one that nobody waits for, it is told when somebody asks again.
        if self.verdicts.learn(obligation.clone(), outcome, self.changes) && limit.is_some() {
            for workspace in self.workspaces.values_mut() {
                workspace.verdict_arrived();
            }
        }
        // A solver that died early says nothing about the question.
        if let Some(limit) = limit
            && quick
            && self.verdicts.failed_once(&hash)
        {
            self.proofs.retry(vec![obligation], limit);
        }
    }
}

fn is_config(key: &FileKey) -> bool {
    key.path().and_then(|path| path.file_name()).is_some_and(|name| name == CONFIG_FILE)
}
