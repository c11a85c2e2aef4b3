//! The language server protocol: ordered state loop and conversions.
//!
//! Messages are handed in the order of their arrival to one thread that owns all state ([`state`]); questions
//! are answered on snapshots by worker threads. LSP types become plain ones in [`convert`] and nowhere else.

mod client;
mod convert;
mod documents;
mod handlers;
mod keys;
mod logging;
mod outbox;
mod pool;
mod progress;
mod server;
mod service;
mod settings;
mod snapshot;
mod state;
mod stdio;
mod targets;
mod tokens;

use std::time::Duration;

use pgpe_prover::ProverOptions;
use tower_lsp::{LspService, Server};

use crate::convert::custom;
use crate::outbox::Outbox;
use crate::server::Backend;
use crate::service::{Lifecycle, Watched};
use crate::state::StateThread;

/// How the server runs.
#[derive(Debug, Clone)]
pub struct LspOptions {
    /// How it proves.
    pub prover: ProverOptions,
}

/// Handlers that wait for an answer at the same time; messages behind them must still be read.
const CONCURRENT_MESSAGES: usize = 512;

/// How long what is under way may take once the client is gone.
const PATIENCE: Duration = Duration::from_millis(800);

/// With huge pages the server would hold half as much memory again, of which it uses little.
fn do_without_huge_pages() {
    // With them all goes on.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Serves a client on standard input and output until it says `exit` or the input ends. Gives the process's
/// exit code: 0 if the client asked for `shutdown` before, else 1.
///
/// Whoever calls it should end the process then: standard output may still be blocked by a client that does
/// not read.
pub async fn run(options: LspOptions) -> anyhow::Result<u8> {
    logging::start();
    do_without_huge_pages();
    let lifecycle = Lifecycle::default();
    let (input, input_ended) = stdio::input()?;
    let output = tokio::io::stdout();
    let mut state = None;
    let (service, socket) = LspService::build(|client| {
        let thread = StateThread::start(Outbox::start(client), options.prover);
        let backend = Backend::new(thread.events());
        state = Some(thread);
        backend
    })
    .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress)
    .custom_method(custom::COMPILED_SQL, Backend::compiled_sql)
    .custom_method(custom::STATUS, Backend::status)
    .finish();
    let served = Server::new(input, output, socket)
        .concurrency_level(CONCURRENT_MESSAGES)
        .serve(Watched::new(service, lifecycle.clone()));
    tokio::select! {
        () = served => {}
        () = async {
            tokio::select! {
                _ = input_ended => {}
                () = lifecycle.exited() => {}
            }
            tokio::time::sleep(PATIENCE).await;
        } => {}
    }
    if let Some(state) = state {
        state.stop(PATIENCE).await;
    }
    Ok(if lifecycle.was_shut_down() { 0 } else { 1 })
}
