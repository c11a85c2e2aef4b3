//! Keeping the client's screen in step with the findings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::State;
use super::check::Check;
use super::workspace::{News, Workspace, owner};
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
        let (more, lines) = self.found_besides(workspace, check, &is_own);
        // Each version of an open document gets its answer, also the empty one.
        let open = self.documents.iter().map(|(key, _)| key).filter(|key| is_own(key));
        let besides: BTreeSet<&FileKey> = more.keys().chain(open).collect();
        // The files of which something else than before may be to be seen, and what they were called.
        let (concerned, before): (BTreeSet<&FileKey>, Vec<&Uri>) = match workspace.shown_in_full() {
            Some((found, besides)) if is_only => {
                let (new, gone) = check.diagnostics.changes_since(found);
                let new = new.into_iter().map(|file| &file.key);
                let gone = gone.into_iter().map(|file| &file.uri);
                let keys = besides.iter().map(|(key, _)| key);
                (new.chain(keys).collect(), gone.chain(besides.iter().map(|(_, uri)| uri)).collect())
            }
            _ => {
                (check.diagnostics.iter().map(|file| &file.key).collect(), workspace.shown().keys().collect())
            }
        };
        let found = is_only.then(|| check.diagnostics.clone());
        let files = before.into_iter().map(|uri| (uri.clone(), None)).collect();
        let mut news = News { files, lines, found, besides: Vec::new() };
        for key in concerned.union(&besides).filter(|key| is_only || is_own(key)) {
            let found = workspace.names().name(key).and_then(|name| check.diagnostics.get(&name));
            let is_besides = besides.contains(key);
            let Some(uri) = found.map(|found| found.uri.clone()).or_else(|| self.uri(key)) else { continue };
            if found.is_none() && !is_besides {
                continue;
            }
            let version = self.documents.get(key).map(|document| document.version);
            let mut diagnostics = found.map(|found| Arc::clone(&found.diagnostics)).unwrap_or_default();
            if let Some(more) = more.get(key) {
                Arc::make_mut(&mut diagnostics).extend(more.iter().cloned());
            }
            if is_besides {
                news.besides.push(((*key).clone(), uri.clone()));
            }
            news.files.insert(uri, Some((version, diagnostics)));
        }
        let given: Vec<FileKey> = match is_only {
            true => Vec::new(),
            false => workspace.shown().keys().map(from_proto::file_key).filter(|key| !is_own(key)).collect(),
        };
        let Some(workspace) = self.workspaces.get_mut(&index) else { return };
        let others = workspace.show(news, &self.outbox, self.client.pulls_diagnostics);
        self.refresh_diagnostics(others);
        self.show_again(&given);
    }

    /// What is to be said of files besides what was found in them, and of no file that the client knows.
    fn found_besides(
        &self,
        workspace: &Workspace,
        check: &Check,
        is_own: &dyn Fn(&FileKey) -> bool,
    ) -> (BTreeMap<FileKey, Vec<Diagnostic>>, BTreeSet<String>) {
        let (mut more, mut lines) = (BTreeMap::<FileKey, Vec<Diagnostic>>::new(), BTreeSet::new());
        for (key, diagnostic) in check.more.iter().filter(|(key, _)| is_own(key)) {
            more.entry(key.clone()).or_default().push(diagnostic.clone());
        }
        for finding in &check.placeless {
            match workspace.config_path().map(|path| FileKey::Path(path.to_owned())).filter(is_own) {
                Some(key) => {
                    let diagnostic = to_proto::bare_diagnostic(&self.client, finding);
                    more.entry(key).or_default().push(diagnostic);
                }
                None => {
                    lines.insert(format!("{}: {}", finding.rule, finding.message));
                }
            }
        }
        (more, lines)
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
