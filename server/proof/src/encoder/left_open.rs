//! Conditions that are left open.
//!
//! Whether somebody reaches another tenant's rows seldom depends on what a policy says of `status` or `amount`. So such
//! questions are asked first without conditions of that kind. Policies that differ in these alone ask the same then, and it
//! is proved once. Two ways of asking say something of the question in full:
//!
//! *Wider.* In the place of each condition stands a symbol, which may be TRUE or not. A scene of the question in full is
//! one of this, too, with the symbols as true as the conditions are in it, whether they are asked for positively or
//! negated: where this has no scene, neither has the question. Where all conditions are asked for positively, a scene stays
//! one when more of them are TRUE, so that TRUE itself can stand for them.
//!
//! *Narrower.* Where policies are asked not to let a row pass, TRUE stands for conditions: they keep no row away. A row
//! that does not pass even so does not pass. Where a row is to pass, being equal to a text that matches stands for matching
//! a pattern, so that the solver need not reason about strings, which takes it several times as long as all else. Whether
//! the scene is one of the question is evaluated, as always.

use pgpe_catalog::QualifiedName;
use pgpe_policy::resolved::{Atom, CompareOp, Conjunction, Literal, Operand};

use super::{Encoder, Reading};
use crate::formula::{Expr, LikePart, Sort};
use crate::like;
use crate::owner::IsolationEntry;
use crate::scene::{RowId, SessionId};
use crate::tenancy::operand_mentions;

/// What stands for conditions that are left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandIn {
    /// TRUE for those read as `Witness`, since nothing that is asked for comes true by their not being so.
    TruthOfWitnesses,
    /// TRUE for those read as `Instances`, since nothing that is asked for comes true by their being so.
    TruthOfInstances,
    /// A text that matches, for patterns of those read as `Witness`. All else is asked.
    SampleOfWitnesses,
    /// A symbol.
    Symbol,
}

/// What is left open of a question.
pub(crate) struct LeftOpen<'w> {
    /// Conditions on these notions of tenant are not.
    isolation: &'w [IsolationEntry],
    stand_in: StandIn,
    /// Whether there was any condition to leave open.
    any: bool,
    /// The conditions, of which row and in which session, with what stands for their being TRUE. In another session they
    /// may mean something else, as casts do.
    conditions: Vec<(Atom, RowId, SessionId, Expr)>,
}

impl<'w> Encoder<'w> {
    /// From now on leaves open what has nothing to do with tenants.
    pub(crate) fn leave_open(&mut self, isolation: &'w [IsolationEntry], stand_in: StandIn) {
        self.left_open = Some(LeftOpen { isolation, stand_in, any: false, conditions: Vec::new() });
    }

    /// Leaves nothing open any more.
    pub(crate) fn leave_nothing_open(&mut self) {
        self.left_open = None;
    }

    /// Whether anything was left open.
    pub(crate) fn has_left_open(&self) -> bool {
        self.left_open.as_ref().is_some_and(|left_open| left_open.any)
    }

