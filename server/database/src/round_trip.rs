//! The form in which a server stores a policy's expressions, got from its own decompiler.
//!
//! Each policy is created on a temporary table of the same name and columns, and rolled back again; the real
//! tables are not touched (creating a policy on them would keep their readers out).

mod cache;
mod clone;

use std::collections::BTreeMap;

use pgpe_catalog::QualifiedName;
use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use crate::error::DatabaseError;
use crate::introspect::{ServerInfo, server};
pub use cache::FormCache;
use clone::{Clone, clone_tables};

/// A table whose policies' stored forms are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloneRequest {
    /// The real table.
    pub table: QualifiedName,
    /// Its columns, in order.
    pub columns: Vec<CloneColumn>,
    /// The policies.
    pub policies: Vec<ClonePolicy>,
}

/// A column of a clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CloneColumn {
    /// Its name.
    pub name: String,
    /// Its type as PostgreSQL displays it ([`pgpe_catalog::ColumnType::display`]).
    pub ty: String,
}

/// A policy of a clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClonePolicy {
    /// The policy's name in the database.
    pub name: String,
    /// As it is written for the real table.
    pub written: Expressions,
    /// `CREATE POLICY … ON pg_temp.table …`, as [`pgpe_sqlgen::compile_policy_on_clone`] makes it.
    pub statement: String,
}

/// The expressions of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Expressions {
    /// USING.
    pub using: Option<String>,
    /// WITH CHECK.
    pub check: Option<String>,
}

/// The form in which a policy is expected on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedForm {
    /// As this server prints what it stores: to be compared letter by letter.
    Stored(Expressions),
    /// As it is written, since the server's form could not be had: to be compared as parsed, the weaker way.
    Written(Expressions),
}

impl ExpectedForm {
    /// Whether what a server prints of a policy is this form.
    pub fn matches(&self, observed: &Expressions) -> bool {
        match self {
            ExpectedForm::Stored(expected) | ExpectedForm::Written(expected) => expected == observed,
        }
    }

    /// The expressions, to be shown.
    pub fn expressions(&self) -> &Expressions {
        match self {
            ExpectedForm::Stored(expected) | ExpectedForm::Written(expected) => expected,
        }
    }
}

/// The expected forms of policies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpectedForms {
    /// By table and policy name; every policy that was asked for.
    pub forms: BTreeMap<(QualifiedName, String), ExpectedForm>,
    /// Why some could not be had from the server, in one sentence, if so.
    pub weaker: Option<String>,
}

/// The forms in which a server would store policies. What `cache` does not know is found out in a transaction
/// of its own, which is rolled back; what can't be found out is left as it is written, with the reason.
pub async fn expected_forms(
    client: &mut Client,
    requests: &[CloneRequest],
    cache: &mut FormCache,
) -> Result<ExpectedForms, DatabaseError> {
    let server = server::read(client).await?;
    let mut found = ExpectedForms::default();
    let mut clones = Vec::new();
    for request in requests {
        let mut unknown = Vec::new();
        for policy in &request.policies {
            match cache.get(&server, request, policy) {
                Some(stored) => found.add(request, policy, ExpectedForm::Stored(stored.clone())),
                None => unknown.push(policy),
            }
        }
        if !unknown.is_empty() {
            clones.push(Clone { request, policies: unknown });
        }
    }
    let reason = if clones.is_empty() { None } else { why_not(&server) };
    if let Some(reason) = reason {
        found.leave(&clones, reason);
        return Ok(found);
    }
    clone_tables(client, clones, &mut found, |request, policy, stored| {
        cache.insert(&server, request, policy, stored);
    })
    .await?;
    Ok(found)
}

/// Why no clone can be made, if it can't.
fn why_not(server: &ServerInfo) -> Option<String> {
    if server.in_recovery {
        Some("the server is a standby, which takes no temporary tables".to_owned())
    } else if !server.can_create_temp {
        let (role, database) = (&server.current_role, &server.database);
        Some(format!("{role} may not create temporary tables: GRANT TEMPORARY ON DATABASE {database} TO it"))
    } else {
        None
    }
}

impl ExpectedForms {
    fn add(&mut self, request: &CloneRequest, policy: &ClonePolicy, form: ExpectedForm) {
        self.forms.insert((request.table.clone(), policy.name.clone()), form);
    }

    /// Leaves policies as they are written.
    fn leave(&mut self, clones: &[Clone<'_>], reason: String) {
        for clone in clones {
            for policy in &clone.policies {
                self.add(clone.request, policy, ExpectedForm::Written(policy.written.clone()));
            }
        }
        self.weaker.get_or_insert(reason);
    }
}
