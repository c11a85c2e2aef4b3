//! GitLab's Code Quality report.

use pgpe_config::Severity;
use serde::Serialize;

use crate::fingerprint::Fingerprints;
use crate::json::pretty;
use crate::{Finding, Lines, Report, Sources};

/// GitLab drops entries without a file; findings that have none are shown at the configuration.
const PROJECT_FILE: &str = "pgpe.yaml";

#[derive(Serialize)]
struct Entry<'r> {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'r>,
}

#[derive(Serialize)]
struct Location<'r> {
    path: &'r str,
    lines: LineRange,
}

#[derive(Serialize)]
struct LineRange {
    begin: u32,
    end: u32,
}

/// An array with one entry per finding.
pub fn render(report: &Report, sources: &dyn Sources) -> String {
    let mut lines = Lines::new(sources);
    let mut fingerprints = Fingerprints::default();
    let entries: Vec<Entry<'_>> =
        report.findings.iter().map(|finding| entry(finding, &mut lines, &mut fingerprints)).collect();
    pretty(&entries)
}

fn entry<'r>(finding: &'r Finding, lines: &mut Lines<'_>, fingerprints: &mut Fingerprints) -> Entry<'r> {
    let location = match &finding.place {
        Some(place) => {
            let range = lines.range(place);
            Location { path: &place.file, lines: LineRange { begin: range.start.line, end: range.end.line } }
        }
        None => Location { path: PROJECT_FILE, lines: LineRange { begin: 1, end: 1 } },
    };
    let description = match &finding.help {
        Some(help) => format!("{} ({help})", finding.message),
        None => finding.message.clone(),
    };
    Entry {
        description,
        check_name: finding.rule.id(),
        fingerprint: fingerprints.of(finding),
        severity: match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "minor",
            Severity::Hint => "info",
        },
        location,
    }
}
