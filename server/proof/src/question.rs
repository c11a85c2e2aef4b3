//! The questions behind the proofs: each asks whether there is a scene of a certain kind.
//!
//! What a kind means as a formula stands in a file per family of goals.

use std::sync::Arc;

use indexmap::IndexSet;
use pgpe_catalog::ColumnType;
use rustc_hash::FxBuildHasher;

use crate::encoder::{Encoded, Encoder, Encoding, Fact, Obstacle, Reading, StandIn};
use crate::formula::Expr;
use crate::goal::{Goal, Subject};
use crate::obligation::Obligation;
use crate::owner::IsolationEntry;
use crate::scene::{RowId, SessionId};
use crate::types::written_instants;
use crate::world::{Side, World};

mod deletion;
mod isolation;
mod legend;
mod policies;
mod roles;
mod statements;
mod writes;

pub(crate) use legend::Legend;
use legend::UnreadLegend;

/// A question for the solver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub subject: Subject,
    /// The problem to solve: satisfiable if there is such a scene.
    pub obligation: Obligation,
    /// The properties of the schema that the solver may assume, by their index in the obligation.
    pub facts: Arc<[Fact]>,
    /// Whether the problem is all of the question.
    pub extent: Extent,
    legend: UnreadLegend,
}

/// How a problem relates to its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extent {
    /// It is the question.
    Full,
    /// Conditions are left open so that more scenes fit. If there is none, the question has none either.
    Wider,
    /// Conditions are left open so that fewer scenes fit. If there is one, and evaluation confirms it, the question has it,
    /// too.
    Narrower,
}

impl Question {
    /// The facts of these indices in the obligation.
    pub(crate) fn facts_of(&self, indices: &[u32]) -> Vec<Fact> {
        indices.iter().filter_map(|index| self.facts.get(*index as usize).cloned()).collect()
    }

    /// What the symbols of the obligation stand for: kept since it was asked for the first who wants to know, found out again
    /// for all others. World and notions of tenant must be those that the question was asked with: of others, which an equal
    /// obligation may come from, the symbols would stand for something else. `None` if they are seen to be others when it is
    /// found out again.
    pub(crate) fn legend(&self, world: &dyn World, isolation: &[IsolationEntry]) -> Option<Box<Legend>> {
        let kept = self.legend.take();
        if kept.is_some() && !cfg!(debug_assertions) {
            return kept;
        }
        let posed = pose(world, isolation, &self.subject, self.extent != Extent::Full).ok()?;
        if *posed.encoding.symbols != *self.obligation.symbols {
            return None;
        }
        if cfg!(debug_assertions) {
            let again = posed.into_question(self.subject.clone());
            debug_assert_eq!(again, *self, "asked in another world");
            let legend = again.legend.take();
            debug_assert!(kept.is_none() || kept == legend, "kept from another world");
            return legend;
        }
        Some(Box::new(posed.legend))
    }

    /// To be called when nobody is going to read the answer soon.
    pub(crate) fn drop_legend(&self) {
        self.legend.take();
    }
}

/// Encodes a question; an error says why it can't be decided.
pub fn ask(world: &dyn World, isolation: &[IsolationEntry], subject: Subject) -> Result<Question, String> {
    pose(world, isolation, &subject, false).map(|posed| posed.into_question(subject))
}

/// The same with conditions left open that have nothing to do with tenants, where that may be enough to answer it.
pub(crate) fn ask_in_part(
    world: &dyn World,
    isolation: &[IsolationEntry],
    subject: Subject,
) -> Result<Question, String> {
    pose(world, isolation, &subject, true).map(|posed| posed.into_question(subject))
}

/// A question as formulas.
struct Posed {
    encoding: Encoding,
    goal: Expr,
    /// What makes a model more telling.
    preferences: Vec<Expr>,
    legend: Legend,
    extent: Extent,
}

