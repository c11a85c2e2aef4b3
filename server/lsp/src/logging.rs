//! Logs on standard error. They tell what happens, never what a document says.

use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The variable that sets what is logged, such as `PGPE_LOG=pgpe_lsp=debug`.
const VARIABLE: &str = "PGPE_LOG";

/// Starts logging, unless the program did.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::registry()
        .with(filter)
        // Other crates log whole messages, which hold documents.
        .with(filter_fn(|metadata| metadata.target().starts_with("pgpe")))
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false))
        .try_init();
    // The message of a panic can quote the text that it happened on; its place can't.
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => tracing::error!("panic at {}:{}", place.file(), place.line()),
        None => tracing::error!("panic"),
    }));
}
