//! Drift as text for people.

use pgpe_database::{Drift, DriftReport};

use crate::counted;

/// The report, with a closing line.
pub fn report(report: &DriftReport) -> String {
    let mut text = entries(report);
    for table in &report.quarantined {
        text.push_str(&format!("quarantined: {table}; lift it with `pgpe reconcile --lift`\n"));
    }
    text.push_str(&match report.drift.len() {
        0 => format!("{} is as the project says\n", report.target),
        count => format!("{} differs from the project: {}\n", report.target, differences(count)),
    });
    text
}

/// Each difference, followed by an empty line.
pub fn entries(report: &DriftReport) -> String {
    report.drift.iter().map(|drift| entry(drift) + "\n").collect()
}

/// `1 difference`, `2 differences`
pub fn differences(count: usize) -> String {
    counted(count, "difference")
}

fn entry(drift: &Drift) -> String {
    let (severity, kind) = (drift.severity.word(), drift.kind.word());
    let mut text = format!("{severity} {kind}: {} on {}.{}\n", drift.name, drift.schema, drift.table);
    let shown = match (drift.diff(), &drift.expected, &drift.observed) {
        (Some(diff), ..) => diff,
        (None, Some(expected), _) => signed('-', expected),
        (None, None, Some(observed)) => signed('+', observed),
        (None, None, None) => String::new(),
    };
    text.push_str(&indented(&shown));
    if let Some(note) = &drift.note {
        text.push_str(&format!("  note: {note}\n"));
    }
    text.push_str("  to resolve it:\n");
    for statement in &drift.remediation {
        text.push_str(&indented(&indented(statement)));
    }
    text
}

fn signed(sign: char, text: &str) -> String {
    text.lines().map(|line| format!("{sign} {line}\n")).collect()
}

/// Each line two columns further in.
pub fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
