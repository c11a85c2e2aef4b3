//! What is around the documents: the client's settings and the folders that it works in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Event, State};
use crate::convert::capabilities;
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
        self.give_up_workspaces();
        for folder in added {
            if !self.folders.contains(&folder) {
                self.folders.push(folder.clone());
            }
            self.add_project(folder);
        }
        // Whose a document is may be another workspace's now.
        let open: Vec<FileKey> = self.documents.iter().map(|(key, _)| key.clone()).collect();
        for key in &open {
            self.find_workspace(key);
        }
        for workspace in self.workspaces.values_mut() {
            workspace.mark_dirty();
        }
    }

    /// Gives up projects that no open folder leads to and that no open document belongs to, and documents by themselves
    /// that were closed.
    pub(crate) fn give_up_workspaces(&mut self) {
        let needed = |workspace: &super::Workspace| {
            let in_folder = workspace.root().is_some_and(|root| {
                self.folders.iter().any(|folder| root.starts_with(folder) || folder.starts_with(root))
            });
            in_folder || self.documents.iter().any(|(key, _)| workspace.has_file(key))
        };
        let unneeded: Vec<usize> =
            self.workspaces.iter().filter(|(_, it)| !needed(it)).map(|(id, _)| *id).collect();
        for id in unneeded {
            if let Some(mut workspace) = self.workspaces.remove(&id) {
                let others = workspace.clear_screen(&self.outbox, self.client.pulls_diagnostics);
                self.refresh_diagnostics(others);
                self.proofs.want(id, Vec::new(), Duration::ZERO);
                self.proofs.forget(id);
                self.grounds.remove(&id);
            }
        }
    }
}
