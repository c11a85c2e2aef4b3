//! The coloured tokens that clients have, so that the next answer can be what differs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::convert::to_proto::EncodedToken;
use crate::keys::FileKey;

/// The last answer for each open document.
#[derive(Debug, Default)]
pub(crate) struct TokenCache(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    count: u64,
    last: HashMap<FileKey, Answer>,
}

/// Tokens that a client was told, and what it calls them.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The name of the answer.
    pub(crate) id: String,
    /// All tokens of the document.
    pub(crate) tokens: Vec<EncodedToken>,
}

impl TokenCache {
    /// Keeps an answer in place of the last one. Gives its name, and that last one.
    pub(crate) fn keep(&self, key: FileKey, tokens: Vec<EncodedToken>) -> (String, Option<Answer>) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.count += 1;
        let id = answers.count.to_string();
        let last = answers.last.insert(key, Answer { id: id.clone(), tokens });
        (id, last)
    }

    /// Forgets the answer for a document that is closed.
    pub(crate) fn forget(&self, key: &FileKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last.remove(key);
    }
}
