//! `pgpe.showCounterexample`: the counterexample of a finding as a document.

use std::str::FromStr;

use pgpe_config::Rule;
use pgpe_ide::Cancellable;
use serde_json::Value;

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;

/// Which one is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedCounterexample {
    /// The file.
    pub(crate) uri: to_proto::Uri,
    /// The line in which the finding begins, from 0.
    pub(crate) line: u32,
    /// The rule's id.
    pub(crate) rule: String,
}

impl WantedCounterexample {
    /// Why there is none, as a sentence.
    pub(crate) fn missing(&self) -> String {
        format!(
            "line {} has no finding of {} with a counterexample now: it may have been mended, or is yet to be proved",
            self.line.saturating_add(1),
            self.rule
        )
    }
}

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    wanted: WantedCounterexample,
) -> Cancellable<Option<Value>> {
    let (Some(lines), Ok(rule)) = (snapshot.analysis.line_index(path)?, Rule::from_str(&wanted.rule)) else {
        return Ok(None);
    };
    let line = from_proto::line_range(&lines, wanted.line);
    let page = snapshot.analysis.counterexample_page(path, line, rule, &snapshot.outcome())?;
    Ok(page.map(to_proto::counterexample_page))
}
