//! Diagnostics that the client asks for: answered from what the last check of the present texts has found.
//!
//! An answer is not kept back for proofs: when verdicts arrive, the client is told to ask again.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::oneshot;

use super::State;
use super::workspace::Workspace;
use crate::convert::to_proto::{Report, Uri};
use crate::keys::FileKey;

/// What is asked for.
pub(crate) enum Wanted {
    /// The diagnostics of one file; with what the client has of it.
    File {
        /// The file.
        key: FileKey,
        /// The id of the answer that the client has.
        previous: Option<String>,
    },
    /// Those of all files; with what the client has of each.
    All {
        /// The ids of the answers that the client has.
        previous: HashMap<Uri, String>,
    },
}

/// Where the answer goes; nothing if an edit came before it could be given.
pub(crate) type PullReply = oneshot::Sender<Option<Pulled>>;

/// The answer.
#[derive(Default)]
pub(crate) struct Pulled {
    /// Of the file that was asked for.
    pub(crate) own: Report,
    /// Of others, each with its version.
    pub(crate) others: Vec<(Uri, Option<i32>, Report)>,
}

/// Someone who waits for diagnostics.
pub(crate) struct Pull {
    wanted: Wanted,
    /// The version of the file at that moment.
    version: Option<i32>,
    reply: PullReply,
}

impl State {
    /// Begins to wait.
    pub(crate) fn pull(&mut self, wanted: Wanted, reply: PullReply) {
        let version = self.version(&wanted);
        self.pulls.push(Pull { wanted, version, reply });
    }

    /// The version of the file that is asked about, if it is open.
    fn version(&self, wanted: &Wanted) -> Option<i32> {
        match wanted {
            Wanted::File { key, .. } => self.documents.get(key).map(|document| document.version),
            Wanted::All { .. } => None,
        }
    }

    /// Answers those who ask about what is checked, and those that an edit has overtaken.
    pub(crate) fn answer_pulls(&mut self) {
        for pull in std::mem::take(&mut self.pulls) {
            if pull.reply.is_closed() {
                continue;
            }
            if self.version(&pull.wanted) != pull.version {
                let _ = pull.reply.send(None);
                continue;
            }
            let (concerned, previous): (Vec<&Workspace>, _) = match &pull.wanted {
                Wanted::File { key, .. } => (self.owner(key).into_iter().collect(), None),
                Wanted::All { previous } => (self.workspaces.values().collect(), Some(previous)),
            };
            if !concerned.iter().all(|workspace| workspace.is_checked()) {
                self.pulls.push(pull);
                continue;
            }
            let pulled = match (&pull.wanted, previous) {
                (Wanted::File { key, previous }, _) => self.report(key, previous.as_deref()),
                (_, Some(previous)) => report_all(&concerned, previous),
                (_, None) => Pulled::default(),
            };
            let _ = pull.reply.send(Some(pulled));
        }
    }

    /// What was found in a file, and in others by the edits before.
    fn report(&self, key: &FileKey, previous: Option<&str>) -> Pulled {
        let Some(workspace) = self.owner(key) else {
            return Pulled { own: Report::new(&[], previous), others: Vec::new() };
        };
        let name = self.uri(key);
        let files = workspace.shown();
        let own = name.as_ref().and_then(|uri| files.get(uri));
        let own = Report::new(own.map_or(&[], |(_, diagnostics)| diagnostics.as_slice()), previous);
        let mut others = Vec::new();
        if self.client.related_documents {
            for uri in workspace.last_changes().filter(|uri| Some(*uri) != name.as_ref()) {
                let (version, found) = match files.get(uri) {
                    Some((version, found)) => (*version, found.as_slice()),
                    None => (None, Default::default()),
                };
                others.push((uri.clone(), version, Report::new(found, None)));
            }
        }
        Pulled { own, others }
    }
}

/// What was found in all files; empty of those that the client has something of.
fn report_all(workspaces: &[&Workspace], previous: &HashMap<Uri, String>) -> Pulled {
    let mut others: BTreeMap<&Uri, (Option<i32>, Report)> =
        previous.iter().map(|(uri, id)| (uri, (None, Report::new(&[], Some(id))))).collect();
    for (uri, (version, found)) in workspaces.iter().flat_map(|workspace| workspace.shown()) {
        others.insert(uri, (*version, Report::new(found, previous.get(uri).map(String::as_str))));
    }
    let others = others.into_iter().map(|(uri, (version, report))| (uri.clone(), version, report));
    Pulled { own: Report::default(), others: others.collect() }
}
