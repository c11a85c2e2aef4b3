//! The expected state of a database, as data, as SQL text and as JSON.

use std::ops::Range;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_policy::source::PolicyKind;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::compile::kind_keyword;
use crate::quote::{comment_text, quote_qualified};

/// Version of the JSON form.
const JSON_VERSION: u32 = 1;

/// What the database is to have on all tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compiled {
    /// Tables by name.
    pub tables: Vec<CompiledTable>,
}

/// What the database is to have on one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledTable {
    /// The table.
    pub name: QualifiedName,
    /// Its policies. If there are any, row-level security is to be enabled and forced.
    pub policies: Vec<CompiledPolicy>,
    /// Privileges on it.
    pub grants: Vec<CompiledGrant>,
}

/// A policy as the database is to have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledPolicy {
    /// Its name in the database.
    pub name: String,
    /// The name of the policy in the source that it comes from.
    pub policy: String,
    /// PERMISSIVE or RESTRICTIVE.
    pub kind: PolicyKind,
    /// The command that it is for; `None` is ALL.
    pub command: Option<Command>,
    /// Its roles, unquoted; empty is PUBLIC.
    pub roles: Vec<String>,
    /// The expression of USING.
    pub using: Option<String>,
    /// The expression of WITH CHECK.
    pub check: Option<String>,
    /// The tables that its expressions read, sorted.
    pub reads: Vec<QualifiedName>,
    /// `CREATE POLICY …;`
    pub statement: String,
    /// Where clauses of the source stand in the statement.
    pub clauses: Vec<WrittenClause>,
}

/// A clause of the source as a part of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WrittenClause {
    /// Its bytes in the statement.
    pub range: Range<usize>,
    /// Whether it is one of WITH CHECK in the source, wherever it stands in the statement.
    pub is_check: bool,
    /// Its index in its block of the source.
    pub clause: usize,
}

/// Privileges of one role on a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledGrant {
    /// The role, unquoted; `None` is PUBLIC.
    pub role: Option<String>,
    /// The privileges.
    pub commands: Vec<Command>,
    /// `GRANT …;`
    pub statement: String,
}

impl Compiled {
    /// The whole as a SQL script.
    pub fn to_sql(&self) -> String {
        self.to_sql_with_map().0
    }

    /// The script, and for each of its lines the source policy that it comes from.
    pub fn to_sql_with_map(&self) -> (String, Vec<Option<String>>) {
        let mut script = Script::default();
        for table in &self.tables {
            table.write(&mut script);
        }
        (script.text, script.policies)
    }

    /// The script, and where the statements of all tables stand in it: of each table those of its policies, and
    /// after them those of its grants.
    pub fn to_sql_with_places(&self) -> (String, Vec<Range<usize>>) {
        let mut script = Script::default();
        for table in &self.tables {
            table.write(&mut script);
        }
        (script.text, script.places)
    }
}

impl CompiledTable {
    /// The table's part of the script.
    pub fn to_sql(&self) -> String {
        let mut script = Script::default();
        self.write(&mut script);
        script.text
    }

    /// All statements in order, each with its semicolon.
    pub fn statements(&self) -> Vec<String> {
        let mut statements = self.row_security_statements();
        statements.extend(self.policies.iter().map(|policy| policy.statement.clone()));
        statements.extend(self.grants.iter().map(|grant| grant.statement.clone()));
        statements
    }

    /// What turns row-level security on. A table that has no policy is left alone: it would be closed.
    pub fn row_security_statements(&self) -> Vec<String> {
        if self.policies.is_empty() {
            return Vec::new();
        }
        let table = quote_qualified(&self.name);
        ["ENABLE", "FORCE"].map(|word| format!("ALTER TABLE {table} {word} ROW LEVEL SECURITY;")).into()
    }

    fn write(&self, script: &mut Script) {
        let name = match self.name.schema.as_str() {
            "public" => comment_text(&self.name.name),
            _ => comment_text(&self.name.to_string()),
        };
        let rule = format!("-- {}", "=".repeat(60));
        script.separate();
        script.push(&format!("{rule}\n-- {name}\n{rule}"), None);
        for statement in self.row_security_statements() {
            script.push(&statement, None);
        }
        for policy in &self.policies {
            script.separate();
            script.mark(&policy.statement);
            script.push(&policy.statement, Some(&policy.policy));
        }
        if !self.policies.is_empty() && !self.grants.is_empty() {
            script.separate();
        }
        for grant in &self.grants {
            script.mark(&grant.statement);
            script.push(&grant.statement, None);
        }
    }
}

/// A text that knows which policy each of its lines comes from.
#[derive(Default)]
struct Script {
    text: String,
    policies: Vec<Option<String>>,
    /// Of policies and grants.
    places: Vec<Range<usize>>,
}

impl Script {
    /// Remembers where the statement stands that is pushed next.
    fn mark(&mut self, statement: &str) {
        self.places.push(self.text.len()..self.text.len() + statement.len());
    }

    fn push(&mut self, lines: &str, policy: Option<&str>) {
        self.text.push_str(lines);
        self.text.push('\n');
        // Not `lines()`: a literal may have a line break of its own.
        self.policies.extend(lines.split('\n').map(|_| policy.map(str::to_owned)));
    }

    /// An empty line, but not at the start.
    fn separate(&mut self) {
        if !self.text.is_empty() {
            self.push("", None);
        }
    }
}

impl Serialize for Compiled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Compiled", 2)?;
        object.serialize_field("version", &JSON_VERSION)?;
        object.serialize_field("tables", &self.tables)?;
        object.end()
    }
}

impl Serialize for CompiledTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("CompiledTable", 5)?;
        object.serialize_field("schema", &self.name.schema)?;
        object.serialize_field("table", &self.name.name)?;
        object.serialize_field("statements", &self.statements())?;
        object.serialize_field("policies", &self.policies)?;
        object.serialize_field("grants", &self.grants)?;
        object.end()
    }
}

impl Serialize for CompiledPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("CompiledPolicy", 7)?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("policy", &self.policy)?;
        object.serialize_field("type", kind_keyword(self.kind))?;
        object.serialize_field("command", self.command.map_or("ALL", Command::keyword))?;
        object.serialize_field("roles", &self.roles)?;
        object.serialize_field("using", &self.using)?;
        object.serialize_field("check", &self.check)?;
        object.end()
    }
}

impl Serialize for CompiledGrant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("CompiledGrant", 2)?;
        object.serialize_field("role", &self.role)?;
        object.serialize_field("privileges", &self.commands)?;
        object.end()
    }
}