impl Posed {
    fn into_question(self, subject: Subject) -> Question {
        let Posed { encoding, goal, preferences, legend, extent } = self;
        let (facts, told) = number_facts(encoding.facts);
        let Encoding { symbols, functions, axioms, .. } = encoding;
        let obligation = Obligation::new(&symbols, &functions, &axioms, &told, &goal, &preferences);
        Question { subject, obligation, facts, extent, legend: UnreadLegend::new(legend) }
    }
}

fn pose(
    world: &dyn World,
    isolation: &[IsolationEntry],
    subject: &Subject,
    in_part: bool,
) -> Result<Posed, String> {
    match pose_with(world, isolation, subject, in_part, false) {
        Err(Obstacle::NeedsStrings) => pose_with(world, isolation, subject, in_part, true),
        other => other,
    }
    .map_err(|obstacle| match obstacle {
        Obstacle::Undecidable(reason) => reason,
        Obstacle::NeedsStrings => "LIKE is not modelled here".to_owned(),
    })
}

fn pose_with(
    world: &dyn World,
    isolation: &[IsolationEntry],
    subject: &Subject,
    in_part: bool,
    strings: bool,
) -> Encoded<Posed> {
    let mut encoder = Encoder::new(world, strings);
    let partly = subject.goal.in_part().filter(|_| in_part);
    if let Some((_, stand_in)) = partly {
        encoder.leave_open(isolation, stand_in);
    }
    let row = match subject.side {
        Side::Using => encoder.new_stored_row(&subject.table, true),
        Side::Check => encoder.new_written_row(&subject.table),
    };
    let session = encoder.new_session();
    let mut asking = Asking {
        subject,
        isolation,
        preferences: Vec::new(),
        sessions: vec![session],
        old_row: None,
        encoder: &mut encoder,
    };
    let goal = asking.goal(row, session)?;
    let Asking { mut preferences, sessions, old_row, .. } = asking;
    let extent = match partly {
        Some((extent, _)) if encoder.has_left_open() => extent,
        _ => Extent::Full,
    };
    if extent == Extent::Wider {
        // Nobody looks at its model.
        let (encoding, scene) = encoder.finish()?;
        let legend = Legend { scene, row, old_row, sessions };
        return Ok(Posed { encoding, goal, preferences: Vec::new(), legend, extent });
    }
    // Sessions with their settings set in a way that raises no error are the most telling.
    for session in &encoder.scene().sessions {
        preferences.extend(session.settings.iter().map(|setting| setting.set.clone()));
        preferences.extend(session.casts.iter().map(|cast| cast.castable.clone()));
        preferences.extend(session.casts.iter().filter_map(|cast| can_be_written(&cast.value, &cast.ty)));
    }
    let columns = encoder.scene().rows.iter().flat_map(|row| &row.columns);
    preferences.extend(columns.filter_map(|column| can_be_written(&column.value, &column.ty)));
    let (encoding, scene) = encoder.finish()?;
    let legend = Legend { scene, row, old_row, sessions };
    Ok(Posed { encoding, goal, preferences, legend, extent })
}

/// The facts in the order in which they came up, and what each tells the solver, by its number.
fn number_facts(told: Vec<(Fact, Expr)>) -> (Arc<[Fact]>, Vec<(u32, Expr)>) {
    let mut facts: IndexSet<Fact, FxBuildHasher> = IndexSet::default();
    let numbered = told
        .into_iter()
        .filter(|(_, expr)| *expr != Expr::Bool(true))
        .map(|(fact, expr)| (u32::try_from(facts.insert_full(fact).0).unwrap_or(u32::MAX), expr))
        .collect();
    (facts.into_iter().collect(), numbered)
}

/// Instants so far away that nobody writes them would show nothing.
fn can_be_written(value: &Expr, ty: &ColumnType) -> Option<Expr> {
    let (first, last) = written_instants(ty)?;
    Some(Expr::and([Expr::le(Expr::Int(first), value.clone()), Expr::le(value.clone(), Expr::Int(last))]))
}

