//! What was proved of each table and command.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use indexmap::IndexMap;
use pgpe_config::Rule;
use serde::{Deserialize, Serialize};

/// The outcome of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// The good property holds.
    Proven,
    /// It does not; there is a counterexample that was checked.
    Failed,
    /// It could not be decided.
    Unknown,
    /// No permissive policy: nothing is accessible.
    Denied,
    /// The configuration exempts the table.
    Exempt,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Proven => "PROVEN",
            Verdict::Failed => "FAILED",
            Verdict::Unknown => "UNKNOWN",
            Verdict::Denied => "DENIED",
            Verdict::Exempt => "EXEMPT",
        })
    }
}

/// All verdicts on one table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableVerdicts {
    /// The table's schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// The policies that govern it, in source order.
    pub policies: Vec<String>,
    /// Verdicts by command (`SELECT`, `INSERT`, `UPDATE`, `DELETE`), in that order.
    pub commands: IndexMap<String, CommandVerdicts>,
    /// What else is to be said, in sentences: an exemption's reason, why a verdict is UNKNOWN, that the table
    /// has no owner.
    pub notes: Vec<String>,
}

/// The verdicts on one table and command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CommandVerdicts {
    /// The worst over all roles. A proof that does not concern the command is absent.
    pub verdicts: BTreeMap<Rule, Verdict>,
    /// Verdicts of roles where they differ.
    pub by_role: BTreeMap<String, BTreeMap<Rule, Verdict>>,
    /// What the PROVEN among the verdicts rest on.
    pub assumptions: BTreeMap<Rule, BTreeSet<Assumption>>,
}

/// A fact that a proof rests on and that policies don't enforce. Tables are `schema.table`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Assumption {
    /// Settings are set by trusted code: any SQL role can `SET` a custom setting.
    TrustedSetting {
        /// The setting.
        setting: String,
    },
    /// No two rows have equal values in these columns.
    UniqueKey {
        /// The table.
        table: String,
        /// The key.
        columns: Vec<String>,
    },
    /// The column is never null.
    NotNull {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The foreign key leads to the owner.
    ForeignKey {
        /// The table.
        table: String,
        /// Its referring columns.
        columns: Vec<String>,
        /// The table referred to.
        target: String,
    },
    /// Who has a role's privileges has those of another.
    Membership {
        /// The role.
        member: String,
        /// The other.
        group: String,
    },
    /// The role has no privileges of other named roles but those that the schema gives it.
    NoOtherMembership {
        /// The role.
        role: String,
    },
    /// Tenants can't write this table, which no policy governs.
    WriteProtected {
        /// The table.
        table: String,
    },
    /// Row-level security is enabled and forced.
    ForcedRowSecurity {
        /// The table.
        table: String,
    },
    /// No tenant's role has BYPASSRLS or is a superuser.
    NoBypassRls,
    /// No tenant uses this role, for which row-level security does not hold.
    BypassingRole {
        /// The role.
        role: String,
        /// `SUPERUSER` or `BYPASSRLS`.
        attribute: String,
        /// Roles that log in and may become it by SET ROLE.
        members: Vec<String>,
    },
    /// Row-level security is not forced yet, so that it does not hold for the table's owner.
    UnforcedOwner {
        /// The table.
        table: String,
        /// The owner.
        owner: String,
    },
    /// Tenants don't use this view, which reads the table with the rights of its owner, or is over one that does.
    OwnerRightsView {
        /// The view.
        view: String,
        /// The table.
        table: String,
        /// Who owns the view that reads the table, if known.
        owner: Option<String>,
        /// Whether row-level security does not hold for that owner.
        bypasses: bool,
    },
    /// Tenants don't read this materialized view, in which rows of the table are stored.
    MaterializedView {
        /// The materialized view.
        view: String,
        /// The table.
        table: String,
    },
    /// This SECURITY DEFINER function shows tenants nothing that its owner may see and they may not.
    DefinerFunction {
        /// The function with the types of its arguments.
        function: String,
    },
    /// The table has no permissive policy besides those of this policy set.
    NoOtherPermissivePolicy {
        /// The table.
        table: String,
    },
}
