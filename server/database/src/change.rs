//! A change to a table that one statement makes: its SQL, the locks it takes, what it leaves, and what undoes it.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{ExistingPolicy, QualifiedName, Relation, TableGrant};
use pgpe_policy::source::PolicyKind;
use pgpe_sqlgen::{create_policy, quote_identifier, quote_qualified};
use serde::Serialize;

use crate::expected::ExpectedPolicy;

/// A change to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// `CREATE POLICY`
    Create {
        /// The policy's name.
        name: String,
        /// What it is to be.
        policy: PolicyForms,
    },
    /// `ALTER POLICY` of roles and expressions: of those that differ.
    Alter {
        /// The policy's name.
        name: String,
        /// What it was.
        from: ExistingPolicy,
        /// What it is to be.
        to: PolicyForms,
    },
    /// `ALTER POLICY … RENAME TO`
    Rename {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// `DROP POLICY`
    Drop {
        /// The policy's name.
        name: String,
    },
    /// `ENABLE` or `DISABLE ROW LEVEL SECURITY`
    Enable(bool),
    /// `FORCE` or `NO FORCE ROW LEVEL SECURITY`
    Force(bool),
    /// `GRANT` to one role.
    Grant(BTreeSet<TableGrant>),
    /// `REVOKE` from one role.
    Revoke(BTreeSet<TableGrant>),
}

/// A policy as it is sent and as the server stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyForms {
    /// As it is sent.
    pub written: ExistingPolicy,
    /// As the server has it then.
    pub stored: ExistingPolicy,
    /// Tables that its expressions read, as far as known.
    pub reads: Vec<QualifiedName>,
}

/// A lock that a statement takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Lock {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// How it is locked.
    pub mode: LockMode,
}

/// The modes that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum LockMode {
    /// Keeps everybody out, readers included.
    #[serde(rename = "ACCESS EXCLUSIVE")]
    AccessExclusive,
    /// As every SELECT takes it: conflicts with ACCESS EXCLUSIVE alone.
    #[serde(rename = "ACCESS SHARE")]
    AccessShare,
}

impl LockMode {
    /// As in SQL.
    pub fn name(self) -> &'static str {
        match self {
            LockMode::AccessExclusive => "ACCESS EXCLUSIVE",
            LockMode::AccessShare => "ACCESS SHARE",
        }
    }
}

impl From<&ExpectedPolicy> for PolicyForms {
    fn from(expected: &ExpectedPolicy) -> PolicyForms {
        PolicyForms {
            written: expected.written.clone(),
            stored: expected.stored.clone(),
            reads: expected.reads.clone(),
        }
    }
}

impl PolicyForms {
    /// A policy that the server has; its own form can be sent again.
    pub fn observed(policy: &ExistingPolicy) -> PolicyForms {
        PolicyForms { written: policy.clone(), stored: policy.clone(), reads: Vec::new() }
    }
}

/// Whether `ALTER POLICY` can make one policy into another: not if type or command change, or if an
/// expression goes away.
pub fn can_alter(from: &ExistingPolicy, to: &ExistingPolicy) -> bool {
    let kept = |from: &Option<String>, to: &Option<String>| from.is_none() || to.is_some();
    from.permissive == to.permissive
        && from.command == to.command
        && kept(&from.using, &to.using)
        && kept(&from.check, &to.check)
}

impl Change {
    /// The statement, with its semicolon.
    pub fn sql(&self, table: &QualifiedName) -> String {
        let quoted = quote_qualified(table);
        match self {
            Change::Create { name, policy: PolicyForms { written, .. } } => {
                let kind = if written.permissive { PolicyKind::Permissive } else { PolicyKind::Restrictive };
                let (using, check) = (written.using.as_deref(), written.check.as_deref());
                create_policy(name, table, kind, written.command, &written.roles, using, check)
            }
            Change::Alter { name, from, to } => alter_policy(name, &quoted, from, to),
            Change::Rename { from, to } => {
                let (from, to) = (quote_identifier(from), quote_identifier(to));
                format!("ALTER POLICY {from} ON {quoted} RENAME TO {to};")
            }
            Change::Drop { name } => format!("DROP POLICY {} ON {quoted};", quote_identifier(name)),
            Change::Enable(enable) => {
                let word = if *enable { "ENABLE" } else { "DISABLE" };
                format!("ALTER TABLE {quoted} {word} ROW LEVEL SECURITY;")
            }
            Change::Force(force) => {
                let word = if *force { "FORCE" } else { "NO FORCE" };
                format!("ALTER TABLE {quoted} {word} ROW LEVEL SECURITY;")
            }
            Change::Grant(grants) => {
                format!("GRANT {} ON {quoted} TO {};", privileges(grants), grantee(grants))
            }
            Change::Revoke(grants) => {
                format!("REVOKE {} ON {quoted} FROM {};", privileges(grants), grantee(grants))
            }
        }
    }

