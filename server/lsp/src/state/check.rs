//! Computing a workspace's findings on a snapshot, as the client is to see them.

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use pgpe_config::{Config, Rule};
use pgpe_ide::Cancellable;
use pgpe_project::{CONFIG_FILE, ProjectError};
use pgpe_proof::obligation::{Obligation, ObligationHash};
use pgpe_report::{Finding, Summary, TableVerdicts};

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
    /// By file.
    pub(crate) diagnostics: BTreeMap<FileKey, Vec<Diagnostic>>,
    /// Of the project as a whole.
    pub(crate) placeless: Vec<Finding>,
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
        let unknown = Mutex::new(HashSet::new());
        let verdicts = &snapshot.verdicts;
        let checked = snapshot.analysis.check(&|obligation| {
            let outcome = verdicts.known(obligation);
            if verdicts.is_unknown(&obligation.hash)
                && let Ok(mut unknown) = unknown.lock()
            {
                unknown.insert(obligation.hash);
            }
            outcome
        })?;
        let mut check = Check {
            open: checked.open,
            unknown: unknown.into_inner().unwrap_or_default(),
            ground: Ground::of(&snapshot.analysis, &checked.tables)?,
            ..Check::default()
        };
        let (mut findings, mut tables) = (checked.findings, checked.tables);
        if configuration_is_broken(snapshot)? {
            // The defaults stand in for what was meant: nothing that is said with them can be relied on.
            findings.retain(|finding| finding.rule == Rule::Config);
            tables.clear();
            check.open.clear();
        }
        let unreadable: Vec<Finding> = problems.iter().map(to_proto::unreadable).collect();
        check.proofs = status(&findings, &unreadable, &tables, check.open.len());
        for finding in findings {
            match (&finding.place, to_proto::diagnostic(snapshot, &finding)?) {
                (Some(place), Some(diagnostic)) => {
                    check.diagnostics.entry(snapshot.names.key(&place.file)).or_default().push(diagnostic);
                }
                _ => check.placeless.push(finding),
            }
        }
        for (problem, finding) in problems.iter().zip(unreadable) {
            match problem.path().filter(|path| path.is_file()) {
                Some(path) => {
                    let diagnostic = to_proto::bare_diagnostic(&snapshot.client, &finding);
                    check.diagnostics.entry(FileKey::Path(path.to_owned())).or_default().push(diagnostic);
                }
                None => check.placeless.push(finding),
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
                self.diagnostics.entry(snapshot.names.key(&name)).or_default().push(diagnostic);
            }
        }
        Ok(())
    }
}

fn status(
    findings: &[Finding],
    unreadable: &[Finding],
    tables: &[TableVerdicts],
    pending: usize,
) -> ProofStatus {
    let Summary { errors, warnings, proven, failed, unknown } = Summary::of(findings, tables);
    let more = Summary::of(unreadable, &[]);
    let (errors, warnings) = (errors + more.errors, warnings + more.warnings);
    let notes = (findings.len() + unreadable.len()).saturating_sub(errors + warnings);
    ProofStatus { errors, warnings, notes, proven, failed, unknown, pending }
}

/// Whether the configuration can't be read, so that its defaults stand in for it.
pub(crate) fn configuration_is_broken(snapshot: &Snapshot) -> Cancellable<bool> {
    let text = snapshot.analysis.text(CONFIG_FILE)?;
    Ok(text.is_some_and(|text| Config::parse(&text).is_err()))
}
