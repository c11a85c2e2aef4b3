//! Evaluates policies on concrete rows in concrete sessions, as PostgreSQL would.
//!
//! This is the yardstick for the solver's encoding: no counterexample is shown that does not evaluate to
//! a violation here. Where the result depends on something that is not modelled (a collation's order, a
//! function's value) it is [`Truth::Undetermined`], never a guess.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{BaseType, Collation, ColumnType, Command, QualifiedName};
use pgpe_config::MissingSetting;
use pgpe_policy::datum::{self, Datum};
use pgpe_policy::resolved::{
    Atom, CompareOp, Conjunction, Disjunction, Link, Operand, TablePolicy, Traversal,
};
use pgpe_policy::source::PolicyKind;

use crate::types::may_be_composite;
use crate::world::{Side, World};

/// What an expression comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// True: the only value that lets a row pass.
    True,
    /// False.
    False,
    /// NULL.
    Null,
    /// The statement fails: a setting is missing, or a cast is impossible.
    Error,
    /// Depends on what is not modelled.
    Undetermined,
}

impl Truth {
    fn of(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }

    /// SQL's AND. PostgreSQL may evaluate the operands in any order, so an error shows unless the other
    /// operand might have hidden it, and then nothing is known. (A row is given up at the first condition
    /// that is not TRUE: NULL hides as well as FALSE.)
    fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Error, Truth::False | Truth::Null | Truth::Undetermined)
            | (Truth::False | Truth::Null | Truth::Undetermined, Truth::Error) => Truth::Undetermined,
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::Error, _) | (_, Truth::Error) => Truth::Error,
            (Truth::Undetermined, _) | (_, Truth::Undetermined) => Truth::Undetermined,
            (Truth::Null, _) | (_, Truth::Null) => Truth::Null,
            (Truth::True, Truth::True) => Truth::True,
        }
    }

    /// SQL's OR; errors as in [`Truth::and`].
    fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Error, Truth::True | Truth::Undetermined)
            | (Truth::True | Truth::Undetermined, Truth::Error) => Truth::Undetermined,
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::Error, _) | (_, Truth::Error) => Truth::Error,
            (Truth::Undetermined, _) | (_, Truth::Undetermined) => Truth::Undetermined,
            (Truth::Null, _) | (_, Truth::Null) => Truth::Null,
            (Truth::False, Truth::False) => Truth::False,
        }
    }

    fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            other => other,
        }
    }
}

/// A row: its columns' values. A column that is absent is not known.
pub type Row = BTreeMap<String, Option<Datum>>;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// All roles whose privileges it has.
    pub roles: BTreeSet<String>,
    /// Settings that are set, by their names in lower case: PostgreSQL does not tell them apart by case.
    pub settings: BTreeMap<String, String>,
    /// What calls of functions return in it.
    pub functions: BTreeMap<Call, Option<Datum>>,
}

/// A call of a function with given arguments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// The function, with its schema if known.
    pub function: String,
    /// The arguments.
    pub arguments: Vec<Option<Datum>>,
}

/// The stored rows of each table.
pub type Database = BTreeMap<QualifiedName, Vec<Row>>;

/// A value of an operand, or what came in its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluated {
    /// A value and its type.
    Value(Datum, ColumnType),
    /// NULL.
    Null,
    /// The statement fails.
    Error,
    /// Depends on what is not known.
    Undetermined,
}

/// Evaluates predicates over one state of the database.
pub struct Evaluator<'a> {
    world: &'a dyn World,
    database: &'a Database,
}