    /// What stands for the condition's being TRUE, if it is left open.
    pub(super) fn stand_in(
        &mut self,
        atom: &Atom,
        row: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Option<Expr> {
        let stand_in = self.left_open.as_ref()?.stand_in;
        if stand_in == StandIn::SampleOfWitnesses {
            let sample = sample(atom).filter(|_| reading == Reading::Witness)?;
            let is_sample = self.atom(&sample, row, session, reading).ok()?;
            self.note_open();
            return Some(is_sample);
        }
        if !may_be_left_open(atom) || self.bears_on_tenants(atom, &self.scene.rows[row.0].table) {
            return None;
        }
        match (stand_in, reading) {
            (StandIn::TruthOfWitnesses, Reading::Witness)
            | (StandIn::TruthOfInstances, Reading::Instances) => {
                self.note_open();
                Some(Expr::Bool(true))
            }
            // A symbol would let more scenes fit, not fewer.
            (StandIn::TruthOfInstances | StandIn::SampleOfWitnesses, _) => None,
            (StandIn::TruthOfWitnesses, Reading::Instances) | (StandIn::Symbol, _) => {
                Some(self.note_open().symbol_of(atom, row, session))
            }
        }
    }

    /// The conditions of a clause, those last for which symbols stand: where they stand in a clause is not to make
    /// different questions of the same.
    pub(super) fn in_order_of_asking<'c>(&self, clause: &'c Conjunction, row: RowId) -> Vec<&'c Atom> {
        let mut atoms: Vec<&Atom> = clause.atoms.iter().collect();
        if self.left_open.as_ref().is_some_and(|left_open| left_open.stand_in == StandIn::Symbol) {
            let table = &self.scene.rows[row.0].table;
            atoms.sort_by_key(|atom| may_be_left_open(atom) && !self.bears_on_tenants(atom, table));
        }
        atoms
    }

    fn note_open(&mut self) -> &mut Self {
        if let Some(left_open) = &mut self.left_open {
            left_open.any = true;
        }
        self
    }

    fn symbol_of(&mut self, atom: &Atom, row: RowId, session: SessionId) -> Expr {
        let known = self.left_open.iter().flat_map(|left_open| &left_open.conditions);
        let is_same = |(other, of, by, _): &&(Atom, RowId, SessionId, Expr)| {
            *of == row && *by == session && other == atom
        };
        if let Some((.., symbol)) = known.into_iter().find(is_same) {
            return symbol.clone();
        }
        let symbol = self.new_symbol(Sort::Bool);
        if let Some(left_open) = &mut self.left_open {
            left_open.conditions.push((atom.clone(), row, session, symbol.clone()));
        }
        symbol
    }

    /// Whether tenants are told apart by something that the condition mentions, or found by it.
    fn bears_on_tenants(&self, atom: &Atom, table: &QualifiedName) -> bool {
        let Some(LeftOpen { isolation, .. }) = &self.left_open else { return true };
        let relation = self.world.relation(table);
        let is_way = |column: &str| {
            let mut keys = relation.iter().flat_map(|relation| &relation.foreign_keys);
            isolation.iter().any(|entry| entry.isolation.owner == column)
                || keys.any(|key| key.columns.iter().any(|own| own == column))
        };
        operands(atom).any(|operand| {
            isolation.iter().any(|entry| operand_mentions(operand, &entry.key))
                || matches!(operand, Operand::Column { name, .. } if is_way(name))
        })
    }
}

/// Whether the condition has one truth for a row in a session. Functions may give something else at each call, and what a
/// subquery finds depends on other rows. What is not known well enough to be compared stays UNKNOWN.
fn may_be_left_open(atom: &Atom) -> bool {
    let is_typed = match atom {
        Atom::Compare { ty, .. } | Atom::In { ty, .. } | Atom::Like { ty, .. } => ty.is_some(),
        Atom::Null { .. } => true,
        Atom::Exists(_) => false,
    };
    is_typed && operands(atom).all(|operand| !matches!(operand, Operand::Function { .. }))
}

/// That the operand is a certain text which matches the pattern, or does not if that is asked.
fn sample(atom: &Atom) -> Option<Atom> {
    let Atom::Like { operand, negated, pattern: Operand::Literal(Literal::String(pattern)), ty } = atom
    else {
        return None;
    };
    let shortest: String = like::parse(pattern)?
        .into_iter()
        .map(|part| match part {
            LikePart::Text(text) => text,
            LikePart::One => "x".to_owned(),
            LikePart::Many => String::new(),
        })
        .collect();
    let texts = [shortest, String::new(), "x".to_owned(), "xx".to_owned()];
    let mut texts = texts.into_iter();
    let text = texts.find(|text| pgpe_policy::like::matches(pattern, text) == Ok(!negated))?;
    let right = Operand::Literal(Literal::String(text));
    Some(Atom::Compare { left: operand.clone(), op: CompareOp::Eq, right, ty: ty.clone() })
}

fn operands(atom: &Atom) -> impl Iterator<Item = &Operand> {
    let (first, second) = match atom {
        Atom::Compare { left, right, .. } => (Some(left), Some(right)),
        Atom::In { operand, .. } | Atom::Null { operand, .. } => (Some(operand), None),
        Atom::Like { operand, pattern, .. } => (Some(operand), Some(pattern)),
        Atom::Exists(_) => (None, None),
    };
    first.into_iter().chain(second)
}
