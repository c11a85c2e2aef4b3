//! Messages to the client, in the order in which the state thread makes them.

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tower_lsp::Client;

use crate::convert::to_proto;
use crate::convert::to_proto::{Diagnostic, Uri};

enum Outgoing {
    Diagnostics { uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32> },
    Log(String),
    WatchFiles,
}

/// Where messages to the client are put.
#[derive(Clone)]
pub(crate) struct Outbox(UnboundedSender<Outgoing>);

impl Outbox {
    /// Starts sending; must be called within the runtime.
    pub(crate) fn start(client: Client) -> Outbox {
        let (send, mut messages) = unbounded_channel();
        tokio::spawn(async move {
            while let Some(message) = messages.recv().await {
                match message {
                    Outgoing::Diagnostics { uri, diagnostics, version } => {
                        client.publish_diagnostics(uri, diagnostics, version).await;
                    }
                    Outgoing::Log(text) => client.log_message(to_proto::LOG_LEVEL, text).await,
                    Outgoing::WatchFiles => {
                        let client = client.clone();
                        // The answer comes when the client likes; what follows must not wait for it.
                        tokio::spawn(async move {
                            let registered = client.register_capability(vec![to_proto::file_watching()]);
                            if let Err(error) = registered.await {
                                tracing::warn!("the client does not watch files: {}", error.code);
                            }
                        });
                    }
                }
            }
        });
        Outbox(send)
    }

    /// What is to be said of a file.
    pub(crate) fn publish(&self, uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        let _ = self.0.send(Outgoing::Diagnostics { uri, diagnostics, version });
    }

    /// A line for the client's log.
    pub(crate) fn log(&self, text: String) {
        let _ = self.0.send(Outgoing::Log(text));
    }

    /// Asks the client to tell when files change on disk.
    pub(crate) fn watch_files(&self) {
        let _ = self.0.send(Outgoing::WatchFiles);
    }
}