impl<'a> Evaluator<'a> {
    /// An evaluator over these rows.
    pub fn new(world: &'a dyn World, database: &'a Database) -> Evaluator<'a> {
        Evaluator { world, database }
    }

    /// The effective predicate of a governed table for one row in one session.
    pub fn effective(
        &self,
        table: &QualifiedName,
        command: Command,
        side: Side,
        row: &Row,
        session: &Session,
    ) -> Truth {
        self.effective_at(table, command, side, row, session, 0)
    }

    /// One policy's expression for one row in one session, whether or not it applies to the session.
    pub fn policy(&self, policy: &TablePolicy, side: Side, row: &Row, session: &Session) -> Truth {
        self.disjunction(side.expression(policy), row, session, 0)
    }

    /// A disjunction of clauses for one row in one session.
    pub fn clauses(&self, clauses: &Disjunction, row: &Row, session: &Session) -> Truth {
        self.disjunction(clauses, row, session, 0)
    }

    /// One clause for one row in one session.
    pub fn clause(&self, clause: &Conjunction, row: &Row, session: &Session) -> Truth {
        self.conjunction(clause, row, session, 0)
    }

    /// One condition for one row in one session.
    pub fn condition(&self, atom: &Atom, row: &Row, session: &Session) -> Truth {
        self.atom(atom, row, session, 0)
    }

    /// What an operand comes to for one row in one session; `wanted` is what settings and literals are read as.
    pub fn value(
        &self,
        operand: &Operand,
        wanted: Option<&ColumnType>,
        row: &Row,
        session: &Session,
    ) -> Evaluated {
        self.operand(operand, wanted, row, session)
    }

    /// Whether a session, given the text of a setting and a value of type `ty`, has that very value in it.
    pub fn setting_equals(&self, session: &Session, key: &Operand, value: &Datum, ty: &ColumnType) -> Truth {
        match (self.operand(key, Some(ty), &Row::new(), session), value) {
            (Evaluated::Value(found, found_type), value) => match datum::convert(&found, &found_type, ty) {
                Some(found) => {
                    datum::compare(&found, value, ty).equal().map_or(Truth::Undetermined, Truth::of)
                }
                None => Truth::Undetermined,
            },
            (Evaluated::Null, _) => Truth::Null,
            (Evaluated::Error, _) => Truth::Error,
            (Evaluated::Undetermined, _) => Truth::Undetermined,
        }
    }

    /// The value of a session's key as type `ty`: `Ok(None)` if it has none.
    pub fn key_value(
        &self,
        session: &Session,
        key: &Operand,
        ty: &ColumnType,
    ) -> Result<Option<Datum>, Truth> {
        match self.operand(key, Some(ty), &Row::new(), session) {
            Evaluated::Value(value, of) => {
                datum::convert(&value, &of, ty).map(Some).ok_or(Truth::Undetermined)
            }
            Evaluated::Null => Ok(None),
            Evaluated::Error => Err(Truth::Error),
            Evaluated::Undetermined => Err(Truth::Undetermined),
        }
    }

    fn effective_at(
        &self,
        table: &QualifiedName,
        command: Command,
        side: Side,
        row: &Row,
        session: &Session,
        depth: usize,
    ) -> Truth {
        let Some(governed) = self.world.governed(table) else { return Truth::True };
        if governed.undecidable_for(command).is_some() {
            return Truth::Undetermined;
        }
        let applying = |kind: PolicyKind| {
            governed.policies.iter().filter(move |policy| {
                policy.kind == kind && policy.commands.contains(command) && applies(policy, session)
            })
        };
        let widened = applying(PolicyKind::Permissive)
            .map(|policy| self.disjunction(side.expression(policy), row, session, depth))
            .fold(Truth::False, Truth::or);
        applying(PolicyKind::Restrictive)
            .map(|policy| self.disjunction(side.expression(policy), row, session, depth))
            .fold(widened, Truth::and)
    }

    fn disjunction(&self, clauses: &Disjunction, row: &Row, session: &Session, depth: usize) -> Truth {
        clauses
            .clauses
            .iter()
            .map(|clause| self.conjunction(clause, row, session, depth))
            .fold(Truth::False, Truth::or)
    }

    fn conjunction(&self, clause: &Conjunction, row: &Row, session: &Session, depth: usize) -> Truth {
        clause.atoms.iter().map(|atom| self.atom(atom, row, session, depth)).fold(Truth::True, Truth::and)
    }

    fn atom(&self, atom: &Atom, row: &Row, session: &Session, depth: usize) -> Truth {
        match atom {
            Atom::Compare { left, op, right, ty } => {
                let Some(ty) = ty else { return Truth::Undetermined };
                let left = self.operand(left, Some(ty), row, session);
                let right = self.operand(right, Some(ty), row, session);
                both(left, right, ty, |left, right| compare(left, *op, right, ty))
            }
            Atom::In { operand, negated, list, ty } => {
                let Some(ty) = ty else { return Truth::Undetermined };
                let found = list
                    .iter()
                    .map(|literal| {
                        let literal = Operand::Literal(literal.clone());
                        let left = self.operand(operand, Some(ty), row, session);
                        let right = self.operand(&literal, Some(ty), row, session);
                        both(left, right, ty, |left, right| compare(left, CompareOp::Eq, right, ty))
                    })
                    .fold(Truth::False, Truth::or);
                if *negated { found.not() } else { found }
            }
            Atom::Like { operand, negated, pattern, ty } => {
                let Some(ty) = ty else { return Truth::Undetermined };
                let subject = self.operand(operand, Some(ty), row, session);
                // Patterns are text, of whatever type what they are matched with is.
                let text = ColumnType::plain(BaseType::Text);
                let pattern = self.operand(pattern, Some(&text), row, session);
                let found = both(subject, pattern, ty, |subject, pattern| matches_like(subject, pattern, ty));
                if *negated { found.not() } else { found }
            }
            Atom::Null { operand, negated } => match self.operand(operand, None, row, session) {
                Evaluated::Value(_, ty) if may_be_composite(&ty) => Truth::Undetermined,
                Evaluated::Value(..) => Truth::of(*negated),
                Evaluated::Null => Truth::of(!*negated),
                Evaluated::Error => Truth::Error,
                Evaluated::Undetermined => Truth::Undetermined,
            },
            Atom::Exists(traversal) => self.traversal(traversal, row, session, depth),
        }
    }

    fn traversal(&self, traversal: &Traversal, row: &Row, session: &Session, depth: usize) -> Truth {
        // Deeper than any configured nesting times any acyclic chain of policies that is of use.
        if depth > 32 {
            return Truth::Undetermined;
        }
        let rows = self.database.get(&traversal.target).map_or(&[][..], Vec::as_slice);
        let mut found = Truth::False;
        for inner in rows {
            let passes = leads_to(traversal, row, inner)
                .and(self.conjunction(&traversal.condition, inner, session, depth + 1))
                .and(self.effective_at(
                    &traversal.target,
                    Command::Select,
                    Side::Using,
                    inner,
                    session,
                    depth + 1,
                ));
            // EXISTS is never NULL.
            found = found.or(if passes == Truth::Null { Truth::False } else { passes });
        }
        found
    }

    fn operand(
        &self,
        operand: &Operand,
        wanted: Option<&ColumnType>,
        row: &Row,
        session: &Session,
    ) -> Evaluated {
        let text = ColumnType::plain(BaseType::Text);
        match operand {
            Operand::Column { name, ty } => match (row.get(name), ty) {
                (Some(Some(value)), Some(ty)) => Evaluated::Value(value.clone(), ty.clone()),
                (Some(None), _) => Evaluated::Null,
                _ => Evaluated::Undetermined,
            },
            Operand::Literal(literal) => {
                let ty = wanted.unwrap_or(&text);
                match datum::read_literal(literal, ty, self.world.catalog()) {
                    Ok(Some(value)) => Evaluated::Value(value, ty.clone()),
                    Ok(None) => Evaluated::Null,
                    Err(_) => Evaluated::Error,
                }
            }
            Operand::Session { key } => {
                let set = session.settings.get(&key.to_ascii_lowercase());
                let value = match (set, self.world.missing_setting()) {
                    (None, MissingSetting::Error) => return Evaluated::Error,
                    (None, MissingSetting::Deny) => return Evaluated::Null,
                    (Some(value), MissingSetting::Deny) if value.is_empty() => return Evaluated::Null,
                    (Some(value), _) => value,
                };
                let ty = wanted.unwrap_or(&text);
                match datum::read_text(value, ty, self.world.catalog()) {
                    Ok(value) => Evaluated::Value(value, ty.clone()),
                    // PostgreSQL reads more forms of dates, and types that are not modelled.
                    Err(_) if is_strictly_read(&ty.base) => Evaluated::Error,
                    Err(_) => Evaluated::Undetermined,
                }
            }
            Operand::Function { schema, name, arguments, returns, .. } => {
                let mut values = Vec::new();
                for (argument, ty) in arguments {
                    match self.operand(argument, ty.as_ref(), row, session) {
                        Evaluated::Value(value, _) => values.push(Some(value)),
                        Evaluated::Null => values.push(None),
                        other => return other,
                    }
                }
                let call = Call { function: function_name(schema.as_deref(), name), arguments: values };
                let ty = returns.as_ref().or(wanted);
                match (session.functions.get(&call), ty) {
                    (Some(Some(value)), Some(ty)) => Evaluated::Value(value.clone(), ty.clone()),
                    (Some(None), _) => Evaluated::Null,
                    _ => Evaluated::Undetermined,
                }
            }
        }
    }
}

