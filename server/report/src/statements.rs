//! Which statements work on a table, as text and as JSON.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::human::Colour;
use crate::json::pretty;
use crate::plain::visible;
use crate::{Counterexample, counterexample_lines};

/// How the forms of statement come out on a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// `schema.table`.
    pub table: String,
    /// In a fixed order.
    pub forms: Vec<StatementForm>,
}

/// How one form comes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementForm {
    /// The form, as SQL.
    pub statement: String,
    /// In a word.
    pub outcome: StatementOutcome,
    /// A session and rows for which it ends with an error, though it satisfies its own command's policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Counterexample>,
    /// A session and a row that it silently leaves out, though its own command's policies allow it.
    #[serde(rename = "leftOut", skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Counterexample>,
    /// What could not be decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// How a form comes out, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementOutcome {
    /// Whatever satisfies the policies of its command works.
    Works,
    /// It works for some rows and not for others.
    MayFail,
    /// It works for no row in no session.
    Never,
    /// Not decided.
    Unknown,
}

impl StatementOutcome {
    fn word(self) -> &'static str {
        match self {
            StatementOutcome::Works => "✓ works",
            StatementOutcome::MayFail => "! may fail",
            StatementOutcome::Never => "✗ never",
            StatementOutcome::Unknown => "? unknown",
        }
    }

    fn tint(self) -> ariadne::Color {
        match self {
            StatementOutcome::Works => ariadne::Color::Green,
            StatementOutcome::MayFail | StatementOutcome::Unknown => ariadne::Color::Yellow,
            StatementOutcome::Never => ariadne::Color::Red,
        }
    }
}

/// A line per form, then an example of each that may fail. Examples alike are shown once.
pub fn human(statements: &Statements, colour: Colour) -> String {
    let table = &statements.table;
    let mut text = format!("{}\n", colour.bold(&visible(table)));
    let width = statements.forms.iter().map(|form| form.statement.width()).max().unwrap_or(0);
    for form in &statements.forms {
        let padding = " ".repeat(width - form.statement.width());
        let word = colour.paint(form.outcome.word(), form.outcome.tint());
        let how = match (&form.refused, &form.left_out) {
            (Some(_), Some(_)) => "  refused, or leaves out rows",
            (Some(_), None) => "  refused",
            (None, Some(_)) => "  leaves out rows",
            (None, None) => "",
        };
        text.push_str(&format!("  {}{padding}  {word}{how}\n", form.statement));
    }
    for (example, forms) in examples(statements) {
        text.push_str(&format!("\n{}:\n", forms.join("; ")));
        for line in counterexample_lines(example, Some(table)) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    let reasons: std::collections::BTreeSet<&String> =
        statements.forms.iter().flat_map(|form| &form.unknown).collect();
    for reason in reasons {
        text.push_str(&format!("\nnot known: {}\n", visible(reason)));
    }
    text
}

/// Examples, each with what it is one of.
fn examples(statements: &Statements) -> Vec<(&Counterexample, Vec<String>)> {
    let mut examples: Vec<(&Counterexample, Vec<String>)> = Vec::new();
    for form in &statements.forms {
        for (example, effect) in [(&form.refused, "is refused"), (&form.left_out, "leaves out the row")] {
            let Some(example) = example else { continue };
            let told = format!("{} {effect}", form.statement);
            match examples.iter_mut().find(|(known, _)| *known == example) {
                Some((_, forms)) => forms.push(told),
                None => examples.push((example, vec![told])),
            }
        }
    }
    examples
}

#[derive(Serialize)]
struct Document<'s> {
    version: u32,
    table: &'s str,
    statements: &'s [StatementForm],
}

/// All forms.
pub fn json(statements: &Statements) -> String {
    pretty(&Document { version: 1, table: &statements.table, statements: &statements.forms })
}
