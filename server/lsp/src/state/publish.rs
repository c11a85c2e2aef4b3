//! Keeping the client's screen in step with the findings.

use std::collections::{BTreeMap, BTreeSet};

use super::State;
use super::check::Check;
use super::workspace::{Screen, owner};
use crate::convert::to_proto::{self, Diagnostic};
use crate::keys::FileKey;

impl State {
    /// Shows the findings of a workspace's current revision.
    pub(crate) fn publish(&mut self, index: usize, check: &Check) {
        let Some(Some(workspace)) = self.workspaces.get(index) else { return };
        let is_own = |key: &FileKey| {
            owner(self.workspaces.iter().flatten(), key).is_some_and(|owner| owner.id() == workspace.id())
        };
        let mut shown: BTreeMap<FileKey, Vec<Diagnostic>> = check
            .diagnostics
            .iter()
            .filter(|(key, _)| is_own(key))
            .map(|(key, diagnostics)| (key.clone(), diagnostics.clone()))
            .collect();
        // Each version of an open document gets its answer, also the empty one.
        for (key, _) in self.documents.iter().filter(|(key, _)| is_own(key)) {
            shown.entry(key.clone()).or_default();
        }
        let mut lines = BTreeSet::new();
        for finding in &check.placeless {
            match workspace.config_path().map(|path| FileKey::Path(path.to_owned())).filter(is_own) {
                Some(key) => {
                    let diagnostic = to_proto::bare_diagnostic(&self.client, finding);
                    shown.entry(key).or_default().push(diagnostic);
                }
                None => {
                    lines.insert(format!("{}: {}", finding.rule, finding.message));
                }
            }
        }
        let mut screen = Screen::default();
        for (key, diagnostics) in shown {
            let document = self.documents.get(&key);
            let uri = match (document, &key) {
                (Some(document), _) => Some(document.uri.clone()),
                (None, FileKey::Path(path)) => to_proto::uri(path),
                (None, FileKey::Other(_)) => None,
            };
            if let Some(uri) = uri {
                screen.files.insert(uri, (document.map(|document| document.version), diagnostics));
            }
        }
        screen.lines = lines;
        let Some(Some(workspace)) = self.workspaces.get_mut(index) else { return };
        workspace.show(screen, &self.outbox);
    }

    /// Answers for a document that belongs to no workspace: nothing is found in it.
    pub(crate) fn publish_strangers(&mut self, key: &FileKey) {
        if self.owner(key).is_none()
            && let Some(document) = self.documents.get(key)
        {
            self.outbox.publish(document.uri.clone(), Vec::new(), Some(document.version));
        }
    }
}
