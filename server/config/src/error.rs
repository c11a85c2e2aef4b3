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
    /// Edits that would mend it.
    pub fixes: Vec<ConfigFix>,
}

/// A mend of a mistake in `pgpe.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFix {
    /// What it does, in the imperative.
    pub title: String,
    /// Places and what is to stand there, in the order of the text.
    pub edits: Vec<(Range<u32>, String)>,
}

impl ConfigFix {
    /// Another word in place of one.
    pub(crate) fn replace(range: Range<u32>, text: impl Into<String>) -> ConfigFix {
        let text = text.into();
        ConfigFix { title: format!("Replace with `{text}`"), edits: vec![(range, text)] }
    }

    /// Something on both sides of a value.
    pub(crate) fn wrap(title: &str, range: Range<u32>, (open, close): (&str, &str)) -> ConfigFix {
        let edits =
            vec![(range.start..range.start, open.to_owned()), (range.end..range.end, close.to_owned())];
        ConfigFix { title: title.to_owned(), edits }
    }
}

impl ConfigError {
    pub(crate) fn new(range: Range<u32>, message: impl Into<String>) -> ConfigError {
        ConfigError { message: message.into(), range, help: None, fixes: Vec::new() }
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> ConfigError {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub(crate) fn with_fixes(mut self, fixes: impl IntoIterator<Item = ConfigFix>) -> ConfigError {
        self.fixes.extend(fixes);
        self
    }
}