impl Side {
    /// The policy's expression on this side.
    pub fn expression(self, policy: &TablePolicy) -> &Disjunction {
        match self {
            Side::Using => &policy.using,
            Side::Check => policy.check.as_ref().unwrap_or(&policy.using),
        }
    }
}

/// The name by which calls of a function are told apart.
pub(crate) fn function_name(schema: Option<&str>, name: &str) -> String {
    schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"))
}

/// Whether a policy applies to a session by its roles. PostgreSQL reads a role named `public` as everybody.
pub fn applies(policy: &TablePolicy, session: &Session) -> bool {
    policy.roles.is_empty()
        || policy.roles.iter().any(|role| role == "public" || session.roles.contains(role))
}

/// Types of which every text that PostgreSQL reads is read here too.
fn is_strictly_read(base: &BaseType) -> bool {
    matches!(base, BaseType::Uuid | BaseType::Boolean | BaseType::Enum(_))
}

fn both(
    left: Evaluated,
    right: Evaluated,
    ty: &ColumnType,
    holds: impl Fn(&Datum, &Datum) -> Truth,
) -> Truth {
    match (left, right) {
        (Evaluated::Error, _) | (_, Evaluated::Error) => Truth::Error,
        (Evaluated::Undetermined, _) | (_, Evaluated::Undetermined) => Truth::Undetermined,
        (Evaluated::Null, _) | (_, Evaluated::Null) => Truth::Null,
        (Evaluated::Value(left, left_type), Evaluated::Value(right, right_type)) => {
            match (datum::convert(&left, &left_type, ty), datum::convert(&right, &right_type, ty)) {
                (Some(left), Some(right)) => holds(&left, &right),
                _ => Truth::Undetermined,
            }
        }
    }
}

