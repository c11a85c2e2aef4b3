//! What was applied to a target, kept on the client: `.pgpe/applied/<target>.json` in the project's folder.
//! It tells the project's own policies from others once they are gone from the source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pgpe_catalog::{Catalog, ExistingPolicy, QualifiedName, TableGrant};
use serde::{Deserialize, Serialize};

use crate::expected::Expected;
use crate::introspect::ServerInfo;

/// Version of the file's form.
const VERSION: u32 = 2;

/// What of a target's name can stand in a file's name.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The last apply to a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the form.
    pub version: u32,
    /// The target.
    pub target: String,
    /// The database that it was.
    pub database: String,
    /// What tells that database from others of its name.
    pub identity: DatabaseIdentity,
    /// Hash of the plan that was applied.
    pub plan: String,
    /// When, in RFC 3339.
    pub applied_at: String,
    /// Who, by the name in the operating system.
    pub applied_by: String,
    /// The role that applied it.
    pub role: String,
    /// Whether it was applied in spite of proofs that had FAILED or were UNKNOWN.
    pub allowed_unproven: bool,
    /// What was proved of it.
    pub verdicts: Vec<RecordedVerdict>,
    /// What was applied, by table.
    pub tables: BTreeMap<QualifiedName, RecordedTable>,
}

/// What tells a database from others, by what its server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DatabaseIdentity {
    /// The number that the server's cluster was given when it was made; `None` if the role may not ask for it.
    pub system: Option<String>,
    /// The database's number in the cluster.
    pub oid: u32,
    /// Where the server was reached, by the client's account and by its own. Counts where the cluster's number is
    /// not known.
    pub address: String,
}

impl DatabaseIdentity {
    /// That of a database that was looked at; `address` is where it was reached.
    pub fn new(server: &ServerInfo, address: &str) -> DatabaseIdentity {
        let own = server.own_address.as_deref().unwrap_or("a socket");
        DatabaseIdentity {
            system: server.system_identifier.clone(),
            oid: server.database_oid,
            address: format!("{address} ({own})"),
        }
    }

    /// Whether both are the same database. Rather no than a wrong yes.
    pub fn is(&self, other: &DatabaseIdentity) -> bool {
        let same_server = match (&self.system, &other.system) {
            (Some(one), Some(other)) => one == other,
            _ => self.address == other.address,
        };
        same_server && self.oid == other.oid
    }
}

/// A verdict at the time of an apply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordedVerdict {
    /// The table, with its schema.
    pub table: String,
    /// The command.
    pub command: String,
    /// The proof's id.
    pub proof: String,
    /// `PROVEN`, `FAILED`, `UNKNOWN` and so on.
    pub verdict: String,
}

/// What of a table is the project's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecordedTable {
    /// Policies by name, as the server stores them.
    pub policies: BTreeMap<String, ExistingPolicy>,
    /// Privileges.
    pub grants: BTreeSet<TableGrant>,
}

/// Who applied, when and with what verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Circumstances {
    /// The target.
    pub target: String,
    /// When, in RFC 3339.
    pub applied_at: String,
    /// Who, by the name in the operating system.
    pub applied_by: String,
    /// The database.
    pub database: String,
    /// What tells that database from others of its name.
    pub identity: DatabaseIdentity,
    /// The role.
    pub role: String,
    /// Whether FAILED or UNKNOWN proofs were allowed.
    pub allowed_unproven: bool,
    /// All verdicts.
    pub verdicts: Vec<RecordedVerdict>,
}

/// A record that can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not read.
    #[error("{} can't be read: {reason}; remove it if the policies it lists need not be known as this project's", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Not written.
    #[error("{} can't be written: {reason}; check that the folder is writable", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The file of a target's record in a project.
pub fn record_path(root: &Path, target: &str) -> PathBuf {
    root.join(".pgpe").join("applied").join(format!("{}.json", utf8_percent_encode(target, ESCAPED)))
}

impl Record {
    /// What is to be recorded once a plan is applied: all that is expected, and what was ours before and is
    /// still there.
    pub fn new(
        expected: &Expected,
        after: &Catalog,
        plan: &str,
        previous: Option<&Record>,
        circumstances: Circumstances,
    ) -> Record {
        let mut tables: BTreeMap<QualifiedName, RecordedTable> = BTreeMap::new();
        for (name, table) in &expected.tables {
            let recorded = tables.entry(name.clone()).or_default();
            let policies = table.policies.iter();
            recorded.policies.extend(policies.map(|(name, policy)| (name.clone(), policy.stored.clone())));
            recorded.grants.extend(table.grants.values().flatten().cloned());
        }
        for (name, table) in previous.iter().flat_map(|previous| &previous.tables) {
            let Some(relation) = after.relations.get(name) else { continue };
            let kept = tables.entry(name.clone()).or_default();
            for (policy, body) in &table.policies {
                if relation.policies.contains_key(policy) {
                    kept.policies.entry(policy.clone()).or_insert_with(|| body.clone());
                }
            }
            kept.grants.extend(table.grants.intersection(&relation.grants).cloned());
        }
        tables.retain(|_, table| !table.policies.is_empty() || !table.grants.is_empty());
        Record {
            version: VERSION,
            target: circumstances.target,
            database: circumstances.database,
            identity: circumstances.identity,
            plan: plan.to_owned(),
            applied_at: circumstances.applied_at,
            applied_by: circumstances.applied_by,
            role: circumstances.role,
            allowed_unproven: circumstances.allowed_unproven,
            verdicts: circumstances.verdicts,
            tables,
        }
    }

    /// Reads a record; `None` if there is none.
    pub fn load(path: &Path) -> Result<Option<Record>, RecordError> {
        let failed = |reason: String| RecordError::Read { path: path.to_owned(), reason };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        let record: Record = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        if record.version != VERSION {
            return Err(failed(format!("it is of version {}, and this is {VERSION}", record.version)));
        }
        Ok(Some(record))
    }

    /// Writes it, so that nobody ever sees half of it.
    pub fn store(&self, path: &Path) -> Result<(), RecordError> {
        let failed = |reason: String| RecordError::Write { path: path.to_owned(), reason };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        pgpe_storing::store(path, &format!("{text}\n")).map_err(|error| failed(error.to_string()))
    }

    /// Whether it says the same of the database's state, whoever applied it and when.
    pub fn says_the_same(&self, other: &Record) -> bool {
        self.tables == other.tables && self.database == other.database && self.identity.is(&other.identity)
    }
}

#[cfg(test)]
#[path = "tests/record.rs"]
mod tests;
