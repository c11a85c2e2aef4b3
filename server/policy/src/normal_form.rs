//! The normal form of a policy's clauses: the same rows pass, nothing is said twice.
//!
//! Six rules are applied until none applies: idempotence, absorption, elimination of contradictions,
//! tautologies, elimination of subsumed clauses, and merging of conditions on one column. A row passes only
//! if a clause is TRUE (not NULL), so each rule keeps the rows for which it is. No rule uses what the schema
//! promises about rows (NOT NULL, keys): were the promise dropped later, access would silently widen.

mod conjunction;
mod imply;
mod value;

use pgpe_catalog::Catalog;

use crate::resolved::{Atom, Conjunction, Disjunction};

/// A disjunction in normal form, and what it lost on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// The normal form. Without any clause no row can pass.
    pub result: Disjunction,
    /// The clauses removed, in source order.
    pub removed: Vec<Removed>,
}

/// A clause that is not part of the normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Removed {
    /// Its index in its block.
    pub clause: usize,
    /// Why it was removed.
    pub why: RemovedWhy,
}

/// Why a clause is not part of the normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RemovedWhy {
    /// It is never true.
    Contradiction {
        /// The conditions that exclude each other, or the one that never holds.
        atoms: Vec<Atom>,
    },
    /// Every row that passes it passes the clause of that index.
    AbsorbedBy(usize),
    /// It says the same as the clause of that index.
    Duplicate(usize),
}

/// A condition that holds for no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeverTrue {
    /// The conditions that exclude each other inside a traversal; empty if it is the condition itself that
    /// never holds.
    pub within: Vec<Atom>,
}

/// More clauses than anybody writes are compared for equality only: comparing all pairs would take too long.
const MAX_COMPARED: usize = 512;

/// Brings clauses to normal form. Literals compare as values where the conditions' types are known, and the
/// catalog has the labels of enums; elsewhere as they are written.
pub fn normalise(disjunction: Disjunction, catalog: Option<&Catalog>) -> Normalised {
    let mut removed = Vec::new();
    let mut clauses = Vec::new();
    for Conjunction { atoms, clause } in disjunction.clauses {
        match conjunction::normalise(atoms, catalog) {
            Ok(atoms) => clauses.push(Conjunction { atoms, clause }),
            Err(atoms) => removed.push(Removed { clause, why: RemovedWhy::Contradiction { atoms } }),
        }
    }
    clauses.sort();
    let (clauses, covered) = drop_covered(clauses, catalog);
    removed.extend(covered);
    removed.sort_by_key(|removed| removed.clause);
    Normalised { result: Disjunction { clauses }, removed }
}

/// Whether every row that passes clause `narrow` passes clause `wide`, as far as this can be read off them.
pub fn is_covered(narrow: &Conjunction, wide: &Conjunction, catalog: Option<&Catalog>) -> bool {
    imply::conjunction(&narrow.atoms, &wide.atoms, catalog)
}

/// Whether `atom` holds for every row for which `premise` does, as far as this can be read off them.
pub fn implies(premise: &Atom, atom: &Atom, catalog: Option<&Catalog>) -> bool {
    imply::atom(premise, atom, catalog)
}

/// A condition by itself; nothing is left of one that always holds.
pub fn simplify(atom: Atom, catalog: Option<&Catalog>) -> Result<Option<Atom>, NeverTrue> {
    conjunction::simplify(atom, catalog)
}

/// Drops clauses whose rows all pass another; of several that say the same the first stays.
fn drop_covered(clauses: Vec<Conjunction>, catalog: Option<&Catalog>) -> (Vec<Conjunction>, Vec<Removed>) {
    let by_meaning = clauses.len() <= MAX_COMPARED;
    let covers = |narrow: &Conjunction, wide: &Conjunction| match by_meaning {
        true => is_covered(narrow, wide, catalog),
        false => narrow.atoms == wide.atoms,
    };
    // Index of the clause that covers the one at the same index.
    let mut covered_by: Vec<Option<usize>> = vec![None; clauses.len()];
    for (index, clause) in clauses.iter().enumerate() {
        covered_by[index] = clauses.iter().enumerate().find_map(|(other_index, other)| {
            let stays = covered_by.get(other_index).is_some_and(Option::is_none);
            let covered = other_index != index && stays && covers(clause, other);
            (covered && (other_index < index || !covers(other, clause))).then_some(other_index)
        });
    }
    let final_cover = |mut index: usize| {
        while let Some(Some(next)) = covered_by.get(index) {
            index = *next;
        }
        clauses.get(index)
    };
    let mut removed = Vec::new();
    for (clause, cover) in clauses.iter().zip(&covered_by) {
        if let Some(cover) = cover.and_then(final_cover) {
            let why = match cover.atoms == clause.atoms {
                true => RemovedWhy::Duplicate(cover.clause),
                false => RemovedWhy::AbsorbedBy(cover.clause),
            };
            removed.push(Removed { clause: clause.clause, why });
        }
    }
    let stay = clauses.iter().zip(&covered_by).filter(|(_, cover)| cover.is_none());
    (stay.map(|(clause, _)| clause.clone()).collect(), removed)
}

#[cfg(test)]
mod tests;
