//! Stored forms that are known from before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ClonePolicy, CloneRequest, Expressions};
use crate::introspect::ServerInfo;

/// Stored forms that are known from before; kept by the client, who may write it to a file. A form is known for
/// an expression, the table's columns and their types, and the server's version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FormCache {
    known: BTreeMap<String, Expressions>,
}

/// More than the policies of any project; what is beyond has outlived its expressions.
const MAX_FORMS: usize = 50_000;

impl FormCache {
    pub(super) fn get(
        &self,
        server: &ServerInfo,
        request: &CloneRequest,
        policy: &ClonePolicy,
    ) -> Option<&Expressions> {
        self.known.get(&key(server, request, policy))
    }

    pub(super) fn insert(
        &mut self,
        server: &ServerInfo,
        request: &CloneRequest,
        policy: &ClonePolicy,
        stored: &Expressions,
    ) {
        if self.known.len() >= MAX_FORMS {
            self.known.clear();
        }
        self.known.insert(key(server, request, policy), stored.clone());
    }
}

/// A hash of all that the form depends on.
fn key(server: &ServerInfo, request: &CloneRequest, policy: &ClonePolicy) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &str| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    add(&server.version.to_string());
    add(&server.database);
    add(&request.table.schema);
    add(&request.table.name);
    add(&policy.statement);
    for column in &request.columns {
        add(&column.name);
        add(&column.ty);
    }
    hasher.finalize().to_hex().to_string()
}
