//! Pieces of Markdown, and counterexamples as tables.

use std::collections::BTreeMap;

use pgpe_report::{Counterexample, Finding, SessionState};

/// More lines than this are not read in a hover.
const MOST_LINES: usize = 12;

/// A code block of SQL.
pub(crate) fn sql(text: &str) -> String {
    // A literal may hold anything, but no line of SQL begins with a fence that is longer than all in it.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.saturating_add(1).max(3));
    format!("{fence}sql\n{}\n{fence}", text.trim_end())
}

/// Text as code on one line, fit for a table's cell.
pub(crate) fn code(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let flat = flat.replace('|', "\\|");
    if flat.contains('`') { format!("`` {flat} ``") } else { format!("`{flat}`") }
}

/// `` `a`, `b` and 3 more ``
pub(crate) fn list<T: ToString>(items: &[T]) -> String {
    let shown: Vec<String> = items.iter().take(MOST_LINES).map(|item| code(&item.to_string())).collect();
    match items.len() - shown.len() {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}

/// A table of Markdown.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = format!("|{}", "---|".repeat(header.len()));
    let mut lines = vec![line(&header), rule];
    lines.extend(rows.iter().take(MOST_LINES).map(|row| line(row)));
    let mut text = lines.join("\n");
    if rows.len() > MOST_LINES {
        text.push_str(&format!("\n\nand {} more", rows.len() - MOST_LINES));
    }
    text
}

/// The counterexamples of the findings at a place.
pub(super) fn counterexamples(findings: &[Finding], path: &str, offset: u32) -> Vec<String> {
    let here = findings.iter().filter(|finding| {
        let range = finding.place.as_ref().filter(|place| place.file == path).map(|place| &place.range);
        range.is_some_and(|range| range.start <= offset && offset <= range.end)
    });
    let mut shown = Vec::new();
    for finding in here {
        let Some(counterexample) = &finding.counterexample else { continue };
        let text = counterexample_table(counterexample, finding.table.as_deref());
        shown.push(format!("**{}**: {}\n\n{text}", finding.rule, finding.message));
    }
    shown
}

/// The sessions with what let them in, and the rows.
fn counterexample_table(counterexample: &Counterexample, table_name: Option<&str>) -> String {
    let mut rows = Vec::new();
    for (index, session) in counterexample.sessions.iter().enumerate() {
        let let_in = counterexample.policies.get(index).map(|policy| code(policy)).unwrap_or_default();
        rows.push(vec![format!("session {}", index + 1), session_text(session), let_in]);
    }
    rows.push(row("row of", table_name.unwrap_or("the table"), &counterexample.row));
    for witness in &counterexample.witnesses {
        rows.push(row("row of", &witness.table, &witness.row));
    }
    table(&["", "values", "let in by"], &rows)
}

fn row(label: &str, table: &str, values: &BTreeMap<String, String>) -> Vec<String> {
    vec![format!("{label} {}", code(table)), assignments(values).join(", "), String::new()]
}

fn session_text(session: &SessionState) -> String {
    let role = session.role.as_ref().map(|role| format!("role {}", code(role)));
    let mut values: Vec<String> = role.into_iter().collect();
    values.extend(assignments(&session.settings));
    values.extend(assignments(&session.functions));
    values.join(", ")
}

fn assignments(values: &BTreeMap<String, String>) -> Vec<String> {
    values.iter().map(|(name, value)| code(&format!("{name} = {value}"))).collect()
}
