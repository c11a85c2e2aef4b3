//! Who may do what on which table, as text and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::human::Colour;
use crate::json::pretty;
use crate::plain::visible;

/// What roles may do on tables, once the project's policies and grants are applied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AccessMatrix {
    /// Tables in the order of their names.
    pub tables: Vec<TableAccess>,
    /// What else is to be known, for people.
    pub notes: Vec<String>,
}

/// What roles may do on one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableAccess {
    /// The table's schema.
    pub schema: String,
    /// The table's name.
    pub table: String,
    /// Whether row-level security is in force.
    #[serde(rename = "rowSecurity")]
    pub row_security: bool,
    /// Roles in the order of their names, PUBLIC first.
    pub roles: Vec<RoleAccess>,
}

/// What one role may do on a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleAccess {
    /// The role; `None` is PUBLIC: any role that is granted nothing by itself.
    pub role: Option<String>,
    /// By keyword.
    pub commands: BTreeMap<&'static str, CommandAccess>,
}

/// What a role may do by one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommandAccess {
    /// In a word.
    pub access: Access,
    /// It was not decided whether every row passes; `access` is `conditional` then.
    #[serde(rename = "mayBeOpen", skip_serializing_if = "std::ops::Not::not")]
    pub may_be_open: bool,
    /// The columns that privileges are limited to; empty for the whole table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Why it is denied, bypassed or undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far a role gets with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Every row passes in every session.
    Open,
    /// It depends on the row and the session.
    Conditional,
    /// For want of a privilege or a policy, nothing passes.
    Denied,
    /// Row-level security is in force, and not for this role.
    Bypassed,
}

impl Access {
    fn word(self) -> &'static str {
        match self {
            Access::Open => "open",
            Access::Conditional => "conditional",
            Access::Denied => "denied",
            Access::Bypassed => "bypassed",
        }
    }

    fn tint(self) -> ariadne::Color {
        match self {
            Access::Open => ariadne::Color::Yellow,
            Access::Conditional => ariadne::Color::Green,
            Access::Denied => ariadne::Color::Cyan,
            Access::Bypassed => ariadne::Color::Red,
        }
    }
}

const COMMANDS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// A grid per table, then notes.
pub fn human(matrix: &AccessMatrix, colour: Colour) -> String {
    let mut text = String::new();
    for table in &matrix.tables {
        write_table(&mut text, table, colour);
        text.push('\n');
    }
    let mut notes: Vec<&str> = matrix.notes.iter().map(String::as_str).collect();
    let reasons = undecided(matrix);
    notes.extend(reasons.iter().map(String::as_str));
    for note in notes {
        text.push_str(&format!("note: {}\n", visible(note)));
    }
    text
}

/// What is meant and the words for it.
type Cell<'r> = (&'r CommandAccess, String);

fn write_table(text: &mut String, table: &TableAccess, colour: Colour) {
    let name = format!("{}.{}", visible(&table.schema), visible(&table.table));
    let state = if table.row_security { "" } else { "  without row-level security" };
    text.push_str(&format!("{}{state}\n", colour.bold(&name)));
    let cells: Vec<(String, [Option<Cell<'_>>; 4])> =
        table.roles.iter().map(|role| (label(role), COMMANDS.map(|command| cell(role, command)))).collect();
    let label_width = cells.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
    let width = |column: usize| {
        let words =
            cells.iter().filter_map(|(_, row)| row.get(column)?.as_ref().map(|(_, word)| word.width()));
        words.chain(COMMANDS.get(column).map(|command| command.width())).max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(width);
    let mut head = format!("  {}", " ".repeat(label_width));
    for (command, width) in COMMANDS.iter().zip(widths) {
        head.push_str(&format!("  {command:<width$}"));
    }
    text.push_str(head.trim_end());
    text.push('\n');
    for (label, row) in &cells {
        let mut line = format!("  {label}{}", " ".repeat(label_width - label.width()));
        // Padding is counted in what is seen, so it comes before the colours, which are not.
        let mut pending = 0;
        for (cell, width) in row.iter().zip(widths) {
            let Some((access, word)) = cell else { continue };
            line.push_str(&" ".repeat(pending + 2));
            line.push_str(&colour.paint(word, access.access.tint()));
            pending = width.saturating_sub(word.width());
        }
        text.push_str(&line);
        text.push('\n');
    }
}

fn label(role: &RoleAccess) -> String {
    role.role.as_deref().map_or("PUBLIC".to_owned(), |role| visible(role).into_owned())
}

fn cell<'r>(role: &'r RoleAccess, command: &str) -> Option<Cell<'r>> {
    /// More columns are counted only.
    const COLUMNS_SHOWN: usize = 3;
    let access = role.commands.get(command)?;
    let mut word = access.access.word().to_owned();
    if access.may_be_open {
        word.push_str(", may be open");
    }
    if !access.columns.is_empty() {
        let shown: Vec<_> = access.columns.iter().take(COLUMNS_SHOWN).map(|column| visible(column)).collect();
        let others = access.columns.len().saturating_sub(COLUMNS_SHOWN);
        let others = if others > 0 { format!(" and {others} more") } else { String::new() };
        word.push_str(&format!(" ({}{others})", shown.join(", ")));
    }
    Some((access, word))
}

/// Why something was not decided, once for each table and reason.
fn undecided(matrix: &AccessMatrix) -> Vec<String> {
    let mut reasons = BTreeSet::new();
    for table in &matrix.tables {
        let cells = table.roles.iter().flat_map(|role| role.commands.values());
        for reason in cells.filter(|cell| cell.may_be_open).filter_map(|cell| cell.reason.as_ref()) {
            reasons.insert(format!("{}.{} may be open: {reason}", table.schema, table.table));
        }
    }
    reasons.into_iter().collect()
}

#[derive(Serialize)]
struct Document<'m> {
    version: u32,
    #[serde(flatten)]
    matrix: &'m AccessMatrix,
}

/// Everything.
pub fn json(matrix: &AccessMatrix) -> String {
    pretty(&Document { version: 1, matrix })
}
