//! Counterexamples as SQL that shows on a real server what a finding says, and fails where it does not show.
//!
//! Each script is one transaction that builds the tables concerned in schemas of its own, reaches the row as
//! the sessions do, and rolls everything back.

mod definitions;
mod rows;
mod scratch;
pub(crate) mod script;
pub(crate) mod sessions;

use pgpe_catalog::QualifiedName;
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_report::Finding;

use crate::analysis::{Analysis, judgements};
use crate::database::Cancellable;
use crate::findings;
use crate::findings::violations::About;
use crate::queries;
use crate::world::DbWorld;

/// A finding's counterexample as a script.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// What it shows.
    pub finding: Finding,
    /// The table whose rows are reached.
    pub table: QualifiedName,
    /// One transaction that is rolled back, for a superuser. It raises an error unless all is seen that the
    /// finding claims.
    pub sql: String,
}

impl Analysis {
    /// The scripts of all findings that have a counterexample, as far as the solver's answers so far allow.
    pub fn replays(
        &self,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Vec<Replay>> {
        // The closure only reads from a map of decided outcomes.
        let outcome = std::panic::AssertUnwindSafe(outcome);
        let cache = std::panic::AssertUnwindSafe(&self.judgements);
        self.with(move |db, project| {
            let (outcome, cache) = (outcome, cache);
            let judged = judgements(db, project, *outcome, &cache);
            let Some(world) = DbWorld::new(db, project) else { return Vec::new() };
            let session = queries::config(db, project).session;
            let mut replays = Vec::new();
            for (table, _, judgement) in &judged.judgements {
                let Some(governed) = queries::governed(db, project, *table) else { continue };
                let name = table.name(db);
                let about = About { db, project, table: name, governed };
                for violation in &judgement.violations {
                    let Some(counterexample) = violation.counterexample.as_deref() else { continue };
                    let Some(finding) = about.violation(violation) else { continue };
                    let replaying =
                        script::Replaying { world: &world, session, table: name, violation, counterexample };
                    if let Some(sql) = replaying.script(&finding) {
                        replays.push(Replay { finding, table: name.clone(), sql });
                    }
                }
            }
            // Findings that the project suppresses or switches off are not shown either.
            let all = replays.iter().map(|replay| replay.finding.clone()).collect();
            let kept = findings::finish(db, project, all, false).findings;
            replays.retain(|replay| {
                kept.iter().any(|finding| {
                    finding.rule == replay.finding.rule
                        && finding.message == replay.finding.message
                        && finding.place == replay.finding.place
                })
            });
            replays
        })
    }
}
