//! A counterexample as lines of plain text.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use crate::plain::visible;
use crate::{Counterexample, SessionState};

/// Lines longer than this are broken between values.
const WIDTH: usize = 100;

/// An aligned table: each session with what let it in, the row reached, the rows of traversed tables.
///
/// `table` is the one that `row` belongs to.
pub fn counterexample_lines(counterexample: &Counterexample, table: Option<&str>) -> Vec<String> {
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for (index, session) in counterexample.sessions.iter().enumerate() {
        rows.push((format!("session {}", index + 1), session_values(session)));
        if let Some(policy) = counterexample.policies.get(index) {
            rows.push(("  let in by".to_owned(), vec![visible(policy).into_owned()]));
        }
    }
    rows.push((format!("row of {}", table.unwrap_or("the table")), columns(&counterexample.row)));
    for witness in &counterexample.witnesses {
        rows.push((format!("row of {}", witness.table), columns(&witness.row)));
    }

    let rows: Vec<_> =
        rows.into_iter().map(|(label, values)| (visible(&label).into_owned(), values)).collect();
    let label_width = rows.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
    rows.iter().flat_map(|(label, values)| aligned(label, label_width, values)).collect()
}

fn session_values(session: &SessionState) -> Vec<String> {
    let role = match &session.role {
        Some(role) => format!("role {}", visible(role)),
        None => "no named role".to_owned(),
    };
    let mut values = vec![role];
    values.extend(columns(&session.settings));
    values.extend(columns(&session.functions));
    values
}

fn columns(row: &BTreeMap<String, String>) -> Vec<String> {
    row.iter().map(|(name, value)| format!("{} = {}", visible(name), visible(value))).collect()
}

/// `label   value, value, …`, with continued lines below the first value.
pub(crate) fn aligned(label: &str, label_width: usize, values: &[String]) -> Vec<String> {
    let margin = label_width + 2;
    let mut lines = Vec::new();
    let mut line = format!("{label}{}", " ".repeat(margin - label.width()));
    let mut empty = true;
    for (index, value) in values.iter().enumerate() {
        let comma = if index + 1 < values.len() { "," } else { "" };
        if !empty && line.width() + 1 + value.width() + comma.len() > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(margin)));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(value);
        line.push_str(comma);
        empty = false;
    }
    lines.push(line.trim_end().to_owned());
    lines
}
