//! What the normal form took out, reported where it is written.

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::Rule;
use pgpe_syntax::TextRange;

use super::{Resolver, Whole};
use crate::names;
use crate::normal_form::{self, Removed, RemovedWhy};
use crate::problem::{Problem, RelatedPlace};
use crate::resolved::Atom;
use crate::show;
use crate::source::{AtomKind, Clause};

impl Resolver<'_> {
    /// Clauses that are never true, or covered by another.
    pub(super) fn report_removed(&mut self, clauses: &[Whole<'_>], removed: &[Removed]) {
        for Removed { clause: index, why } in removed {
            let Some(clause) = clauses.get(*index) else { continue };
            match why {
                RemovedWhy::Contradiction { .. } if clause.null_reported => {}
                RemovedWhy::Contradiction { atoms } => {
                    let problem = contradiction(clause, atoms, self.governed, self.catalog);
                    self.push(problem);
                }
                RemovedWhy::AbsorbedBy(other) | RemovedWhy::Duplicate(other) => {
                    let Some(cover) = clauses.get(*other) else { continue };
                    let message = match why {
                        RemovedWhy::Duplicate(_) => "this clause says the same as another of its policy",
                        _ => "this clause is covered by another of its policy",
                    };
                    let message = format!("{message}{}", self.on_governed());
                    let mut problem = Problem::new(Rule::Subsumption, clause.source.range, message)
                        .with_help("remove it, or make it say what the other does not");
                    let note = "the clause that covers it".to_owned();
                    problem.related.push(RelatedPlace::Here(cover.source.range, note));
                    let ranges: Vec<TextRange> = clauses.iter().map(|clause| clause.source.range).collect();
                    if let Some(gap) = with_separator(&ranges, *index) {
                        problem.fixes.push(("Remove the clause".to_owned(), vec![(gap, String::new())]));
                    }
                    problem.unnecessary = true;
                    self.push(problem);
                }
            }
        }
    }

    /// Conditions that follow from others of their clause, or always hold.
    pub(super) fn report_superfluous(&mut self, clauses: &[Whole<'_>], removed: &[Removed]) {
        for (index, clause) in clauses.iter().enumerate() {
            if !removed.iter().any(|removed| removed.clause == index) {
                self.report_superfluous_in(&clause.atoms, clause.source);
            }
        }
    }

    fn report_superfluous_in(&mut self, atoms: &[Atom], source: &Clause) {
        let ranges: Vec<TextRange> = source.atoms.iter().map(|atom| atom.range).collect();
        let simplified: Vec<Option<Atom>> = atoms
            .iter()
            .map(|atom| normal_form::simplify(atom.clone(), self.catalog).ok().flatten())
            .collect();
        let mut stays: Vec<bool> = simplified.iter().map(Option::is_some).collect();
        for (at, atom) in simplified.iter().enumerate() {
            let (premise, message) = match atom {
                // Alone it is what the clause says.
                None if atoms.len() == 1 => continue,
                None => (None, "this condition always holds".to_owned()),
                Some(atom) => {
                    let Some(premise) = self.premise_of(at, atom, &simplified, &stays) else { continue };
                    let shown = atoms.get(premise).map(show::atom).unwrap_or_default();
                    (Some(premise), format!("this condition adds nothing to `{shown}` beside it"))
                }
            };
            let Some(range) = ranges.get(at) else { continue };
            if let Some(place) = stays.get_mut(at) {
                *place = false;
            }
            let message = format!("{message}{}", self.on_governed());
            let mut problem = Problem::new(Rule::Subsumption, *range, message);
            if let Some(premise) = premise.and_then(|premise| ranges.get(premise)) {
                let note = "the condition that it follows from".to_owned();
                problem.related.push(RelatedPlace::Here(*premise, note));
            }
            if let Some(gap) = with_separator(&ranges, at) {
                problem.fixes.push(("Remove the condition".to_owned(), vec![(gap, String::new())]));
            }
            problem.unnecessary = true;
            self.push(problem);
        }
        for (atom, source) in atoms.iter().zip(&source.atoms) {
            if let (Atom::Exists(traversal), Some(AtomKind::Exists { clause, .. })) = (atom, &source.kind) {
                self.report_superfluous_in(&traversal.condition.atoms, clause);
            }
        }
    }

    /// The condition that another follows from; of two that say the same the first stays.
    fn premise_of(&self, at: usize, atom: &Atom, all: &[Option<Atom>], stays: &[bool]) -> Option<usize> {
        let implies = |premise: &Atom, atom: &Atom| normal_form::implies(premise, atom, self.catalog);
        all.iter().enumerate().position(|(other, premise)| {
            let premise = premise.as_ref().filter(|_| other != at && stays.get(other) == Some(&true));
            premise.is_some_and(|premise| implies(premise, atom) && (other < at || !implies(atom, premise)))
        })
    }

    /// No clause is left of a block.
    pub(super) fn report_impossible(&mut self, clauses: &[Whole<'_>], block: &str) {
        let message = format!(
            "no row can pass policy `{}`{}: none of its {block}clauses is ever true",
            self.policy.name.value,
            self.on_governed()
        );
        let mut problem = Problem::new(Rule::Contradiction, self.policy.name.range, message)
            .with_help("write a clause that some row can pass, or remove the policy");
        for clause in clauses {
            let note = "never true".to_owned();
            problem.related.push(RelatedPlace::Here(clause.source.range, note));
        }
        self.push(problem);
    }

    fn push(&mut self, mut problem: Problem) {
        problem.tables.extend(self.governed.cloned());
        self.problems.push(problem);
    }

    fn on_governed(&self) -> String {
        self.governed.map(names::on_table).unwrap_or_default()
    }
}

fn contradiction(
    clause: &Whole<'_>,
    atoms: &[Atom],
    governed: Option<&QualifiedName>,
    catalog: Option<&Catalog>,
) -> Problem {
    let place = governed.map(names::on_table).unwrap_or_default();
    let shown: Vec<String> = atoms.iter().map(show::atom).collect();
    let reason = match shown.as_slice() {
        [one] => format!("`{one}` never holds"),
        several => format!("{} exclude each other", names::list(several, "and")),
    };
    let message = format!("this clause is never true{place}: {reason}");
    let mut problem = Problem::new(Rule::Contradiction, clause.source.range, message)
        .with_help("no row can pass it; correct a condition, or remove the clause");
    let mut places = Vec::new();
    find_places(&clause.atoms, clause.source, atoms, catalog, &mut places);
    if clause.atoms.len() > 1 || places.len() > 1 {
        let note = |range| RelatedPlace::Here(range, "part of the contradiction".to_owned());
        problem.related = places.into_iter().map(note).collect();
    }
    problem
}

/// Where conditions are written, inside traversals too.
fn find_places(
    resolved: &[Atom],
    source: &Clause,
    wanted: &[Atom],
    catalog: Option<&Catalog>,
    places: &mut Vec<TextRange>,
) {
    for (atom, source) in resolved.iter().zip(&source.atoms) {
        let simplified = normal_form::simplify(atom.clone(), catalog).ok().flatten();
        if wanted.contains(atom) || simplified.is_some_and(|simplified| wanted.contains(&simplified)) {
            places.push(source.range);
        } else if let (Atom::Exists(traversal), Some(AtomKind::Exists { clause, .. })) = (atom, &source.kind)
        {
            find_places(&traversal.condition.atoms, clause, wanted, catalog, places);
        }
    }
}

/// The element of a list with what joins it to the one before, or else to the one after.
fn with_separator(ranges: &[TextRange], index: usize) -> Option<TextRange> {
    let own = ranges.get(index)?;
    match index.checked_sub(1).and_then(|before| ranges.get(before)) {
        Some(before) => Some(TextRange::new(before.end(), own.end())),
        None => ranges.get(index + 1).map(|next| TextRange::new(own.start(), next.start())),
    }
}
