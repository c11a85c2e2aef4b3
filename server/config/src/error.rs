//! What is wrong with a configuration, and where.

use std::ops::Range;

/// One mistake in `pgpe.yaml`.
///
/// Messages never repeat a value that could be a connection string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// What is wrong.
    pub message: String,
    /// Where, in byte offsets of the text.
    pub range: Range<u32>,
    /// What to do about it.
    pub help: Option<String>,
}

impl ConfigError {
    pub(crate) fn new(range: Range<u32>, message: impl Into<String>) -> ConfigError {
        ConfigError { message: message.into(), range, help: None }
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> ConfigError {
        self.help = Some(help.into());
        self
    }
}
