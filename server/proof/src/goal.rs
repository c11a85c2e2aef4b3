//! What is looked for: a kind of scene for one table, command and side.

use std::sync::Arc;

use pgpe_catalog::{Command, ForeignKey, QualifiedName};
use pgpe_policy::resolved::Atom;

use crate::owner::OwnerPath;
use crate::statements::{Ending, Form};
use crate::world::Side;

/// Which of a policy's blocks a clause stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// The clauses.
    Using,
    /// Those of WITH CHECK.
    Check,
}

/// Which sessions a verdict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleCase {
    /// Any session.
    Any,
    /// A session that has the privileges of none of the roles that policies name.
    NoNamedRole,
    /// A session that has the privileges of this role, and of no other named role but those it inherits.
    Only(String),
}

/// A kind of scene to look for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Goal {
    /// A row passes that is not the session's own.
    ForeignRow {
        /// By which notion of tenant.
        entry: usize,
        /// Whose a row is; each of several must make it foreign.
        owners: Arc<[OwnerPath]>,
        /// The permissive policy and the index of its clause that let the row pass.
        through: (usize, usize),
        /// The sessions concerned.
        roles: RoleCase,
    },
    /// A row passes in two sessions of different tenants.
    SharedRow {
        /// By which notion of tenant.
        entry: usize,
        /// The sessions concerned; the second may be any.
        roles: RoleCase,
    },
    /// A row passes.
    Passes,
    /// A row does not pass.
    Fails,
    /// A clause of a policy is true, whether or not anything else is.
    ClauseHolds {
        /// The policy.
        policy: usize,
        /// The clause's index in the normal form.
        clause: usize,
    },
    /// A permissive policy does not let a row pass.
    PolicyFails {
        /// The policy.
        policy: usize,
    },
    /// A clause is true and another of its policy is not.
    ClauseAlone {
        /// The policy.
        policy: usize,
        /// Index in the normal form of the clause that is true.
        clause: usize,
        /// Index of the one that is not.
        other: usize,
    },
    /// A permissive policy lets a row pass and another does not.
    PolicyAlone {
        /// The policy that does.
        policy: usize,
        /// The one that does not.
        other: usize,
    },
    /// Whether a row passes depends on a policy.
    PolicyMatters {
        /// The policy.
        policy: usize,
    },
    /// A session writes a row that a session of another tenant reads.
    CrossWrite {
        /// By which notion of tenant.
        entry: usize,
        /// The sessions that write.
        roles: RoleCase,
    },
    /// A session writes a row that refers to a row of another tenant.
    ForeignReference {
        /// By which notion of tenant.
        entry: usize,
        /// The reference.
        foreign_key: ForeignKey,
        /// Whose a row of the table referred to is.
        owner: OwnerPath,
        /// The sessions concerned.
        roles: RoleCase,
    },
    /// A session writes a row that it can't read.
    UnreadableWrite {
        /// The sessions concerned.
        roles: RoleCase,
    },
    /// A session reads a row that is marked as deleted.
    DeletedVisible {
        /// What marks a row.
        mark: Mark,
        /// The sessions concerned.
        roles: RoleCase,
    },
    /// A session marks a row as deleted that it can find.
    MarkDeleted {
        /// What marks a row.
        mark: Mark,
        /// The session must also be able to read the row that is marked, as PostgreSQL demands of an UPDATE
        /// that looks for rows.
        readable: bool,
    },
    /// A statement comes out in a certain way.
    Statement {
        /// Its form.
        form: Form,
        /// How it ends.
        ending: Ending,
    },
    /// A row passes that the policies compared with keep away.
    PassesOnlyHere,
    /// A row passes in a session of one role and in a session of another.
    SharedByRoles {
        /// The roles.
        roles: (String, String),
    },
}

/// What marks a row as deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The column.
    pub column: String,
    /// True of a row that is deleted.
    pub condition: Atom,
}

/// A goal for one table, command and side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The table.
    pub table: QualifiedName,
    /// The command.
    pub command: Command,
    /// The side.
    pub side: Side,
    /// What is looked for.
    pub goal: Goal,
}
