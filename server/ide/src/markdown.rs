//! Pieces of Markdown, and counterexamples as tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use pgpe_report::{Counterexample, Finding, SessionState};

/// More lines than this are not read in a hover.
const MOST_LINES: usize = 12;

/// A code block of SQL.
pub(crate) fn sql(text: &str) -> String {
    block("sql", text)
}

/// A code block. A literal in it may hold anything, but no line begins with a fence that is longer than all in it.
pub(crate) fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).saturating_add(1).max(3));
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// Text as code on one line.
pub(crate) fn code(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let ticks = "`".repeat(longest_run(&flat).saturating_add(1));
    if ticks.len() > 1 { format!("{ticks} {flat} {ticks}") } else { format!("`{flat}`") }
}

/// Text as code in a table's cell.
pub(crate) fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// Text that means nothing to Markdown.
pub(crate) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' => {
                escaped.push('\\');
                escaped.push(character);
            }
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// `` `a`, `b` and 3 more ``
pub(crate) fn list<T: ToString>(items: &[T]) -> String {
    list_of(items, MOST_LINES)
}

/// The same with no more than `most` items.
pub(crate) fn list_of<T: ToString>(items: &[T], most: usize) -> String {
    let shown: Vec<String> = items.iter().take(most).map(|item| code(&item.to_string())).collect();
    match items.len() - shown.len() {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}

/// A table of Markdown, cut where it is long.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let shown = rows.get(..MOST_LINES.min(rows.len())).unwrap_or_default();
    let text = whole_table(header, shown);
    match rows.len() - shown.len() {
        0 => text,
        more => format!("{text}\n\nand {more} more"),
    }
}

/// A table of Markdown.
fn whole_table(header: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = format!("|{}", "---|".repeat(header.len()));
    let mut lines = vec![line(&header), rule];
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n")
}

/// The counterexamples of the findings at a place.
pub(crate) fn counterexamples(findings: &[Arc<Finding>], path: &str, offset: u32) -> Vec<String> {
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
pub(crate) fn counterexample_table(counterexample: &Counterexample, table_name: Option<&str>) -> String {
    let mut rows = Vec::new();
    for (index, session) in counterexample.sessions.iter().enumerate() {
        let let_in = counterexample.policies.get(index).map(|policy| cell(policy)).unwrap_or_default();
        rows.push(vec![format!("session {}", index + 1), session_text(session), let_in]);
    }
    rows.push(row("row of", table_name.unwrap_or("the table"), &counterexample.row));
    for witness in &counterexample.witnesses {
        rows.push(row("row of", &witness.table, &witness.row));
    }
    whole_table(&["", "values", "let in by"], &rows)
}

fn row(label: &str, table: &str, values: &BTreeMap<String, String>) -> Vec<String> {
    vec![format!("{label} {}", cell(table)), assignments(values).join(", "), String::new()]
}

fn session_text(session: &SessionState) -> String {
    let role = session.role.as_ref().map(|role| format!("role {}", cell(role)));
    let mut values: Vec<String> = role.into_iter().collect();
    values.extend(assignments(&session.settings));
    values.extend(assignments(&session.functions));
    values.join(", ")
}

fn assignments(values: &BTreeMap<String, String>) -> Vec<String> {
    values.iter().map(|(name, value)| cell(&format!("{name} = {value}"))).collect()
}
