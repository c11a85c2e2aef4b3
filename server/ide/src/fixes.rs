//! Quick fixes: the edits that findings come with.

use std::ops::Range;

use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_report::{Finding, Fix};

use crate::analysis::Analysis;
use crate::database::Cancellable;

/// A fix and the finding that it mends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingFix {
    /// The finding.
    pub finding: Finding,
    /// One of its fixes.
    pub fix: Fix,
}

impl Analysis {
    /// The fixes of the findings that a range of a file touches. `outcome` is as in [`Analysis::check`].
    pub fn fixes(
        &self,
        path: &str,
        range: Range<u32>,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Vec<FindingFix>> {
        let findings = self.check(outcome)?.findings;
        let touched = findings.into_iter().filter(|finding| {
            finding.place.as_ref().is_some_and(|place| {
                place.file == path && place.range.start <= range.end && range.start <= place.range.end
            })
        });
        let fixes = touched.flat_map(|finding| {
            let fixes = finding.fixes.clone();
            fixes.into_iter().map(move |fix| FindingFix { finding: finding.clone(), fix })
        });
        Ok(fixes.collect())
    }
}

#[cfg(test)]
mod tests;
