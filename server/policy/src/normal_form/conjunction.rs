//! The normal form of conditions joined by AND.

use pgpe_catalog::{Catalog, ColumnType};

use super::value::{Members, Reading, Value, holds, members};
use super::{NeverTrue, imply};
use crate::resolved::{Atom, CompareOp, Conjunction, Literal, Operand};

/// Brings conditions to normal form; the error holds those that exclude each other, or one that is never
/// true, as deep inside traversals as they are.
pub(super) fn normalise(atoms: Vec<Atom>, catalog: Option<&Catalog>) -> Result<Vec<Atom>, Vec<Atom>> {
    let mut current = Vec::with_capacity(atoms.len());
    for atom in atoms {
        match simplify(atom.clone(), catalog) {
            Ok(simplified) => current.extend(simplified),
            Err(NeverTrue { within }) if within.is_empty() => return Err(vec![atom]),
            Err(NeverTrue { within }) => return Err(within),
        }
    }
    current.sort();
    current.dedup();
    let written = current.clone();
    loop {
        let shrunk = match shrink_lists(&mut current, catalog).and_then(|shrunk| {
            find_exclusion(&current, catalog)?;
            Ok(shrunk)
        }) {
            Ok(shrunk) => shrunk,
            Err(conflict) => return Err(as_written(conflict, written)),
        };
        let dropped = drop_implied(&mut current, catalog);
        if !shrunk && !dropped {
            return Ok(current);
        }
        current.sort();
        current.dedup();
    }
}

/// The conditions of a conflict as they were before they were merged: all on that column if they were.
fn as_written(conflict: Vec<Atom>, written: Vec<Atom>) -> Vec<Atom> {
    if conflict.iter().all(|atom| written.contains(atom)) {
        return conflict;
    }
    let column = conflict.iter().find_map(|atom| members(atom).map(|members| members.column.clone()));
    let about = |atom: &Atom| match atom {
        Atom::Compare { left, .. } => Some(left) == column.as_ref(),
        Atom::In { operand, .. } | Atom::Like { operand, .. } => Some(operand) == column.as_ref(),
        Atom::Null { .. } | Atom::Exists(_) => false,
    };
    written.into_iter().filter(about).collect()
}

/// Takes values out of lists for which another condition on the column fails.
fn shrink_lists(atoms: &mut [Atom], catalog: Option<&Catalog>) -> Result<bool, Vec<Atom>> {
    let mut shrunk = false;
    for index in 0..atoms.len() {
        for other_index in 0..atoms.len() {
            let (Some(atom), Some(other)) = (atoms.get(index), atoms.get(other_index)) else { continue };
            if index == other_index || matches!(other, Atom::Null { .. }) {
                continue;
            }
            let Some(Members { column, literals, ty }) = members(atom) else { continue };
            let reading = Reading::new(ty, catalog);
            let fails =
                |literal: &Literal| holds(other, column, &reading.value(literal), reading) == Some(false);
            let before = literals.len();
            let left: Vec<Literal> =
                literals.into_iter().filter(|literal| !fails(literal)).cloned().collect();
            if left.is_empty() {
                return Err(vec![atom.clone(), other.clone()]);
            }
            if left.len() < before {
                let smaller = listed(column.clone(), false, left, ty.cloned());
                shrunk = true;
                if let Some(place) = atoms.get_mut(index) {
                    *place = smaller;
                }
            }
        }
    }
    Ok(shrunk)
}

fn find_exclusion(atoms: &[Atom], catalog: Option<&Catalog>) -> Result<(), Vec<Atom>> {
    for (index, atom) in atoms.iter().enumerate() {
        for other in atoms.iter().skip(index + 1) {
            if imply::exclude(atom, other, catalog) {
                return Err(vec![atom.clone(), other.clone()]);
            }
        }
    }
    Ok(())
}

/// Drops conditions that follow from another; of several that follow from each other the first stays.
fn drop_implied(atoms: &mut Vec<Atom>, catalog: Option<&Catalog>) -> bool {
    let mut stays = vec![true; atoms.len()];
    for (index, atom) in atoms.iter().enumerate() {
        let implied = atoms.iter().enumerate().any(|(other_index, other)| {
            index != other_index
                && stays.get(other_index) == Some(&true)
                && imply::atom(other, atom, catalog)
                && (other_index < index || !imply::atom(atom, other, catalog))
        });
        if let Some(place) = stays.get_mut(index) {
            *place = !implied;
        }
    }
    let before = atoms.len();
    let mut flags = stays.into_iter();
    atoms.retain(|_| flags.next().unwrap_or(true));
    atoms.len() < before
}

