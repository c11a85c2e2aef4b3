//! What is around the documents: the client's settings and the folders that it works in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::workspace::Workspace;
use super::{Event, State};
use crate::convert::{capabilities, from_proto};
use crate::keys::FileKey;
use crate::settings::Settings;

impl State {
    /// Asks the client to tell of changes, and of its settings.
    pub(crate) fn register(&mut self) {
        if self.client.watches_files {
            self.outbox.register(capabilities::file_watching());
        }
        if self.client.registers_configuration {
            self.outbox.register(capabilities::configuration_changes());
        }
        self.ask_for_settings();
    }

    fn ask_for_settings(&self) {
        if self.client.configuration {
            let events = self.events.clone();
            self.outbox.ask_for_settings(move |settings| {
                let _ = events.send(Event::Settings(settings));
            });
        }
    }

    /// Clients that can be asked often send nothing that could be used.
    pub(crate) fn settings_changed(&mut self, pushed: &Value) {
        if self.client.configuration {
            self.ask_for_settings();
        } else {
            self.set_settings(pushed);
        }
    }

    /// Takes over settings; those that are not there leave things as they are.
    pub(crate) fn set_settings(&mut self, value: &Value) {
        let Some((settings, mistakes)) = Settings::read(value) else { return };
        for mistake in mistakes {
            self.outbox.log(mistake);
        }
        if *self.settings != settings {
            self.settings = Arc::new(settings);
            if self.client.refreshes_hints {
                self.outbox.refresh_hints();
            }
        }
    }

    /// Takes over which folders are open.
    pub(crate) fn folders_changed(&mut self, added: Vec<PathBuf>, removed: &[PathBuf]) {
        self.changes += 1;
        self.folders.retain(|folder| !removed.contains(folder));
        for folder in added {
            if !self.folders.contains(&folder) {
                self.folders.push(folder);
            }
        }
        self.find_workspaces();
    }

    /// Finds out anew which workspaces there are to be: folders, configurations or documents have come or gone.
    pub(crate) fn find_workspaces(&mut self) {
        for folder in self.folders.clone() {
            self.add_project(folder);
        }
        let open: Vec<FileKey> = self.documents.iter().map(|(key, _)| key.clone()).collect();
        for key in &open {
            self.find_workspace(key);
        }
        self.give_up_workspaces();
        // What is given up may have been all that a document had.
        for key in &open {
            self.find_workspace(key);
        }
        // Whose a file is may be another workspace's now.
        self.workspaces.values_mut().for_each(Workspace::mark_dirty);
    }

    /// Gives up projects that no open folder leads to and that no open document needs, those that have become the same
    /// as others, and documents by themselves that were closed or that a project has.
    fn give_up_workspaces(&mut self) {
        let mut roots = BTreeSet::new();
        let is_needed = |workspace: &&Workspace| {
            let Some(root) = workspace.root() else {
                let single =
                    |key: &FileKey| self.owner(key).is_some_and(|owner| owner.id() == workspace.id());
                return self.documents.iter().any(|(key, _)| single(key));
            };
            let leads = |folder: &PathBuf| root.starts_with(folder) || folder.starts_with(root);
            let in_folder = self.folders.iter().any(leads) && self.has_reason(workspace, root);
            let is_used = workspace.config_path().is_some()
                && self.documents.iter().any(|(key, _)| workspace.has_file(key));
            (in_folder || is_used) && roots.insert(root.to_owned())
        };
        let needed: BTreeSet<usize> =
            self.workspaces.values().filter(is_needed).map(|workspace| workspace.id()).collect();
        let ids: Vec<usize> = self.workspaces.keys().copied().filter(|id| !needed.contains(id)).collect();
        for id in ids {
            if let Some(mut workspace) = self.workspaces.remove(&id) {
                let shown: Vec<FileKey> = workspace.shown().keys().map(from_proto::file_key).collect();
                let others = workspace.clear_screen(&self.outbox, self.client.pulls_diagnostics);
                self.refresh_diagnostics(others);
                self.show_again(&shown);
                self.proofs.forget(id);
                self.grounds.remove(&id);
            }
        }
    }

    /// Whether a project is one by its configuration, or as an open folder without any.
    fn has_reason(&self, workspace: &Workspace, root: &Path) -> bool {
        workspace.config_path().is_some() || self.folders.iter().any(|folder| folder == root)
    }

    /// What was taken from the client's screen is another workspace's to show.
    pub(crate) fn show_again(&mut self, files: &[FileKey]) {
        for key in files {
            let (Some(uri), Some(id)) = (self.uri(key), self.owner(key).map(Workspace::id)) else { continue };
            if let Some(workspace) = self.workspaces.get_mut(&id) {
                workspace.show_again(&uri);
            }
        }
    }
}
