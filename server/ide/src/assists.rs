//! Code actions: mends of findings, refactorings, and all mends of a file at once. A file per action.
//!
//! What is offered is cheap to tell; the edits of an action are computed where they are asked for.

mod accepted;
mod add_check;
mod add_commands;
mod allow;
mod changed;
mod configuration;
mod context;
mod extract_clause;
mod fix_all;
mod follow_reference;
mod govern;
mod hide_deleted;
mod keep_readable;
mod known_fixes;
mod layout;
mod merge_policies;
mod own_rows;
mod owner_condition;
mod removal;
mod remove_clause;
mod remove_policy;
mod rename_duplicate;
mod split_policy;
mod surroundings;

use std::ops::Range;

use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_report::{Edit, Finding};

use crate::analysis::Analysis;
use crate::database::Cancellable;
use context::Context;

/// A code action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assist {
    /// What it does, in the imperative. One that changes access says so.
    pub title: String,
    /// Of which kind it is.
    pub kind: AssistKind,
    /// What it mends.
    pub finding: Option<Finding>,
    /// It is the one obvious mend.
    pub preferred: bool,
    /// What it comes to.
    pub effect: Effect,
}

/// What choosing an action comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// These edits, whose places do not overlap.
    Edits(Vec<Edit>),
    /// Edits that were not asked for.
    NotComputed,
    /// Nothing, for the reason given.
    Disabled(String),
}

/// The kinds of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssistKind {
    /// Mends a finding.
    QuickFix,
    /// Says the same in another way.
    Rewrite,
    /// Makes a policy of a part of one.
    Extract,
    /// Mends all that has one obvious mend.
    FixAll,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct AssistQuery<'q> {
    /// The file.
    pub path: &'q str,
    /// Where in it, in byte offsets.
    pub range: &'q Range<u32>,
    /// The kinds that are wanted.
    pub kinds: &'q [AssistKind],
    /// Which edits are wanted.
    pub edits: EditsOf<'q>,
}

/// The actions of which edits are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditsOf<'q> {
    /// All.
    All,
    /// None: they are asked for one by one.
    None,
    /// The one of that kind and title.
    One(AssistKind, &'q str),
}

impl Analysis {
    /// The actions that a range of a file offers: mends first, the preferred ones before the others. `outcome` is as
    /// in [`Analysis::check`].
    pub fn assists(
        &self,
        query: AssistQuery<'_>,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Vec<Assist>> {
        self.with_ledger(outcome, |db, project, ledger| {
            let Some(context) = Context::new(db, project, (query.path, query.range), ledger) else {
                return Vec::new();
            };
            let mut assists = Assists { query, context: &context, found: Vec::new() };
            if assists.wants(AssistKind::QuickFix) {
                quick_fixes(&mut assists);
            }
            refactorings(&mut assists);
            fix_all::add(&mut assists);
            // Stable, so that the others keep their order.
            assists.found.sort_by_key(|assist| !assist.preferred);
            assists.found
        })
    }
}

fn quick_fixes(assists: &mut Assists<'_, '_>) {
    let findings = &assists.context.findings;
    for finding in findings {
        known_fixes::add(assists, finding);
        rename_duplicate::add(assists, finding);
        remove_clause::add(assists, finding);
        remove_policy::add(assists, finding);
        own_rows::add(assists, finding);
        keep_readable::add(assists, finding);
        follow_reference::add(assists, finding);
        hide_deleted::add(assists, finding);
        add_commands::add(assists, finding);
        govern::mend(assists, finding);
        configuration::add(assists, finding);
    }
    for finding in findings {
        allow::add(assists, finding);
        configuration::accept(assists, finding);
    }
}

fn refactorings(assists: &mut Assists<'_, '_>) {
    let Some(policy) = assists.context.policy_here() else { return };
    if assists.wants(AssistKind::Rewrite) {
        add_check::add(assists, &policy);
        split_policy::add(assists, &policy);
        merge_policies::add(assists, &policy);
        govern::beside(assists, &policy);
    }
    if assists.wants(AssistKind::Extract) {
        extract_clause::add(assists, &policy);
    }
}

/// The actions found so far.
struct Assists<'c, 'db> {
    query: AssistQuery<'c>,
    context: &'c Context<'db>,
    found: Vec<Assist>,
}

impl<'c, 'db> Assists<'c, 'db> {
    fn wants(&self, kind: AssistKind) -> bool {
        self.query.kinds.contains(&kind)
    }

    /// Offers an action. Without edits there is none.
    fn add(
        &mut self,
        (kind, title): (AssistKind, String),
        finding: Option<&Finding>,
        edits: impl FnOnce() -> Option<Vec<Edit>>,
    ) {
        if !self.wants(kind) || self.found.iter().any(|it| it.kind == kind && it.title == title) {
            return;
        }
        let wanted = match self.query.edits {
            EditsOf::All => true,
            EditsOf::None => false,
            EditsOf::One(of, named) => of == kind && named == title,
        };
        let effect = match wanted {
            false => Effect::NotComputed,
            true => match edits() {
                Some(edits) => Effect::Edits(layout::keep(self.context, edits)),
                None => return,
            },
        };
        self.found.push(Assist { title, kind, finding: finding.cloned(), preferred: false, effect });
    }

    /// Offers a mend of a finding.
    fn mend(&mut self, title: String, finding: &Finding, edits: impl FnOnce() -> Option<Vec<Edit>>) {
        self.add((AssistKind::QuickFix, title), Some(finding), edits);
    }

    /// Says why an action is not to be had here.
    fn disable(&mut self, (kind, title): (AssistKind, &str), finding: Option<&Finding>, reason: String) {
        let is_known = self.found.iter().any(|it| it.kind == kind && it.title == title);
        if self.wants(kind) && !is_known {
            self.found.push(Assist {
                title: title.to_owned(),
                kind,
                finding: finding.cloned(),
                preferred: false,
                effect: Effect::Disabled(reason),
            });
        }
    }
}

#[cfg(test)]
mod tests;
