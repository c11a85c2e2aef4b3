//! Keeping the client's screen in step with the findings.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::State;
use super::check::Check;
use super::workspace::{Screen, owner};
use crate::convert::from_proto;
use crate::convert::to_proto::{self, Diagnostic, Uri};
use crate::keys::FileKey;

impl State {
    /// Shows the findings of a workspace's current revision.
    pub(crate) fn publish(&mut self, index: usize, check: &Check) {
        let Some(workspace) = self.workspaces.get(&index) else { return };
        // Which workspace a file belongs to is a question only where there are several.
        let is_only = self.workspaces.len() == 1;
        let is_own = |key: &FileKey| {
            owner(self.workspaces.values(), key).is_some_and(|owner| owner.id() == workspace.id())
        };
        let mut screen = Screen::default();
        let found = check.diagnostics.iter().filter(|(key, _)| is_only || is_own(key));
        for (key, found) in found {
            let version = self.documents.get(key).map(|document| document.version);
            screen.files.insert(found.uri.clone(), (version, Arc::clone(&found.diagnostics)));
        }
        // Each version of an open document gets its answer, also the empty one.
        for (_, document) in self.documents.iter().filter(|(key, _)| is_own(key)) {
            let uri = document.uri.clone();
            screen.files.entry(uri).or_insert_with(|| (Some(document.version), Arc::default()));
        }
        let mut add = |key: &FileKey, diagnostic: Diagnostic| {
            let Some(uri) = self.uri(key) else { return };
            let version = self.documents.get(key).map(|document| document.version);
            let (_, all) = screen.files.entry(uri).or_insert_with(|| (version, Arc::default()));
            Arc::make_mut(all).push(diagnostic);
        };
        for (key, diagnostic) in check.more.iter().filter(|(key, _)| is_own(key)) {
            add(key, diagnostic.clone());
        }
        let mut lines = BTreeSet::new();
        for finding in &check.placeless {
            match workspace.config_path().map(|path| FileKey::Path(path.to_owned())).filter(is_own) {
                Some(key) => {
                    add(&key, to_proto::bare_diagnostic(&self.client, finding));
                }
                None => {
                    lines.insert(format!("{}: {}", finding.rule, finding.message));
                }
            }
        }
        screen.lines = lines;
        let given: Vec<FileKey> = match is_only {
            true => Vec::new(),
            false => workspace.shown().keys().map(from_proto::file_key).filter(|key| !is_own(key)).collect(),
        };
        let Some(workspace) = self.workspaces.get_mut(&index) else { return };
        let others = workspace.show(screen, &self.outbox, self.client.pulls_diagnostics);
        self.refresh_diagnostics(others);
        self.show_again(&given);
    }

    /// Has a client that asks for diagnostics ask anew, if others have changed than those of documents that it has
    /// edited: about those it asks by itself.
    pub(crate) fn refresh_diagnostics(&self, others: bool) {
        if others && self.client.pulls_diagnostics {
            self.outbox.refresh_diagnostics();
        }
    }

    /// What the client calls a file.
    pub(crate) fn uri(&self, key: &FileKey) -> Option<Uri> {
        match (self.documents.get(key), key) {
            (Some(document), _) => Some(document.uri.clone()),
            (None, FileKey::Path(path)) => to_proto::uri(path),
            (None, FileKey::Other(_)) => None,
        }
    }

    /// Answers for a document that belongs to no workspace: nothing is found in it.
    pub(crate) fn publish_strangers(&mut self, key: &FileKey) {
        if !self.client.pulls_diagnostics
            && self.owner(key).is_none()
            && let Some(document) = self.documents.get(key)
        {
            self.outbox.publish(document.uri.clone(), Vec::new(), Some(document.version));
        }
    }
}