/// A condition by itself; nothing is left of one that always holds.
pub(super) fn simplify(atom: Atom, catalog: Option<&Catalog>) -> Result<Option<Atom>, NeverTrue> {
    match atom {
        Atom::Compare { left, op, right, ty } => compare(left, op, right, ty, catalog),
        Atom::In { operand, negated, list, ty } => membership(operand, negated, list, ty, catalog),
        Atom::Like { operand, pattern, .. } if is_null(&operand) || is_null(&pattern) => Err(never()),
        Atom::Null { operand: Operand::Literal(literal), negated } => {
            truth((literal == Literal::Null) != negated)
        }
        Atom::Exists(mut traversal) => {
            traversal.links.sort();
            traversal.links.dedup();
            match normalise(traversal.condition.atoms, catalog) {
                Ok(atoms) => {
                    traversal.condition = Conjunction { atoms, clause: 0 };
                    Ok(Some(Atom::Exists(traversal)))
                }
                Err(within) => Err(NeverTrue { within }),
            }
        }
        other => Ok(Some(other)),
    }
}

fn compare(
    left: Operand,
    op: CompareOp,
    right: Operand,
    ty: Option<ColumnType>,
    catalog: Option<&Catalog>,
) -> Result<Option<Atom>, NeverTrue> {
    if is_null(&left) || is_null(&right) {
        return Err(never());
    }
    if let (Operand::Literal(left), Operand::Literal(right)) = (&left, &right) {
        let reading = Reading::new(ty.as_ref(), catalog);
        let column = Operand::Column { name: String::new(), ty: None };
        let value = reading.value(left);
        let right = Operand::Literal(right.clone());
        let on_column = Atom::Compare { left: column.clone(), op, right, ty: ty.clone() };
        if let Some(known) = holds(&on_column, &column, &value, reading) {
            return truth(known);
        }
    }
    let constant = matches!(left, Operand::Column { .. } | Operand::Session { .. });
    if left == right && constant && imply::has_usual_operators(ty.as_ref()) {
        return match op {
            CompareOp::Eq | CompareOp::Le | CompareOp::Ge => {
                Ok(Some(Atom::Null { operand: left, negated: true }))
            }
            _ => Err(never()),
        };
    }
    Ok(Some(Atom::Compare { left, op, right, ty }.oriented()))
}

fn membership(
    operand: Operand,
    negated: bool,
    mut list: Vec<Literal>,
    ty: Option<ColumnType>,
    catalog: Option<&Catalog>,
) -> Result<Option<Atom>, NeverTrue> {
    let before = list.len();
    list.retain(|literal| *literal != Literal::Null);
    if is_null(&operand) || (negated && list.len() < before) {
        return Err(never());
    }
    let reading = Reading::new(ty.as_ref(), catalog);
    if let Operand::Literal(literal) = &operand {
        let column = Operand::Column { name: String::new(), ty: None };
        let on_column = Atom::In { operand: column.clone(), negated, list: list.clone(), ty: ty.clone() };
        if let Some(known) = holds(&on_column, &column, &reading.value(literal), reading) {
            return truth(known);
        }
    }
    let mut values: Vec<(Value, Literal)> =
        list.into_iter().map(|literal| (reading.value(&literal), literal)).collect();
    values.sort();
    values.dedup_by(|later, earlier| later.0 == earlier.0);
    let mut list: Vec<Literal> = values.into_iter().map(|(_, literal)| literal).collect();
    list.sort();
    if list.is_empty() {
        return truth(negated);
    }
    Ok(Some(listed(operand, negated, list, ty)))
}

/// `operand [NOT] IN (…)`, as a comparison if there is just one value.
fn listed(operand: Operand, negated: bool, mut list: Vec<Literal>, ty: Option<ColumnType>) -> Atom {
    match list.pop() {
        Some(only) if list.is_empty() => {
            let op = if negated { CompareOp::Ne } else { CompareOp::Eq };
            Atom::Compare { left: operand, op, right: Operand::Literal(only), ty }.oriented()
        }
        last => {
            list.extend(last);
            Atom::In { operand, negated, list, ty }
        }
    }
}

fn is_null(operand: &Operand) -> bool {
    *operand == Operand::Literal(Literal::Null)
}

fn never() -> NeverTrue {
    NeverTrue { within: Vec::new() }
}

fn truth(known: bool) -> Result<Option<Atom>, NeverTrue> {
    if known { Ok(None) } else { Err(never()) }
}
