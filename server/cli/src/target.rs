//! Looking at a target from the command line.

use std::time::Duration;

use anyhow::Context;
use pgpe_target::{Forms, ObserveError, Observed, find_target};

use crate::arguments::GlobalOptions;
use crate::cache;
use crate::compiling::show_incomplete;
use crate::exit::Status;
use crate::loading::{Policies, load_for_target};
use crate::terminal::Terminal;

/// Runs work that waits for a server.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("can't wait for a server: the system refuses what that takes")?;
    runtime.block_on(work)
}

/// A time such as `30s`, `500ms` or `5m`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed: Option<jiff::SignedDuration> = text.parse().ok();
    let time = parsed.and_then(|time| Duration::try_from(time).ok()).filter(|time| !time.is_zero());
    time.ok_or_else(|| "write a time such as 30s, 500ms or 5m".to_owned())
}

/// Loads the project and looks at a target. A status instead if the configuration or a policy has an error,
/// which is shown then.
pub async fn observe(
    name: &str,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<Result<Observed, Status>> {
    let mut loaded = load_for_target(options, Policies::Required, terminal)?;
    if loaded.refuses_configuration(terminal) {
        return Ok(Err(Status::Failure));
    }
    let target = find_target(&loaded.project.config, name)?;
    let mut forms = Forms::load(&target.url, cache::folder(options).as_deref());
    match pgpe_target::observe(name, target, &mut loaded.host, &loaded.project.root, &mut forms).await {
        Ok(observed) => {
            terminal.detail(|| format!("connected: {}", observed.session.description));
            observed.notes().for_each(|note| terminal.note(note));
            Ok(Ok(observed))
        }
        Err(ObserveError::Incomplete { target, reason }) => {
            show_incomplete(&reason, &format!("{target} was not compared"), &loaded.texts, terminal);
            Ok(Err(Status::Findings))
        }
        Err(error) => Err(error.into()),
    }
}
