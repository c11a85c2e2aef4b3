//! Computing a workspace's findings on a snapshot, as the client is to see them.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pgpe_config::{Rule, Severity};
use pgpe_ide::{Cancellable, IsolationCounts};
use pgpe_project::{CONFIG_FILE, ProjectError};
use pgpe_proof::obligation::{Obligation, ObligationHash};
use pgpe_report::Finding;

use super::conversions::ByFile;
use super::refresh::Ground;
use crate::convert::custom::ProofStatus;
use crate::convert::to_proto::{self, Diagnostic};
use crate::keys::FileKey;
use crate::snapshot::Snapshot;

/// How a check ended.
pub(crate) enum CheckEnd {
    /// With findings.
    Done(Box<Check>),
    /// An edit came first.
    Overtaken,
    /// It panicked.
    Failed,
}

/// The findings of one revision.
#[derive(Default)]
pub(crate) struct Check {
    /// Findings by file.
    pub(crate) diagnostics: ByFile,
    /// What else is to be said of files.
    pub(crate) more: Vec<(FileKey, Diagnostic)>,
    /// Of the project as a whole.
    pub(crate) placeless: Vec<Arc<Finding>>,
    /// What solvers have yet to answer.
    pub(crate) open: Vec<Obligation>,
    /// What they could not decide, and the findings say so.
    pub(crate) unknown: HashSet<ObligationHash>,
    /// What it has come to.
    pub(crate) proofs: ProofStatus,
    /// What lenses and hints say rests on.
    pub(crate) ground: Ground,
}

impl Check {
    /// Checks a snapshot. `problems` are the files that can't be read.
    pub(crate) fn run(snapshot: &Snapshot, problems: &[ProjectError]) -> CheckEnd {
        match catch_unwind(AssertUnwindSafe(|| Check::compute(snapshot, problems))) {
            Ok(Ok(check)) => CheckEnd::Done(Box::new(check)),
            Ok(Err(_)) => CheckEnd::Overtaken,
            Err(_) => CheckEnd::Failed,
        }
    }

    fn compute(snapshot: &Snapshot, problems: &[ProjectError]) -> Cancellable<Check> {
        let look = snapshot.analysis.look(&snapshot.outcome())?;
        let mut check = Check {
            open: look.open,
            unknown: look.unknown,
            ground: Ground::of(&snapshot.analysis, look.isolation)?,
            ..Check::default()
        };
        let mut isolation = look.isolation;
        let mut findings = look.findings;
        if snapshot.analysis.configuration_is_broken()? {
            // The defaults stand in for what was meant: nothing that is said with them can be relied on.
            findings.retain(|finding| finding.rule == Rule::Config);
            check.open.clear();
            isolation = IsolationCounts::default();
        }
        (check.diagnostics, check.placeless) = snapshot.conversions.convert(snapshot, &findings)?;
        let unreadable: Vec<Finding> = problems.iter().map(to_proto::unreadable).collect();
        check.proofs =
            status(findings.iter().map(|it| &**it).chain(&unreadable), isolation, check.open.len());
        for (problem, finding) in problems.iter().zip(unreadable) {
            match problem.path().filter(|path| path.is_file()) {
                Some(path) => {
                    let diagnostic = to_proto::bare_diagnostic(&snapshot.client, &finding);
                    check.more.push((FileKey::Path(path.to_owned()), diagnostic));
                }
                None => check.placeless.push(Arc::new(finding)),
            }
        }
        check.add_drift(snapshot)?;
        Ok(check)
    }

    /// What was found on targets that the project still has.
    fn add_drift(&mut self, snapshot: &Snapshot) -> Cancellable<()> {
        if snapshot.drift.is_empty() {
            return Ok(());
        }
        let config = snapshot.analysis.config()?;
        for (target, found) in snapshot.drift.iter().filter(|(name, _)| config.targets.contains_key(*name)) {
            for located in found {
                let (name, range) = match located.place(&snapshot.analysis)? {
                    Some(place) => match snapshot.file(&place.file)? {
                        Some(file) => {
                            let columns = snapshot.client.columns;
                            let range = to_proto::range_of(&file.lines, &place, columns);
                            (place.file, range)
                        }
                        None => continue,
                    },
                    // No policy of the project is concerned any more: the target's own place is the configuration.
                    None => (CONFIG_FILE.to_owned(), Default::default()),
                };
                let diagnostic = to_proto::drift_diagnostic(target, &located.drift, range);
                self.more.push((snapshot.names.key(&name), diagnostic));
            }
        }
        Ok(())
    }
}

fn status<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    isolation: IsolationCounts,
    pending: usize,
) -> ProofStatus {
    let IsolationCounts { tables, proven, failed, unknown, .. } = isolation;
    let mut status = ProofStatus { tables, proven, failed, unknown, pending, ..ProofStatus::default() };
    for finding in findings {
        match finding.severity {
            Severity::Error => status.errors += 1,
            Severity::Warning => status.warnings += 1,
            Severity::Info | Severity::Hint => status.notes += 1,
        }
    }
    status
}
