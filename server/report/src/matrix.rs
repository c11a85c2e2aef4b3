//! The verdicts of one table as a small grid of text: proofs by commands.

use std::collections::BTreeSet;

use pgpe_config::Rule;
use unicode_width::UnicodeWidthStr;

use crate::human::Colour;
use crate::plain::visible;
use crate::{TableVerdicts, Verdict};

/// Readable without colours: a mark and a word.
fn cell(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Proven => "✓ proven",
        Verdict::Failed => "✗ FAILED",
        Verdict::Unknown => "? unknown",
        Verdict::Denied => "– denied",
        Verdict::Exempt => "– exempt",
    }
}

fn colour(verdict: Verdict) -> ariadne::Color {
    match verdict {
        Verdict::Proven => ariadne::Color::Green,
        Verdict::Failed => ariadne::Color::Red,
        Verdict::Unknown => ariadne::Color::Yellow,
        Verdict::Denied | Verdict::Exempt => ariadne::Color::Cyan,
    }
}

const CELL_WIDTH: usize = 11;

/// The table's name and policies, the grid, and notes.
pub(crate) fn render(table: &TableVerdicts, style: Colour) -> String {
    let mut text = style.bold(&format!("{}.{}", visible(&table.schema), visible(&table.table)));
    let policies: Vec<_> = table.policies.iter().map(|policy| visible(policy)).collect();
    text.push_str(&format!("  {}\n", policies.join(", ")));

    let rows = rows(table);
    let label_width = rows.iter().map(|row| row.label.width()).max().unwrap_or(0);
    if !rows.is_empty() {
        let mut head = format!("  {}", " ".repeat(label_width));
        for command in table.commands.keys() {
            head.push_str(&format!("  {command:<CELL_WIDTH$}"));
        }
        text.push_str(head.trim_end());
        text.push('\n');
    }
    for row in rows {
        // Padding is counted in what is seen, so it comes before the colours, which are not.
        let mut line = format!("  {}{}", row.label, " ".repeat(label_width - row.label.width()));
        let mut pending = 0;
        for verdict in row.cells {
            match verdict {
                Some(verdict) => {
                    let cell = cell(verdict);
                    line.push_str(&" ".repeat(pending + 2));
                    line.push_str(&style.paint(cell, colour(verdict)));
                    pending = CELL_WIDTH.saturating_sub(cell.width());
                }
                None => pending += CELL_WIDTH + 2,
            }
        }
        text.push_str(&line);
        text.push('\n');
    }

    for note in &table.notes {
        text.push_str(&format!("  note: {}\n", visible(note)));
    }
    text
}

struct Row {
    label: String,
    cells: Vec<Option<Verdict>>,
}

/// One row per proof, followed by one per role whose verdicts differ.
fn rows(table: &TableVerdicts) -> Vec<Row> {
    let commands = || table.commands.values();
    let rules: BTreeSet<Rule> = commands().flat_map(|command| command.verdicts.keys().copied()).collect();
    let roles: BTreeSet<&String> = commands().flat_map(|command| command.by_role.keys()).collect();
    let mut rows = Vec::new();
    for rule in rules {
        rows.push(Row {
            label: rule.id().to_owned(),
            cells: commands().map(|command| command.verdicts.get(&rule).copied()).collect(),
        });
        for role in &roles {
            let cells: Vec<_> = commands()
                .map(|command| command.by_role.get(*role).and_then(|verdicts| verdicts.get(&rule)).copied())
                .collect();
            if cells.iter().any(Option::is_some) {
                rows.push(Row { label: format!("  as {}", visible(role)), cells });
            }
        }
    }
    rows
}