    /// The locks on relations that the statement takes. Privileges take none.
    pub fn locks(&self, table: &QualifiedName) -> Vec<Lock> {
        let lock = |table: &QualifiedName, mode| Lock {
            schema: table.schema.to_string(),
            table: table.name.to_string(),
            mode,
        };
        let reads: &[QualifiedName] = match self {
            Change::Grant(_) | Change::Revoke(_) => return Vec::new(),
            Change::Create { policy, .. } | Change::Alter { to: policy, .. } => &policy.reads,
            _ => &[],
        };
        let others = reads.iter().filter(|read| *read != table);
        let shared = others.map(|read| lock(read, LockMode::AccessShare));
        std::iter::once(lock(table, LockMode::AccessExclusive)).chain(shared).collect()
    }

    /// What the table is after it.
    pub fn apply_to(&self, relation: &mut Relation) {
        match self {
            Change::Create { name, policy } | Change::Alter { name, to: policy, .. } => {
                relation.policies.insert(name.clone(), policy.stored.clone());
            }
            Change::Rename { from, to } => {
                if let Some(policy) = relation.policies.remove(from) {
                    relation.policies.insert(to.clone(), policy);
                }
            }
            Change::Drop { name } => {
                relation.policies.remove(name);
            }
            Change::Enable(enable) => relation.rls_enabled = *enable,
            Change::Force(force) => relation.rls_forced = *force,
            Change::Grant(grants) => relation.grants.extend(grants.iter().cloned()),
            Change::Revoke(grants) => relation.grants.retain(|kept| {
                // A privilege on the table takes those on its columns with it.
                let whole = TableGrant { column: None, ..kept.clone() };
                !grants.contains(kept) && !grants.contains(&whole)
            }),
        }
    }

    /// What undoes it on a table that was `before`, in order.
    pub fn inverse(&self, before: &Relation) -> Vec<Change> {
        let recreate = |name: &String| {
            let policy = before.policies.get(name).map(PolicyForms::observed);
            policy.map(|policy| Change::Create { name: name.clone(), policy })
        };
        let drop = |name: &String| Change::Drop { name: name.clone() };
        match self {
            Change::Create { name, .. } => vec![drop(name)],
            Change::Alter { name, from, to } if can_alter(&to.stored, from) => {
                let back = PolicyForms::observed(from);
                vec![Change::Alter { name: name.clone(), from: to.stored.clone(), to: back }]
            }
            Change::Alter { name, .. } => std::iter::once(drop(name)).chain(recreate(name)).collect(),
            Change::Rename { from, to } => vec![Change::Rename { from: to.clone(), to: from.clone() }],
            Change::Drop { name } => recreate(name).into_iter().collect(),
            Change::Enable(enable) => vec![Change::Enable(!enable)],
            Change::Force(force) => vec![Change::Force(!force)],
            Change::Grant(grants) => {
                let kept = before.grants.iter().filter(|grant| {
                    grant.column.is_some()
                        && grants.contains(&TableGrant { column: None, ..(*grant).clone() })
                });
                let kept: BTreeSet<TableGrant> = kept.cloned().collect();
                // Revoking from the table revokes from its columns, too.
                let again = (!kept.is_empty()).then_some(Change::Grant(kept));
                std::iter::once(Change::Revoke(grants.clone())).chain(again).collect()
            }
            Change::Revoke(grants) => vec![Change::Grant(grants.clone())],
        }
    }
}

fn alter_policy(name: &str, table: &str, from: &ExistingPolicy, to: &PolicyForms) -> String {
    let mut lines = vec![format!("ALTER POLICY {}", quote_identifier(name)), format!("ON {table}")];
    if from.roles != to.stored.roles {
        let roles: Vec<String> = to.stored.roles.iter().map(|role| quote_identifier(role)).collect();
        lines.push(match roles.as_slice() {
            [] => "TO PUBLIC".to_owned(),
            roles => format!("TO {}", roles.join(", ")),
        });
    }
    let changed = |from: &Option<String>, stored: &Option<String>, written: &Option<String>| {
        written.clone().filter(|_| from != stored)
    };
    let using = changed(&from.using, &to.stored.using, &to.written.using);
    let check = changed(&from.check, &to.stored.check, &to.written.check);
    lines.extend(using.map(|using| format!("USING ({using})")));
    lines.extend(check.map(|check| format!("WITH CHECK ({check})")));
    lines.join("\n  ") + ";"
}

/// `SELECT, UPDATE (name, title)`
pub fn privileges(grants: &BTreeSet<TableGrant>) -> String {
    let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for grant in grants {
        let listed = columns.entry(&grant.privilege).or_default();
        listed.extend(grant.column.as_deref().map(quote_identifier));
    }
    // One privilege on the table and on columns of it are two elements of the list.
    let whole =
        |privilege: &str| grants.iter().any(|grant| grant.privilege == privilege && grant.column.is_none());
    let listed = columns.iter().flat_map(|(privilege, columns)| {
        let whole = whole(privilege).then(|| (*privilege).to_owned());
        let partial = (!columns.is_empty()).then(|| format!("{privilege} ({})", columns.join(", ")));
        whole.into_iter().chain(partial)
    });
    listed.collect::<Vec<_>>().join(", ")
}

/// The role of privileges that all have the same, as SQL.
pub fn grantee(grants: &BTreeSet<TableGrant>) -> String {
    match grants.first().and_then(|grant| grant.role.as_deref()) {
        Some(role) => quote_identifier(role),
        None => "PUBLIC".to_owned(),
    }
}

#[cfg(test)]
#[path = "tests/change.rs"]
mod tests;
