//! JUnit XML: findings as test cases, and isolation verdicts as test cases that can also pass.

use pgpe_config::{Rule, Severity};

use crate::{Finding, Lines, Report, Sources, TableVerdicts, Verdict, counterexample_lines};

struct Case {
    class: String,
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed { remark: Option<String> },
    Failed { kind: String, message: String, detail: String },
    Undecided { message: String },
    Skipped { message: String },
}

/// One suite for findings and one for isolation. Findings below `fail_on` are remarks of cases that pass.
pub fn render(report: &Report, sources: &dyn Sources, fail_on: Severity) -> String {
    let mut lines = Lines::new(sources);
    let findings: Vec<Case> =
        report.findings.iter().map(|finding| finding_case(finding, &mut lines, fail_on)).collect();
    let isolation: Vec<Case> = report.tables.iter().flat_map(isolation_cases).collect();

    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pgpe\">\n");
    write_suite(&mut xml, "findings", &findings);
    write_suite(&mut xml, "tenant-isolation", &isolation);
    xml.push_str("</testsuites>\n");
    xml
}

fn finding_case(finding: &Finding, lines: &mut Lines<'_>, fail_on: Severity) -> Case {
    let (class, location) = match &finding.place {
        Some(place) => {
            let start = lines.range(place).start;
            (place.file.clone(), format!("{}:{}:{}", place.file, start.line, start.column))
        }
        None => ("project".to_owned(), "the project".to_owned()),
    };
    let mut detail = format!("{location}: {}[{}]: {}", finding.severity, finding.rule, finding.message);
    if let Some(help) = &finding.help {
        detail.push_str(&format!("\nhelp: {help}"));
    }
    if let Some(counterexample) = &finding.counterexample {
        detail.push_str("\ncounterexample:");
        for line in counterexample_lines(counterexample, finding.table.as_deref()) {
            detail.push_str(&format!("\n  {line}"));
        }
    }
    let outcome = if finding.severity >= fail_on {
        Outcome::Failed { kind: finding.rule.id().to_owned(), message: finding.message.clone(), detail }
    } else {
        Outcome::Passed { remark: Some(detail) }
    };
    Case { class, name: format!("{} at {location}", finding.rule), outcome }
}

fn isolation_cases(table: &TableVerdicts) -> impl Iterator<Item = Case> + '_ {
    let class = format!("{}.{}", table.schema, table.table);
    table.commands.iter().filter_map(move |(command, verdicts)| {
        let verdict = *verdicts.verdicts.get(&Rule::TenantIsolation)?;
        let notes = table.notes.join("; ");
        let message = format!("{class} {command}: tenant isolation is {verdict}");
        let outcome = match verdict {
            Verdict::Proven | Verdict::Denied => Outcome::Passed { remark: None },
            Verdict::Failed => Outcome::Failed {
                kind: Rule::TenantIsolation.id().to_owned(),
                detail: message.clone(),
                message,
            },
            Verdict::Unknown if notes.is_empty() => Outcome::Undecided { message },
            Verdict::Unknown => Outcome::Undecided { message: format!("{message}: {notes}") },
            Verdict::Exempt => Outcome::Skipped { message: notes },
        };
        Some(Case { class: class.clone(), name: command.clone(), outcome })
    })
}

fn write_suite(xml: &mut String, name: &str, cases: &[Case]) {
    let count = |matches: fn(&Outcome) -> bool| cases.iter().filter(|case| matches(&case.outcome)).count();
    xml.push_str(&format!(
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
        cases.len(),
        count(|outcome| matches!(outcome, Outcome::Failed { .. })),
        count(|outcome| matches!(outcome, Outcome::Undecided { .. })),
        count(|outcome| matches!(outcome, Outcome::Skipped { .. })),
    ));
    for Case { class, name, outcome } in cases {
        xml.push_str(&format!("    <testcase classname=\"{}\" name=\"{}\"", escape(class), escape(name)));
        match outcome {
            Outcome::Passed { remark: None } => {
                xml.push_str("/>\n");
                continue;
            }
            Outcome::Passed { remark: Some(remark) } => {
                xml.push_str(&format!(">\n      <system-out>{}</system-out>\n", escape_text(remark)));
            }
            Outcome::Failed { kind, message, detail } => xml.push_str(&format!(
                ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                escape(kind),
                escape(message),
                escape_text(detail)
            )),
            Outcome::Undecided { message } => {
                xml.push_str(&format!(
                    ">\n      <error type=\"unknown\" message=\"{}\"/>\n",
                    escape(message)
                ));
            }
            Outcome::Skipped { message } => {
                xml.push_str(&format!(">\n      <skipped message=\"{}\"/>\n", escape(message)));
            }
        }
        xml.push_str("    </testcase>\n");
    }
    xml.push_str("  </testsuite>\n");
}

/// Escapes for element content, where line breaks may stand as they are.
fn escape_text(text: &str) -> String {
    escape(text).replace("&#10;", "\n")
}

/// Escapes for attributes; characters that XML can't hold at all become U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Written plainly, parsers turn them into spaces or other line ends.
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(c))),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(c),
        }
    }
    escaped
}
