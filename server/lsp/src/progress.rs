//! Showing how far something is that takes time.

use std::time::Duration;

use crate::convert::to_proto::{self, ProgressToken};
use crate::outbox::Outbox;

/// Work does not wait longer for a client that is to take progress.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the client is shown of one piece of work; dropping it is the end.
pub(crate) struct Progress {
    outbox: Outbox,
    token: Option<ProgressToken>,
}

impl Progress {
    /// Begins. The client may have given the token; else it is asked to take this one, if `is_new`.
    pub(crate) async fn begin(
        outbox: &Outbox,
        token: Option<ProgressToken>,
        is_new: bool,
        title: String,
    ) -> Progress {
        let mut token = token;
        if is_new && let Some(new) = &token {
            let created = tokio::time::timeout(PATIENCE, outbox.create_progress(new.clone())).await;
            if !matches!(created, Ok(Ok(true))) {
                token = None;
            }
        }
        Progress::start(outbox, token, title)
    }

    /// Begins at once, with a token that the client has taken or given.
    pub(crate) fn start(outbox: &Outbox, token: Option<ProgressToken>, title: String) -> Progress {
        if let Some(token) = &token {
            outbox.progress(to_proto::progress_begin(token.clone(), title));
        }
        Progress { outbox: outbox.clone(), token }
    }

    /// How far it is, in words.
    pub(crate) fn report(&self, message: impl Into<String>) {
        if let Some(token) = &self.token {
            self.outbox.progress(to_proto::progress_report(token.clone(), message.into()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            self.outbox.progress(to_proto::progress_end(token));
        }
    }
}