fn compare(left: &Datum, op: CompareOp, right: &Datum, ty: &ColumnType) -> Truth {
    let comparison = datum::compare(left, right, ty);
    let holds = match op {
        CompareOp::Eq => comparison.equal(),
        CompareOp::Ne => comparison.equal().map(|equal| !equal),
        CompareOp::Lt => comparison.ordering().map(Ordering::is_lt),
        CompareOp::Le => comparison.ordering().map(Ordering::is_le),
        CompareOp::Gt => comparison.ordering().map(Ordering::is_gt),
        CompareOp::Ge => comparison.ordering().map(Ordering::is_ge),
        CompareOp::In | CompareOp::NotIn | CompareOp::Like | CompareOp::NotLike => None,
    };
    holds.map_or(Truth::Undetermined, Truth::of)
}

fn matches_like(subject: &Datum, pattern: &Datum, ty: &ColumnType) -> Truth {
    let (Datum::Text(subject), Datum::Text(pattern)) = (subject, pattern) else { return Truth::Undetermined };
    let plain = matches!(ty.base, BaseType::Text | BaseType::Varchar);
    if !plain || ty.collation == Collation::Nondeterministic {
        return Truth::Undetermined;
    }
    pgpe_policy::like::matches(pattern, subject).map_or(Truth::Error, Truth::of)
}

/// Whether a traversal from one row leads to another, by its links alone.
pub fn leads_to(traversal: &Traversal, outer: &Row, inner: &Row) -> Truth {
    traversal.links.iter().map(|link| link_holds(link, outer, inner)).fold(Truth::True, Truth::and)
}

fn link_holds(link: &Link, outer: &Row, inner: &Row) -> Truth {
    let (Some(outer_type), Some(inner_type)) = (&link.outer_type, &link.inner_type) else {
        return Truth::Undetermined;
    };
    let Ok(ty) = pgpe_policy::common_type(outer_type, inner_type) else { return Truth::Undetermined };
    let value = |row: &Row, column: &str, of: &ColumnType| match row.get(column) {
        Some(Some(value)) => Evaluated::Value(value.clone(), of.clone()),
        Some(None) => Evaluated::Null,
        None => Evaluated::Undetermined,
    };
    both(value(outer, &link.outer, outer_type), value(inner, &link.inner, inner_type), &ty, |left, right| {
        compare(left, CompareOp::Eq, right, &ty)
    })
}
