//! Messages to the client, in the order in which the state thread makes them.

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tower_lsp::Client;

use crate::convert::custom::{StatusChanged, StatusChangedParams};
use crate::convert::to_proto::{
    Diagnostic, ProgressNotification, ProgressParams, ProgressToken, Registration, Uri,
};
use crate::convert::{from_proto, to_proto};

/// Gets the settings that the client answers with.
type TakeSettings = Box<dyn FnOnce(Value) + Send>;

enum Outgoing {
    Diagnostics { uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32> },
    Log(String),
    RefreshLenses,
    RefreshHints,
    Register(Registration),
    Settings { take: TakeSettings },
    Show(String),
    Ask { question: String, choices: Vec<String>, reply: oneshot::Sender<Option<String>> },
    CreateProgress { token: ProgressToken, reply: oneshot::Sender<bool> },
    Progress(ProgressParams),
    StatusChanged,
    RefreshDiagnostics,
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
                    Outgoing::Show(text) => client.show_message(to_proto::LOG_LEVEL, text).await,
                    Outgoing::Progress(step) => {
                        client.send_notification::<ProgressNotification>(step).await;
                    }
                    Outgoing::StatusChanged => {
                        client.send_notification::<StatusChanged>(StatusChangedParams {}).await;
                    }
                    // What follows must not wait for answers.
                    Outgoing::Ask { question, choices, reply } => {
                        let (client, choices) = (client.clone(), to_proto::choices(choices));
                        tokio::spawn(async move {
                            let asked = client.show_message_request(
                                to_proto::QUESTION_LEVEL,
                                question,
                                Some(choices),
                            );
                            let answer = asked.await.ok().flatten();
                            let _ = reply.send(answer.map(|choice| choice.title));
                        });
                    }
                    Outgoing::CreateProgress { token, reply } => {
                        let client = client.clone();
                        tokio::spawn(async move {
                            let _ = reply.send(client.create_work_done_progress(token).await.is_ok());
                        });
                    }
                    Outgoing::RefreshDiagnostics => {
                        let client = client.clone();
                        tokio::spawn(async move {
                            let _ = client.workspace_diagnostic_refresh().await;
                        });
                    }
                    Outgoing::RefreshLenses => {
                        let client = client.clone();
                        tokio::spawn(async move {
                            let _ = client.code_lens_refresh().await;
                        });
                    }
                    Outgoing::RefreshHints => {
                        let client = client.clone();
                        tokio::spawn(async move {
                            let _ = client.inlay_hint_refresh().await;
                        });
                    }
                    Outgoing::Settings { take } => {
                        let client = client.clone();
                        tokio::spawn(async move {
                            let asked = client.configuration(from_proto::configuration_items()).await;
                            take(asked.ok().and_then(|all| all.into_iter().next()).unwrap_or_default());
                        });
                    }
                    Outgoing::Register(registration) => {
                        let client = client.clone();
                        // The answer comes when the client likes; what follows must not wait for it.
                        tokio::spawn(async move {
                            let registered = client.register_capability(vec![registration]);
                            if let Err(error) = registered.await {
                                tracing::warn!("the client refuses a registration: {}", error.code);
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

    /// A sentence for whoever sits at the client.
    pub(crate) fn show(&self, text: String) {
        let _ = self.0.send(Outgoing::Show(text));
    }

    /// Asks whoever sits at the client to choose; nothing if they choose nothing.
    pub(crate) fn ask(&self, question: String, choices: Vec<String>) -> oneshot::Receiver<Option<String>> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.send(Outgoing::Ask { question, choices, reply });
        answer
    }

    /// Announces progress; whether the client takes it.
    pub(crate) fn create_progress(&self, token: ProgressToken) -> oneshot::Receiver<bool> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.send(Outgoing::CreateProgress { token, reply });
        answer
    }

    /// How far something is.
    pub(crate) fn progress(&self, step: ProgressParams) {
        let _ = self.0.send(Outgoing::Progress(step));
    }

    /// Whoever shows what is proved may ask anew.
    pub(crate) fn status_changed(&self) {
        let _ = self.0.send(Outgoing::StatusChanged);
    }

    /// Has the client ask anew for diagnostics.
    pub(crate) fn refresh_diagnostics(&self) {
        let _ = self.0.send(Outgoing::RefreshDiagnostics);
    }

    /// Has the client ask anew for code lenses.
    pub(crate) fn refresh_lenses(&self) {
        let _ = self.0.send(Outgoing::RefreshLenses);
    }

    /// Has the client ask anew for inlay hints.
    pub(crate) fn refresh_hints(&self) {
        let _ = self.0.send(Outgoing::RefreshHints);
    }

    /// Asks the client to tell of something.
    pub(crate) fn register(&self, registration: Registration) {
        let _ = self.0.send(Outgoing::Register(registration));
    }

    /// Asks the client for settings.
    pub(crate) fn ask_for_settings(&self, take: impl FnOnce(Value) + Send + 'static) {
        let _ = self.0.send(Outgoing::Settings { take: Box::new(take) });
    }
}
