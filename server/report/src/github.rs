//! Workflow commands of GitHub Actions, which it shows as annotations.

use pgpe_config::Severity;

use crate::{Finding, Lines, Report, Sources, counterexample_lines};

/// One command per finding.
pub fn render(report: &Report, sources: &dyn Sources) -> String {
    let mut lines = Lines::new(sources);
    report.findings.iter().map(|finding| command(finding, &mut lines)).collect()
}

fn command(finding: &Finding, lines: &mut Lines<'_>) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Hint => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = &finding.place {
        let range = lines.range(place);
        properties.push(("file", place.file.clone()));
        properties.push(("line", range.start.line.to_string()));
        properties.push(("endLine", range.end.line.to_string()));
        // Columns of a range over several lines are refused.
        if range.start.line == range.end.line {
            properties.push(("col", range.start.column.to_string()));
            properties.push(("endColumn", range.end.column.to_string()));
        }
    }
    properties.push(("title", finding.rule.id().to_owned()));
    let properties: Vec<String> =
        properties.into_iter().map(|(name, value)| format!("{name}={}", escape_property(&value))).collect();
    format!("::{level} {}::{}\n", properties.join(","), escape_message(&message(finding)))
}

fn message(finding: &Finding) -> String {
    let mut message = finding.message.clone();
    if let Some(help) = &finding.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    if let Some(counterexample) = &finding.counterexample {
        message.push_str("\ncounterexample:");
        for line in counterexample_lines(counterexample, finding.table.as_deref()) {
            message.push_str(&format!("\n  {line}"));
        }
    }
    message
}

fn escape_message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_message(text).replace(':', "%3A").replace(',', "%2C")
}
