//! A policy as it is written: names not yet looked up, values without types.
//!
//! Every range is relative to the start of the item (policy or grant) that it belongs to, so that an edit
//! elsewhere in the file leaves the item equal.

use pgpe_catalog::Command;
use pgpe_syntax::TextRange;

/// A value and where it stands, relative to its item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub range: TextRange,
}

/// `POLICY …`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Its name, unique in the project.
    pub name: Spanned<String>,
    /// PERMISSIVE or RESTRICTIVE; `None` if missing.
    pub kind: Option<PolicyKind>,
    /// Commands; `None` if they can't be read, so that it may be for any.
    pub commands: Option<CommandSet>,
    /// The command list's place, if there is one.
    pub commands_range: Option<TextRange>,
    /// Roles of `TO`; empty is PUBLIC.
    pub roles: Vec<Spanned<String>>,
    /// Which tables it governs; `None` if it can't be read, so that it may govern any.
    pub selector: Option<Spanned<Selector>>,
    /// The clauses; a row passes if one of them holds.
    pub clauses: Vec<Clause>,
    /// WITH CHECK.
    pub check: Option<Spanned<Vec<Clause>>>,
    /// Has a syntax error: what can be read of it is worth reporting on, but nothing of it may be believed.
    pub broken: bool,
}

/// `GRANT …`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The privileges.
    pub commands: CommandSet,
    /// Who gets them.
    pub roles: Vec<Spanned<String>>,
    /// On which tables.
    pub selector: Option<Spanned<Selector>>,
    /// Has a syntax error.
    pub broken: bool,
}

/// How policies of one table combine: permissive ones widen, restrictive ones narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// PERMISSIVE: OR-ed with its like.
    Permissive,
    /// RESTRICTIVE: AND-ed on top.
    Restrictive,
}

/// A set of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CommandSet(u8);

impl CommandSet {
    /// All four.
    pub const ALL: CommandSet = CommandSet(0b1111);

    /// With `command` added.
    #[must_use]
    pub fn with(self, command: Command) -> CommandSet {
        CommandSet(self.0 | 1 << command as u8)
    }

    /// Whether `command` is in it.
    pub fn contains(self, command: Command) -> bool {
        self.0 & 1 << command as u8 != 0
    }

    /// Whether no command is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its commands, in the order of [`Command::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Command> {
        Command::ALL.into_iter().filter(move |command| self.contains(*command))
    }
}

impl FromIterator<Command> for CommandSet {
    fn from_iter<I: IntoIterator<Item = Command>>(commands: I) -> CommandSet {
        commands.into_iter().fold(CommandSet::default(), CommandSet::with)
    }
}

/// Which tables a policy governs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selector {
    /// `a OR b`
    Or(Box<Selector>, Box<Selector>),
    /// `a AND b`
    And(Box<Selector>, Box<Selector>),
    /// `NOT a`
    Not(Box<Selector>),
    /// `ALL`
    All,
    /// `has_column(name, type)`
    HasColumn {
        /// The column.
        column: Spanned<String>,
        /// Its type, any spelling.
        ty: Option<Spanned<String>>,
    },
    /// `in_schema(name)`
    InSchema(Spanned<String>),
    /// `named(pattern)`: a LIKE pattern on the table's name.
    Named(Spanned<String>),
    /// `tagged(tag)`: tags come from the configuration.
    Tagged(Spanned<String>),
}

/// `CLAUSE a AND b AND …`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clause {
    /// The atoms; all must hold.
    pub atoms: Vec<Atom>,
    /// Its place.
    pub range: TextRange,
}

/// One condition and its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Atom {
    /// What it says; `None` if it can't be read.
    pub kind: Option<AtomKind>,
    /// Its place.
    pub range: TextRange,
}

/// What a condition says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AtomKind {
    /// `left op right`
    Compare {
        /// Left side.
        left: Spanned<Value>,
        /// The operator.
        op: Spanned<CompareOp>,
        /// Right side; for `IN` a list literal.
        right: Spanned<Value>,
    },
    /// `value IS [NOT] NULL`
    Null {
        /// The value.
        value: Spanned<Value>,
        /// `IS NOT NULL`.
        negated: bool,
    },
    /// `exists(rel(…), {…})`
    Exists {
        /// The traversal.
        rel: Rel,
        /// What must hold of the row reached.
        clause: Clause,
    },
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `!=` or `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `IN`
    In,
    /// `NOT IN`
    NotIn,
    /// `LIKE`
    Like,
    /// `NOT LIKE`
    NotLike,
}

impl CompareOp {
    /// The operator that says the same with its sides swapped.
    #[must_use]
    pub fn mirrored(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            other => other,
        }
    }
}

/// `rel(source, columns, target, columns)`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rel {
    /// The table that the traversal starts from; `None` is `_`.
    pub source: Option<Spanned<String>>,
    /// Its columns.
    pub source_columns: Vec<Spanned<String>>,
    /// The target's schema, if written.
    pub target_schema: Option<Spanned<String>>,
    /// The target table.
    pub target: Spanned<String>,
    /// The target's columns, as many as `source_columns`.
    pub target_columns: Vec<Spanned<String>>,
    /// The whole `rel(…)`.
    pub range: TextRange,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// `col(name)`
    Column(Spanned<String>),
    /// `session(key)`
    Session(Spanned<String>),
    /// `lit(…)`
    Literal(Literal),
    /// `fn(name, […])`
    Function {
        /// The function's schema, if written.
        schema: Option<Spanned<String>>,
        /// The function.
        name: Spanned<String>,
        /// Its arguments.
        arguments: Vec<Spanned<Value>>,
    },
}

/// A literal as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A string, unquoted.
    String(String),
    /// `[a, b]`
    List(Vec<Literal>),
}
