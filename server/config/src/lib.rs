//! The project configuration `pgpe.yaml` as typed data, and the list of rules.
//!
//! Pure data: finding and reading the file is the caller's part. Every field has the default that holds
//! without a configuration file.

mod convert;
mod edit;
mod error;
mod nearest;
mod node;
mod reader;
mod references;
mod rule;
mod shape;
mod values;

pub use edit::{Addition, Entry, PLACEHOLDER_REASON, Step, YamlEdit, yaml_text};
pub use error::{ConfigError, ConfigFix};
pub use nearest::nearest;
pub use references::{Reference, ReferenceKind};
pub use rule::{Rule, Severity, UnknownRuleId};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A whole `pgpe.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Glob patterns of policy files, relative to the configuration's folder.
    pub policies: Vec<String>,
    /// Where the schema comes from; `None`: `schema.sql` beside the configuration, if there is one.
    pub schema: Option<SchemaSource>,
    /// Which tables are candidates for policies.
    pub tables: Tables,
    /// Databases that commands may connect to, by name.
    pub targets: BTreeMap<String, Target>,
    /// What isolation means in this project; each entry is proved on its own.
    pub isolation: Vec<Isolation>,
    /// How session settings are read in compiled SQL.
    pub session: Session,
    /// Functions that policies may call, as `name` or `schema.name`.
    pub allowed_functions: Vec<String>,
    /// How deep `exists` may nest.
    pub max_traversal_depth: u32,
    /// Time limit of one proof in milliseconds.
    pub solver_timeout_ms: u64,
    /// How rows are marked as deleted.
    pub soft_delete: Vec<SoftDelete>,
    /// Pairs of roles that must share no accessible row.
    pub role_separation: Vec<(String, String)>,
    /// Table name patterns (SQL LIKE) by tag, for `tagged(…)`.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Severity by rule; `None` switches the rule off.
    pub rules: BTreeMap<Rule, Option<Severity>>,
    /// Findings that the project accepts, each with its reason.
    pub allow: Vec<Allow>,
}

/// Where the catalog is read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SchemaSource {
    /// SQL DDL, path relative to the configuration.
    File(String),
    /// A snapshot written by `pgpe schema pull`.
    Snapshot(String),
    /// The configured target of that name, introspected.
    Target(String),
}

/// The candidate tables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tables {
    /// Schemas whose tables are candidates; also where unqualified traversal targets are looked up.
    pub schemas: Vec<String>,
    /// LIKE patterns of table names (or `schema.table`) that are never candidates.
    pub exclude: Vec<String>,
}

/// A database that commands may connect to.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// Connection string; `${VAR}` is replaced from the environment when connecting, never before.
    pub url: String,
    /// A protected target needs `--yes` and can't be applied to from an editor.
    pub protected: bool,
}

/// Without the connection string, which may have a password in it.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("protected", &self.protected).finish_non_exhaustive()
    }
}

/// One meaning of "tenant".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Isolation {
    /// The value that says which tenant a session is, in the policy language: `session('app.tenant_id')`.
    pub key: String,
    /// The column that says whose a row is.
    pub owner: String,
    /// Where several foreign-key paths tie: table → `fk_column.owner_column` (more hops: `a.b.owner`).
    pub owners: BTreeMap<String, String>,
    /// Tables that isolation does not concern.
    pub exempt: Vec<Exempt>,
}

/// A table exempt from isolation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exempt {
    /// Table name, or `schema.table`.
    pub table: String,
    /// Why; shown with the verdict.
    pub reason: String,
}

/// How `session(…)` compiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Session {
    /// What a missing setting does.
    pub missing: MissingSetting,
    /// Wrap the setting in a scalar subquery that PostgreSQL evaluates once per query.
    pub initplan: bool,
}

/// What a session without the setting gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MissingSetting {
    /// An error from PostgreSQL.
    #[default]
    Error,
    /// No rows: the setting reads as NULL, and so does the empty string.
    Deny,
}

/// A way of marking rows as deleted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoftDelete {
    /// The marking column.
    pub column: String,
    /// When a row counts as deleted: `= true` or `IS NOT NULL`.
    pub deleted: String,
}

/// A finding that the project accepts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Allow {
    /// The rule silenced.
    pub rule: Rule,
    /// Only for this policy.
    pub policy: Option<String>,
    /// Only for this table (`table` or `schema.table`).
    pub table: Option<String>,
    /// Why.
    pub reason: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            policies: vec!["**/*.policy".to_owned()],
            schema: None,
            tables: Tables { schemas: vec!["public".to_owned()], exclude: Vec::new() },
            targets: BTreeMap::new(),
            isolation: vec![Isolation::default()],
            session: Session::default(),
            allowed_functions: Vec::new(),
            max_traversal_depth: 2,
            solver_timeout_ms: 5_000,
            soft_delete: vec![
                SoftDelete { column: "is_deleted".to_owned(), deleted: "= true".to_owned() },
                SoftDelete { column: "deleted_at".to_owned(), deleted: "IS NOT NULL".to_owned() },
            ],
            role_separation: Vec::new(),
            tags: BTreeMap::new(),
            rules: BTreeMap::new(),
            allow: Vec::new(),
        }
    }
}

impl Default for Isolation {
    fn default() -> Isolation {
        Isolation {
            key: "session('app.tenant_id')".to_owned(),
            owner: "tenant_id".to_owned(),
            owners: BTreeMap::new(),
            exempt: Vec::new(),
        }
    }
}

impl Config {
    /// The severity of a rule in this project; `None` if it is switched off.
    pub fn severity(&self, rule: Rule) -> Option<Severity> {
        self.rules.get(&rule).copied().unwrap_or(Some(rule.default_severity()))
    }
}
