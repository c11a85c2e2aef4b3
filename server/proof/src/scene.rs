//! The terms of an encoded question: which symbol stands for what.

use pgpe_catalog::{ColumnType, QualifiedName};
use pgpe_policy::datum::Datum;
use pgpe_policy::resolved::Literal;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::formula::Expr;
use crate::types::{ClassKind, Representation};

/// Index of a row of the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub(crate) usize);

/// Index of a session of the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub(crate) usize);

/// Rows and sessions, by their symbols.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scene {
    pub(crate) rows: Vec<RowTerm>,
    pub(crate) sessions: Vec<SessionTerm>,
    pub(crate) literals: Vec<LiteralTerm>,
    /// Equality class of identities.
    pub(crate) classes: FxHashMap<(ClassKind, Expr), Expr>,
    pub(crate) calls: Vec<CallTerm>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowTerm {
    pub(crate) table: QualifiedName,
    /// Whether the row exists.
    pub(crate) present: Expr,
    /// Stored in its table, not about to be written.
    pub(crate) stored: bool,
    /// In order of first use.
    pub(crate) columns: Vec<ColumnTerm>,
}

impl RowTerm {
    pub(crate) fn column(&self, name: &str) -> Option<&ColumnTerm> {
        self.columns.iter().find(|column| column.name == name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnTerm {
    pub(crate) name: SmolStr,
    pub(crate) ty: ColumnType,
    pub(crate) value: Expr,
    pub(crate) null: Expr,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SessionTerm {
    /// In order of first use.
    pub(crate) roles: Vec<(String, Expr)>,
    pub(crate) settings: Vec<SettingTerm>,
    pub(crate) casts: Vec<CastTerm>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingTerm {
    pub(crate) key: SmolStr,
    pub(crate) set: Expr,
    pub(crate) text: Expr,
}

/// A setting's value in a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CastTerm {
    pub(crate) key: SmolStr,
    pub(crate) ty: ColumnType,
    pub(crate) castable: Expr,
    pub(crate) value: Expr,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LiteralTerm {
    pub(crate) representation: Representation,
    pub(crate) datum: Datum,
    pub(crate) written: Literal,
    pub(crate) ty: ColumnType,
    pub(crate) value: Expr,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallTerm {
    pub(crate) function: String,
    /// The session on which the result depends; `None` for an IMMUTABLE function.
    pub(crate) session: Option<SessionId>,
    /// Value, nullness and type of each argument.
    pub(crate) arguments: Vec<(Expr, Expr, ColumnType)>,
    pub(crate) result: Expr,
    pub(crate) null: Expr,
    pub(crate) ty: ColumnType,
}
