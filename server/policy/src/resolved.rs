//! A policy on one governed table: names looked up, types known, in normal form.
//!
//! This is what is compiled and what is proved. It holds no source ranges, only the index of the clause
//! that a conjunction was written as, so that it stays equal while the text around it moves.
//! Without a schema the same shape is used with unknown types ([`None`]).

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{ColumnType, QualifiedName, Volatility};

use crate::source::{CommandSet, PolicyKind};
pub use crate::source::{CompareOp, Literal};

/// One policy on one table, in normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TablePolicy {
    /// The policy's name in the source.
    pub policy: String,
    /// PERMISSIVE or RESTRICTIVE.
    pub kind: PolicyKind,
    /// The commands that it is for.
    pub commands: CommandSet,
    /// The roles that it is for, in source order without repetition; empty is PUBLIC.
    pub roles: Vec<String>,
    /// The clauses.
    pub using: Disjunction,
    /// The clauses of WITH CHECK; `None` if it has none, so that `using` is checked.
    pub check: Option<Disjunction>,
}

/// Clauses joined by OR. Without any it is never true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Disjunction {
    /// Sorted by their atoms.
    pub clauses: Vec<Conjunction>,
}

/// Atoms joined by AND. Without any it is true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Conjunction {
    /// Sorted, without repetition.
    pub atoms: Vec<Atom>,
    /// Index of the source clause in its block.
    pub clause: usize,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// `left op right`, `op` one of `= != < <= > >=`.
    Compare {
        /// Left side; a column if either side is one.
        left: Operand,
        /// The operator.
        op: CompareOp,
        /// Right side.
        right: Operand,
        /// What both sides are compared as: session values are cast to it, literals are read as it.
        ty: Option<ColumnType>,
    },
    /// `operand [NOT] IN (…)`
    In {
        /// The value sought.
        operand: Operand,
        /// NOT IN.
        negated: bool,
        /// Sorted, without repetition, without null, never empty.
        list: Vec<Literal>,
        /// What the literals are read as.
        ty: Option<ColumnType>,
    },
    /// `operand [NOT] LIKE pattern`
    Like {
        /// The value matched.
        operand: Operand,
        /// NOT LIKE.
        negated: bool,
        /// The pattern.
        pattern: Operand,
        /// The type that the match is made in.
        ty: Option<ColumnType>,
    },
    /// `operand IS [NOT] NULL`
    Null {
        /// The value.
        operand: Operand,
        /// IS NOT NULL.
        negated: bool,
    },
    /// `EXISTS (SELECT 1 FROM target WHERE links AND condition)`
    Exists(Traversal),
}

/// Following columns from the enclosing table to rows of another (or the same) table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Traversal {
    /// The table reached.
    pub target: QualifiedName,
    /// Pairs of columns that must be equal.
    pub links: Vec<Link>,
    /// What must hold of the row reached; its columns are the target's.
    pub condition: Conjunction,
}

/// `target.inner = enclosing.outer`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Column of the enclosing table.
    pub outer: String,
    /// Its type.
    pub outer_type: Option<ColumnType>,
    /// Column of the target.
    pub inner: String,
    /// Its type.
    pub inner_type: Option<ColumnType>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// A column of the table in whose condition it stands (inside `exists`: the target).
    Column {
        /// Its name.
        name: String,
        /// Its type.
        ty: Option<ColumnType>,
    },
    /// A function call.
    Function {
        /// The function's schema; `None` if it was neither written nor found.
        schema: Option<String>,
        /// The function's name.
        name: String,
        /// Arguments with the types of the parameters.
        arguments: Vec<(Operand, Option<ColumnType>)>,
        /// What it returns, if known.
        returns: Option<ColumnType>,
        /// Its promise; STABLE where nothing is known.
        volatility: Volatility,
    },
    /// A session setting.
    Session {
        /// The setting's name.
        key: String,
    },
    /// A literal; lists occur only in [`Atom::In`].
    Literal(Literal),
}

impl Disjunction {
    /// The tables that traversals reach.
    pub fn traversed(&self) -> BTreeSet<&QualifiedName> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Conjunction> = self.clauses.iter().collect();
        while let Some(conjunction) = open.pop() {
            for atom in &conjunction.atoms {
                if let Atom::Exists(traversal) = atom {
                    found.insert(&traversal.target);
                    open.push(&traversal.condition);
                }
            }
        }
        found
    }

    /// The columns that subqueries read, by the tables that traversals reach.
    pub fn reads(&self) -> BTreeMap<&QualifiedName, BTreeSet<&str>> {
        let mut found: BTreeMap<&QualifiedName, BTreeSet<&str>> = BTreeMap::new();
        let mut open: Vec<(Option<&QualifiedName>, &Conjunction)> =
            self.clauses.iter().map(|clause| (None, clause)).collect();
        while let Some((table, conjunction)) = open.pop() {
            for atom in &conjunction.atoms {
                let mut columns = BTreeSet::new();
                atom.collect_columns(&mut columns);
                if let Some(table) = table {
                    found.entry(table).or_default().extend(columns);
                }
                if let Atom::Exists(traversal) = atom {
                    let links = traversal.links.iter().map(|link| link.inner.as_str());
                    found.entry(&traversal.target).or_default().extend(links);
                    open.push((Some(&traversal.target), &traversal.condition));
                }
            }
        }
        found
    }

    /// Whether a condition on the row itself speaks of the column.
    pub fn mentions_column(&self, column: &str) -> bool {
        let mut columns = BTreeSet::new();
        self.clauses
            .iter()
            .flat_map(|clause| &clause.atoms)
            .for_each(|atom| atom.collect_columns(&mut columns));
        columns.contains(column)
    }
}

impl Operand {
    fn collect_columns<'o>(&'o self, columns: &mut BTreeSet<&'o str>) {
        match self {
            Operand::Column { name, .. } => {
                columns.insert(name);
            }
            Operand::Function { arguments, .. } => {
                arguments.iter().for_each(|(argument, _)| argument.collect_columns(columns));
            }
            Operand::Session { .. } | Operand::Literal(_) => {}
        }
    }
}

impl Atom {
    /// The columns of the row itself, and none of those that are reached from it.
    fn collect_columns<'a>(&'a self, columns: &mut BTreeSet<&'a str>) {
        match self {
            Atom::Compare { left, right, .. } => {
                left.collect_columns(columns);
                right.collect_columns(columns);
            }
            Atom::In { operand, .. } | Atom::Null { operand, .. } => operand.collect_columns(columns),
            Atom::Like { operand, pattern, .. } => {
                operand.collect_columns(columns);
                pattern.collect_columns(columns);
            }
            Atom::Exists(traversal) => {
                columns.extend(traversal.links.iter().map(|link| link.outer.as_str()));
            }
        }
    }

    /// A comparison with its sides in their usual order: a column on the left, two columns by name. The
    /// operator is mirrored if they change places.
    #[must_use]
    pub fn oriented(self) -> Atom {
        match self {
            // The order of operands puts columns first.
            Atom::Compare { left, op, right, ty } if right < left => {
                Atom::Compare { left: right, op: op.mirrored(), right: left, ty }
            }
            other => other,
        }
    }
}