impl Goal {
    /// What may stand for conditions that the good answer seldom depends on, and
    /// what the problem is then.
    fn in_part(&self) -> Option<(Extent, StandIn)> {
        match self {
            Goal::SharedRow { .. }
            | Goal::ForeignRow { .. }
            | Goal::CrossWrite { .. }
            | Goal::ForeignReference { .. } => Some((Extent::Wider, StandIn::TruthOfWitnesses)),
            // The policies of reading are negated, those of writing are not.
            Goal::UnreadableWrite { .. } => Some((Extent::Wider, StandIn::Symbol)),
            Goal::Fails | Goal::PolicyFails { .. } => Some((Extent::Narrower, StandIn::TruthOfInstances)),
            Goal::Passes | Goal::ClauseHolds { .. } | Goal::PolicyMatters { .. } => {
                Some((Extent::Narrower, StandIn::SampleOfWitnesses))
            }
            Goal::ClauseAlone { .. }
            | Goal::PolicyAlone { .. }
            | Goal::PassesOnlyHere
            | Goal::Statement { .. }
            | Goal::DeletedVisible { .. }
            | Goal::MarkDeleted { .. }
            | Goal::SharedByRoles { .. } => None,
        }
    }
}

/// A goal on its way to a formula.
struct Asking<'q, 'w> {
    subject: &'q Subject,
    isolation: &'q [IsolationEntry],
    /// What makes a model more telling.
    preferences: Vec<Expr>,
    sessions: Vec<SessionId>,
    old_row: Option<RowId>,
    encoder: &'q mut Encoder<'w>,
}

impl Asking<'_, '_> {
    fn goal(&mut self, row: RowId, session: SessionId) -> Encoded<Expr> {
        match &self.subject.goal {
            Goal::Passes => self.passes(row, session, Reading::Witness),
            Goal::Fails => Ok(Expr::not(self.passes(row, session, Reading::Instances)?)),
            Goal::ClauseHolds { policy, clause } => {
                let clause = self.clause(*policy, *clause)?;
                self.encoder.conjunction(clause, row, session, Reading::Witness)
            }
            Goal::PolicyFails { policy } => {
                let policy = self.policy(*policy)?;
                Ok(Expr::not(self.policy_passes(policy, row, session, Reading::Instances)?))
            }
            Goal::ClauseAlone { policy, clause, other } => {
                self.clause_alone(*policy, *clause, *other, row, session)
            }
            Goal::PolicyAlone { policy, other } => self.policy_alone(*policy, *other, row, session),
            Goal::PolicyMatters { policy } => self.policy_matters(*policy, row, session),
            Goal::SharedRow { entry, roles } => self.shared_row(*entry, roles, row, session),
            Goal::ForeignRow { entry, owners, through, roles } => {
                self.foreign_row(*entry, owners, *through, roles, row, session)
            }
            Goal::CrossWrite { entry, roles } => self.cross_write(*entry, roles, row, session),
            Goal::ForeignReference { entry, foreign_key, owner, roles } => {
                self.foreign_reference(*entry, foreign_key, owner, roles, row, session)
            }
            Goal::UnreadableWrite { roles } => self.unreadable_write(roles, row, session),
            Goal::DeletedVisible { mark, roles } => self.deleted_visible(mark, roles, row, session),
            Goal::MarkDeleted { mark, readable } => self.mark_deleted(mark, *readable, row, session),
            Goal::Statement { form, ending } => self.statement(*form, *ending, row, session),
            Goal::PassesOnlyHere => self.passes_only_here(row, session),
            Goal::SharedByRoles { roles: (first, second) } => {
                self.shared_by_roles([first, second], row, session)
            }
        }
    }

    /// A second session beside the one in question.
    fn another_session(&mut self) -> SessionId {
        let session = self.encoder.new_session();
        self.sessions.push(session);
        session
    }
}
